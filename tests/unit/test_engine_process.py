"""The engine's process may die, hang or refuse: that costs one answer, said aloud, and nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from service.errors import Busy, EngineFailure
from service.rules.driver import FIRING_BUDGET
from service.rules.engine_process import KEEP_MEMORY, ROOT, EngineProcess
from service.rules.memory import MOST_FACTS
from tests.support.programs import (
    BROKEN,
    PAIRS,
    PRODUCT,
    SLOW,
    SLOW_FACTS,
    Given,
    pairs,
    resident_kib,
    wait_until_busy,
    zombies,
)

SOON = 5.0  # generous: a busy machine is no fault; what is measured is that it is not a hang


@pytest.fixture
def process() -> Iterator[EngineProcess]:
    made = EngineProcess(timeout=20)
    made.start([PAIRS])
    yield made
    made.stop()
    assert zombies() == []


def concluded(process: EngineProcess, *numbers: int) -> list[tuple[int, int]]:
    answer = process.run(PAIRS, pairs(*numbers))
    return sorted((match["a"], match["b"]) for _, match in answer["concluded"])


def assert_right_and_soon(process: EngineProcess) -> None:
    started = time.monotonic()
    assert concluded(process, 7, 8) == [(1, 3), (2, 4)]
    assert time.monotonic() - started < SOON


def failure_of(process: EngineProcess, facts: list[Given]) -> str:
    with pytest.raises(EngineFailure) as failed:
        process.run(SLOW, facts)
    return failed.value.text


def test_it_answers(process: EngineProcess) -> None:
    assert concluded(process, 7, 8) == [(1, 3), (2, 4)]
    assert concluded(process) == []


def test_whoever_waits_too_long_for_others_is_told_to_ask_again_and_costs_no_engine() -> None:
    process = EngineProcess(timeout=0.01)
    process._lock.acquire()
    try:
        with pytest.raises(Busy, match="ask again"):
            process.run(PAIRS, pairs(7, 8))
        assert process.pid == 0
    finally:
        process._lock.release()


def test_a_child_killed_in_the_middle_costs_this_answer_only(process: EngineProcess) -> None:
    process.run(SLOW, [])
    first = process.pid
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(failure_of, process, SLOW_FACTS)
        wait_until_busy(first)
        assert not running.done()
        os.kill(first, signal.SIGKILL)
        assert "ended while reasoning" in running.result(timeout=20)
    assert process.pid not in (0, first)
    assert not Path(f"/proc/{first}").exists()
    assert_right_and_soon(process)


def test_a_child_killed_between_two_answers_costs_the_next_one_only(process: EngineProcess) -> None:
    os.kill(process.pid, signal.SIGKILL)
    with pytest.raises(EngineFailure):
        concluded(process, 7)
    assert_right_and_soon(process)


def test_a_stopped_child_counts_as_hanging() -> None:
    process = EngineProcess(timeout=0.3)
    process.start([PAIRS])
    os.kill(process.pid, signal.SIGSTOP)
    with pytest.raises(EngineFailure, match="did not answer in time"):
        concluded(process, 7)
    assert_right_and_soon(process)
    process.stop()
    assert zombies() == []


def test_a_hang_ends_at_the_timeout() -> None:
    process = EngineProcess(timeout=0.4)
    process.start([PAIRS])
    first, started = process.pid, time.monotonic()
    assert "did not answer in time" in failure_of(process, SLOW_FACTS)
    assert time.monotonic() - started < 0.4 + SOON
    assert not Path(f"/proc/{first}").exists()
    assert_right_and_soon(process)
    process.stop()
    assert zombies() == []


def test_too_many_facts_are_refused(process: EngineProcess) -> None:
    assert len(process.run(PAIRS, [("x", {"v": 1})] * MOST_FACTS)["concluded"]) == 0
    with pytest.raises(EngineFailure, match=r"refused this record \(EngineRefusal\)"):
        process.run(PAIRS, [("x", {"v": 1})] * (MOST_FACTS + 1))
    assert_right_and_soon(process)


def test_too_many_firings_are_refused(process: EngineProcess) -> None:
    side = int(FIRING_BUDGET**0.5) + 1
    with pytest.raises(EngineFailure, match=r"refused this record \(EngineRefusal\)"):
        process.run(PRODUCT, [("x", {"v": 1})] * side + [("y", {"v": 1})] * side)
    assert_right_and_soon(process)
    assert len(process.run(PRODUCT, [("x", {"v": 1})] * 9 + [("y", {"v": 1})] * 9)["concluded"]) == 81


def test_a_program_that_cannot_be_loaded_does_not_spoil_the_others(process: EngineProcess) -> None:
    for _ in range(2):
        with pytest.raises(EngineFailure):
            process.run(BROKEN, [])
        assert_right_and_soon(process)


def test_what_the_engine_refused_is_not_in_the_text(process: EngineProcess) -> None:
    with pytest.raises(EngineFailure) as failed:
        process.run(PAIRS, [("x", {"name": "Sample Patient"}), ("y", {"v": 1})])
    assert "refused this record" in str(failed.value)
    assert "Sample" not in str(failed.value)
    assert_right_and_soon(process)


def test_a_failure_reported_to_nobody_starts_no_second_child(process: EngineProcess) -> None:
    process.stop()
    assert process.pid == 0
    assert_right_and_soon(process)


@pytest.mark.slow
def test_memory_stays_flat_over_fifty_thousand_answers(process: EngineProcess) -> None:
    facts = pairs(1, 2, 3)
    sizes = []
    for number in range(1, 50_001):
        assert len(process.run(PAIRS, facts)["concluded"]) == 3
        if number in (10_000, 50_000):
            sizes.append(resident_kib(process.pid))
    assert sizes[1] - sizes[0] < 512, f"{sizes} KiB after 10,000 and 50,000"


def test_threads_get_their_own_answers(process: EngineProcess) -> None:
    start = threading.Barrier(8)

    def ask(thread: int) -> None:
        start.wait()
        for number in range(60):
            numbers = [thread * 1000 + number + step for step in range(1 + thread)]
            wanted = [(place, place + len(numbers)) for place in range(1, len(numbers) + 1)]
            assert concluded(process, *numbers) == wanted

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, range(8)))


def test_a_failure_among_threads_hits_one_of_them(process: EngineProcess) -> None:
    process.run(SLOW, [])
    with ThreadPoolExecutor(5) as pool:
        running = pool.submit(failure_of, process, SLOW_FACTS)
        wait_until_busy(process.pid)
        waiting = [pool.submit(concluded, process, number) for number in range(4)]
        os.kill(process.pid, signal.SIGKILL)
        assert "ended while reasoning" in running.result(timeout=20)
        assert [item.result(timeout=20) for item in waiting] == [[(1, 2)]] * 4


def test_nothing_of_the_environment_reaches_the_child(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_THE_PARENT", "do-not-pass-on")
    process = EngineProcess(timeout=20)
    process.start([PAIRS])
    environment = Path(f"/proc/{process.pid}/environ").read_bytes()
    process.stop()
    assert b"SECRET_OF_THE_PARENT" not in environment
    names = {item.split(b"=")[0] for item in environment.split(b"\0") if item}
    assert names <= {b"LC_CTYPE", *(name.encode() for name in KEEP_MEMORY)}


def test_the_child_ends_with_its_parent() -> None:
    code = (
        "from service.rules.engine_process import EngineProcess; from tests.support.programs import PAIRS; import os; "
        "p = EngineProcess(20); p.start([PAIRS]); print(p.pid, flush=True); os._exit(0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=20, check=True
    )
    deadline = time.monotonic() + 10
    while _alive(int(done.stdout)):
        assert time.monotonic() < deadline, "the engine process outlived its parent"
        os.sched_yield()


def test_a_forked_worker_gets_a_child_of_its_own(process: EngineProcess) -> None:
    first = process.pid
    worker = os.fork()
    if worker == 0:
        try:
            same = process.pid == first
            right = concluded(process, 7) == [(1, 2)]
            other = process.pid
            process.stop()
            os._exit(0 if same and right and other != first else 1)
        finally:
            os._exit(2)
    assert os.waitpid(worker, 0)[1] == 0
    assert process.pid == first
    assert_right_and_soon(process)


def _alive(pid: int) -> bool:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except OSError:
        return False
    return text.rpartition(")")[2].split()[0] != "Z"
