"""SMART Backend Services against a token endpoint on loopback that checks the assertion."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from service import log
from service.fhir.access.account import Own, OwnAccount
from service.fhir.access.connections import Gate, pool
from service.fhir.access.exchange import Exchange
from service.fhir.access.line import Line, Unreadable
from service.fhir.access.token_endpoint import TokenEndpoint
from service.fhir.client import Fetcher
from service.fhir.prefetch import Wanted
from service.fhir.sent import KeyRead, State
from service.settings.accounts import read
from tests.contract.ehr import Ehr, Reply, serving
from tests.support.access import HERE, LIMITS
from tests.support.accounts import account_file, checked

PATIENT = {"resourceType": "Patient", "id": "p1"}
EMPTY = {"resourceType": "Bundle", "type": "searchset"}
SECRET = "canary-5e1f"


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def granted(token: str = SECRET, **changes: Any) -> Reply:
    fields = {"access_token": token, "token_type": "bearer", "expires_in": 300, "scope": "system/Patient.r system/*.s"}
    answer = {name: value for name, value in (fields | changes).items() if value is not ...}
    return Reply(answer, headers={"Content-Type": "application/json"})


@pytest.fixture
def ehr() -> Iterator[Ehr]:
    with serving() as running:
        running.bearer = SECRET
        running.replies = {"/token": granted(), "/fhir/Patient/p1": Reply(PATIENT), "/fhir/Condition": Reply(EMPTY)}
        yield running


@pytest.fixture
def clock() -> Clock:
    return Clock()


def endpoint(ehr: Ehr) -> str:
    return ehr.base.removesuffix("/fhir") + "/token"


def account(ehr: Ehr, folder: Path, clock: Clock, alg: str = "ES384", **changes: Any) -> OwnAccount:
    made = read(account_file(folder, ehr.base, alg, **changes)).servers[0]
    return OwnAccount(TokenEndpoint(made, pool(Gate(HERE)), LIMITS), made.issuers, clock)


def fetch(ehr: Ehr, own: OwnAccount, *queries: str) -> list[KeyRead]:
    fetcher = Fetcher(Exchange(pool(Gate(HERE)), ehr.base + "/", Own(own), LIMITS))
    wanted = {query: Wanted(query) for query in queries or ("Patient/p1",)}
    reads = list(fetcher.all(wanted).values())
    assert SECRET not in repr(reads)
    return reads


@pytest.mark.parametrize("jwk", [False, True])
@pytest.mark.parametrize("alg", ["ES384", "RS384"])
def test_a_signed_assertion_gets_a_token_that_reads(
    ehr: Ehr, tmp_path: Path, clock: Clock, alg: str, jwk: bool
) -> None:
    assert fetch(ehr, account(ehr, tmp_path, clock, alg, jwk=jwk))[0].state is State.COMPLETE
    checked(ehr.posted[0], endpoint(ehr), alg)
    assert ehr.posted[0]["scope"] == "system/Patient.r system/*.s"
    assert "authorization" not in ehr.posted[0]


def test_all_reads_of_all_requests_share_one_token(ehr: Ehr, tmp_path: Path, clock: Clock) -> None:
    own = account(ehr, tmp_path, clock)
    hold = threading.Event()
    ehr.replies["/token"] = replace(granted(), hold=hold)
    queries = [f"Condition?x={number}" for number in range(8)]
    ehr.replies |= {f"/fhir/{query}": Reply(EMPTY) for query in queries}
    requests = [threading.Thread(target=fetch, args=(ehr, own, *queries)) for _ in range(3)]
    for request in requests:
        request.start()
    hold.set()
    for request in requests:
        request.join()
    assert len(ehr.posted) == 1
    assert len(ehr.asked) == 24


@pytest.mark.parametrize(
    ("expires_in", "passed", "asked"),
    [(300, 269, 1), (300, 271, 2), (40, 19, 1), (40, 21, 2), (..., 29, 1), (..., 31, 2)],
)
def test_a_token_is_kept_until_shortly_before_it_expires(
    ehr: Ehr, tmp_path: Path, clock: Clock, expires_in: Any, passed: float, asked: int
) -> None:
    ehr.replies["/token"] = granted(expires_in=expires_in)
    own = account(ehr, tmp_path, clock)
    fetch(ehr, own)
    clock.now += passed
    fetch(ehr, own)
    assert len(ehr.posted) == asked
    assert len({form["client_assertion"] for form in ehr.posted}) == asked


def test_a_401_drops_the_token_and_is_tried_once_more(ehr: Ehr, tmp_path: Path, clock: Clock) -> None:
    ehr.replies["/token"] = [granted("revoked"), granted()]
    assert fetch(ehr, account(ehr, tmp_path, clock))[0].state is State.COMPLETE
    assert (len(ehr.posted), len(ehr.asked)) == (2, 2)
    jtis = [checked(form, endpoint(ehr))["jti"] for form in ehr.posted]
    assert len(set(jtis)) == 2


def test_a_second_401_is_told(ehr: Ehr, tmp_path: Path, clock: Clock) -> None:
    ehr.replies["/token"] = granted("never-right")
    (read,) = fetch(ehr, account(ehr, tmp_path, clock))
    assert (read.state, read.problem) == (State.FAILED, "the FHIR server refused the service's own token (401)")
    assert len(ehr.asked) == 2


def test_a_403_is_told_and_not_repeated(ehr: Ehr, tmp_path: Path, clock: Clock) -> None:
    ehr.replies["/fhir/Patient/p1"] = Reply(status=403)
    own = account(ehr, tmp_path, clock)
    assert "(403)" in fetch(ehr, own)[0].problem
    fetch(ehr, own)
    assert (len(ehr.posted), len(ehr.asked)) == (1, 2)


def test_what_was_not_granted_is_not_tried(ehr: Ehr, tmp_path: Path, clock: Clock) -> None:
    ehr.replies["/token"] = granted(scope="system/Condition.s")
    patient, conditions = fetch(ehr, account(ehr, tmp_path, clock), "Patient/p1", "Condition")
    assert (patient.state, conditions.state) == (State.ABSENT, State.COMPLETE)
    assert "do not cover it: read Patient" in patient.problem
    assert ehr.paths() == ["/fhir/Condition"]


def test_without_a_granted_scope_what_was_asked_for_counts(ehr: Ehr, tmp_path: Path, clock: Clock) -> None:
    ehr.replies["/token"] = granted(scope=...)
    own = account(ehr, tmp_path, clock, scopes=["system/Condition.s"])
    assert [read.state for read in fetch(ehr, own, "Patient/p1", "Condition")] == [State.ABSENT, State.COMPLETE]


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply({"error": "invalid_client", "error_description": SECRET}, 401), "(401)"),
        (Reply({"error": "invalid_scope"}, 400), "(400)"),
        (Reply(status=302, headers={"Location": "/elsewhere"}), "(302)"),
        (Reply(b"<html>", headers={"Content-Type": "text/html"}), "not JSON"),
        (Reply([1]), "got no token"),
        (Reply(gone=True), "could not be reached"),
        (granted(token_type="mac"), "got no token"),
        (granted(token_type=...), "got no token"),
        (granted(""), "got no token"),
        (granted("two words"), "got no token"),
        (granted(f"{SECRET}\r\nX: y"), "got no token"),
        (granted(expires_in=0), "got no token"),
        (granted(expires_in="soon"), "got no token"),
        (Reply(b" " * 70_000), "size limit"),
    ],
)
def test_without_a_token_nothing_is_read_and_all_is_said(
    ehr: Ehr, tmp_path: Path, clock: Clock, reply: Reply, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ehr.replies["/token"] = reply
    for found in fetch(ehr, account(ehr, tmp_path, clock), "Patient/p1", "Condition"):
        assert found.state is State.FAILED
        assert words in found.problem
    assert ehr.asked == []
    assert SECRET not in capsys.readouterr().err


def test_a_refusal_is_logged_with_its_status_and_stable_word(
    ehr: Ehr, tmp_path: Path, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    log.configure("info")
    ehr.replies["/token"] = Reply({"error": "invalid_client", "error_description": SECRET}, 401)
    fetch(ehr, account(ehr, tmp_path, clock))
    line = json.loads(capsys.readouterr().err.splitlines()[0])
    assert (line["event"], line["status"], line["word"]) == ("own-token-refused", 401, "invalid_client")


def test_after_a_failure_the_next_request_asks_again(ehr: Ehr, tmp_path: Path, clock: Clock) -> None:
    ehr.replies["/token"] = [Reply(status=503), granted()]
    own = account(ehr, tmp_path, clock)
    assert [fetch(ehr, own)[0].state, fetch(ehr, own)[0].state] == [State.FAILED, State.COMPLETE]


def test_the_endpoint_is_discovered_once(ehr: Ehr, tmp_path: Path, clock: Clock) -> None:
    ehr.replies["/fhir/.well-known/smart-configuration"] = Reply({"token_endpoint": endpoint(ehr)})
    ehr.bearer = ""
    own = account(ehr, tmp_path, clock, token_endpoint=...)
    fetch(ehr, own)
    clock.now += 1000
    fetch(ehr, own)
    assert (ehr.paths().count("/fhir/.well-known/smart-configuration"), len(ehr.posted)) == (1, 2)


@pytest.mark.parametrize("named", ["https://login.example/token", "http://127.0.0.1:1/token", "javascript:1", "", 5])
def test_a_discovered_endpoint_elsewhere_is_not_used(ehr: Ehr, tmp_path: Path, clock: Clock, named: Any) -> None:
    ehr.replies["/fhir/.well-known/smart-configuration"] = Reply({"token_endpoint": named})
    ehr.bearer = ""
    (read,) = fetch(ehr, account(ehr, tmp_path, clock, token_endpoint=...))
    assert "must be named in SPINE_CDS_FHIR_ACCOUNTS" in read.problem
    assert ehr.posted == []


def test_a_wait_for_a_token_ends_with_the_budget(ehr: Ehr, tmp_path: Path, clock: Clock) -> None:
    own = account(ehr, tmp_path, clock)
    with pytest.raises(Unreadable, match="ran out"):
        own.token(Line(deadline=0))


@pytest.mark.parametrize(
    ("issuers", "served"), [([], True), (["https://a.example"], True), (["https://b.example"], False)]
)
def test_an_account_is_for_the_issuers_it_names(
    ehr: Ehr, tmp_path: Path, clock: Clock, issuers: list[str], served: bool
) -> None:
    own = account(ehr, tmp_path, clock, issuers=issuers)
    assert own.serves("https://a.example") is served
    assert own.serves("") is not bool(issuers)


def test_no_repr_shows_a_token(ehr: Ehr, tmp_path: Path, clock: Clock) -> None:
    own = account(ehr, tmp_path, clock)
    token = own.token(Line(deadline=1e12))
    assert token.word == SECRET
    assert SECRET not in f"{token!r} {own!r} {Own(own)!r}"
