"""The table, and what the machine was."""

import os
import pathlib
import platform
import subprocess

from .measure import Row, Spread

BEGIN = "<!-- `make bench` writes from here -->"
END = "<!-- to here -->"


def value(spread: Spread, unit: str) -> str:
    """Milliseconds need no unit: the head of the table names them."""
    if unit != "ms":
        return f"{spread.median:.1f} [{spread.low:.1f}..{spread.high:.1f}] {unit}"
    digits = 0 if spread.median >= 1 else 1 if spread.median >= 0.01 else 3
    shown = [f"{1000 * value:.{digits}f}" for value in (spread.median, spread.low, spread.high)]
    return f"{shown[0]} [{shown[1]}..{shown[2]}]"


def ratio(spread: Spread) -> str:
    return f"**{spread.median:.2f}** [{spread.low:.2f}..{spread.high:.2f}]"


def table(rows: list[Row]) -> str:
    lines = [
        "| what | byok, ms | compared with | its ms | ratio | goal | |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        goal = str(row.goal) if row.goal else ""
        met = ("met" if row.goal.is_met(row.ratio.median) else "**missed**") if row.goal else ""
        ours, theirs = value(row.ours, row.unit), value(row.theirs, row.unit)
        cells = [row.what, ours, row.other, theirs, ratio(row.ratio), goal, met]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def first_line(*words: str) -> str:
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return f"{words[0]} missing"
    return (done.stdout or done.stderr).strip().splitlines()[0]


def debian_version(package: str) -> str:
    return first_line("dpkg-query", "-W", "-f", "${Version}\n", package)


def machine(root: pathlib.Path, disk: pathlib.Path) -> str:
    """What the numbers depend on, as a list."""
    cpu = next((line for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line), ":")
    release = platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    filesystem = first_line("findmnt", "-n", "-o", "FSTYPE", "-T", str(disk))
    commit = first_line("git", "-C", str(root), "log", "-1", "--format=%h of %cs")
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    return "\n".join([
        f"- {len(os.sched_getaffinity(0))} cores, {cpu.split(':')[1].strip()}; {release}, Linux {platform.release()}",
        f"- disk: {filesystem}; load before the run: {load}",
        f"- byok at {commit}, release build, {first_line('rustc', '--version')}",
        f"- SoftHSM {first_line('softhsm2-util', '--version')}, {first_line('openssl', 'version').split(' (')[0]}, "
        f"OpenSC {debian_version('opensc')}, Python {platform.python_version()}",
    ])  # fmt: skip


def write(document: pathlib.Path, text: str) -> None:
    """Puts the text between the two marks of the document."""
    before, rest = document.read_text().split(BEGIN)
    _, after = rest.split(END)
    document.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")
