"""The real service over WSGI: data that comes from the EHR, data that is broken, and what each gets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient

from fhir_samples.requests import SERVICE
from fhir_samples.samples import Sample, samples
from service.answer import READING
from service.api.app import create_app
from service.assembly import SpineService
from service.cards.extension import NAME
from service.rules.load import Content
from service.settings import Settings
from tests.contract.ehr import Ehr, Reply, serving

VIEW = "/cds-services/spine-patient-view"
BY_ID = {str(sample.about["id"]): sample for sample in samples()}
FAILED = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}


@pytest.fixture(scope="module")
def service(content: Content) -> Iterator[SpineService]:
    made = SpineService(Settings(today=date(2026, 11, 22)), content)
    made.start()
    yield made
    made.engine.stop()


@pytest.fixture
def client(service: SpineService) -> FlaskClient:
    return create_app(Settings(today=date(2026, 11, 22)), service).test_client()


@pytest.fixture
def ehr() -> Iterator[Ehr]:
    with serving() as running:
        yield running


def body(sample: str = "v01", hook: str = "patient-view") -> dict[str, Any]:
    return BY_ID[sample].request(hook)


def post(client: FlaskClient, request: Any, hook: str = "patient-view") -> tuple[int, dict[str, Any]]:
    answer = client.post(f"/cds-services/{SERVICE[hook]}", json=request)
    return answer.status_code, answer.get_json()


def kinds(answer: dict[str, Any]) -> list[str]:
    return [card["extension"][NAME]["kind"] for card in answer["cards"]]


def word(answer: dict[str, Any]) -> str:
    return str(answer["issue"][0]["details"]["coding"][0]["code"])


def gaps(answer: dict[str, Any], kind: str) -> list[dict[str, str]]:
    return [gap for gap in answer["extension"][READING].get("gaps", []) if gap["kind"] == kind]


def serve_record(ehr: Ehr, sample: Sample, service: SpineService) -> None:
    """Let the EHR answer each published query with the sample's resources."""
    request = sample.request("patient-view")
    patient = request["context"]["patientId"]
    for key, template in service.templates("spine-patient-view", "patient-view").items():
        path = "/fhir/" + template.replace("{{context.patientId}}", patient)
        ehr.replies[path] = Reply(request["prefetch"][key])


def test_D2_what_was_not_sent_is_fetched_with_the_token_and_gives_the_same_cards(
    client: FlaskClient, service: SpineService, ehr: Ehr
) -> None:
    serve_record(ehr, BY_ID["v01"], service)
    sent = body()
    asking = {
        **{k: v for k, v in sent.items() if k != "prefetch"},
        "fhirServer": ehr.base,
        "fhirAuthorization": {
            "access_token": "t0ken",
            "token_type": "Bearer",
            "expires_in": 300,
            "scope": "patient/*.rs",
            "subject": "cds",
        },
    }
    status, fetched = post(client, asking)
    assert status == 200
    assert {headers["authorization"] for _, headers in ehr.asked} == {"Bearer t0ken"}
    _, prefetched = post(client, sent)
    assert [card["summary"] for card in fetched["cards"]] == [card["summary"] for card in prefetched["cards"]]


def test_D3_neither_sent_nor_fetchable_is_412(client: FlaskClient) -> None:
    request = body()
    del request["prefetch"]
    status, answer = post(client, request)
    assert (status, word(answer)) == (412, "needed-data-missing")


@pytest.mark.parametrize("key", ["patient", "conditions"])
def test_D5_a_needed_key_that_failed_is_412(client: FlaskClient, key: str) -> None:
    request = body()
    request["prefetch"][key] = FAILED
    assert post(client, request)[0] == 412


def test_patient_null_is_412(client: FlaskClient) -> None:
    request = body()
    request["prefetch"]["patient"] = None
    assert post(client, request)[0] == 412


def test_the_wrong_patient_is_412_and_names_nobody(client: FlaskClient) -> None:
    request = body()
    request["prefetch"]["patient"] = {**request["prefetch"]["patient"], "id": "someone-else"}
    status, answer = post(client, request)
    assert (status, word(answer)) == (412, "needed-data-missing")
    assert "someone-else" not in json.dumps(answer)


@pytest.mark.parametrize("key", ["medicationStatements", "observations", "imagingStudies", "diagnosticReports"])
@pytest.mark.parametrize("failure", ["outcome", "outcome-in-bundle", "next-page", "number"])
def test_D5_D6_what_failed_or_was_cut_short_is_said_when_a_procedure_is_in_question(
    client: FlaskClient, key: str, failure: str
) -> None:
    request = body()
    bundle = request["prefetch"][key]
    request["prefetch"][key] = {
        "outcome": FAILED,
        "outcome-in-bundle": {**bundle, "entry": [{"resource": FAILED, "search": {"mode": "outcome"}}]},
        "next-page": {**bundle, "link": [{"relation": "next", "url": "https://ehr.example.org/fhir?page=2"}]},
        "number": 7,
    }[failure]
    status, answer = post(client, request)
    assert status == 200
    assert "could-not-check" in kinds(answer)
    assert key in answer["extension"][READING]["not_complete"]


def test_absent_keys_are_said_once_and_the_four_of_the_contract_are_enough(client: FlaskClient) -> None:
    request = body()
    four = ("patient", "conditions", "medicationStatements", "imagingStudies")
    request["prefetch"] = {key: request["prefetch"][key] for key in four}
    status, answer = post(client, request)
    assert status == 200
    assert kinds(answer).count("could-not-check") == 1
    assert "suggestion" in kinds(answer)


def test_null_is_known_empty_and_not_missing(client: FlaskClient) -> None:
    request = body()
    for key in set(request["prefetch"]) - {
        "patient",
        "conditions",
        "imagingStudies",
        "diagnosticReports",
        "procedures",
    }:
        request["prefetch"][key] = None
    _, answer = post(client, request)
    assert "could-not-check" not in kinds(answer)


def test_no_spine_question_no_card_even_when_something_failed(client: FlaskClient) -> None:
    request = body("n01")
    request["prefetch"]["observations"] = FAILED
    status, answer = post(client, request)
    assert (status, answer["cards"]) == (200, [])
    assert answer["extension"][READING]["not_complete"] == {"observations": "failed"}


def test_another_patients_resource_is_not_used_and_is_reported(client: FlaskClient) -> None:
    request = body("n01")
    foreign = {
        "resourceType": "Condition",
        "id": "foreign",
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "G83.4"}]},
        "subject": {"reference": "Patient/other"},
    }
    request["prefetch"]["conditions"]["entry"].append({"resource": foreign})
    _, answer = post(client, request)
    assert "red-flag" not in kinds(answer)
    assert [gap["where"] for gap in gaps(answer, "other-patient")] == ["Condition/foreign"]
    assert kinds(answer) == ["could-not-check"]


def test_a_condition_that_cannot_be_recognised_is_said(client: FlaskClient) -> None:
    request = body("n01")
    subject = request["prefetch"]["conditions"]["entry"][0]["resource"]["subject"]
    request["prefetch"]["conditions"]["entry"].append({"resource": {"resourceType": "Condition", "subject": subject}})
    _, answer = post(client, request)
    assert kinds(answer) == ["could-not-check"]


def test_stu3_resources_are_read_and_the_repair_is_said(client: FlaskClient) -> None:
    request = body("n01")
    subject = request["prefetch"]["conditions"]["entry"][0]["resource"]["subject"]
    old = {
        "resourceType": "Condition",
        "id": "stu3",
        "clinicalStatus": "active",
        "verificationStatus": "confirmed",
        "context": {"reference": "Encounter/1"},
        "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "G83.4"}]},
        "subject": subject,
    }
    request["prefetch"]["conditions"]["entry"].append({"resource": old})
    _, answer = post(client, request)
    assert "red-flag" in kinds(answer)
    assert {gap["element"] for gap in gaps(answer, "repaired")} >= {"clinicalStatus", "context"}


def test_stu3_entered_in_error_stays_out(client: FlaskClient) -> None:
    request = body("n01")
    subject = request["prefetch"]["conditions"]["entry"][0]["resource"]["subject"]
    old = {
        "resourceType": "Condition",
        "id": "stu3",
        "clinicalStatus": "active",
        "verificationStatus": "entered-in-error",
        "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "G83.4"}]},
        "subject": subject,
    }
    request["prefetch"]["conditions"]["entry"].append({"resource": old})
    _, answer = post(client, request)
    assert answer["cards"] == []
    assert [gap["where"] for gap in gaps(answer, "excluded")] == ["Condition/stu3"]


def test_a_string_of_ten_megabytes_is_answered(client: FlaskClient) -> None:
    request = body()
    entry = request["prefetch"]["diagnosticReports"]["entry"]
    report = next(item["resource"] for item in entry if item["resource"]["resourceType"] == "DiagnosticReport")
    report["conclusion"] = "L5-S1 " + "x" * 10_000_000
    assert post(client, request)[0] == 200


@pytest.mark.parametrize(
    ("text", "status", "stable_word"),
    [
        pytest.param(b"{", 400, "not-json", id="cut off"),
        pytest.param(b'{"hook": NaN}', 400, "not-json", id="NaN"),
        pytest.param(b'{"hook": "patient-view", "hook": "order-sign"}', 400, "not-json", id="a key twice"),
        pytest.param(b'{"prefetch":' + b"[" * 300 + b"]" * 300 + b"}", 400, "not-json", id="300 levels"),
        pytest.param(b'{"hook": "patient-view", "context": {}}', 400, "malformed-request", id="no hookInstance"),
        pytest.param(b"[]", 400, "malformed-request", id="a list"),
    ],
)
def test_bad_bodies(client: FlaskClient, text: bytes, status: int, stable_word: str) -> None:
    answer = client.post(VIEW, data=text, content_type="application/json")
    assert (answer.status_code, word(answer.get_json())) == (status, stable_word)


def test_wrong_hook_unserved_hook_and_unknown_id(client: FlaskClient) -> None:
    request = body()
    found = []
    for path, hook in ((VIEW, "order-sign"), (VIEW, "medication-refill"), ("/cds-services/nobody", "patient-view")):
        answer = client.post(path, json={**request, "hook": hook})
        found.append((answer.status_code, word(answer.get_json())))
    assert found == [(400, "wrong-hook"), (400, "hook-not-served"), (404, "unknown-service")]


def test_wrong_content_type_and_too_large(service: SpineService, client: FlaskClient) -> None:
    assert client.post(VIEW, data=b"{}", content_type="text/plain").status_code == 415
    small = create_app(Settings(today=date(2026, 11, 22), max_body_bytes=1000), service).test_client()
    answer = small.post(VIEW, json=body())
    assert (answer.status_code, word(answer.get_json())) == (413, "body-too-large")


def test_order_select_comments_on_selections_only(client: FlaskClient) -> None:
    request = BY_ID["s01"].request("order-select")
    assert "safety-alert" in kinds(post(client, request, "order-select")[1])
    request["context"]["selections"] = []
    assert "safety-alert" not in kinds(post(client, request, "order-select")[1])


def test_every_rule_is_in_the_catalogue_and_can_be_shown(client: FlaskClient, content: Content) -> None:
    listed = {rule["id"] for rule in client.get("/rules").get_json()["rules"]}
    assert listed == set(content.rules)
    for name in listed:
        assert client.get(f"/rules/{name}").get_json()["id"] == name
        assert client.get(f"/rules/{name}/source-attributes").get_json()["release"] == content.version


@pytest.mark.parametrize("code", [{}, {"coding": [{"display": ""}]}, {"text": " "}])
def test_a_draft_order_that_cannot_be_recognised_is_said(client: FlaskClient, code: dict[str, Any]) -> None:
    request = BY_ID["n01"].request("patient-view") | {"hook": "order-sign"}
    order = {"resourceType": "ServiceRequest", "id": "o", "status": "draft", "intent": "order", "code": code}
    order["subject"] = {"reference": f"Patient/{request['context']['patientId']}"}
    request["context"]["draftOrders"] = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": order}]}
    status, answer = post(client, request, "order-sign")
    assert (status, kinds(answer)) == (200, ["could-not-check"])
