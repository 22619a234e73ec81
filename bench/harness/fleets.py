"""Fleets: `rotate` of many keys against the bare serial loop that makes the same token calls."""

import json
import pathlib
import shutil

from . import checks
from .measure import Against, Row, Side, Void, compare
from .place import TOKEN, Place, Programs

TARGETS = 'targets:\n  vault: {provider: generic, method: rsa-aes-sha256, keys: ["fleet/**"]}\n'
SAMPLE = 3  # blobs that are opened after each run


class Fleet:
    """A registry with active keys that go to one target. Each run begins with the same files."""

    def __init__(self, folder: pathlib.Path, programs: Programs, count: int, far: bool = False, wraps: bool = True) -> None:
        self.place, self.count = Place(folder, programs, 0, far), count
        place = self.place
        place.call(programs.yardstick("make_fleet"), place.module, TOKEN, place.folder, count)
        answers = place.folder / "answers"
        answers.mkdir()
        shutil.copy(place.wrapping_key, answers / "vault.json")
        with open(place.folder / "byok.yaml", "a") as config:
            config.write(TARGETS)
        self.keep("made")
        if not wraps:
            return
        place.call(programs.byok, "rotate", "--where", "name=fleet/**", "--yes")
        self.keep("pending")

    def keep(self, name: str) -> None:
        for part in ("tokens", "registry"):
            shutil.copytree(self.place.folder / part, self.place.folder / f"{name}-{part}", symlinks=True)

    def restore(self, name: str) -> None:
        for part in ("tokens", "registry"):
            shutil.rmtree(self.place.folder / part)
            shutil.copytree(self.place.folder / f"{name}-{part}", self.place.folder / part, symlinks=True)

    def opens(self, blob: bytes, number: int) -> None:
        key = checks.unwrap(self.place.folder / "receiver.pem", blob)
        self.place.expect_block(key, self.place.block(f"fleet/k{number:05}@2"))

    def sample(self) -> list[int]:
        return sorted({0, self.count // 2, self.count - 1})[:SAMPLE]

    def byok(self, begin: str, word: str, *options: str) -> float:
        self.restore(begin)
        out = self.place.new("rotated")
        seconds = self.place.byok(
            "--json", "rotate", "--where", "name=fleet/**", "--wrapping-keys", self.place.folder / "answers",
            "--out", out, "--allow-exposure", "ephemeral-kek", "--yes", *options,
        )  # fmt: skip
        summary = json.loads((self.place.folder / "log").read_text().splitlines()[-1])
        if summary[word] != self.count:
            raise Void(f"byok rotate: {summary}")
        for number in self.sample():
            [blob] = out.glob(f"fleet/k{number:05}@*/vault/wrapped-key.bin")
            self.opens(blob.read_bytes(), number)
        shutil.rmtree(out)
        return seconds

    def bare(self, begin: str, word: str) -> float:
        self.restore(begin)
        out = self.place.new("blobs")
        seconds = self.place.wall(
            self.place.programs.yardstick("bare_fleet"), self.place.module, TOKEN, self.place.signer_label,
            self.place.wrapping_key, word, 2, self.count, out,
        )  # fmt: skip
        blobs = out.read_bytes()
        length = len(blobs) // self.count
        for number in self.sample():
            blob = blobs[number * length : (number + 1) * length]
            if word == "session":
                # The key is gone: what it had encrypted stands behind its blob.
                self.place.expect_block(checks.unwrap(self.place.folder / "receiver.pem", blob[:-16]), blob[-16:].hex())
            else:
                self.opens(blob, number)
        out.unlink()
        return seconds

    def tool(self) -> float:
        """The same keys by pkcs11-tool, two processes for each."""
        self.restore("made")
        place = self.place
        der = place.folder / "wrapping.der"
        place.call("openssl", "pkey", "-pubin", "-in", place.wrapping_key, "-outform", "DER", "-out", der)
        place.call(
            "pkcs11-tool", "--module", place.module, "--token-label", TOKEN, "--login", "--pin", "env:PIN",
            "--write-object", der, "--type", "pubkey", "--id", "77", "--label", "receiver", "--usage-wrap",
        )  # fmt: skip
        seconds = 0.0
        for number in range(self.count):
            out = place.folder / "out" / f"tool-{number:05}"
            seconds += place.recipe("pkcs11-tool.sh", place.module, TOKEN, out.name, f"ab{number:06}", out)
            if number in self.sample():
                key = checks.unwrap_pkcs1(place.folder / "receiver.pem", out.read_bytes())
                place.expect_block(key, place.block(out.name))
            out.unlink()
        return seconds

    def making(self, where: str, goal: float, rounds: int) -> list[Row]:
        """New token keys, each wrapped, with manifests and log, against one bare session."""
        ours = Side("byok", lambda: self.byok("made", "made"))
        others = [Against.times_faster(Side("bare loop, one session", lambda: self.bare("made", "make")), goal)]
        return compare(f"`rotate` of {self.count} token keys, {where}", ours, others, rounds)

    def wrapping(self, where: str, goal: float, rounds: int) -> list[Row]:
        """Keys that are there, wrapped: no token object is made."""
        ours = Side("byok", lambda: self.byok("pending", "wrapped"))
        others = [
            Against.times_faster(Side("bare loop over session keys", lambda: self.bare("pending", "session")), goal),
            Against.times_faster(Side("bare loop over the same keys", lambda: self.bare("pending", "wrap")), None),
        ]
        return compare(f"`rotate` wraps {self.count} keys, {where}", ours, others, rounds)

    def beside_tool(self, where: str, goal: float, rounds: int) -> list[Row]:
        """New token keys against a loop of pkcs11-tool."""
        ours = Side("byok", lambda: self.byok("made", "made"))
        others = [Against.times_faster(Side("`pkcs11-tool` loop, PKCS#1 v1.5, no evidence", self.tool), goal)]
        return compare(f"`rotate` of {self.count} token keys, {where}", ours, others, rounds)

    def far_away(self, milliseconds: int, goal: float, rounds: int) -> list[Row]:
        """The same token behind a network: many sessions against one."""
        def side(name: str, *options: str) -> Side:
            def run() -> float:
                self.place.latency(milliseconds)
                try:
                    return self.byok("made", "made", *options)
                finally:
                    self.place.latency(0)
            return Side(name, run)

        one = Against.times_faster(side("byok, one session", "--sessions", "1"), goal)
        what = f"`rotate` of {self.count} keys, {milliseconds} ms for each call"
        rows = compare(f"{what}, 16 sessions", side("byok", "--sessions", "16"), [one], rounds)
        one = Against.times_faster(side("byok, one session", "--sessions", "1"), None)
        return rows + compare(f"{what}, measured sessions", side("byok"), [one], 1)
