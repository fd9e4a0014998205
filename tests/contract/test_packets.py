"""The packet routes at the wire: what goes in, what comes out, in which form, and every way to be refused."""

from __future__ import annotations

import gzip
import json
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from service.api.app import create_app
from service.errors import InternalError, ProcedureNotCovered
from service.settings import Settings
from service.store.kept import Store
from service.store.packet_models import PacketAccess
from tests.contract.ehr import Ehr, Reply
from tests.contract.fake import FakeService, bundle, order
from tests.contract.packets import CONDITION, NOBODY, ORDER, PATH, PATIENT, RECORD
from tests.contract.refusals import assert_refused
from tests.support.filings import filing


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
