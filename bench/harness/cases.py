"""What is compared with what. Each function is one comparison; sides take turns in it."""

import json
import os
import pathlib
import shutil

from . import checks, manifests
from .bao import Bao
from .manifests import Manifests
from .measure import Against, Row, Side, Void, compare, wall
from .place import KEY, TOKEN, Place, Programs

STARTS = 20  # processes of one measurement: a single start is too short for the clock's noise


def starting(programs: Programs, folder: pathlib.Path, rounds: int) -> list[Row]:
    env = {"PATH": os.environ["PATH"]}

    def side(name: str, words: list[str], says: str) -> Side:
        def run() -> float:
            log = folder / "start"
            seconds = [wall(words, env, log) for _ in range(STARTS)]
            if not log.read_text().startswith(says):
                raise Void(f"{words[0]} says {log.read_text()!r}")
            return sum(seconds) / STARTS

        return Side(name, run)

    ours = side("byok --version", [str(programs.byok), "--version"], "byok ")
    others = [
        Against.at_most_times(side("`/bin/true`", ["/bin/true"], ""), 1.5),
        Against.times_faster(side("`openssl version`", ["openssl", "version"], "OpenSSL "), None),
    ]
    return compare("`byok --version`", ours, others, rounds)


def wrapping(place: Place, where: str, rounds: int) -> list[Row]:
    others = [
        Against.at_most_times(Side("bare program, same token calls", place.bare_wraps), 1.2),
        Against.at_most_times(Side("bare token open", place.bare_opens), None),
        Against.times_faster(Side("openssl recipe, no token, no evidence", place.openssl_wraps), 2),
    ]
    what = f"one `wrap-for-import`, {place.neighbours} other keys, {where}"
    return compare(what, Side("byok", place.byok_wraps), others, rounds)


def wrapping_among_many(place: Place, where: str, rounds: int) -> list[Row]:
    others = [
        Against.at_most_times(Side("bare token open", place.bare_opens), 1.15),
        Against.at_most_times(Side("bare program, same token calls", place.bare_wraps), None),
    ]
    what = f"one `wrap-for-import`, {place.neighbours} other keys, {where}"
    return compare(what, Side("byok", place.byok_wraps), others, rounds)


def importing(place: Place, where: str, rounds: int) -> list[Row]:
    with Bao(place, place.folder) as server:
        others = [Against.times_faster(Side("`bao transit import`, loopback", server.imports), 10)]
        what = f"one `wrap-for-import`, {place.neighbours} other keys, {where}"
        return compare(what, Side("byok", place.byok_wraps), others, rounds)


def making(place: Place, where: str, rounds: int) -> list[Row]:
    """A key made in the token and wrapped: two runs each."""
    der = place.folder / "wrapping.der"
    place.call("openssl", "pkey", "-pubin", "-in", place.wrapping_key, "-outform", "DER", "-out", der)
    place.call(
        "pkcs11-tool", "--module", place.module, "--token-label", TOKEN, "--login", "--pin", "env:PIN",
        "--write-object", der, "--type", "pubkey", "--id", "77", "--label", "receiver", "--usage-wrap",
    )  # fmt: skip
    private = place.folder / "receiver.pem"

    def ours() -> float:
        out = place.new("made")
        name = f"made/{out.name}"
        seconds = place.byok("generate", name, "--type", "aes-256")
        seconds += place.byok(
            "wrap-for-import", name, "--provider", "generic", "--wrapping-key", place.wrapping_key,
            "--method", "rsa-aes-sha256", "--allow-exposure", "ephemeral-kek", "--out", out,
        )  # fmt: skip
        key = checks.unwrap(private, (out / "wrapped-key.bin").read_bytes())
        place.expect_block(key, place.block(f"{name}@1"))
        return seconds

    def theirs() -> float:
        out = place.new("tool")
        identifier = out.name.rsplit("-", 1)[1].zfill(6)
        seconds = place.recipe("pkcs11-tool.sh", place.module, TOKEN, out.name, f"ab{identifier}", out)
        key = checks.unwrap_pkcs1(private, out.read_bytes())
        place.expect_block(key, place.block(out.name))
        return seconds

    others = [Against.times_faster(Side("`pkcs11-tool`, PKCS#1 v1.5, no evidence", theirs), None)]
    what = f"`generate` and `wrap-for-import`, {where}"
    return compare(what, Side("byok", ours), others, rounds)


class Verifying:
    """Many manifests, verified by byok, by a loop over prepared messages, and by securesystemslib."""

    def __init__(self, programs: Programs, python: str, folder: pathlib.Path) -> None:
        self.programs, self.python, self.folder = programs, python, folder
        self.env = {"PATH": os.environ["PATH"], "XDG_RUNTIME_DIR": str(folder), "HOME": str(folder)}
        self.log = folder / "verify.log"

    def byok(self, made: Manifests, good: int) -> float:
        words = [str(self.programs.byok), "--json", "verify", str(made.folder), "--trust", str(made.pem)]
        seconds = wall(words, self.env, self.log, 0 if good == made.count else 8)
        report = json.loads(self.log.read_bytes())
        verified = sum(item["ok"] and bool(item["signers"]) for item in report["items"])
        self.expect("byok", verified, good)
        self.expect("byok", len({item.get("subject", item["path"]) for item in report["items"]}), made.count)
        return seconds

    def bare(self, made: Manifests, good: int, threads: int) -> float:
        words = [self.programs.yardstick("bare_verify"), str(made.messages), str(made.point), str(threads)]
        wall(words, self.env, self.log)
        verified, nanoseconds = map(int, self.log.read_text().split())
        self.expect("the bare loop", verified, good)
        return nanoseconds / 1e9

    def securesystemslib(self, made: Manifests, good: int) -> float:
        script = str(self.programs.recipes / "securesystemslib_verify.py")
        seconds = wall([self.python, script, str(made.folder), str(made.pem), made.keyid], self.env, self.log)
        self.expect("securesystemslib", int(self.log.read_text()), good)
        return seconds

    @staticmethod
    def expect(who: str, found: int, good: int) -> None:
        if found != good:
            raise Void(f"{who} found {found} good manifests; {good} are good")

    def refuse_altered(self, real: bytes) -> None:
        """All three must see that one manifest of three was changed."""
        altered = manifests.make(self.folder / "altered", real, 3, altered=1)
        self.byok(altered, 2)
        self.bare(altered, 2, 1)
        self.securesystemslib(altered, 2)

    def compare(self, real: bytes, count: int, where: str, rounds: int) -> list[Row]:
        self.refuse_altered(real)
        made = manifests.make(self.folder / "many", real, count)
        cores = sorted(os.sched_getaffinity(0))

        def ours() -> float:
            return self.byok(made, count)

        def loop() -> float:
            return self.bare(made, count, len(os.sched_getaffinity(0)))

        what = f"`verify` {count} manifests, {where}"
        os.sched_setaffinity(0, cores[:1])
        try:
            one = [Against.times_faster(Side("bare ECDSA P-256 loop", loop), 0.88)]
            rows = compare(f"{what}, one core", Side("byok", ours), one, rounds)
        finally:
            os.sched_setaffinity(0, cores)
        every = [
            Against.times_faster(Side("bare ECDSA P-256 loop", loop), 0.85),
            Against.times_faster(Side("Python securesystemslib", lambda: self.securesystemslib(made, count)), 4),
        ]
        rows += compare(f"{what}, all {len(cores)} cores", Side("byok", ours), every, rounds)
        shutil.rmtree(self.folder / "many")
        return rows
