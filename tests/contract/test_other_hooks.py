"""Contexts of appointment-book, order-dispatch and the encounter hooks: what is asked for and taken from them."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from service.hooks.contexts import HOOKS
from tests.contract.fake import (
    FakeService,
    appointment,
    appointment_book,
    bundle,
    encounter,
    order,
    order_dispatch,
    order_dispatch_before,
    order_sign,
    patient_view,
    task,
)
from tests.contract.refusals import assert_refused

BOOK, DISPATCH, VISITS = (f"/cds-services/spine-{name}" for name in ("appointments", "dispatch", "encounters"))
ENCOUNTERS = ("encounter-start", "encounter-discharge")


def test_I_hook_versions_and_tokens_are_those_of_the_hook_library() -> None:
    tokens = {hook: {f.name for f in HOOKS[hook].fields if f.token} for hook in HOOKS}
    assert {hook: known.version for hook, known in HOOKS.items()} == {
        "patient-view": "1.0",
        "order-select": "1.0",
        "order-sign": "1.0",
        "appointment-book": "1.0",
        "order-dispatch": "1.1",
        "encounter-start": "1.0",
        "encounter-discharge": "1.0",
    }
    assert tokens["appointment-book"] == {"userId", "patientId", "encounterId"}
    assert tokens["order-dispatch"] == {"patientId", "dispatchedOrders", "performer"}
    assert tokens["encounter-start"] == tokens["encounter-discharge"] == {"userId", "patientId", "encounterId"}


def test_I_appointment_book_is_about_all_its_appointments(client: FlaskClient, service: FakeService) -> None:
    assert client.post(BOOK, json=appointment_book()).status_code == 200
    assert service.question
    assert [item["id"] for item in service.question.orders] == ["a1", "a2"]


def test_I_what_stands_beside_the_appointments_is_no_order_in_hand(client: FlaskClient, service: FakeService) -> None:
    client.post(BOOK, json=appointment_book(appointments=bundle(appointment("a1"), order("o1"))))
    assert service.question
    assert [item["id"] for item in service.question.orders] == ["a1"]
    assert [item["id"] for item in service.question.beside] == ["o1"]


@pytest.mark.parametrize("appointments", [..., None, [], {}, {"resourceType": "Appointment"}, "a1"])
def test_I_appointment_book_needs_a_bundle_of_appointments(client: FlaskClient, appointments: Any) -> None:
    issue = assert_refused(
        client.post(BOOK, json=appointment_book(appointments=appointments)), 400, "malformed-request"
    )
    assert issue["expression"] == ["context.appointments"]


def test_I_a_bundle_without_appointments_is_no_fault(client: FlaskClient, service: FakeService) -> None:
    assert client.post(BOOK, json=appointment_book(appointments={"resourceType": "Bundle"})).status_code == 200
    assert service.question
    assert service.question.orders == ()


def test_I_order_dispatch_names_orders_and_performer_and_no_user(client: FlaskClient, service: FakeService) -> None:
    body = order_dispatch(dispatchedOrders=["ServiceRequest/o1", "ServiceRequest/o2"], fulfillmentTasks=[task()])
    assert client.post(DISPATCH, json=body).status_code == 200
    assert service.question
    assert service.question.dispatched == ("ServiceRequest/o1", "ServiceRequest/o2")
    assert service.question.performer == "Practitioner/d1"
    assert [item["id"] for item in service.question.beside] == ["t1"]
    assert service.question.orders == ()


@pytest.mark.parametrize("change", [{}, {"task": ...}, {"task": None}])
def test_I_order_dispatch_1_0_is_answered_on_the_same_hook(
    client: FlaskClient, service: FakeService, change: dict[str, Any]
) -> None:
    assert client.post(DISPATCH, json=order_dispatch_before(**change)).status_code == 200
    assert service.question
    assert service.question.dispatched == ("ServiceRequest/o1",)
    assert service.question.performer == "Practitioner/d1"


def test_I_a_context_with_the_names_of_both_versions_is_read_as_the_newer(
    client: FlaskClient, service: FakeService
) -> None:
    assert client.post(DISPATCH, json=order_dispatch(order="ServiceRequest/other")).status_code == 200
    assert service.question
    assert service.question.dispatched == ("ServiceRequest/o1",)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (order_dispatch(dispatchedOrders=...), "dispatchedOrders"),
        (order_dispatch(dispatchedOrders=None), "dispatchedOrders"),
        (order_dispatch(dispatchedOrders=[]), "dispatchedOrders"),
        (order_dispatch(dispatchedOrders="ServiceRequest/o1"), "dispatchedOrders"),
        (order_dispatch(dispatchedOrders=[{"reference": "ServiceRequest/o1"}]), "dispatchedOrders"),
        (order_dispatch(performer=...), "performer"),
        (order_dispatch(performer=""), "performer"),
        (order_dispatch(patientId=...), "patientId"),
        (order_dispatch(fulfillmentTasks=task()), "fulfillmentTasks"),
        (order_dispatch(fulfillmentTasks=[order()]), "fulfillmentTasks"),
        (order_dispatch_before(order=["ServiceRequest/o1"]), "order"),
        (order_dispatch_before(order=" "), "order"),
        (order_dispatch_before(performer=...), "performer"),
        (order_dispatch_before(task=order()), "task"),
    ],
)
def test_I_order_dispatch_says_which_field_is_missing_or_wrong(
    client: FlaskClient, body: dict[str, Any], field: str
) -> None:
    issue = assert_refused(client.post(DISPATCH, json=body), 400, "malformed-request")
    assert issue["expression"] == [f"context.{field}"]
    assert f"context.{field} " in issue["details"]["text"]


@pytest.mark.parametrize("hook", ENCOUNTERS)
@pytest.mark.parametrize("sent", ["e1", "Encounter/e1"])
def test_I_encounter_hooks_are_about_their_encounter(
    client: FlaskClient, service: FakeService, hook: str, sent: str
) -> None:
    assert client.post(VISITS, json=encounter(hook, encounterId=sent)).status_code == 200
    assert service.question
    assert (service.question.hook, service.question.encounter) == (hook, "e1")


@pytest.mark.parametrize("hook", ENCOUNTERS)
@pytest.mark.parametrize("field", ["userId", "patientId", "encounterId"])
@pytest.mark.parametrize("value", [..., None, "", " ", 7])
def test_I_encounter_hooks_need_user_patient_and_encounter(
    client: FlaskClient, hook: str, field: str, value: Any
) -> None:
    issue = assert_refused(client.post(VISITS, json=encounter(hook, **{field: value})), 400, "malformed-request")
    assert issue["expression"] == [f"context.{field}"]


@pytest.mark.parametrize("body", [patient_view(), order_sign(), appointment_book()])
def test_I_on_other_hooks_no_visit_is_in_question(
    client: FlaskClient, service: FakeService, body: dict[str, Any]
) -> None:
    name = {"patient-view": "patient-view", "order-sign": "orders", "appointment-book": "appointments"}[body["hook"]]
    body["context"]["encounterId"] = "e1"
    assert client.post(f"/cds-services/spine-{name}", json=body).status_code == 200
    assert service.question
    assert service.question.encounter is None


@pytest.mark.parametrize("user", ["Practitioner/u1", "PractitionerRole/r1", "Patient/p1", "RelatedPerson/r1", "u1"])
def test_I_any_user_is_accepted_the_format_only_decides_on_tokens(client: FlaskClient, user: str) -> None:
    assert client.post(BOOK, json=appointment_book(userId=user)).status_code == 200


@pytest.mark.parametrize("body", [appointment_book(), order_dispatch(), *(encounter(hook) for hook in ENCOUNTERS)])
def test_C4_unknown_context_fields_are_ignored(client: FlaskClient, body: dict[str, Any]) -> None:
    address = {"appointment-book": BOOK, "order-dispatch": DISPATCH}.get(body["hook"], VISITS)
    body["context"] |= {"extension": {"com.example": 1}, "draftOrders": 7, "selections": None}
    assert client.post(address, json=body).status_code == 200


@pytest.mark.parametrize("hook", ["medication-refill", "order-review", "medication-prescribe", "com.example.hook"])
def test_C3_a_hook_that_no_service_has_is_400(client: FlaskClient, hook: str) -> None:
    assert_refused(client.post(BOOK, json=appointment_book() | {"hook": hook}), 400, "hook-not-served")


@pytest.mark.parametrize("hook", ENCOUNTERS)
def test_B4_one_id_answers_both_encounter_hooks_and_no_other(client: FlaskClient, hook: str) -> None:
    assert client.post(VISITS, json=encounter(hook)).status_code == 200
    assert_refused(client.post(BOOK, json=encounter(hook)), 400, "wrong-hook")
