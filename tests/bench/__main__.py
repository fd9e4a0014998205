"""`make bench`: this service beside its floor in one run, as ratios; machines are noisy, ratios less so.

The two servers are asked in turn, request by request, over one kept-alive connection each.
"""

from __future__ import annotations

import argparse
import http.client
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median, quantiles

from rich.console import Console
from rich.table import Table

from tests.bench.bodies import body
from tests.bench.engine import engine_microseconds
from tests.bench.load import load
from tests.bench.packets import packets
from tests.bench.servers import PATH, served

TOLD = {"seen": "the same again", "new": "of other ages each time"}
# Resources, bytes, and the ratio that is the target.
# v01 gets three cards, n01 has no spine problem and gets none.
SIZES = (
    (60, 84_000, 6.0, "v01"),
    (60, 84_000, 6.0, "n01"),
    (400, 514_000, 3.0, "v01"),
    (5000, 6_000_000, 2.0, "v01"),
)
LOAD = (60, 84_000, "v01")
ROUNDS = {60: 1000, 400: 300, 5000: 40}
SHORT = {60: 60, 400: 20, 5000: 4}


def asker(port: int, content: bytes) -> Callable[[], float]:
    """A function that sends the body once and gives the seconds it took."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.connect()
    assert connection.sock is not None
    connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask() -> float:
        started = time.perf_counter()
        connection.request("POST", PATH, body=content, headers={"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"bench: status {answer.status} instead of 200")
        return time.perf_counter() - started

    return ask


def in_turn(first: Callable[[], float], second: Callable[[], float], rounds: int) -> tuple[list[float], list[float]]:
    """Times of both, asked alternately after a warm-up."""
    for _ in range(max(3, rounds // 20)):
        first(), second()
    pairs = [(first(), second()) for _ in range(rounds)]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def memory(process: subprocess.Popen[bytes]) -> tuple[float, float]:
    """Peak megabytes of the worker and of its engine process."""
    workers = _children(process.pid)
    engines = [child for worker in workers for child in _children(worker)]
    return max(map(_peak, workers), default=0.0), max(map(_peak, engines), default=0.0)


def _children(pid: int) -> list[int]:
    text = "".join(path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children"))
    return [int(word) for word in text.split()]


def _peak(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def row(table: Table, name: str, ours: list[float], floor: list[float], target: str) -> None:
    """One row: p50 and p99 of both, ratio of p50s, requests per second on one connection."""
    p50, base = median(ours), median(floor)
    table.add_row(
        name,
        f"{base * 1e3:.2f}",
        f"{p50 * 1e3:.2f}",
        f"{quantiles(ours, n=100)[98] * 1e3:.2f}",
        f"{p50 / base:.2f}",
        target,
        f"{1 / p50:.0f}",
    )


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="a few requests only: shows that the benchmark runs")
    rounds = SHORT if parser.parse_args().short else ROUNDS
    console = Console(highlight=False, width=110)
    table = Table("body", "floor p50 ms", "p50 ms", "p99 ms", "ratio", "at most", "requests/s", title="patient-view")
    with ExitStack() as stack:
        floor_port, _ = stack.enter_context(served("tests.bench.floor:app"))
        our_port, process = stack.enter_context(served("service.wsgi:app"))
        measured: dict[int, float] = {}
        for size, total, most, sample in SIZES:
            content = body(size, total, sample)
            console.print(f"measuring {size} resources, {len(content) // 1000} kB ...", style="dim")
            ours, floor = in_turn(asker(our_port, content), asker(floor_port, content), rounds[size])
            measured[size] = median(ours) - median(floor)
            row(table, f"{sample}, {size} resources, {len(content) // 1000} kB", ours, floor, f"{most:g}")
        worker, engine = memory(process)
    console.print(table)
    console.print(f"worker peak {worker:.0f} MB, engine process peak {engine:.0f} MB (target: one worker under 150 MB)")
    growth = (measured[5000] - measured[400]) / 4600 * 1e6
    console.print(f"each further irrelevant Observation costs {growth:.1f} microseconds over its JSON")
    for (facts, seen), micro in engine_microseconds(200 if rounds is SHORT else 3000).items():
        said = f"engine, all content, {facts} facts, {TOLD[seen]}"
        console.print(f"{said}: {micro:.0f} microseconds (target at 50: under 1000)")
    console.print(packets(5 if rounds is SHORT else 50))
    load(console, body(*LOAD), 1 if rounds is SHORT else 5)


if __name__ == "__main__":
    main()
