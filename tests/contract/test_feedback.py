"""The feedback route (checklist J), and the record of each call, at the wire."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import g
from flask.testing import FlaskClient
from sqlalchemy import select

from service.api.app import create_app
from service.caller import Caller
from service.errors import EngineFailure, StoreUnavailable
from service.settings import Settings
from service.store.kept import Store, open_store
from service.store.models import Card, Evaluation, Feedback, Finding
from service.store.writer import RECORDS
from tests.contract.fake import FakeService, bundle, order_sign, patient_view
from tests.contract.refusals import assert_refused

VIEW = "/cds-services/spine-patient-view"
FEEDBACK = f"{VIEW}/feedback"
CARD = "f6b95768-b1c8-40dc-8385-bf3504b82ffb"
ITEM = {"card": CARD, "outcome": "overridden", "outcomeTimestamp": "2026-11-22T09:00:00Z"}
BAD = ITEM | {"outcome": "ignored"}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = open_store(Settings(database=f"sqlite:///{tmp_path}/kept.sqlite"))
    assert made is not None
    yield made
    made.close()


@pytest.fixture
def client(settings: Settings, service: FakeService, store: Store) -> FlaskClient:
    return create_app(settings, service, store).test_client()


def rows(store: Store, table: Any) -> list[dict[str, Any]]:
    store.writer.settle()
    with store.database.reading() as connection:
        return [dict(row._mapping) for row in connection.execute(select(*table.__table__.columns))]


def tell(client: FlaskClient, *items: Any, path: str = FEEDBACK) -> Any:
    return client.post(path, json={"feedback": list(items)})


# J: feedback


def test_J1_feedback_on_every_service_is_stored_and_answered_200(client: FlaskClient, store: Store) -> None:
    assert tell(client, ITEM).get_json() == {"stored": 1, "repeated": 0}
    assert tell(client, ITEM | {"card": str(uuid4())}, path="/cds-services/spine-orders/feedback").status_code == 200
    assert [row["service"] for row in rows(store, Feedback)] == ["spine-patient-view", "spine-orders"]


def test_J1_a_service_that_is_not_there_takes_none(client: FlaskClient) -> None:
    assert_refused(tell(client, ITEM, path="/cds-services/nobody/feedback"), 404, "unknown-service")


def test_J1_an_empty_batch_is_no_fault(client: FlaskClient) -> None:
    assert tell(client).get_json() == {"stored": 0, "repeated": 0}


def test_J1_discovery_is_the_same_with_feedback_and_without(client: FlaskClient, settings: Settings) -> None:
    bare = create_app(settings, FakeService()).test_client()
    assert client.get("/cds-services").get_json() == bare.get("/cds-services").get_json()


def test_J2_an_accepted_suggestion_is_stored(client: FlaskClient, store: Store) -> None:
    suggestion = str(uuid4())
    assert tell(client, ITEM | {"outcome": "accepted", "acceptedSuggestions": [{"id": suggestion}]}).status_code == 200
    assert rows(store, Feedback)[0]["suggestions"] == [suggestion]


def test_J3_overridden_without_a_reason_is_stored(client: FlaskClient, store: Store) -> None:
    assert tell(client, ITEM).status_code == 200
    assert rows(store, Feedback)[0]["reason_code"] == ""


def test_J4_batched_repeated_and_late_feedback_is_stored_once_each(client: FlaskClient, store: Store) -> None:
    later = ITEM | {"outcomeTimestamp": "2026-12-24T09:00:00Z"}
    assert tell(client, ITEM, later, ITEM | {"card": str(uuid4())}).get_json() == {"stored": 3, "repeated": 0}
    assert tell(client, later, ITEM).get_json() == {"stored": 0, "repeated": 2}
    assert len(rows(store, Feedback)) == 3


def test_J4_feedback_finds_its_card_and_the_call_it_was_shown_in(client: FlaskClient, store: Store) -> None:
    (card,) = client.post(VIEW, json=patient_view()).get_json()["cards"]
    tell(client, ITEM | {"card": card["uuid"]})
    (kept,), (evaluation,), (told,) = rows(store, Card), rows(store, Evaluation), rows(store, Feedback)
    assert told["card_id"] == kept["id"]
    assert kept["evaluation_id"] == evaluation["id"]


def test_J4_of_a_batch_with_faults_the_good_items_are_stored_and_the_bad_ones_named(
    client: FlaskClient, store: Store
) -> None:
    issue = assert_refused(tell(client, ITEM, BAD, {}, ITEM | {"card": str(uuid4())}), 400, "feedback-refused")
    assert "feedback[1]: outcome" in issue["details"]["text"]
    assert "feedback[2]: card is missing" in issue["details"]["text"]
    assert "The other 2 are stored" in issue["details"]["text"]
    assert issue["expression"] == ["feedback[1]"]
    assert len(rows(store, Feedback)) == 2


def test_J4_many_faults_are_counted_and_not_all_listed(client: FlaskClient) -> None:
    issue = assert_refused(tell(client, *[BAD] * 25), 400, "feedback-refused")
    assert "feedback[19]" in issue["details"]["text"]
    assert "feedback[20]" not in issue["details"]["text"]
    assert "and 5 more" in issue["details"]["text"]


def test_J4_a_batch_that_is_too_large_is_refused_whole(client: FlaskClient, store: Store) -> None:
    assert_refused(tell(client, *[ITEM] * 1001), 413, "body-too-large")
    assert not rows(store, Feedback)


@pytest.mark.parametrize("body", [ITEM, [ITEM], {"feedback": ITEM}, {"feedback": "x"}, {}])
def test_J5_one_item_alone_as_older_drafts_posted_it_is_refused(client: FlaskClient, body: Any) -> None:
    issue = assert_refused(client.post(FEEDBACK, json=body), 400, "malformed-request")
    assert "array `feedback`" in issue["details"]["text"]


def test_the_body_is_read_as_strictly_as_a_call(client: FlaskClient) -> None:
    assert_refused(client.post(FEEDBACK, data="{", content_type="application/json"), 400, "not-json")
    assert_refused(client.post(FEEDBACK, data="{}", content_type="text/plain"), 415, "wrong-content-type")
    assert_refused(client.get(FEEDBACK), 405, "method-not-allowed")


def test_without_a_database_feedback_is_refused_and_calls_are_answered(settings: Settings) -> None:
    bare = create_app(settings, FakeService()).test_client()
    assert_refused(tell(bare, ITEM), 404, "feedback-not-kept")
    assert bare.post(VIEW, json=patient_view()).status_code == 200
    assert bare.get("/readyz").get_json() == {"status": "ready", "store": "off"}


def test_feedback_that_cannot_be_stored_is_never_answered_as_if(
    client: FlaskClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> None:
        raise StoreUnavailable("away")

    monkeypatch.setattr(store.shelf, "insert", away)
    assert_refused(tell(client, ITEM), 503, "store-unavailable")


# The record of each call


def test_a_call_is_recorded_with_what_it_showed(client: FlaskClient, store: Store) -> None:
    client.post(VIEW, json=patient_view())
    (row,) = rows(store, Evaluation)
    assert (row["service"], row["hook"], row["status"], row["word"]) == (
        "spine-patient-view",
        "patient-view",
        200,
        "answered",
    )
    assert (row["content_version"], row["policies"], row["user_type"]) == ("1+fake", ["fake-policy"], "Practitioner")
    assert row["read"]["patient"] == {"state": "complete", "count": 1}
    assert row["read"]["medicationStatements"] == {"state": "absent", "count": 0}
    assert row["patient_hash"]
    assert row["milliseconds"] >= 0
    assert [item["rule"] for item in rows(store, Finding)] == ["fake"]


@pytest.mark.parametrize(
    ("body", "fault", "status", "word"),
    [
        pytest.param(patient_view(prefetch=...), None, 412, "needed-data-missing", id="needed data missing"),
        pytest.param(patient_view(context={}), None, 400, "malformed-request", id="a context without its fields"),
        pytest.param(patient_view(), EngineFailure("the engine died"), 500, "engine-failure", id="the engine died"),
        pytest.param(patient_view(), ValueError("p1"), 500, "internal-error", id="a fault that nobody foresaw"),
    ],
)
def test_a_call_that_failed_is_recorded_too(
    client: FlaskClient, store: Store, service: FakeService, body: Any, fault: Exception | None, status: int, word: str
) -> None:
    service.fault = fault
    assert client.post(VIEW, json=body).status_code == status
    (row,) = rows(store, Evaluation)
    assert (row["status"], row["word"], row["cards_by_kind"]) == (status, word, {})
    assert not rows(store, Card)


@pytest.mark.parametrize(
    "body", [{}, patient_view(hook="order-sign"), patient_view(hook="p1-secret")], ids=["no call", "wrong", "unknown"]
)
def test_what_is_no_call_of_a_service_is_not_recorded(client: FlaskClient, store: Store, body: Any) -> None:
    assert client.post(VIEW, json=body).status_code == 400
    client.get("/cds-services")
    assert not rows(store, Evaluation)


def test_one_patient_is_one_hash_however_the_client_spells_the_id(client: FlaskClient, store: Store) -> None:
    client.post(VIEW, json=patient_view())
    client.post(VIEW, json=patient_view(context={"userId": "Practitioner/u1", "patientId": "Patient/p1"}))
    client.post("/cds-services/spine-orders", json=order_sign(encounterId="e1"))
    found = rows(store, Evaluation)
    assert len({row["patient_hash"] for row in found}) == len({row["user_hash"] for row in found}) == 1
    assert [bool(row["encounter_hash"]) for row in found] == [False, False, True]


def test_the_place_of_an_order_is_hashed(client: FlaskClient, store: Store) -> None:
    order = {"resourceType": "ServiceRequest", "id": "o1", "locationReference": [{"reference": "Location/l1"}]}
    client.post("/cds-services/spine-orders", json=order_sign(draftOrders=bundle(order)))
    (row,) = rows(store, Evaluation)
    assert len(row["location_hash"]) == 64


def test_the_caller_is_recorded_and_their_feedback_is_theirs(client: FlaskClient, store: Store) -> None:
    @client.application.before_request
    def _checked() -> None:
        g.caller = Caller("https://ehr.example", "client", "north")

    client.post(VIEW, json=patient_view())
    tell(client, ITEM)
    for row in (*rows(store, Evaluation), *rows(store, Feedback)):
        assert (row["issuer"], row["tenant"]) == ("https://ehr.example", "north")


def test_a_record_that_cannot_be_made_costs_no_answer(
    client: FlaskClient, store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_: Any) -> None:
        raise ValueError("p1")

    monkeypatch.setattr(store, "record", broken)
    assert client.post(VIEW, json=patient_view()).status_code == 200
    logged = capsys.readouterr().err
    assert "record-not-made" in logged
    assert "p1" not in logged


def test_readyz_says_that_records_wait_and_stays_200(client: FlaskClient, store: Store) -> None:
    assert client.get("/readyz").get_json() == {"status": "ready", "store": "ok"}
    store.writer.failing = True
    response = client.get("/readyz")
    assert (response.status_code, response.get_json()["store"]) == (200, "failing")


def test_metrics_count_records(client: FlaskClient, store: Store) -> None:
    before = {name: RECORDS.labels(*name)._value.get() for name in (("evaluation", "written"), ("feedback", "written"))}
    client.post(VIEW, json=patient_view())
    tell(client, ITEM)
    store.writer.settle()
    assert {name: RECORDS.labels(*name)._value.get() - value for name, value in before.items()} == dict.fromkeys(
        before, 1
    )
    assert "spine_cds_store_records_total" in client.get("/metrics").text
