"""A service that answers without rules, and request bodies that are right unless a test says otherwise."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from service.answer import Answered
from service.errors import UnknownQuestionnaire, UnknownRule
from service.fhir.sent import KeyRead
from service.hooks.discovery import ServiceEntry
from service.hooks.response import Card, CdsResponse, Source
from service.prior_auth.exports.claim_parts import Billing
from service.prior_auth.exports.kept import Attaching
from service.prior_auth.exports.wire import PasVersion
from service.question import Question
from service.store.packet_records import Content, Filing, Kept
from tests.support.filings import filing

TEMPLATES = {
    "patient": "Patient/{{context.patientId}}",
    "conditions": "Condition?patient={{context.patientId}}",
    "medicationStatements": "MedicationStatement?patient={{context.patientId}}",
}
ENTRIES = (
    ServiceEntry(
        "spine-patient-view", "patient-view", "View", "Looks at a record.", TEMPLATES, "Works best with FHIR."
    ),
    ServiceEntry("spine-orders", "order-select", "Orders", "Looks at orders.", TEMPLATES),
    ServiceEntry("spine-orders", "order-sign", "Orders", "Looks at orders.", TEMPLATES),
    ServiceEntry("spine-appointments", "appointment-book", "Bookings", "Looks at appointments.", TEMPLATES),
    ServiceEntry("spine-dispatch", "order-dispatch", "Dispatch", "Looks at performers.", TEMPLATES),
    ServiceEntry("spine-encounters", "encounter-start", "Visits", "Looks at visits.", TEMPLATES),
    ServiceEntry("spine-encounters", "encounter-discharge", "Visits", "Looks at visits.", TEMPLATES),
)


class FakeService:
    """Gives one card that says what it was asked; remembers its last question and keys; raises `fault` if set."""

    entries: Sequence[ServiceEntry] = ENTRIES

    def __init__(self) -> None:
        self.question: Question | None = None
        self.keys: dict[str, KeyRead] = {}
        self.unknown: tuple[str, ...] = ()
        self.fault: Exception | None = None
        self.not_ready = ""

    def templates(self, service_id: str, hook: str) -> Mapping[str, str]:
        return TEMPLATES

    def needed(self, service_id: str, hook: str) -> frozenset[str]:
        return frozenset({"patient", "conditions"})

    def answer(self, question: Question, keys: Mapping[str, KeyRead], unknown: Sequence[str]) -> Answered:
        if self.fault:
            raise self.fault
        self.question, self.keys, self.unknown = question, dict(keys), tuple(unknown)
        finding = {"rule": "fake", "orders": len(question.orders), "because": [], "policy": None}
        card = Card(
            uuid=uuid.uuid4(),
            summary=f"Asked on {question.hook}",
            indicator="info",
            source=Source(label="fake"),
            extension={"org.spine-cds.finding": finding},
        )
        return Answered(CdsResponse(cards=(card,)), uuid.uuid4(), "1+fake", ("fake-policy",))

    def filing(
        self, question: Question, keys: Mapping[str, KeyRead], answers: Mapping[str, Any] | None = None
    ) -> Filing:
        if self.fault:
            raise self.fault
        self.question, self.keys = question, dict(keys)
        (order,) = question.orders
        return filing(order, patient=f"Patient/{question.patient_id}")

    def pas_request(
        self, kept: Kept, content: Content, billing: Billing, release: PasVersion, coverage: str
    ) -> Mapping[str, Any]:
        if self.fault:
            raise self.fault
        return {"resourceType": "Bundle", "type": "collection", "release": release, "number": dict(billing.number)}

    def attachment(self, kept: Kept, content: Content, given: Attaching, coverage: str) -> Mapping[str, Any]:
        if self.fault:
            raise self.fault
        return {"resourceType": "Parameters", "tracking": given.tracking, "document": content.document}

    def printed(self, page: str) -> bytes:
        return b"%PDF-1.7 " + page.encode()

    def questionnaire(self, name: str) -> Mapping[str, Any]:
        if name != "fake":
            raise UnknownQuestionnaire("There is no such questionnaire; there are fake.")
        return {"resourceType": "Questionnaire", "id": name}

    def questionnaire_package(self, sent: Any) -> Mapping[str, Any]:
        if self.fault:
            raise self.fault
        return {"resourceType": "Parameters", "sent": sent}

    def ready(self) -> str:
        return self.not_ready

    def catalogue(self) -> Sequence[Mapping[str, Any]]:
        return [{"id": "safety/fake"}]

    def rule(self, rule_id: str) -> Mapping[str, Any]:
        if rule_id != "safety/fake":
            raise UnknownRule("There is no such rule; GET /rules lists them.")
        return {"id": rule_id}

    def source_attributes(self, rule_id: str) -> Mapping[str, Any]:
        return {**self.rule(rule_id), "release": "1"}


def order(order_id: str = "o1") -> dict[str, Any]:
    """A draft order."""
    return {"resourceType": "ServiceRequest", "id": order_id, "status": "draft", "intent": "order"}


def bundle(*resources: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """A searchset of these resources."""
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": r} for r in resources], **more}


def patient_view(**changes: Any) -> dict[str, Any]:
    """A right patient-view request with both needed keys; a change to `...` removes the field."""
    body: dict[str, Any] = {
        "hook": "patient-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": "Practitioner/u1", "patientId": "p1"},
        "prefetch": {"patient": {"resourceType": "Patient", "id": "p1"}, "conditions": bundle()},
    }
    return {name: value for name, value in (body | changes).items() if value is not ...}


def order_sign(**context: Any) -> dict[str, Any]:
    """A right order-sign request of two orders; `context` changes the context, `...` removes from it."""
    fields = {"userId": "Practitioner/u1", "patientId": "p1", "draftOrders": bundle(order("o1"), order("o2"))}
    return patient_view(hook="order-sign", context={k: v for k, v in (fields | context).items() if v is not ...})


def order_select(**context: Any) -> dict[str, Any]:
    """A right order-select request of two orders with the first selected."""
    return order_sign(**({"selections": ["ServiceRequest/o1"]} | context)) | {"hook": "order-select"}


def appointment(appointment_id: str = "a1", **more: Any) -> dict[str, Any]:
    """An appointment that is being booked."""
    return {"resourceType": "Appointment", "id": appointment_id, "status": "proposed", **more}


def task(**more: Any) -> dict[str, Any]:
    """A task that asks for an order to be done."""
    return {"resourceType": "Task", "id": "t1", "status": "requested", "intent": "order", **more}


def appointment_book(**context: Any) -> dict[str, Any]:
    """A right appointment-book request of two appointments."""
    fields = {
        "userId": "Practitioner/u1",
        "patientId": "p1",
        "appointments": bundle(appointment("a1"), appointment("a2")),
    }
    return _on("appointment-book", fields | context)


def order_dispatch(**context: Any) -> dict[str, Any]:
    """A right order-dispatch 1.1 request."""
    fields = {"patientId": "p1", "dispatchedOrders": ["ServiceRequest/o1"], "performer": "Practitioner/d1"}
    return _on("order-dispatch", fields | context)


def order_dispatch_before(**context: Any) -> dict[str, Any]:
    """A right order-dispatch 1.0 request."""
    fields = {"patientId": "p1", "order": "ServiceRequest/o1", "performer": "Practitioner/d1", "task": task()}
    return _on("order-dispatch", fields | context)


def encounter(hook: str, **context: Any) -> dict[str, Any]:
    """A right encounter-start or encounter-discharge request."""
    return _on(hook, {"userId": "Practitioner/u1", "patientId": "p1", "encounterId": "e1"} | context)


def _on(hook: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    return patient_view(hook=hook, context={name: value for name, value in fields.items() if value is not ...})
