from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.fhir.sent import State
from tests.contract.ehr import Ehr, Reply
from tests.contract.fake import FakeService, bundle, order, order_select, order_sign, patient_view
from tests.contract.refusals import assert_refused

VIEW = "/cds-services/spine-patient-view"
ORDERS = "/cds-services/spine-orders"
CONDITION = {"resourceType": "Condition", "id": "c1"}


def asked_orders(service: FakeService) -> list[str]:
    assert service.question
    return [resource["id"] for resource in service.question.orders]


def test_G1_an_answer_is_200_with_cards(client: FlaskClient) -> None:
    response = client.post(VIEW, json=patient_view())
    assert (response.status_code, response.mimetype) == (200, "application/json")
    assert response.get_json()["cards"][0]["summary"] == "Asked on patient-view"


def test_C1_the_question_says_hook_patient_and_day(client: FlaskClient, service: FakeService) -> None:
    client.post(VIEW, json=patient_view())
    assert service.question
    assert (service.question.hook, service.question.patient_id) == ("patient-view", "p1")
    assert service.question.today == date(2026, 11, 22)
    assert service.question.orders == ()


def test_C1_a_patient_given_as_reference_is_the_same_patient(client: FlaskClient, service: FakeService) -> None:
    client.post(VIEW, json=patient_view(context={"userId": "Practitioner/u1", "patientId": "Patient/p1"}))
    assert service.question
    assert service.question.patient_id == "p1"


@pytest.mark.parametrize("extra", [{"extension": {"org.example": 1}}, {"extension": [1]}, {"user": "x"}, {"a": None}])
def test_A4_extensions_and_unknown_fields_are_ignored(client: FlaskClient, extra: dict[str, Any]) -> None:
    assert client.post(VIEW, json=patient_view(**extra)).status_code == 200
    context = {"userId": "Practitioner/u1", "patientId": "p1", "encounterId": None, **extra}
    assert client.post(VIEW, json=patient_view(context=context)).status_code == 200


@pytest.mark.parametrize("body", [order_sign(), order_select()])
def test_B4_one_id_answers_both_of_its_hooks(client: FlaskClient, body: dict[str, Any]) -> None:
    (card,) = client.post(ORDERS, json=body).get_json()["cards"]
    assert card["summary"] == f"Asked on {body['hook']}"


def test_I_order_sign_comments_on_all_draft_orders(client: FlaskClient, service: FakeService) -> None:
    client.post(ORDERS, json=order_sign())
    assert asked_orders(service) == ["o1", "o2"]


@pytest.mark.parametrize("selection", ["ServiceRequest/o2", "o2"])
def test_I_order_select_comments_on_selected_orders_only(
    client: FlaskClient, service: FakeService, selection: str
) -> None:
    client.post(ORDERS, json=order_select(selections=[selection]))
    assert asked_orders(service) == ["o2"]


@pytest.mark.parametrize("selection", ["urn:uuid:7", "ServiceRequest/7"])
def test_I_an_order_without_id_is_selected_by_its_full_url(
    client: FlaskClient, service: FakeService, selection: str
) -> None:
    draft = {"resourceType": "ServiceRequest", "status": "draft"}
    orders = {"resourceType": "Bundle", "entry": [{"fullUrl": "urn:uuid:7", "resource": draft}, {"resource": order()}]}
    client.post(ORDERS, json=order_select(draftOrders=orders, selections=[selection]))
    assert service.question
    assert service.question.orders == (draft,)


def test_I_no_draft_order_is_no_fault(client: FlaskClient, service: FakeService) -> None:
    client.post(ORDERS, json=order_sign(draftOrders={"resourceType": "Bundle"}))
    assert asked_orders(service) == []


def test_D1_keys_of_others_are_reported_and_not_used(client: FlaskClient, service: FakeService) -> None:
    sent = patient_view()["prefetch"] | {"zebra": CONDITION, "item1": None}
    assert client.post(VIEW, json=patient_view(prefetch=sent)).status_code == 200
    assert service.unknown == ("item1", "zebra")
    assert list(service.keys) == ["patient", "conditions", "medicationStatements"]


def test_D2_a_key_that_is_not_needed_may_be_absent(client: FlaskClient, service: FakeService) -> None:
    assert client.post(VIEW, json=patient_view()).status_code == 200
    assert service.keys["medicationStatements"].state is State.ABSENT


@pytest.mark.parametrize("empty", [None, bundle(), {"resourceType": "Bundle", "type": "searchset", "total": 0}])
def test_D4_null_and_an_empty_bundle_are_known_emptiness(client: FlaskClient, service: FakeService, empty: Any) -> None:
    sent = patient_view()["prefetch"] | {"conditions": empty}
    assert client.post(VIEW, json=patient_view(prefetch=sent)).status_code == 200
    assert (service.keys["conditions"].state, service.keys["conditions"].entries) == (State.COMPLETE, ())


@pytest.mark.parametrize("without", [..., None, {}])
def test_C2_everything_is_fetched_when_no_prefetch_came(
    client: FlaskClient, service: FakeService, ehr: Ehr, without: Any
) -> None:
    ehr.replies = {
        "/fhir/Patient/p1": Reply({"resourceType": "Patient", "id": "p1"}),
        "/fhir/Condition?patient=p1": Reply(bundle(CONDITION)),
        "/fhir/MedicationStatement?patient=p1": Reply(bundle()),
    }
    body = patient_view(prefetch=without, fhirServer=ehr.base, fhirAuthorization={"access_token": "secret-token"})
    assert client.post(VIEW, json=body).status_code == 200
    assert sorted(ehr.paths()) == sorted(ehr.replies)
    assert {headers["authorization"] for _, headers in ehr.asked} == {"Bearer secret-token"}
    assert [read.state for read in service.keys.values()] == [State.COMPLETE] * 3
    assert service.keys["conditions"].fetched


def test_D8_only_the_absent_keys_are_fetched_by_their_published_template(
    client: FlaskClient, service: FakeService, ehr: Ehr
) -> None:
    ehr.replies = {"/fhir/MedicationStatement?patient=p1": Reply(bundle())}
    client.post(VIEW, json=patient_view(fhirServer=ehr.base))
    assert ehr.paths() == ["/fhir/MedicationStatement?patient=p1"]
    assert not service.keys["conditions"].fetched


@pytest.mark.parametrize("sent", [None, {"resourceType": "OperationOutcome"}])
def test_D4_D5_what_was_asked_for_is_not_asked_again(client: FlaskClient, ehr: Ehr, sent: Any) -> None:
    prefetch = patient_view()["prefetch"] | {"medicationStatements": sent}
    assert client.post(VIEW, json=patient_view(prefetch=prefetch, fhirServer=ehr.base)).status_code == 200
    assert ehr.asked == []


def test_D6_further_pages_of_a_sent_bundle_are_read(client: FlaskClient, service: FakeService, ehr: Ehr) -> None:
    ehr.replies = {
        "/fhir?page=2": Reply(bundle({"resourceType": "Condition", "id": "c2"})),
        "/fhir/MedicationStatement?patient=p1": Reply(bundle()),
    }
    first = bundle(CONDITION, link=[{"relation": "next", "url": f"{ehr.base}?page=2"}])
    sent = patient_view()["prefetch"] | {"conditions": first}
    client.post(VIEW, json=patient_view(prefetch=sent, fhirServer=ehr.base))
    read = service.keys["conditions"]
    assert [entry.resource["id"] for entry in read.entries] == ["c1", "c2"]
    assert read.state is State.COMPLETE


def test_D6_pages_that_cannot_be_read_make_it_partial(client: FlaskClient, service: FakeService) -> None:
    first = bundle(CONDITION, link=[{"relation": "next", "url": "http://127.0.0.1:1/fhir?page=2"}])
    sent = patient_view()["prefetch"] | {"conditions": first}
    assert client.post(VIEW, json=patient_view(prefetch=sent)).status_code == 200
    assert service.keys["conditions"].state is State.PARTIAL


def test_D3_a_needed_key_that_cannot_be_fetched_is_412_without_ids(client: FlaskClient, ehr: Ehr) -> None:
    ehr.replies = {"/fhir/Patient/p1": Reply({"resourceType": "Patient", "id": "p1"})}
    body = patient_view(prefetch=..., fhirServer=ehr.base, fhirAuthorization={"access_token": "secret-token"})
    response = client.post(VIEW, json=body)
    text = assert_refused(response, 412, "needed-data-missing")["details"]["text"]
    assert "conditions (the FHIR server answered 404)" in text
    assert "p1" not in text
    assert "secret" not in text


def test_A2_nothing_in_an_answer_is_null_or_empty(client: FlaskClient) -> None:
    (card,) = client.post(VIEW, json=patient_view()).get_json()["cards"]
    assert card["extension"] == {"org.spine-cds.finding": {"rule": "fake", "orders": 0}}
    assert set(card) == {"uuid", "summary", "indicator", "source", "extension"}
