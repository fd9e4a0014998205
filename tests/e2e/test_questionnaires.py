"""Questionnaires over HTTP with all rules: the form, the package with its draft, and who may ask for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from service.api.app import create_app
from service.assembly import SpineService
from service.prior_auth.exports.prefill import ORIGIN
from service.prior_auth.exports.questionnaire import STATUSES as CODES
from service.rules.load import Content
from service.settings import Settings
from service.store.kept import Store
from service.store.packet_models import PacketAccess
from tests.conftest import ROOT
from tests.contract.refusals import assert_refused

PACKETS = "/prior-auth/packets"
PACKAGE = "/Questionnaire/$questionnaire-package"
FORM = "/Questionnaire/prior-authorization-epidural"
TODAY = date(2026, 11, 22)
FOLDER = ROOT / "fhir_samples" / "s01-apixaban"
RECORD = json.loads((FOLDER / "record.json").read_text())
ORDER = json.loads((FOLDER / "order.json").read_text())
(COVERAGE,) = (e["resource"] for e in RECORD["entry"] if e["resource"]["resourceType"] == "Coverage")
SETTINGS = Settings(today=TODAY, log_level="error", public_url="https://cds.example")


@pytest.fixture(scope="module")
def service(content: Content) -> Iterator[SpineService]:
    made = SpineService(SETTINGS, content)
    made.start()
    yield made
    made.engine.stop()


@pytest.fixture
def client(service: SpineService, sqlite_store: Store) -> FlaskClient:
    return create_app(SETTINGS, service, sqlite_store, keeper=sqlite_store).test_client()


def parameters(*given: tuple[str, Any]) -> dict[str, Any]:
    found = [{"name": name, "valueCanonical" if isinstance(it, str) else "resource": it} for name, it in given]
    return {"resourceType": "Parameters", "parameter": found}


def asked(client: FlaskClient, *given: tuple[str, Any]) -> TestResponse:
    return client.post(PACKAGE, json=parameters(*given))


def bundles(response: TestResponse) -> list[list[dict[str, Any]]]:
    assert response.status_code == 200, response.text
    assert response.mimetype == "application/fhir+json"
    found = [item["resource"] for item in response.get_json().get("parameter", [])]
    return [[entry["resource"] for entry in it["entry"]] for it in found if it["resourceType"] == "Bundle"]


def filled(draft: dict[str, Any]) -> int:
    return json.dumps(draft).count('"answer"')


def test_a_form_is_given_by_its_id(client: FlaskClient) -> None:
    response = client.get(FORM)
    assert (response.status_code, response.mimetype) == (200, "application/fhir+json")
    assert response.get_json()["url"] == f"https://cds.example{FORM}"
    assert_refused(client.get("/Questionnaire/nobody"), 404, "unknown-questionnaire")


@pytest.mark.parametrize("name", ["record", "referenced"])
def test_the_package_of_an_order_has_its_form_and_a_draft_from_the_record(client: FlaskClient, name: str) -> None:
    ((form, draft),) = bundles(asked(client, ("coverage", COVERAGE), ("order", ORDER), (name, RECORD)))
    assert form == client.get(FORM).get_json()
    assert draft["questionnaire"] == f"{form['url']}|{form['version']}"
    ((_, empty),) = bundles(asked(client, ("coverage", COVERAGE), ("order", ORDER)))
    assert filled(draft) > filled(empty)


def test_the_same_question_has_the_same_answer_all_day(client: FlaskClient) -> None:
    one, two = (asked(client, ("coverage", COVERAGE), ("order", ORDER), ("record", RECORD)) for _ in range(2))
    assert one.data == two.data


def test_a_form_may_be_asked_for_by_its_canonical(client: FlaskClient) -> None:
    ((form,),) = bundles(asked(client, ("questionnaire", f"https://cds.example{FORM}")))
    assert form["resourceType"] == "Questionnaire"
    other = asked(client, ("questionnaire", f"https://cds.example{FORM}|0.0.0"))
    assert bundles(other) == []
    assert "another version" in other.text


def test_what_nothing_is_asked_about_is_said(client: FlaskClient) -> None:
    uncovered = ORDER | {"code": {"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": "70450"}]}}
    response = asked(client, ("order", uncovered), ("record", RECORD))
    assert bundles(response) == []
    assert "No questionnaire is asked for these orders here." in response.text


REFUSED: dict[str, tuple[Any, int, str]] = {
    "no Parameters": (RECORD, 400, "malformed-request"),
    "nothing asked for": (parameters(("coverage", COVERAGE)), 422, "not-understood"),
    "an order for another patient": (
        parameters(("order", ORDER | {"subject": {"reference": "Patient/other"}}), ("record", RECORD)),
        422,
        "order-of-another-patient",
    ),
    "too many orders": (parameters(*[("order", ORDER)] * 21), 413, "too-many-resources"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_answered_is_refused_and_recorded(client: FlaskClient, sqlite_store: Store, name: str) -> None:
    sent, status, word = REFUSED[name]
    assert_refused(client.post(PACKAGE, json=sent), status, word)
    with sqlite_store.database.reading() as connection:
        row = connection.execute(select(PacketAccess.action, PacketAccess.status, PacketAccess.word)).one()
    assert tuple(row) == ("questionnaire-package", status, word)


@pytest.mark.parametrize(
    ("scopes", "status"), [((), 403), (("packets.read", "packets.write"), 403), (("packets.export",), 200)]
)
def test_the_package_needs_the_scope_for_exports_and_the_form_none(
    service: SpineService, sqlite_store: Store, scopes: tuple[str, ...], status: int
) -> None:
    settings = Settings(
        today=TODAY,
        mtls_proxies=("127.0.0.1",),
        mtls_subject_header="X-Subject",
        mtls_subjects=("CN=ehr",),
        mtls_scopes=scopes,
    )
    client = create_app(settings, service, sqlite_store, keeper=sqlite_store).test_client()
    sent = parameters(("questionnaire", f"https://cds.example{FORM}"))
    assert client.post(PACKAGE, json=sent, headers={"X-Subject": "CN=ehr"}).status_code == status
    assert client.post(PACKAGE, json=sent).status_code == 401
    assert client.get(FORM).status_code == 200


# Answers that come back with the record


NO_IMAGE = {
    **RECORD,
    "entry": [e for e in RECORD["entry"] if e["resource"]["resourceType"] not in ("ImagingStudy", "DiagnosticReport")],
}


def finished(client: FlaskClient, **changes: Any) -> dict[str, Any]:
    """The draft for the record without images, finished, with a person's word on imaging."""
    ((_, draft),) = bundles(asked(client, ("coverage", COVERAGE), ("order", ORDER), ("record", NO_IMAGE)))
    person = {
        "url": "author",
        "extension": [{"url": "practitioner", "valueReference": {"reference": "Practitioner/d1"}}],
    }
    origin = [{"url": ORIGIN, "extension": [{"url": "source", "valueCode": "manual"}, person]}]
    answer = {"extension": origin, "valueCoding": {"system": CODES, "code": "met"}}
    item = {"linkId": "imaging", "item": [{"linkId": "imaging.status", "answer": [answer]}]}
    return {
        **draft,
        "status": "completed",
        "authored": "2026-11-21T08:00:00Z",
        "item": [*(one for one in draft["item"] if one["linkId"] != "imaging"), item],
        **changes,
    }


def test_an_answer_that_comes_back_changes_the_checklist(client: FlaskClient) -> None:
    made = client.post(PACKETS, json={"order": ORDER, "record": NO_IMAGE}).get_json()
    assert "imaging" in made["checklists"][0]["missing"]
    sent = {"record": NO_IMAGE, "answers": finished(client), "version": 1}
    after = client.post(f"{PACKETS}/{made['id']}/evaluate", json=sent)
    assert after.status_code == 200, after.text
    assert "imaging" not in after.get_json()["checklists"][0].get("missing", [])


ANSWERS_REFUSED: dict[str, tuple[dict[str, Any], int, str]] = {
    "to another version": ({"questionnaire": f"https://cds.example{FORM}|0.0.0"}, 409, "questionnaire-changed"),
    "to another questionnaire": ({"questionnaire": "https://cds.example/Questionnaire/x|1"}, 422, "not-understood"),
    "of another patient": ({"subject": {"reference": "Patient/other"}}, 422, "answers-of-another"),
    "not finished": ({"status": "in-progress"}, 422, "not-understood"),
    "no answers at all": ({"resourceType": "Questionnaire"}, 400, "malformed-request"),
}


@pytest.mark.parametrize("name", ANSWERS_REFUSED)
def test_answers_that_cannot_be_taken_make_no_packet(client: FlaskClient, name: str) -> None:
    changes, status, word = ANSWERS_REFUSED[name]
    sent = {"order": ORDER, "record": NO_IMAGE, "answers": finished(client, **changes)}
    assert_refused(client.post(PACKETS, json=sent), status, word)
    assert client.get(PACKETS).get_json()["total"] == 0
