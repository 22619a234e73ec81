"""OpenBao's own import command, against a server in development mode on loopback."""

import json
import pathlib
import socket
import subprocess

from .measure import Void
from .place import Place


class Bao:
    """A server that lives as long as the `with` block."""

    def __init__(self, place: Place, folder: pathlib.Path) -> None:
        self.place = place
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{free.getsockname()[1]}"
        place.env |= {"BAO_ADDR": f"http://{address}", "BAO_TOKEN": "root"}
        words = ["bao", "server", "-dev", "-dev-no-store-token", "-dev-root-token-id=root"]
        self.log = folder / "bao.log"
        with open(self.log, "wb") as log:
            words += [f"-dev-listen-address={address}"]
            self.server = subprocess.Popen(words, env=place.env, stdout=subprocess.PIPE, stderr=log, text=True)

    def __enter__(self) -> "Bao":
        try:
            if not any(line.startswith("Root Token:") for line in self.server.stdout):
                raise Void(f"OpenBao does not start\n{self.log.read_text()[-2000:]}")
            self.place.call("bao", "secrets", "enable", "transit")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.server.kill()
        self.server.wait()
        self.server.stdout.close()

    def imports(self) -> float:
        """One key, imported and exported again."""
        out = self.place.new("bao")
        seconds = self.place.recipe("bao-import.sh", out.name, out)
        answer = json.loads(self.place.call("bao", "read", "-format=json", f"transit/export/encryption-key/{out.name}"))
        if answer["data"]["keys"]["1"] != out.read_text().strip():
            raise Void("OpenBao holds another key")
        return seconds
