from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from service.fhir.access.exchange import Exchange, Limits
from service.fhir.bundles import page
from service.fhir.prefetch import Wanted
from service.fhir.sent import KeyRead, State
from tests.contract.ehr import Ehr, Reply, serving
from tests.support.access import LIMITS, fetcher

PATIENT = {"resourceType": "Patient", "id": "p1"}
SECRET = "secret-token"


@pytest.fixture
def ehr() -> Iterator[Ehr]:
    with serving() as running:
        yield running


def bundle(*names: str, following: str = "", **more: Any) -> dict[str, Any]:
    entries = [{"resource": {"resourceType": "Condition", "id": name}} for name in names]
    link = [{"relation": "next", "url": following}] if following else []
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries, "link": link} | more


def fetch(base: str, query: str = "Patient/p1", limits: Limits = LIMITS) -> KeyRead:
    read = fetcher(base, SECRET, limits).all({"k": Wanted(query)})["k"]
    assert read.fetched
    for hidden in ("p1", SECRET, "127.0.0.1", "http"):
        assert hidden not in read.problem
    return read


def ids(read: KeyRead) -> list[Any]:
    return [entry.resource["id"] for entry in read.entries]


def test_a_resource_is_read_with_token_and_accept(ehr: Ehr) -> None:
    ehr.replies["/fhir/Patient/p1"] = Reply(PATIENT, headers={"Content-Type": "application/json; charset=utf-8"})
    read = fetch(ehr.base + "/")
    assert (read.state, ids(read)) == (State.COMPLETE, ["p1"])
    headers = ehr.asked[0][1]
    assert (headers["authorization"], headers["accept"]) == (f"Bearer {SECRET}", "application/fhir+json")


def test_without_a_token_none_is_sent(ehr: Ehr) -> None:
    ehr.replies["/fhir/Patient/p1"] = Reply(PATIENT)
    fetcher(ehr.base).all({"k": Wanted("Patient/p1")})
    assert "authorization" not in ehr.asked[0][1]


def test_cookies_do_not_travel_to_the_next_request(ehr: Ehr) -> None:
    ehr.replies["/fhir/Patient/p1"] = Reply(PATIENT, headers={"Set-Cookie": "who=jane; Path=/"})
    for _ in range(20):
        fetch(ehr.base)
    assert all("cookie" not in headers for _, headers in ehr.asked)


def test_a_netrc_entry_cannot_replace_the_token(ehr: Ehr, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login a password b\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    ehr.replies["/fhir/Patient/p1"] = Reply(PATIENT)
    fetch(ehr.base)
    assert ehr.asked[0][1]["authorization"] == f"Bearer {SECRET}"


def test_pages_are_followed_absolute_and_relative(ehr: Ehr) -> None:
    ehr.replies["/fhir/Condition?x=1"] = Reply(bundle("a", following=f"{ehr.base}?p=2", total=3))
    ehr.replies["/fhir?p=2"] = Reply(bundle("b", following="?p=3", total=3))
    ehr.replies["/fhir?p=3"] = Reply(bundle("c", total=3))
    read = fetch(ehr.base, "Condition?x=1")
    assert (read.state, ids(read), read.problem) == (State.COMPLETE, ["a", "b", "c"], "")


@pytest.mark.parametrize(
    "following",
    [
        "http://other.example/fhir?p=2",
        "//other.example/fhir",
        "http://127.0.0.1:1/fhir?p=2",
        "ftp://x",
        "http://[",
        "?p=1",
    ],
)
def test_a_next_page_elsewhere_or_in_a_circle_is_not_followed(ehr: Ehr, following: str) -> None:
    ehr.replies["/fhir/Condition?p=1"] = Reply(bundle("a", following=following))
    read = fetch(ehr.base, "Condition?p=1")
    assert (read.state, ids(read)) == (State.PARTIAL, ["a"])
    assert ehr.paths() == ["/fhir/Condition?p=1"]


def test_a_page_that_fails_leaves_a_part(ehr: Ehr) -> None:
    ehr.replies["/fhir/Condition"] = Reply(bundle("a", following=f"{ehr.base}/gone"))
    read = fetch(ehr.base, "Condition")
    assert (read.state, ids(read)) == (State.PARTIAL, ["a"])
    assert "404" in read.problem


def test_a_sent_first_page_stays_when_the_second_cannot_be_had(ehr: Ehr) -> None:
    first = page("k", bundle("a", following=f"{ehr.base}/gone"))
    read = fetcher(ehr.base, SECRET).all({"k": Wanted(first.next_url, first)})["k"]
    assert (read.state, ids(read)) == (State.PARTIAL, ["a"])


def test_a_sent_first_page_cannot_point_to_another_server(ehr: Ehr) -> None:
    with serving() as other:
        first = page("k", bundle("a", following=f"{other.base}?p=2"))
        read = fetcher(ehr.base, SECRET).all({"k": Wanted(first.next_url, first)})["k"]
        assert read.state is State.PARTIAL
        assert other.asked == []


def test_a_redirect_at_the_server_is_followed(ehr: Ehr) -> None:
    ehr.replies["/fhir/Patient/p1"] = Reply(status=307, headers={"Location": "/v4/Patient/p1"})
    ehr.replies["/v4/Patient/p1"] = Reply(PATIENT)
    assert fetch(ehr.base).state is State.COMPLETE


def test_a_redirect_to_another_server_is_not_followed(ehr: Ehr) -> None:
    with serving() as other:
        ehr.replies["/fhir/Patient/p1"] = Reply(status=302, headers={"Location": f"{other.base}/Patient/p1"})
        read = fetch(ehr.base)
        assert read.state is State.FAILED
        assert "another server" in read.problem
        assert other.asked == []


def test_redirects_in_a_circle_end(ehr: Ehr) -> None:
    ehr.replies["/fhir/Patient/p1"] = Reply(status=301, headers={"Location": "/fhir/Patient/p1"})
    assert "circles" in fetch(ehr.base).problem
    assert len(ehr.asked) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 500, 501])
def test_an_error_status_fails_and_is_not_repeated(ehr: Ehr, status: int) -> None:
    ehr.replies["/fhir/Patient/p1"] = Reply({"resourceType": "OperationOutcome"}, status)
    read = fetch(ehr.base)
    assert (read.state, len(ehr.asked)) == (State.FAILED, 1)
    assert str(status) in read.problem


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_passing_error_is_tried_once_more(ehr: Ehr, status: int) -> None:
    ehr.replies["/fhir/Patient/p1"] = [Reply(status=status, headers={"Retry-After": "0"}), Reply(PATIENT)]
    assert fetch(ehr.base).state is State.COMPLETE
    ehr.replies["/fhir/Patient/p2"] = Reply(status=status)
    assert fetch(ehr.base, "Patient/p2").state is State.FAILED
    assert len(ehr.asked) == 4


@pytest.mark.parametrize("after", ["3600", "Wed, 21 Oct 2099 07:28:00 GMT"])
def test_a_wait_longer_than_the_budget_is_not_waited_for(ehr: Ehr, after: str) -> None:
    ehr.replies["/fhir/Patient/p1"] = Reply(status=503, headers={"Retry-After": after})
    started = time.monotonic()
    assert "503" in fetch(ehr.base).problem
    assert time.monotonic() - started < LIMITS.budget
    assert len(ehr.asked) == 1


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(b"<html>", headers={"Content-Type": "text/html"}), "not JSON"),
        (Reply(b"{"), "cannot be read"),
        (Reply(b'{"resourceType": "Patient", "resourceType": "Patient"}'), "cannot be read"),
        (Reply(b" " * 100_001), "size limit"),
        (Reply(b"{}", headers={"X-Length": "10"}), "broke off"),
        (Reply(["x"]), "no FHIR resource"),
        (Reply({"a": 1}), "not a FHIR resource"),
        (Reply({"resourceType": "OperationOutcome"}), "error instead of data"),
        (Reply(b"x", headers={"Content-Encoding": "gzip"}), "cannot be read"),
    ],
)
def test_an_answer_that_is_no_data_is_never_emptiness(ehr: Ehr, reply: Reply, words: str) -> None:
    ehr.replies["/fhir/Patient/p1"] = reply
    read = fetch(ehr.base)
    assert read.state in (State.FAILED, State.PARTIAL)
    assert words in read.problem
    assert read.entries == ()


def test_a_server_that_is_not_there_fails() -> None:
    with serving() as gone:
        base = gone.base
    assert fetch(base).problem == "the FHIR server could not be reached"


def test_a_server_that_hangs_costs_the_timeout_and_no_more(ehr: Ehr) -> None:
    never = threading.Event()
    ehr.replies["/fhir/Patient/p1"] = Reply(PATIENT, hold=never)
    read = fetch(ehr.base, limits=Limits(0.2, 0.05, 1000, 100))
    never.set()
    assert read.problem == "the FHIR server did not answer in time"


def test_all_keys_share_one_budget_and_run_side_by_side(ehr: Ehr) -> None:
    never = threading.Event()
    slow = {f"k{number}": Wanted(f"Slow/{number}") for number in range(8)}
    ehr.replies = {f"/fhir/{want.url}": Reply(PATIENT, hold=never) for want in slow.values()}
    ehr.replies["/fhir/Patient/p1"] = Reply(PATIENT)
    started = time.monotonic()
    reads = fetcher(ehr.base, SECRET, Limits(1.0, 5.0, 1000, 100)).all(slow | {"fast": Wanted("Patient/p1")})
    took = time.monotonic() - started
    never.set()
    assert reads["fast"].state is State.COMPLETE
    assert {reads[key].state for key in slow} == {State.FAILED}
    # One after the other, eight held replies would take eight budgets.
    assert took < 4.0


def test_a_fault_that_nobody_foresaw_becomes_a_failed_read(ehr: Ehr, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("p1")

    monkeypatch.setattr(Exchange, "json", broken)
    assert fetch(ehr.base).problem == "fetching it failed"


def test_a_date_to_try_again_that_has_come_is_waited_for(ehr: Ehr) -> None:
    past = Reply(status=503, headers={"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"})
    ehr.replies["/fhir/Patient/p1"] = [past, Reply(PATIENT)]
    assert fetch(ehr.base).state is State.COMPLETE


@pytest.mark.parametrize("kind", ["text/plain", "text/json", "application/pdf", "", "image/svg+xml", "x/y+json"])
def test_only_json_by_its_name_is_taken_for_json(ehr: Ehr, kind: str) -> None:
    ehr.replies["/fhir/Patient/p1"] = Reply(PATIENT, headers={"Content-Type": kind})
    assert "not JSON" in fetch(ehr.base).problem


def test_the_scopes_of_a_token_hold_for_each_key(ehr: Ehr) -> None:
    ehr.replies = {"/fhir/Condition?x=1": Reply(bundle("c1")), "/fhir/Patient/p1": Reply(PATIENT)}
    wanted = {"a": Wanted("Condition?x=1"), "b": Wanted("Patient/p1"), "c": Wanted("Goal?x=1")}
    reads = fetcher(ehr.base, SECRET, scopes="user/Condition.s?category=a user/Patient.r").all(wanted)
    assert {key: read.state for key, read in reads.items()} == {
        "a": State.PARTIAL,
        "b": State.COMPLETE,
        "c": State.ABSENT,
    }
    assert "only a part" in reads["a"].problem
    assert "search Goal" in reads["c"].problem
    assert not reads["c"].fetched
    assert "/fhir/Goal?x=1" not in ehr.paths()


@pytest.mark.parametrize("query", ["../admin", "Patient/../../admin", "%2e%2e/admin", "Patient/..%2f..%2fadmin"])
def test_a_query_cannot_climb_out_of_the_base_url(ehr: Ehr, query: str) -> None:
    assert "leads away" in fetch(ehr.base, query).problem
    assert ehr.asked == []
