"""Time of whole processes, and comparisons in which both sides take turns."""

import os
import pathlib
import shutil
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


class Void(Exception):
    """A result was wrong, so no time of this run counts."""


def wall(words: list[str], env: dict[str, str], log: pathlib.Path, status: int = 0) -> float:
    """Seconds from the start of a program to its end. Its output goes to `log`, its errors to `log`.err."""
    return used(words, env, log, status)[0]


def used(words: list[str], env: dict[str, str], log: pathlib.Path, status: int = 0) -> tuple[float, float]:
    """The same, and the most memory that it had, in MiB; never less than this Python has, from which it starts."""
    program = shutil.which(words[0], path=env.get("PATH"))
    if program is None:
        raise Void(f"{words[0]} is missing")
    errors = log.with_name(log.name + ".err")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    files = [
        (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, log, flags, 0o600),
        (os.POSIX_SPAWN_OPEN, 2, errors, flags, 0o600),
    ]
    start = time.perf_counter()
    _, ended, usage = os.wait4(os.posix_spawn(program, words, env, file_actions=files), 0)
    seconds = time.perf_counter() - start
    code = os.waitstatus_to_exitcode(ended)
    if code != status:
        said = (errors.read_text() + log.read_text())[-2000:]
        raise Void(f"{' '.join(words)}: exit code {code}\n{said}")
    return seconds, usage.ru_maxrss / 1024


@dataclass
class Side:
    """One side of a comparison. `run` does what is measured, checks its result, and answers with the seconds."""

    name: str
    run: Callable[[], float]


@dataclass
class Spread:
    """A median and the extremes."""

    median: float
    low: float
    high: float

    @staticmethod
    def of(values: list[float]) -> "Spread":
        return Spread(statistics.median(values), min(values), max(values))


@dataclass
class Goal:
    """What a ratio should be."""

    limit: float
    at_most: bool

    def is_met(self, ratio: float) -> bool:
        return ratio <= self.limit if self.at_most else ratio >= self.limit

    def __str__(self) -> str:
        return f"{'≤' if self.at_most else '≥'} {self.limit:g}"


@dataclass
class Row:
    """byok against one other program: both times, and the ratio of each round."""

    what: str
    other: str
    ours: Spread
    theirs: Spread
    ratio: Spread
    goal: Goal | None
    unit: str = "ms"  # or "MiB", of values that are no seconds


@dataclass
class Against:
    """The other side of a row. The ratio is ours / theirs for a goal "at most", else theirs / ours."""

    side: Side
    goal: Goal | None
    at_most: bool

    @staticmethod
    def at_most_times(side: Side, limit: float | None) -> "Against":
        return Against(side, Goal(limit, True) if limit else None, True)

    @staticmethod
    def times_faster(side: Side, limit: float | None) -> "Against":
        return Against(side, Goal(limit, False) if limit else None, False)


def compare(what: str, ours: Side, others: list[Against], rounds: int) -> list[Row]:
    """Runs all sides in turn, `rounds` times after one round that does not count."""
    sides = [ours] + [other.side for other in others]
    times: list[list[float]] = [[] for _ in sides]
    for number in range(rounds + 1):
        for seconds, side in zip(times, sides):
            measured = side.run()
            if number > 0:
                seconds.append(measured)
    rows = []
    for other, theirs in zip(others, times[1:]):
        pairs = zip(times[0], theirs)
        ratios = [a / b if other.at_most else b / a for a, b in pairs]
        rows.append(
            Row(what, other.side.name, Spread.of(times[0]), Spread.of(theirs), Spread.of(ratios), other.goal)
        )
    return rows
