"""What one more key costs in a fleet of ten thousand and in one of a hundred: time, and memory.

The cost of one more key is a slope: what two fleets of different size take, divided by the keys between them. So what a
command does once is in neither. The token's own share is taken off first: for the time, a bare program that opens the same
token and looks for a key in it (SoftHSM reads every object when it starts); for the memory, the bare loop that makes the same
keys in the same token and keeps nothing but their blobs.
"""

import json
import pathlib
import shutil

from .fleets import Fleet
from .measure import Goal, Row, Spread, Void
from .place import TOKEN, Programs

LIMIT = 1.2  # times the cost at the small end
BYTES = 2.0  # KiB that byok may hold of each key


class Growth:
    """Four fleets: a pair at the small end and a pair at the large one."""

    def __init__(self, folder: pathlib.Path, programs: Programs, sizes: tuple[int, int, int, int]) -> None:
        self.fleets = [Fleet(folder / f"of-{size}", programs, size, wraps=False) for size in sizes]

    @staticmethod
    def rotate(fleet: Fleet) -> tuple[float, float]:
        """Seconds without the token's opening, and MiB, of a rotation of all keys."""
        place = fleet.place
        fleet.restore("made")
        out = place.new("grown")
        opening = place.wall(place.programs.yardstick("bare_open"), place.module, TOKEN, "fleet/k00000@1")
        seconds, memory = place.used(
            place.programs.byok, "--config", place.folder / "byok.yaml", "--json", "rotate", "--where", "name=fleet/**",
            "--wrapping-keys", place.folder / "answers", "--out", out, "--allow-exposure", "ephemeral-kek", "--yes",
        )  # fmt: skip
        summary = json.loads((place.folder / "log").read_text().splitlines()[-1])
        if summary["made"] != fleet.count:
            raise Void(f"byok rotate: {summary}")
        for number in fleet.sample():
            [blob] = out.glob(f"fleet/k{number:05}@*/vault/wrapped-key.bin")
            fleet.opens(blob.read_bytes(), number)
        shutil.rmtree(out)
        return seconds - opening, memory

    @staticmethod
    def bare_memory(fleet: Fleet) -> float:
        place = fleet.place
        fleet.restore("made")
        out = place.new("blobs")
        _, memory = place.used(
            place.programs.yardstick("bare_fleet"), place.module, TOKEN, place.signer_label, place.wrapping_key, "make",
            2, fleet.count, out,
        )  # fmt: skip
        out.unlink()
        return memory

    def compare(self, where: str, rounds: int) -> list[Row]:
        sizes = [fleet.count for fleet in self.fleets]
        times: tuple[list[float], list[float]] = ([], [])
        held: tuple[list[float], list[float]] = ([], [])
        for _ in range(rounds):
            took, memory = zip(*(self.rotate(fleet) for fleet in self.fleets))
            for end, (small, large) in enumerate(((0, 1), (2, 3))):
                times[end].append((took[large] - took[small]) / (sizes[large] - sizes[small]))
            # Small fleets have less than this Python, from which a process starts.
            for end, at in enumerate((2, 3)):
                held[end].append(memory[at] - self.bare_memory(self.fleets[at]))
        few, many = times
        ratios = [a / b for a, b in zip(many, few)]
        what = f"`rotate`: one more key between {sizes[2]} and {sizes[3]}, {where}"
        other = f"byok, one more between {sizes[0]} and {sizes[1]}"
        rows = [Row(what, other, Spread.of(many), Spread.of(few), Spread.of(ratios), Goal(LIMIT, True))]
        # Of what is beside the bare loop's memory, how much is of each key.
        kib = [1024 * (a - b) / (sizes[3] - sizes[2]) for a, b in zip(held[1], held[0])]
        what = f"`rotate` of {sizes[3]} keys, memory beside the bare loop's; the ratio is KiB for each key more, {where}"
        other = f"byok, {sizes[2]} keys, the same"
        goal = Goal(BYTES, True)
        rows.append(Row(what, other, Spread.of(held[1]), Spread.of(held[0]), Spread.of(kib), goal, "MiB"))
        return rows
