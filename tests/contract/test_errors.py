from __future__ import annotations

import io
import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.api.app import create_app
from service.errors import EngineFailure
from service.settings import Settings
from tests.contract.fake import FakeService, bundle, order_select, order_sign, patient_view
from tests.contract.refusals import assert_refused

VIEW = "/cds-services/spine-patient-view"
ORDERS = "/cds-services/spine-orders"


def test_C3_unknown_service_is_404(client: FlaskClient) -> None:
    assert_refused(client.post("/cds-services/nobody", json=patient_view()), 404, "unknown-service")


@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_C3_another_method_is_405_and_says_which_are_allowed(client: FlaskClient, method: str) -> None:
    response = client.open(VIEW, method=method)
    assert_refused(response, 405, "method-not-allowed")
    assert "POST" in response.headers["Allow"]


def test_C3_an_unknown_address_is_404(client: FlaskClient) -> None:
    assert_refused(client.get("/cds-service"), 404, "not-found")


@pytest.mark.parametrize("text", [b"", b"{", b"{} x", b"{'hook': 1}", b'{"a": 1,}', b"\xff\xfe", b"// x\n{}"])
def test_C3_malformed_json_is_400(client: FlaskClient, text: bytes) -> None:
    assert_refused(client.post(VIEW, data=text, content_type="application/json"), 400, "not-json")


@pytest.mark.parametrize("body", [[], "text", 1, None, [patient_view()]])
def test_C3_json_that_is_no_object_is_400(client: FlaskClient, body: Any) -> None:
    text = json.dumps(body)
    issue = assert_refused(client.post(VIEW, data=text, content_type="application/json"), 400, "malformed-request")
    assert "must be an object" in issue["details"]["text"]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "", "json"])
def test_A1_another_content_type_is_415(client: FlaskClient, kind: str) -> None:
    response = client.post(VIEW, data=json.dumps(patient_view()), content_type=kind)
    assert_refused(response, 415, "wrong-content-type")


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", "application/fhir+json"])
def test_A1_json_content_types_are_taken(client: FlaskClient, kind: str) -> None:
    assert client.post(VIEW, data=json.dumps(patient_view()), content_type=kind).status_code == 200


@pytest.mark.parametrize("field", ["hook", "hookInstance", "context"])
def test_C1_each_required_field_is_asked_for(client: FlaskClient, field: str) -> None:
    issue = assert_refused(client.post(VIEW, json=patient_view(**{field: ...})), 400, "malformed-request")
    assert f"{field} is missing" in issue["details"]["text"]
    assert issue["expression"] == [field]


@pytest.mark.parametrize(
    ("field", "value"),
    [("hook", 1), ("hookInstance", {}), ("hookInstance", ""), ("context", []), ("prefetch", []), ("fhirServer", 5)],
)
def test_C1_a_field_of_the_wrong_type_is_400(client: FlaskClient, field: str, value: Any) -> None:
    issue = assert_refused(client.post(VIEW, json=patient_view(**{field: value})), 400, "malformed-request")
    assert field in issue["details"]["text"]


def test_C1_all_faults_are_listed_at_once(client: FlaskClient) -> None:
    response = client.post(VIEW, json=patient_view(hookInstance=..., context=...))
    text = assert_refused(response, 400, "malformed-request")["details"]["text"]
    assert "hookInstance is missing" in text
    assert "context is missing" in text


def test_C1_authorization_without_a_server_is_400(client: FlaskClient) -> None:
    body = patient_view(fhirAuthorization={"access_token": "secret-token"})
    text = assert_refused(client.post(VIEW, json=body), 400, "malformed-request")["details"]["text"]
    assert "fhirServer" in text


@pytest.mark.parametrize("token", ["two words", "line\nbreak", "", "ünïcode", 7])
def test_F3_a_token_that_is_no_header_word_is_400_and_not_repeated(client: FlaskClient, token: Any) -> None:
    body = patient_view(fhirServer="http://127.0.0.1:1/fhir", fhirAuthorization={"access_token": token})
    response = client.post(VIEW, json=body)
    assert_refused(response, 400, "malformed-request")
    assert not token or str(token) not in response.text


@pytest.mark.parametrize("field", ["userId", "patientId"])
@pytest.mark.parametrize("value", [..., None, "", " ", 12, ["p1"]])
def test_C4_patient_and_user_are_asked_for(client: FlaskClient, field: str, value: Any) -> None:
    context = {"userId": "Practitioner/u1", "patientId": "p1"} | {field: value}
    body = patient_view(context={name: kept for name, kept in context.items() if kept is not ...})
    issue = assert_refused(client.post(VIEW, json=body), 400, "malformed-request")
    assert issue["expression"] == [f"context.{field}"]


def test_C3_a_hook_of_ours_for_another_id_is_400_wrong_hook(client: FlaskClient) -> None:
    assert_refused(client.post(VIEW, json=order_sign()), 400, "wrong-hook")


def test_C3_a_hook_that_is_not_served_is_400_and_lists_those_served(client: FlaskClient) -> None:
    issue = assert_refused(client.post(VIEW, json=patient_view(hook="medication-refill")), 400, "hook-not-served")
    assert "order-select, order-sign, patient-view" in issue["details"]["text"]
    assert "medication-refill" not in issue["details"]["text"]


@pytest.mark.parametrize("orders", [..., None, {}, [], {"resourceType": "ServiceRequest"}, "x"])
@pytest.mark.parametrize("body", [order_sign, order_select])
def test_I_order_hooks_need_draft_orders(client: FlaskClient, body: Any, orders: Any) -> None:
    issue = assert_refused(client.post(ORDERS, json=body(draftOrders=orders)), 400, "malformed-request")
    assert issue["expression"] == ["context.draftOrders"]


@pytest.mark.parametrize("entry", [{}, None, {"resource": None}, {"resource": {"id": "o1"}}, {"resource": []}])
def test_I_a_draft_order_without_resource_is_400(client: FlaskClient, entry: Any) -> None:
    orders = {"resourceType": "Bundle", "entry": [entry]}
    assert_refused(client.post(ORDERS, json=order_sign(draftOrders=orders)), 400, "malformed-request")


@pytest.mark.parametrize("selections", [..., None, "ServiceRequest/o1", {}, [1], [""]])
def test_I_order_select_needs_selections(client: FlaskClient, selections: Any) -> None:
    issue = assert_refused(client.post(ORDERS, json=order_select(selections=selections)), 400, "malformed-request")
    assert issue["expression"] == ["context.selections"]


def test_I_a_selection_that_is_no_draft_order_is_400(client: FlaskClient) -> None:
    body = order_select(selections=["ServiceRequest/o1", "ServiceRequest/elsewhere"])
    issue = assert_refused(client.post(ORDERS, json=body), 400, "malformed-request")
    assert "elsewhere" not in issue["details"]["text"]


@pytest.mark.parametrize("key", ["patient", "conditions"])
def test_D3_a_needed_key_that_is_neither_sent_nor_fetchable_is_412(client: FlaskClient, key: str) -> None:
    sent = {name: value for name, value in patient_view()["prefetch"].items() if name != key}
    issue = assert_refused(client.post(VIEW, json=patient_view(prefetch=sent)), 412, "needed-data-missing")
    assert key in issue["details"]["text"]
    assert "names no FHIR server" in issue["details"]["text"]


@pytest.mark.parametrize(
    "failed", [{"resourceType": "OperationOutcome"}, bundle({"resourceType": "OperationOutcome"}), 1]
)
def test_D5_a_needed_key_that_failed_is_412(client: FlaskClient, failed: Any) -> None:
    sent = patient_view()["prefetch"] | {"conditions": failed}
    assert_refused(client.post(VIEW, json=patient_view(prefetch=sent)), 412, "needed-data-missing")


def test_E9_a_server_that_may_not_be_read_is_named_as_the_reason(client: FlaskClient) -> None:
    body = patient_view(prefetch=..., fhirServer="https://elsewhere.example/fhir")
    text = assert_refused(client.post(VIEW, json=body), 412, "needed-data-missing")["details"]["text"]
    assert "SPINE_CDS_FHIR_SERVERS" in text
    assert "elsewhere" not in text


def test_a_body_over_the_limit_is_413(service: FakeService) -> None:
    client = create_app(Settings(max_body_bytes=5_000), service).test_client()
    issue = assert_refused(client.post(VIEW, json=patient_view(x="a" * 6_000)), 413, "body-too-large")
    assert "SPINE_CDS_MAX_BODY_BYTES" in issue["details"]["text"]
    assert client.post(VIEW, json=patient_view(x="a" * 3_000)).status_code == 200


def test_a_body_over_the_limit_without_a_length_is_413(service: FakeService) -> None:
    client = create_app(Settings(max_body_bytes=5_000), service).test_client()
    text = json.dumps(patient_view(x="a" * 6_000)).encode()
    response = client.post(
        VIEW,
        input_stream=io.BytesIO(text),
        content_type="application/json",
        environ_overrides={"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"},
    )
    assert_refused(response, 413, "body-too-large")


def test_a_string_of_ten_megabytes_is_read(client: FlaskClient) -> None:
    assert client.post(VIEW, json=patient_view(x="a" * 10_000_000)).status_code == 200


def test_C3_a_refusal_of_ours_keeps_its_status_and_word(client: FlaskClient, service: FakeService) -> None:
    service.fault = EngineFailure("The rule engine stopped.")
    assert_refused(client.post(VIEW, json=patient_view()), 500, "engine-failure")


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize(("over", "status"), [(0, 200), (1, 413), (2, 413), (900, 413)])
def test_the_limit_is_exact_and_what_lies_behind_it_is_never_cut_off(
    service: FakeService, over: int, status: int, chunked: bool
) -> None:
    text = json.dumps(patient_view()).encode()
    client = create_app(Settings(max_body_bytes=5_000), service).test_client()
    padded = text + b" " * (5_000 - len(text) + over)
    terminated = {"wsgi.input_terminated": True} if chunked else {}
    sent: Any = {"input_stream": io.BytesIO(padded)} if chunked else {"data": padded}
    response = client.post(VIEW, content_type="application/json", environ_overrides=terminated, **sent)
    assert response.status_code == status


@pytest.mark.parametrize(
    "fault", [RuntimeError("Patient p1, Jane Doe"), KeyError("p1"), RecursionError(), MemoryError()]
)
def test_C3_an_unforeseen_exception_is_500_and_tells_nothing(
    client: FlaskClient, service: FakeService, fault: Exception, capfd: pytest.CaptureFixture[str]
) -> None:
    service.fault = fault
    response = client.post(VIEW, json=patient_view())
    assert_refused(response, 500, "internal-error")
    seen = response.text + "".join(capfd.readouterr())
    assert "Jane" not in seen
    assert "p1" not in seen
