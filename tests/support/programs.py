"""Small programs written in the engine's own form, for tests of the engine process itself."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from service.rules.program import Numbered, Program

Given = tuple[str, dict[str, Any]]
PATIENCE = 20.0


def program(name: str, *patterns: dict[str, Any]) -> Program:
    """One rule with these patterns, whose outcome is `said`."""
    rule = Numbered("tried#0", "tried", 0, {"all": list(patterns)}, {"outcome": "said"})
    return Program(name, (rule,), {}, 1)


def joined(kind: str, test: dict[str, Any]) -> dict[str, Any]:
    """A pattern on a kind with one join, closed as the engine needs it."""
    return {"$and": [{"k": kind}, test, {"t": {"a": "t"}}]}


# Every x meets a y of the same number.
PAIRS = program("pairs", {"a": {"k": "x"}}, {"b": joined("y", {"v": {"a": "v"}})})
# All pairs of x are held and tried with every third one, in vain: the engine's work grows with the cube of the facts.
SLOW = program(
    "slow",
    {"a": {"k": "x"}},
    {"b": joined("x", {"$gte": {"v": {"a": "v"}}})},
    {"c": joined("x", {"$gt": {"v": {"b": "v"}}})},
)
SLOW_FACTS: list[Given] = [("x", {"v": 1})] * 900
# Every x with every y.
PRODUCT = program("product", {"a": {"k": "x"}}, {"b": {"k": "y"}})
# The engine refuses the definition.
BROKEN = program("broken", {"a": {"$nonsense": {"k": 1}}}, {"a": {"k": "x"}})


def pairs(*numbers: int) -> list[Given]:
    """Facts that PAIRS concludes from, once for each number."""
    return [("x", {"v": number}) for number in numbers] + [("y", {"v": number}) for number in numbers]


def wait_until_busy(pid: int, seconds: float = 0.3) -> None:
    """Return when the process has worked for that long since now; watches its CPU time, not the clock."""
    start = cpu_seconds(pid)
    deadline = time.monotonic() + PATIENCE
    while cpu_seconds(pid) - start < seconds:
        if time.monotonic() > deadline:
            raise AssertionError("the engine process is not working")
        os.sched_yield()


def cpu_seconds(pid: int) -> float:
    """CPU time that a process has used, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_kib(pid: int) -> int:
    """Resident memory of a process, in KiB."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


def zombies() -> list[int]:
    """Children of this process that ended and were not waited for."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = path.read_text(encoding="ascii", errors="replace").rpartition(")")
        except OSError:
            continue
        state, parent = rest.split()[:2]
        if state == "Z" and int(parent) == os.getpid():
            found.append(int(name.split()[0]))
    return found
