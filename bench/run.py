"""The benchmarks. `make bench` builds everything, runs this, and writes the table into docs/performance.md.

Every figure is a ratio of two programs that took turns in one run; every result is checked, and a wrong one voids the
run: then nothing is written and the exit code is 1.

    run.py [--smoke] [--profile release|debug] [--write DOCUMENT]

--smoke runs everything once with tiny numbers, to see that it works; its times mean nothing.
"""

import argparse
import datetime
import os
import pathlib
import shutil
import sys
import tempfile

from harness import cases, report
from harness.fleets import Fleet
from harness.growth import Growth
from harness.keyfiles import KeyFiles
from harness.measure import Row, Void
from harness.place import Place, Programs

ROOT = pathlib.Path(__file__).resolve().parent.parent
MEMORY = pathlib.Path("/dev/shm")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--profile", default="release")
    parser.add_argument("--write", type=pathlib.Path)
    return parser.parse_args()


def say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)


def run(programs: Programs, places: dict[str, pathlib.Path], smoke: bool) -> list[Row]:
    def rounds(number: int) -> int:
        return 1 if smoke else number

    many, fleet = (30, 30) if smoke else (10_000, 10_000)
    memory = places["tmpfs"]
    say("starting")
    rows = cases.starting(programs, memory, rounds(15))
    for where, folder in places.items():
        say(f"wrapping, {where}")
        place = Place(folder / "few", programs, 10)
        rows += cases.wrapping(place, where, rounds(25))
        rows += cases.importing(place, where, rounds(9))
        rows += cases.making(place, where, rounds(11))
        say(f"verifying, {where}")
        (folder / "verify").mkdir()
        verifying = cases.Verifying(programs, sys.executable, folder / "verify")
        rows += verifying.compare(place.first_manifest(), fleet, where, rounds(7))
    say("fleets")
    for where, goal, count in (("tmpfs", 0.95, 1_000), ("disk", 1.4, 200)):
        keys = Fleet(places[where] / "fleet", programs, 5 if smoke else count)
        rows += keys.making(where, goal, rounds(5))
        if where == "tmpfs":
            rows += keys.wrapping(where, 1.2, rounds(5))
    for goal, count in ((20, 100), (60, 1_000)):
        keys = Fleet(memory / f"tool-{count}", programs, 5 if smoke else count)
        rows += keys.beside_tool("tmpfs", goal, rounds(3 if count == 100 else 1))
    far = Fleet(memory / "far", programs, 5 if smoke else 1_000, far=True)
    rows += far.far_away(1 if smoke else 5, 12, rounds(1))
    say("growth")
    growth = Growth(memory / "growth", programs, (3, 5, 7, 9) if smoke else (100, 1_100, 5_000, 10_000))
    rows += growth.compare("tmpfs", rounds(3))
    say("key files")
    files = KeyFiles(programs, memory / "key-files", 30 if smoke else 1_000)
    rows += files.checking("tmpfs", rounds(7))
    rows += files.looking("tmpfs", rounds(15))
    rows += files.converting("tmpfs", rounds(15))
    say(f"wrapping, {many} keys in the token")
    rows += cases.wrapping_among_many(Place(memory / "many", programs, many), "tmpfs", rounds(9))
    return rows


def main() -> int:
    asked = arguments()
    # OpenBao's client stands beside this Python.
    os.environ["PATH"] += os.pathsep + str(pathlib.Path(sys.executable).parent)
    programs = Programs(
        ROOT / "target" / asked.profile / "byok",
        ROOT / "bench/target" / asked.profile,
        ROOT / "bench/recipes",
        ROOT / "tests/proxy/target/debug/libbyok_test_proxy.so",
    )
    disk = ROOT / "bench/target"
    facts = report.machine(ROOT, disk)
    places = {where: pathlib.Path(tempfile.mkdtemp(prefix="byok-bench-", dir=below))
              for where, below in (("tmpfs", MEMORY), ("disk", disk))}  # fmt: skip
    try:
        rows = run(programs, places, asked.smoke)
    except Void as void:
        say(f"the run is void: {void}")
        return 1
    finally:
        for folder in places.values():
            shutil.rmtree(folder)
    if asked.smoke:
        say(f"{len(rows)} comparisons work")
        return 0
    text = f"{datetime.date.today()}:\n\n{facts}\n\n{report.table(rows)}"
    print(text)
    if asked.write:
        report.write(asked.write, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
