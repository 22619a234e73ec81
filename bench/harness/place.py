"""Where byok and the bare programs work: a SoftHSM token, a registry, a wrapping key, a folder for results."""

import glob
import itertools
import os
import pathlib
import shutil
import subprocess
from dataclasses import dataclass, field

from . import checks
from .measure import Void, used, wall

TOKEN = "bench"
KEY = "bench/kek"
PIN = "123456"
MODULES = ["/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/*/softhsm/libsofthsm2.so", "/usr/local/lib/softhsm/libsofthsm2.so"]


@dataclass
class Programs:
    """The binaries under test, and the folder with the shell recipes."""

    byok: pathlib.Path
    bare: pathlib.Path
    recipes: pathlib.Path
    proxy: pathlib.Path

    def yardstick(self, name: str) -> str:
        return str(self.bare / name)


@dataclass
class Place:
    """A folder with a token that holds `neighbours` keys besides the one that is wrapped."""

    folder: pathlib.Path
    programs: Programs
    neighbours: int
    far: bool = False  # behind the proxy, which can make each call wait
    env: dict[str, str] = field(init=False)
    module: str = field(init=False)
    signer_label: str = field(init=False)
    known_block: str = field(init=False)
    _numbers: itertools.count = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        found = [path for pattern in MODULES for path in glob.glob(pattern)]
        if not found:
            raise Void("SoftHSM is missing")
        self.module = found[0]
        (self.folder / "tokens").mkdir(parents=True, mode=0o700)
        (self.folder / "out").mkdir()
        (self.folder / "runtime").mkdir(mode=0o700)
        conf = self.folder / "softhsm2.conf"
        conf.write_text(f"directories.tokendir = {self.folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n")
        self.env = {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "HOME": str(self.folder),
            "XDG_RUNTIME_DIR": str(self.folder / "runtime"),
            "SOFTHSM2_CONF": str(conf),
            "PIN": PIN,
            "BYOK_TEST_PROXY": str(self.folder / "proxy.conf"),
        }
        self.real_module = self.module
        if self.far:
            self.module = str(self.programs.proxy)
        self.latency(0)
        self._fill()

    def latency(self, milliseconds: int) -> None:
        """How long each call of a token that is far away takes, besides its work."""
        (self.folder / "proxy.conf").write_text(f"module={self.real_module}\nlatency_ms={milliseconds}\n")

    def _fill(self) -> None:
        self.call("softhsm2-util", "--init-token", "--free", "--label", TOKEN, "--so-pin", "12345678", "--pin", PIN)
        byok = str(self.programs.byok)
        self.call(byok, "init", "--module", self.module, "--token", TOKEN, "--pin-source", "env:PIN")
        self.call(byok, "generate", KEY, "--type", "aes-256")
        self.call(self.programs.yardstick("fill_token"), self.module, TOKEN, str(self.neighbours))
        self.signer_label = checks.payload(self.first_manifest())["predicate"]["signer"]["keyLabel"]
        self.known_block = self.block(f"{KEY}@1")
        key = self.folder / "receiver.pem"
        self.call("openssl", "genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:4096", "-out", key)
        self.call("openssl", "pkey", "-in", key, "-pubout", "-out", self.wrapping_key)

    @property
    def wrapping_key(self) -> pathlib.Path:
        return self.folder / "wrapping.pem"

    def first_manifest(self) -> bytes:
        return (self.folder / f"registry/keys/{KEY}@1/manifest-0001.dsse.json").read_bytes()

    def block(self, label: str) -> str:
        """A zero block under a key of the token, encrypted there."""
        return self.call(self.programs.yardstick("encrypt_block"), self.module, TOKEN, label).strip()

    def call(self, *words: object) -> str:
        """Runs a step of the set-up, which is not measured."""
        done = subprocess.run(
            [str(word) for word in words], cwd=self.folder, env=self.env, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise Void(f"{words[0]}: exit code {done.returncode}\n{done.stderr}{done.stdout}")
        return done.stdout

    def wall(self, *words: object) -> float:
        return wall([str(word) for word in words], self.env, self.folder / "log")

    def used(self, *words: object) -> tuple[float, float]:
        return used([str(word) for word in words], self.env, self.folder / "log")

    def new(self, name: str) -> pathlib.Path:
        """A path that nothing has used."""
        return self.folder / "out" / f"{name}-{next(self._numbers)}"

    def byok(self, *words: object) -> float:
        return self.wall(self.programs.byok, "--config", self.folder / "byok.yaml", *words)

    def recipe(self, name: str, *words: object) -> float:
        return self.wall("sh", self.programs.recipes / name, *words)

    def expect_block(self, key: bytes, known: str) -> None:
        if checks.zero_block(key) != known:
            raise Void("the blob does not hold the key that is in the token")

    # --- one wrap each, opened again with the private half

    def byok_wraps(self) -> float:
        out = self.new("bundle")
        seconds = self.byok(
            "wrap-for-import", KEY, "--provider", "generic", "--wrapping-key", self.wrapping_key,
            "--method", "rsa-aes-sha256", "--allow-exposure", "ephemeral-kek", "--out", out,
        )  # fmt: skip
        blob = (out / "wrapped-key.bin").read_bytes()
        self.expect_block(checks.unwrap(self.folder / "receiver.pem", blob), self.known_block)
        shutil.rmtree(out)
        return seconds

    def bare_wraps(self) -> float:
        out = self.new("blob")
        seconds = self.wall(
            self.programs.yardstick("bare_wrap"),
            self.module, TOKEN, f"{KEY}@1", self.signer_label, self.wrapping_key, out,
        )  # fmt: skip
        self.expect_block(checks.unwrap(self.folder / "receiver.pem", out.read_bytes()), self.known_block)
        return seconds

    def bare_opens(self) -> float:
        return self.wall(self.programs.yardstick("bare_open"), self.module, TOKEN, f"{KEY}@1")

    def openssl_wraps(self) -> float:
        out = self.new("openssl")
        seconds = self.recipe("openssl.sh", self.wrapping_key, out)
        unwrapped = checks.unwrap(self.folder / "receiver.pem", (out / "blob").read_bytes())
        if unwrapped != (out / "key").read_bytes():
            raise Void("the recipe's blob does not hold its key")
        return seconds
