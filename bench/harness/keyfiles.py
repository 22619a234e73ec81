"""Key files, looked at and checked: byok against openssl on the same files."""

import json
import os
import pathlib
import subprocess

from .measure import Against, Row, Side, Void, compare, wall
from .place import Programs

DISTINCT = 20  # key pairs; the other files are copies, since neither side remembers a key
STARTS = 20  # processes of one measurement: a single start is too short for the clock's noise


class KeyFiles:
    """A folder of PEM files with RSA-2048 and P-256 keys, and the same folder with one key damaged."""

    def __init__(self, programs: Programs, folder: pathlib.Path, count: int) -> None:
        self.programs, self.folder, self.count = programs, folder, count
        self.env = {"PATH": os.environ["PATH"], "HOME": str(folder)}
        self.log = folder / "log"
        self.good, self.bad = folder / "good", folder / "bad"
        for made in (self.good, self.bad):
            made.mkdir(parents=True)
        keys = [self.make(number) for number in range(min(DISTINCT, count))]
        for number in range(count):
            (self.good / f"{number:05}.pem").write_bytes(keys[number % len(keys)])
        self.damage(keys)

    def make(self, number: int) -> bytes:
        kind = ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"] if number % 2 else ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
        return subprocess.run(["openssl", "genpkey", "-algorithm", *kind], check=True, capture_output=True).stdout

    def damage(self, keys: list[bytes]) -> None:
        """The last byte of an EC key is a part of its public half."""
        der = subprocess.run(["openssl", "pkey", "-outform", "DER"], input=keys[0], check=True, capture_output=True).stdout
        altered = bytearray(der)
        altered[-1] ^= 1
        (self.bad / "altered.der").write_bytes(altered)
        (self.bad / "good.pem").write_bytes(keys[0])

    def byok(self, folder: pathlib.Path, good: int) -> float:
        total = len(list(folder.iterdir()))
        words = [str(self.programs.byok), "--json", "check", str(folder)]
        seconds = wall(words, self.env, self.log, 0 if good == total else 7)
        files = json.loads(self.log.read_bytes())["files"]
        self.expect("byok", sum(file["worst"] != "error" for file in files), good)
        self.expect("byok", len(files), total)
        return seconds

    def openssl(self, folder: pathlib.Path, good: int) -> float:
        seconds = wall(["sh", str(self.programs.recipes / "openssl-check.sh"), str(folder)], self.env, self.log)
        self.expect("openssl", int(self.log.read_text()), good)
        return seconds

    @staticmethod
    def expect(who: str, found: int, good: int) -> None:
        if found != good:
            raise Void(f"{who} counts {found} key files; {good} is right")

    def checking(self, where: str, rounds: int) -> list[Row]:
        self.byok(self.bad, 1)
        self.openssl(self.bad, 1)
        ours = Side("byok", lambda: self.byok(self.good, self.count))
        loop = Side("shell loop over `openssl pkey -check`", lambda: self.openssl(self.good, self.count))
        return compare(f"`check` of {self.count} key files, {where}", ours, [Against.times_faster(loop, None)], rounds)

    def looking(self, where: str, rounds: int) -> list[Row]:
        """One ordinary file. Both sides say what key it holds."""
        key = self.good / "00001.pem"

        def side(name: str, words: list[str], says: str) -> Side:
            def run() -> float:
                seconds = [wall(words, self.env, self.log) for _ in range(STARTS)]
                if says not in self.log.read_text():
                    raise Void(f"{words[0]} does not say {says}")
                return sum(seconds) / STARTS

            return Side(name, run)

        ours = side("byok", [str(self.programs.byok), "inspect", str(key)], "RSA-2048")
        theirs = side("`openssl pkey -text_pub`", ["openssl", "pkey", "-in", str(key), "-noout", "-text_pub"], "2048 bit")
        return compare(f"`inspect` of an RSA-2048 key, {where}", ours, [Against.at_most_times(theirs, 1)], rounds)

    def converting(self, where: str, rounds: int) -> list[Row]:
        """PEM to DER, into a new file each time."""
        key, out = self.good / "00001.pem", self.folder / "out.der"

        def side(name: str, words: list[str]) -> Side:
            def run() -> float:
                total = 0.0
                for _ in range(STARTS):
                    out.unlink(missing_ok=True)
                    total += wall(words, self.env, self.log)
                if out.read_bytes()[:1] != b"\x30":
                    raise Void(f"{words[0]} writes no DER")
                return total / STARTS

            return Side(name, run)

        ours = side("byok", [str(self.programs.byok), "convert", str(key), "--to", "der", "--out", str(out)])
        theirs = side(
            "`openssl pkey -outform DER`", ["openssl", "pkey", "-in", str(key), "-outform", "DER", "-out", str(out)]
        )
        return compare(f"`convert` of an RSA-2048 key to DER, {where}", ours, [Against.at_most_times(theirs, 1)], rounds)
