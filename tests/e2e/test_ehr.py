"""The real service against an EHR over HTTP that checks tokens: what the caller sees, row by row, as in README.md."""

from __future__ import annotations

import copy
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from fhir_samples.requests import SERVICE
from fhir_samples.samples import samples
from service.api.app import create_app
from service.assembly import SpineService
from service.caller import Caller
from service.cards.extension import NAME
from service.rules.load import Content
from service.settings import Settings
from service.store.kept import Store
from service.store.models import Card, Evaluation, Feedback
from service.store.records import FeedbackItem
from tests.contract.ehr import Ehr, Reply, serving
from tests.e2e.ehr_rows import AUTHORIZATION, PATIENCE, ROWS, TOKEN, Row, Scene
from tests.support.accounts import account_file, checked
from tests.support.clinic import Clinic, clinic

PAGE = Path(__file__).parent / "README.md"
BEGIN, END = "<!-- table -->\n", "<!-- end of table -->"
TODAY = date(2026, 11, 22)
HOOK = "order-sign"
# An apixaban taker before a transforaminal epidural: silence about the drug would be the worst answer.
SAMPLE = next(sample for sample in samples() if sample.about["id"] == "s01")
TYPES = {"medicationStatements": "MedicationStatement", "conditions": "Condition"}

Answer = tuple[int, dict[str, Any]]


@pytest.fixture(scope="module")
def service(content: Content) -> Iterator[SpineService]:
    made = SpineService(Settings(today=TODAY), content)
    made.start()
    yield made
    made.engine.stop()


def request() -> dict[str, Any]:
    return copy.deepcopy(SAMPLE.request(HOOK))


def ask(service: SpineService, body: Mapping[str, Any], journal: Any = None, **settings: Any) -> Answer:
    client = create_app(Settings(today=TODAY, **settings), service, journal).test_client()
    answer = client.post(f"/cds-services/{SERVICE[HOOK]}", json=body)
    assert TOKEN not in answer.text
    return answer.status_code, answer.get_json()


@contextmanager
def ehr(bearer: str = TOKEN) -> Iterator[Clinic]:
    with serving(clinic(request()["prefetch"])) as running:
        assert isinstance(running, Clinic)
        running.bearer = bearer
        yield running


@contextmanager
def untouched() -> Iterator[Ehr]:
    """A server that must never be connected to."""
    with serving() as running:
        yield running
        assert running.connections == 0


def summaries(answer: Mapping[str, Any]) -> list[str]:
    return [card["summary"] for card in answer["cards"]]


def unchecked(answer: Mapping[str, Any]) -> dict[str, str]:
    """What the could-not-check card says, by prefetch key."""
    said = [card["extension"][NAME] for card in answer["cards"] if card["extension"][NAME]["kind"] == "could-not-check"]
    return {gap["from"]: gap["why"] for one in said for gap in one["missing"]}


def called(service: SpineService, row: Row, key: str, journal: Store | None = None) -> Answer:
    """The answer when everything but one key was sent, and that key is read from the EHR."""
    with ehr() as running, untouched() as other:
        body = request()
        del body["prefetch"][key]
        scene = Scene(running, TYPES[key], other, threading.Event())
        row.set_up(scene)
        body = {**body, "fhirServer": running.base, "fhirAuthorization": {**AUTHORIZATION, **row.authorization}}
        try:
            answer = ask(service, body, journal, **row.settings)
        finally:
            scene.release.set()
        assert bool(running.asked) is row.asked
        return answer


def told(answer: Answer, key: str, whole: list[str]) -> str:
    """One cell of the table."""
    status, body = answer
    if status != 200:
        return f"{status}: {body['issue'][0]['details']['text']}"
    if summaries(body) == whole:
        return "200, the same cards as if it had been sent"
    return f"200, *could not check*: {unchecked(body)[key]}"


@pytest.fixture(scope="module")
def whole(service: SpineService) -> list[str]:
    """The cards when everything is sent."""
    status, answer = ask(service, request())
    assert status == 200
    assert any("apixaban" in summary for summary in summaries(answer))
    assert unchecked(answer) == {}
    return summaries(answer)


@pytest.fixture(scope="module")
def table() -> dict[str, tuple[str, str]]:
    """Filled row by row."""
    return {}


@pytest.mark.parametrize("row", ROWS, ids=[row.does for row in ROWS])
def test_D2_D3_F4_what_the_caller_sees(
    service: SpineService, whole: list[str], table: dict[str, tuple[str, str]], row: Row
) -> None:
    medications, conditions = (called(service, row, key) for key in TYPES)
    table[row.does] = told(medications, "medicationStatements", whole), told(conditions, "conditions", whole)
    assert medications[0] == 200, "what only some rules need never costs the whole answer"
    if row.complete:
        assert summaries(medications[1]) == summaries(conditions[1]) == whole
        return
    assert "medicationStatements" in unchecked(medications[1]), "a part that is missing is said"
    if conditions[0] == 412:
        assert "conditions (" in conditions[1]["issue"][0]["details"]["text"]
    else:
        assert "conditions" in unchecked(conditions[1]), "some of the conditions are not all of them"


def test_the_page_tells_what_was_seen(table: dict[str, tuple[str, str]], pytestconfig: pytest.Config) -> None:
    if set(table) != {row.does for row in ROWS}:
        pytest.skip("the table is compared when all of its rows were run")
    lines = [
        "| the EHR | when it is asked for medication statements | when it is asked for conditions |",
        "|---|---|---|",
    ]
    lines += [f"| {does} | {medications} | {conditions} |" for does, (medications, conditions) in table.items()]
    text = PAGE.read_text(encoding="utf-8")
    made = re.sub(f"{BEGIN}.*{END}", lambda _: BEGIN + "\n".join(lines) + "\n" + END, text, flags=re.DOTALL)
    if pytestconfig.getoption("--update-golden"):
        PAGE.write_text(made, encoding="utf-8")
        return
    assert made == text, "write it anew with --update-golden, and read what changed"


def test_D3_J4_whatever_the_ehr_does_each_call_is_kept_once_in_either_database(
    service: SpineService, store: Store
) -> None:
    answers = [called(service, row, key, store) for row in ROWS for key in TYPES]
    shown = [card["uuid"] for status, answer in answers if status == 200 for card in answer["cards"]]
    items = [FeedbackItem(uuid, "overridden", datetime(2026, 11, 22, tzinfo=UTC)) for uuid in shown]
    assert store.feedback(SERVICE[HOOK], Caller(), items).stored == len(shown)
    store.close()  # writes what still waits
    with store.database.reading() as connection:
        kept = connection.execute(select(Evaluation.status)).scalars().all()
        cards = connection.execute(select(func.count()).select_from(Card)).scalar_one()
        words = connection.execute(select(func.count()).select_from(Feedback)).scalar_one()
    assert sorted(kept) == sorted(status for status, _ in answers)
    assert (cards, words) == (len(shown), len(shown))


def without_prefetch(running: Clinic, **more: Any) -> dict[str, Any]:
    body = {name: value for name, value in request().items() if name != "prefetch"}
    return body | {"fhirServer": running.base} | more


def test_C2_no_prefetch_at_all_gives_the_same_cards(service: SpineService, whole: list[str]) -> None:
    with ehr() as running:
        status, answer = ask(service, without_prefetch(running, fhirAuthorization=AUTHORIZATION), **PATIENCE)
        assert (status, summaries(answer)) == (200, whole)
        assert {headers.get("authorization") for _, headers in running.asked} == {f"Bearer {TOKEN}"}
        assert len(running.paths()) == len(set(running.paths())), "nothing is asked for twice"


def test_D1_only_what_was_not_sent_is_read(service: SpineService, whole: list[str]) -> None:
    with ehr() as running:
        body = request() | {"fhirServer": running.base, "fhirAuthorization": AUTHORIZATION}
        missing = ("patient", "medicationStatements", "procedures")
        for key in missing:
            del body["prefetch"][key]
        status, answer = ask(service, body, **PATIENCE)
        assert (status, summaries(answer)) == (200, whole)
        asked = {path.removeprefix("/fhir/").partition("?")[0].partition("/")[0] for path in running.paths()}
        assert asked == {"Patient", "MedicationStatement", "Procedure"}


def test_D3_a_server_that_is_not_there_is_412(service: SpineService) -> None:
    with ehr() as running:
        body = without_prefetch(running, fhirAuthorization=AUTHORIZATION)
    status, answer = ask(service, body, **PATIENCE)
    assert status == 412
    assert "could not be reached" in answer["issue"][0]["details"]["text"]


def test_D3_a_server_that_wants_a_token_and_got_none_is_412(service: SpineService) -> None:
    with ehr() as running:
        status, answer = ask(service, without_prefetch(running), **PATIENCE)
    assert status == 412
    assert "the request brought none (401)" in answer["issue"][0]["details"]["text"]


def test_one_slow_type_costs_that_type_only(service: SpineService, whole: list[str]) -> None:
    release = threading.Event()
    with ehr() as running:
        running.replies["Observation"] = Reply(hold=release)
        body = request() | {"fhirServer": running.base, "fhirAuthorization": AUTHORIZATION}
        for key in ("observations", "medicationStatements"):
            del body["prefetch"][key]
        status, answer = ask(service, body, fetch_budget_ms=60_000, fetch_timeout_ms=300)
        release.set()
    assert status == 200
    assert set(unchecked(answer)) == {"observations"}
    assert any(summary.startswith(whole[0]) for summary in summaries(answer)), "what was read in time counts"


@pytest.fixture
def own(tmp_path: Path) -> Iterator[tuple[Clinic, Path]]:
    """An EHR with a token endpoint, and the file of the service's account there."""
    with ehr("own-token") as running:
        granted = {"access_token": "own-token", "token_type": "bearer", "expires_in": 300, "scope": "system/*.rs"}
        running.replies["/token"] = Reply(granted)
        yield running, account_file(tmp_path, running.base, "RS384")


def test_the_services_own_account_reads_what_a_call_without_a_token_needs(
    service: SpineService, whole: list[str], own: tuple[Clinic, Path]
) -> None:
    running, path = own
    status, answer = ask(service, without_prefetch(running), fhir_accounts=path, **PATIENCE)
    assert (status, summaries(answer)) == (200, whole)
    (form,) = running.posted
    checked(form, running.base.removesuffix("/fhir") + "/token", "RS384")
    assert {headers["authorization"] for _, headers in running.asked} == {"Bearer own-token"}


def test_the_account_is_never_used_beside_a_callers_token(service: SpineService, own: tuple[Clinic, Path]) -> None:
    running, path = own
    for authorization in (AUTHORIZATION, AUTHORIZATION | {"scope": "openid"}, AUTHORIZATION | {"expires_in": 0}):
        body = without_prefetch(running, fhirAuthorization=authorization)
        assert ask(service, body, fhir_accounts=path, **PATIENCE)[0] == 412
    assert running.posted == []
    assert {headers["authorization"] for _, headers in running.asked} == {f"Bearer {TOKEN}"}


def test_a_token_endpoint_that_refuses_is_told(service: SpineService, own: tuple[Clinic, Path]) -> None:
    running, path = own
    running.replies["/token"] = Reply({"error": "invalid_client"}, 401)
    status, answer = ask(service, without_prefetch(running), fhir_accounts=path, **PATIENCE)
    assert status == 412
    assert "own account got no token for the FHIR server (401)" in answer["issue"][0]["details"]["text"]
    assert running.asked == []


def test_an_account_for_another_issuers_calls_is_not_used(
    service: SpineService, own: tuple[Clinic, Path], tmp_path: Path
) -> None:
    running, _ = own
    path = account_file(tmp_path, running.base, issuers=["https://other.example"])
    assert ask(service, without_prefetch(running), fhir_accounts=path, **PATIENCE)[0] == 412
    assert running.posted == []
