"""The packet routes at the wire: what goes in, what comes out, in which form, and every way to be refused."""

from __future__ import annotations

import gzip
import json
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import settings as given_settings
from hypothesis import strategies as st
from sqlalchemy import select
from werkzeug.test import TestResponse

from service.api.app import create_app
from service.errors import InternalError, ProcedureNotCovered, StoreUnavailable
from service.settings import Settings
from service.store.kept import Store
from service.store.packet_models import PacketAccess
from service.store.packet_records import Access
from service.store.states import STATES, STEPS
from tests.contract.ehr import Ehr, Reply
from tests.contract.fake import FakeService, bundle, order
from tests.contract.refusals import assert_refused
from tests.support.filings import filing

PATH = "/prior-auth/packets"
PATIENT = {"resourceType": "Patient", "id": "p1"}
ORDER = order("o1") | {"subject": {"reference": "Patient/p1"}}
CONDITION = {"resourceType": "Condition", "id": "c1", "subject": {"reference": "Patient/p1"}}
RECORD = bundle(PATIENT, CONDITION, ORDER)
NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def store(sqlite_store: Store) -> Store:
    return sqlite_store


@pytest.fixture
def client(settings: Settings, service: FakeService, store: Store) -> FlaskClient:
    return create_app(settings, service, store, keeper=store).test_client()


@pytest.fixture
def made(client: FlaskClient) -> dict[str, Any]:
    """One packet, fresh."""
    return dict(client.post(PATH, json=RECORD).get_json())


def accesses(store: Store) -> list[tuple[Any, ...]]:
    table = PacketAccess
    with store.database.reading() as connection:
        rows = connection.execute(select(table.action, table.packet_id, table.status, table.word).order_by(table.id))
        return [tuple(row) for row in rows]


def step(client: FlaskClient, packet: dict[str, Any], state: str, **more: Any) -> TestResponse:
    body = {"state": state, "version": packet["version"], "reason": "because", **more}
    return client.post(f"{PATH}/{packet['id']}/state", json=body)


# Making


def test_a_packet_is_made_and_its_place_is_told(client: FlaskClient, service: FakeService, store: Store) -> None:
    response = client.post(PATH, json={"order": ORDER, "record": bundle(PATIENT, CONDITION), "user": "Practitioner/7"})
    assert response.status_code == 201
    body = response.get_json()
    assert response.headers["Location"] == f"{PATH}/{body['id']}"
    assert response.headers["ETag"] == 'W/"1"'
    assert (body["state"], body["version"], body["content"]) == ("draft", 1, 1)
    assert (body["order"], body["patient"]) == ("ServiceRequest/o1", "Patient/p1")
    counts = {"met": 1, "not-met": 1, "not-documented": 1, "not-applicable": 0}
    missing = ["imaging", "conservative-care"]
    (checklist,) = body["checklists"]
    assert checklist == {"policy": "medicare-epidural", "payer": "medicare", "counts": counts, "missing": missing}
    assert service.question is not None
    assert (service.question.hook, service.question.patient_id) == ("order-sign", "p1")
    assert service.question.orders == (ORDER,)
    assert [entry.resource for entry in service.keys["conditions"].entries] == [CONDITION]
    assert accesses(store) == [("create", UUID(body["id"]), 201, "answered")]


BODIES = {
    "a bare Bundle with one draft order": RECORD,
    "a record and the name of its order": {"order": "ServiceRequest/o1", "record": RECORD},
    "a record with other orders, and the name of one": {
        "order": "ServiceRequest/o1",
        "record": bundle(PATIENT, ORDER, order("o2"), order("o3")),
    },
    "a list of resources": {"record": [PATIENT, ORDER]},
    "several patients, of whom the order names one": {
        "record": bundle(PATIENT, {"resourceType": "Patient", "id": "p2"}, ORDER)
    },
    "an order without subject": {"order": order("o1"), "record": bundle(PATIENT)},
    "a patient who is named": {"patientId": "Patient/p1", "record": RECORD},
    "an appointment": {
        "order": {"resourceType": "Appointment", "id": "o1", "status": "proposed"},
        "record": bundle(PATIENT),
    },
}


@pytest.mark.parametrize("name", BODIES)
def test_a_record_may_come_in_every_form(client: FlaskClient, service: FakeService, name: str) -> None:
    assert client.post(PATH, json=BODIES[name]).status_code == 201
    assert service.question is not None
    assert (service.question.patient_id, service.question.orders[0]["id"]) == ("p1", "o1")


def test_a_body_may_be_fhir_json_and_packed(client: FlaskClient) -> None:
    packed = gzip.compress(json.dumps(RECORD).encode())
    sent = client.post(PATH, data=packed, content_type="application/fhir+json", headers={"Content-Encoding": "gzip"})
    assert sent.status_code == 201


def test_a_record_with_further_pages_is_not_taken_for_all_there_is(client: FlaskClient, service: FakeService) -> None:
    more = RECORD | {"link": [{"relation": "next", "url": "https://ehr.example/next"}]}
    assert client.post(PATH, json={"record": more}).status_code == 201
    assert {known.state.value for known in service.keys.values()} == {"partial"}


REFUSED: dict[str, tuple[Any, int, str]] = {
    "no body": (None, 400, "not-json"),
    "a body that is no object": ([RECORD], 400, "malformed-request"),
    "neither record nor server": ({"order": ORDER}, 400, "malformed-request"),
    "record and server": ({"record": RECORD, "fhirServer": "https://ehr.example"}, 400, "malformed-request"),
    "a token without a server": (
        {"record": RECORD, "fhirAuthorization": {"access_token": "t"}},
        400,
        "malformed-request",
    ),
    "a misspelt field": ({"record": RECORD, "polcy": "medicare-epidural"}, 400, "malformed-request"),
    "an order of another type, by name": ({"order": "Patient/p1", "record": RECORD}, 400, "malformed-request"),
    "a record that is no FHIR": ({"record": {"a": 1}}, 422, "not-understood"),
    "an empty record": ({"record": bundle()}, 422, "not-understood"),
    "no order": ({"record": bundle(PATIENT, CONDITION)}, 422, "order-missing"),
    "an order that is not there": ({"order": "ServiceRequest/o9", "record": RECORD}, 422, "order-missing"),
    "two draft orders": ({"record": bundle(PATIENT, ORDER, order("o2"))}, 422, "several-orders"),
    "no patient": ({"record": bundle(CONDITION, ORDER)}, 412, "needed-data-missing"),
    "two patients and an order of neither": (
        {"record": bundle(PATIENT, {"resourceType": "Patient", "id": "p2"}, order("o1"))},
        422,
        "not-understood",
    ),
    "a server without a patient": (
        {"order": "ServiceRequest/o1", "fhirServer": "https://ehr.example"},
        400,
        "malformed-request",
    ),
    "a server without an order": ({"patientId": "p1", "fhirServer": "https://ehr.example"}, 422, "order-missing"),
    "a server that is not allowed": ({"order": ORDER, "fhirServer": "https://ehr.example"}, 412, "needed-data-missing"),
    "an order to be read from there": (
        {"order": "ServiceRequest/o1", "patientId": "p1", "fhirServer": "https://ehr.example"},
        412,
        "needed-data-missing",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_become_a_packet_is_refused_and_recorded(client: FlaskClient, store: Store, name: str) -> None:
    sent, status, word = REFUSED[name]
    text = assert_refused(client.post(PATH, json=sent) if sent else _empty(client), status, word)["details"]["text"]
    assert "p1" not in text
    assert "o1" not in text
    assert accesses(store) == [("create", None, status, word)]
    assert client.get(PATH).get_json()["total"] == 0


def _empty(client: FlaskClient) -> TestResponse:
    return client.post(PATH, data=b"", content_type="application/json")


def test_a_record_over_the_limits_is_413(service: FakeService, store: Store) -> None:
    small = Settings(max_resources=100, max_body_bytes=100_000)
    client = create_app(small, service, store, keeper=store).test_client()
    conditions = [CONDITION | {"id": f"c{number}"} for number in range(98)]
    assert client.post(PATH, json=bundle(PATIENT, ORDER, *conditions)).status_code == 201
    over = bundle(PATIENT, ORDER, *conditions, CONDITION)
    assert_refused(client.post(PATH, json=over), 413, "too-many-resources")
    large = bundle(PATIENT, ORDER, CONDITION | {"note": [{"text": "x" * 100_000}]})
    assert_refused(client.post(PATH, json=large), 413, "body-too-large")
    plain = client.post(PATH, data=b"x", content_type="text/plain")
    assert_refused(plain, 415, "wrong-content-type")


@pytest.mark.parametrize(
    ("fault", "status", "word"),
    [(ProcedureNotCovered("none"), 422, "procedure-not-covered"), (InternalError("x"), 500, "internal-error")],
)
def test_what_the_rules_refuse_comes_through(
    client: FlaskClient, service: FakeService, fault: Exception, status: int, word: str
) -> None:
    service.fault = fault
    assert_refused(client.post(PATH, json=RECORD), status, word)


def test_a_record_is_pulled_with_the_token_of_the_caller(service: FakeService, store: Store, ehr: Ehr) -> None:
    ehr.bearer = "canary-token"
    ehr.replies = {
        "/fhir/ServiceRequest/o1": Reply(ORDER),
        "/fhir/Patient/p1": Reply(PATIENT),
        "/fhir/Condition?patient=p1": Reply(bundle(CONDITION)),
        "/fhir/MedicationStatement?patient=p1": Reply(bundle()),
    }
    client = create_app(Settings(fhir_servers=(ehr.base,)), service, store, keeper=store).test_client()
    authorization = {"access_token": "canary-token", "token_type": "Bearer", "patient": "p1"}
    sent = {"fhirServer": ehr.base, "fhirAuthorization": authorization}
    for order_ in ("ServiceRequest/o1", ORDER):
        response = client.post(PATH, json=sent | {"order": order_})
        assert response.status_code == 201, response.text
        assert service.question is not None
        assert service.question.orders == (ORDER,)
        assert [entry.resource for entry in service.keys["conditions"].entries] == [CONDITION]
    assert_refused(client.post(PATH, json=sent | {"order": "ServiceRequest/o9"}), 412, "needed-data-missing")
    del ehr.replies["/fhir/Condition?patient=p1"]
    assert_refused(client.post(PATH, json=sent | {"order": ORDER}), 412, "needed-data-missing")


# Reading

ACCEPTS = {
    None: "application/fhir+json",
    "*/*": "application/fhir+json",
    "application/fhir+json": "application/fhir+json",
    "application/json": "application/json",
    "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8": "text/html",
    "application/pdf": "application/pdf",
    "application/pdf;q=0.5, text/html;q=0.4": "application/pdf",
    "application/fhir+json;q=0, text/html": "text/html",
    "text/*": "text/html",
}


@pytest.mark.parametrize("accept", ACCEPTS)
def test_a_packet_is_read_in_the_form_that_is_accepted(
    client: FlaskClient, made: dict[str, Any], store: Store, accept: str | None
) -> None:
    response = client.get(f"{PATH}/{made['id']}", headers={"Accept": accept} if accept else {})
    form = ACCEPTS[accept]
    assert (response.status_code, response.mimetype) == (200, form)
    assert response.headers["ETag"] == 'W/"1"'
    assert "Accept" in response.headers["Vary"]
    assert response.headers["Cache-Control"] == "no-store"
    if form == "application/fhir+json":
        assert response.get_json() == filing().document
    elif form == "application/json":
        assert response.get_json() == made | {"checklist": filing().checklist}
    elif form == "text/html":
        assert response.text == filing().page
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "style-src 'unsafe-inline'" in policy
        assert "script" not in policy
    else:
        assert response.data.startswith(b"%PDF")
        assert response.headers["Content-Disposition"] == f'inline; filename="packet-{made["id"]}.pdf"'
    assert accesses(store)[-1] == (f"read {form}", UUID(made["id"]), 200, "answered")


@pytest.mark.parametrize("accept", ["image/png", "application/xml", "text/html;q=0"])
def test_another_form_is_406(client: FlaskClient, made: dict[str, Any], accept: str) -> None:
    response = client.get(f"{PATH}/{made['id']}", headers={"Accept": accept})
    assert_refused(response, 406, "not-acceptable")


@pytest.mark.parametrize("path", ["", "/history", "?content=1"])
def test_a_packet_that_is_not_there_is_404_and_recorded(client: FlaskClient, store: Store, path: str) -> None:
    assert_refused(client.get(f"{PATH}/{NOBODY}{path}"), 404, "unknown-packet")
    ((_, packet, status, word),) = accesses(store)
    assert (packet, status, word) == (UUID(NOBODY), 404, "unknown-packet")


@pytest.mark.parametrize("path", ["state", "evaluate"])
def test_nothing_can_be_done_to_a_packet_that_is_not_there(client: FlaskClient, path: str) -> None:
    sent = {"state": "ready", "version": 1} if path == "state" else {"record": RECORD, "version": 1}
    assert_refused(client.post(f"{PATH}/{NOBODY}/{path}", json=sent), 404, "unknown-packet")


@pytest.mark.parametrize("name", ["1", "draft", "../x", "00000000-0000-4000-8000-00000000000"])
def test_an_address_that_is_no_packets_is_404(client: FlaskClient, name: str) -> None:
    assert client.get(f"{PATH}/{name}").status_code == 404


@pytest.mark.parametrize("number", ["0", "2", "x", "-1", "9" * 30, "²"])
def test_a_content_that_never_was_is_400(client: FlaskClient, made: dict[str, Any], number: str) -> None:
    assert_refused(client.get(f"{PATH}/{made['id']}?content={number}"), 400, "malformed-request")


# Listing


def test_the_list_has_pages_and_filters(client: FlaskClient) -> None:
    assert client.get(PATH).get_json() == {"total": 0, "offset": 0, "packets": []}
    made = [client.post(PATH, json=RECORD).get_json() for _ in range(3)]
    step(client, made[1], "ready")
    found = client.get(f"{PATH}?limit=2").get_json()
    assert (found["total"], [item["id"] for item in found["packets"]]) == (3, [item["id"] for item in made[:2]])
    assert [item["id"] for item in client.get(f"{PATH}?offset=2").get_json()["packets"]] == [made[2]["id"]]
    for query, total in [
        ("state=ready", 1),
        ("state=draft&payer=medicare", 2),
        ("payer=nobody", 0),
        ("missing=imaging", 3),
        ("missing=diagnosis", 0),
        ("procedure=epidural-transforaminal", 3),
        ("policy=medicare-epidural", 3),
        ("olderThanDays=1", 0),
        ("newerThanDays=1", 3),
        ("state=", 3),
    ]:
        assert client.get(f"{PATH}?{query}").get_json()["total"] == total, query


@pytest.mark.parametrize(
    "query",
    [
        "state=done",
        "patient=p1",
        "limit=0",
        "limit=201",
        "limit=x",
        "limit=1.5",
        "offset=-1",
        "missing=A%20B",
        "olderThanDays=-1",
        "olderThanDays=x",
        "olderThanDays=99999999999",
        "state=draft&state=ready",
    ],
)
def test_a_query_that_cannot_be_used_is_400_and_lists_nothing(client: FlaskClient, query: str) -> None:
    text = assert_refused(client.get(f"{PATH}?{query}"), 400, "malformed-request")["details"]["text"]
    assert "p1" not in text


# Moving


def test_a_packet_goes_its_way_and_its_history_tells(client: FlaskClient, made: dict[str, Any]) -> None:
    packet = made
    for state in ("ready", "submitted"):
        packet = step(client, packet, state, user="Practitioner/7").get_json()
    given = {"number": "A-1", "expires": "2027-02-01"}
    response = step(client, packet, "approved", authorization=given)
    packet = response.get_json()
    assert (packet["state"], packet["version"], packet["authorization"]) == ("approved", 4, given)
    assert response.headers["ETag"] == 'W/"4"'
    told = client.get(f"{PATH}/{made['id']}/history").get_json()["history"]
    assert [(item.get("from"), item["to"]) for item in told] == [
        (None, "draft"),
        ("draft", "ready"),
        ("ready", "submitted"),
        ("submitted", "approved"),
    ]
    assert told[1]["reason"] == "because"
    assert (told[1]["userType"], len(told[1]["user"])) == ("Practitioner", 64)
    assert told[-1]["authorization"] == given


def test_a_step_names_the_version_that_was_seen(client: FlaskClient, made: dict[str, Any]) -> None:
    path = f"{PATH}/{made['id']}/state"
    assert_refused(client.post(path, json={"state": "ready"}), 400, "malformed-request")
    for match in ("1", '"x"', '"1", "2"', "*", 'W/"0"'):
        refused = client.post(path, json={"state": "ready"}, headers={"If-Match": match})
        assert_refused(refused, 400, "malformed-request")
    both = client.post(path, json={"state": "ready", "version": 2}, headers={"If-Match": 'W/"1"'})
    assert_refused(both, 400, "malformed-request")
    assert_refused(client.post(path, json={"state": "ready", "version": 2}), 409, "packet-changed")
    assert client.post(path, json={"state": "ready"}, headers={"If-Match": 'W/"1"'}).status_code == 200
    stale = client.post(path, json={"state": "submitted"}, headers={"If-Match": '"1"'})
    assert_refused(stale, 409, "packet-changed")


def test_a_step_that_the_table_does_not_have_is_409(client: FlaskClient, made: dict[str, Any]) -> None:
    assert_refused(step(client, made, "approved"), 409, "step-not-allowed")
    assert_refused(step(client, made, "draft"), 409, "step-not-allowed")


STEPS_REFUSED: dict[str, dict[str, Any]] = {
    "no state": {"version": 1},
    "a state that is none": {"state": "done", "version": 1},
    "a version in words": {"state": "ready", "version": "1"},
    "a version that was never": {"state": "ready", "version": 0},
    "a reason over the limit": {"state": "ready", "version": 1, "reason": "x" * 2001},
    "an authorization without approval": {"state": "ready", "version": 1, "authorization": {"number": "A"}},
    "a day that is none": {"state": "ready", "version": 1, "authorization": {"expires": "soon"}},
    "a misspelt field": {"state": "ready", "version": 1, "reasn": "x"},
}


@pytest.mark.parametrize("name", STEPS_REFUSED)
def test_a_step_that_cannot_be_understood_is_400_and_changes_nothing(
    client: FlaskClient, made: dict[str, Any], name: str
) -> None:
    refused = client.post(f"{PATH}/{made['id']}/state", json=STEPS_REFUSED[name])
    assert_refused(refused, 400, "malformed-request")
    assert client.get(f"{PATH}?state=draft").get_json()["packets"][0]["version"] == 1


@given(way=st.lists(st.sampled_from(STATES), max_size=12))
@given_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_order_of_steps_ends_where_the_table_says(client: FlaskClient, way: list[str]) -> None:
    packet = client.post(PATH, json=RECORD).get_json()
    for wanted in way:
        allowed = wanted in {item.to for item in STEPS[packet["state"]]}
        response = step(client, packet, wanted)
        assert response.status_code == (200 if allowed else 409)
        packet = response.get_json() if allowed else packet
        assert packet["state"] == (wanted if allowed else packet["state"])
    told = client.get(f"{PATH}/{packet['id']}/history").get_json()["history"]
    assert len(told) == packet["version"]
    assert told[-1]["to"] == packet["state"]


# Evaluating again


def test_new_data_give_a_new_content(client: FlaskClient, service: FakeService, made: dict[str, Any]) -> None:
    ready = step(client, made, "ready").get_json()
    response = client.post(f"{PATH}/{made['id']}/evaluate", json={"record": bundle(PATIENT), "version": 2})
    after = response.get_json()
    assert (response.status_code, after["content"], after["version"]) == (200, 2, ready["version"] + 1)
    assert after["state"] == "draft"
    assert service.question is not None
    assert service.question.orders == (ORDER,)  # the packet's own
    for number in (1, 2):
        shown = client.get(f"{PATH}/{made['id']}?content={number}", headers={"Accept": "application/json"}).get_json()
        assert shown["content"] == number
    stale = client.post(f"{PATH}/{made['id']}/evaluate", json={"record": bundle(PATIENT), "version": 2})
    assert_refused(stale, 409, "packet-changed")


def test_another_patients_data_are_refused(client: FlaskClient, made: dict[str, Any]) -> None:
    sent = {"record": bundle({"resourceType": "Patient", "id": "p2"}), "version": 1}
    refused = client.post(f"{PATH}/{made['id']}/evaluate", json=sent)
    assert_refused(refused, 422, "order-of-another-patient")
    assert client.get(PATH).get_json()["packets"][0]["content"] == 1


# Where nothing is kept, or cannot be


def test_where_nothing_is_kept_there_are_no_packets(settings: Settings, service: FakeService) -> None:
    client = create_app(settings, service).test_client()
    assert_refused(client.post(PATH, json=RECORD), 404, "packets-not-kept")
    assert service.question is None
    for path in (PATH, f"{PATH}/{NOBODY}", f"{PATH}/{NOBODY}/history"):
        assert_refused(client.get(path), 404, "packets-not-kept")


def test_an_access_that_cannot_be_recorded_is_not_allowed(
    settings: Settings, service: FakeService, store: Store, made: dict[str, Any]
) -> None:
    class Forgetful:
        packets = store.packets

        def accessed(self, access: Access) -> None:
            raise StoreUnavailable("no room")

    client = create_app(settings, service, keeper=Forgetful()).test_client()
    response = client.get(f"{PATH}/{made['id']}")
    assert_refused(response, 503, "store-unavailable")
    assert "canary" not in response.text


def test_no_line_of_the_log_names_packet_or_patient(
    client: FlaskClient, made: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    client.get(f"{PATH}/{made['id']}")
    client.get(f"{PATH}/{NOBODY}")
    step(client, made, "ready")
    said = capsys.readouterr().err
    assert made["id"] not in said
    assert NOBODY not in said
    assert "p1" not in said
