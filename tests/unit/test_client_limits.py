"""Reads that would not end by themselves: pages without end, servers that trickle or hang."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from service.fhir.access.exchange import Limits
from service.fhir.prefetch import Wanted
from service.fhir.sent import KeyRead, State
from tests.contract.ehr import Ehr, Reply, serving
from tests.support.access import LIMITS, fetcher
from tests.support.clinic import searchset


@pytest.fixture
def ehr() -> Iterator[Ehr]:
    with serving() as running:
        yield running


def bundle(name: str, following: str = "") -> dict[str, Any]:
    return searchset([{"resourceType": "Condition", "id": name}], following)


def fetch(base: str, query: str = "Patient/p1", limits: Limits = LIMITS) -> KeyRead:
    return fetcher(base, limits=limits).all({"k": Wanted(query)})["k"]


def ids(read: KeyRead) -> list[Any]:
    return [entry.resource["id"] for entry in read.entries]


def test_pages_without_end_are_cut_and_said_to_be(ehr: Ehr) -> None:
    for number in range(60):
        ehr.replies[f"/fhir/Condition?p={number}"] = Reply(bundle(f"c{number}", following=f"?p={number + 1}"))
    read = fetch(ehr.base, "Condition?p=0")
    assert (read.state, len(read.entries), len(ehr.asked)) == (State.PARTIAL, 50, 50)


def test_a_server_that_trickles_is_hung_up_on_when_the_budget_is_spent() -> None:
    ended = threading.Event()

    def trickle(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection, contextlib.suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            while True:  # each byte starts a socket's timeout anew
                connection.sendall(b"x")
                time.sleep(0.002)
        ended.set()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=trickle, args=(listener,), daemon=True).start()
        base = f"http://127.0.0.1:{listener.getsockname()[1]}/fhir"
        assert fetch(base, limits=replace(LIMITS, budget=0.1)).state is State.FAILED
        assert ended.wait(10), "the thread that reads would be held for as long as the server likes"


def test_pages_that_came_in_time_are_kept_when_a_later_one_hangs(ehr: Ehr) -> None:
    never = threading.Event()
    ehr.replies["/fhir/Condition"] = Reply(bundle("a", following=f"{ehr.base}/page2"))
    ehr.replies["/fhir/page2"] = Reply(bundle("b"), hold=never)
    read = fetch(ehr.base, "Condition", replace(LIMITS, budget=0.2, timeout=5.0))
    never.set()
    assert (read.state, ids(read)) == (State.PARTIAL, ["a"])


def test_three_hundred_pages_are_read(ehr: Ehr) -> None:
    for number in range(300):
        following = f"?p={number + 1}" if number < 299 else ""
        ehr.replies[f"/fhir/Condition?p={number}"] = Reply(bundle(f"c{number}", following=following))
    read = fetch(ehr.base, "Condition?p=0", replace(LIMITS, budget=30.0, pages=300))
    assert (read.state, len(read.entries)) == (State.COMPLETE, 300)
    assert ehr.connections == 1


def test_a_second_call_has_what_the_first_left_of_the_budget(ehr: Ehr) -> None:
    never = threading.Event()
    ehr.replies["/fhir/Slow/1"] = Reply(hold=never)
    reader = fetcher(ehr.base, limits=replace(LIMITS, budget=0.1, timeout=5.0))
    reader.all({"slow": Wanted("Slow/1")})
    read = reader.all({"late": Wanted("Patient/p1")})["late"]
    never.set()
    assert (read.state, read.problem) == (State.FAILED, "the time for fetching ran out")
    assert ehr.paths() == ["/fhir/Slow/1"]
