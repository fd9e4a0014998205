"""A request with everything that a payer's form asks for: record, order, coverage and parties, each to be changed."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from service.evaluate import Evaluation, Evaluator
from service.fhir.sent import Entry
from service.files import by_key
from service.prior_auth.exports.claim_parts import Billing
from service.prior_auth.exports.forms import load_forms
from service.prior_auth.exports.package import Publisher
from service.prior_auth.packet import Packet, assembled
from service.question import Question

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
BASE = "https://cds.example.org"
SERVER = "https://ehr.example.org/fhir"
NPI = "http://hl7.org/fhir/sid/us-npi"
PAYER = ("https://payer.example.org/ids", "P-7")
Made = dict[str, Any]

PATIENT: Made = {
    "resourceType": "Patient",
    "id": "p1",
    "identifier": [{"system": "https://clinic.example.org/mrn", "value": "77"}],
    "name": [{"family": "Example", "given": ["Ada"]}],
    "gender": "female",
    "birthDate": "1961-04-02",
}
INSURER: Made = {
    "resourceType": "Organization",
    "id": "payer1",
    "identifier": [{"system": PAYER[0], "value": PAYER[1]}],
    "active": True,
    "name": "Example Health Plan",
}
CLINIC: Made = {
    "resourceType": "Organization",
    "id": "clinic1",
    "identifier": [{"system": NPI, "value": "1234567893"}],
    "active": True,
    "name": "Example Spine Clinic",
}
COVERAGE: Made = {
    "resourceType": "Coverage",
    "id": "cov1",
    "identifier": [
        {
            "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MB"}]},
            "system": "https://payer.example.org/members",
            "value": "M-1",
        }
    ],
    "status": "active",
    "type": {"text": "Medicare"},
    "beneficiary": {"reference": "Patient/p1"},
    "relationship": {
        "coding": [
            {"system": "http://terminology.hl7.org/CodeSystem/subscriber-relationship", "code": "self"},
            {"system": "https://codesystem.x12.org/005010/1069", "code": "18"},
        ]
    },
    "payor": [{"reference": "Organization/payer1"}],
}
ORDER: Made = {
    "resourceType": "ServiceRequest",
    "id": "sr1",
    "status": "draft",
    "intent": "order",
    "code": {"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": "64483", "display": "as the EHR has it"}]},
    "bodySite": [{"text": "left L5-S1"}],
    "subject": {"reference": "Patient/p1"},
    "authoredOn": "2026-11-21",
    "occurrenceDateTime": "2026-12-01",
    "requester": {"reference": "Organization/clinic1"},
    "reasonReference": [{"reference": "Condition/c1"}],
}
CONDITION: Made = {
    "resourceType": "Condition",
    "id": "c1",
    "clinicalStatus": {"coding": [{"code": "active"}]},
    "verificationStatus": {"coding": [{"code": "confirmed"}]},
    "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "M54.16"}]},
    "subject": {"reference": "Patient/p1"},
    "onsetDateTime": "2026-08-01",
    "bodySite": [{"text": "left lumbar"}],
}
THERAPY: Sequence[Made] = [
    {
        "resourceType": "Procedure",
        "id": f"t{number}",
        "status": "completed",
        "code": {"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": "97110"}]},
        "subject": {"reference": "Patient/p1"},
        "performedDateTime": on,
    }
    for number, on in enumerate(("2026-09-01", "2026-09-20", "2026-10-20"), start=1)
]
RECORD: Sequence[Made] = (PATIENT, COVERAGE, CONDITION, *THERAPY)
BILLING = Billing(
    server=SERVER,
    number={"system": "https://clinic.example.org/requests", "value": "R-1"},
    claim_type="professional",
    request_type="HS",
    certification_type="I",
    service_type="2",
    place="11",
)


def publisher(**changes: Any) -> Publisher:
    """Who publishes the questionnaires in tests."""
    return replace(Publisher(load_forms(), "2026.11.22+test", BASE), **changes)


def changed(resource: Mapping[str, Any], **changes: Any) -> Made:
    """A copy with other elements; None takes one away."""
    made = {**copy.deepcopy(dict(resource)), **changes}
    return {name: value for name, value in made.items() if value is not None}


def asked(order: Made = ORDER, hook: str = "order-sign", beside: Sequence[Made] = (INSURER, CLINIC)) -> Question:
    """The question that an order in hand asks."""
    return Question(hook, "p1", TODAY, orders=(order,), beside=tuple(beside))


def evaluation(evaluator: Evaluator, question: Question, record: Sequence[Made] = RECORD) -> Evaluation:
    """What is found about a question in a record that is complete."""
    keys = by_key([Entry(resource) for resource in record], evaluator.content.templates(question.hook))
    return evaluator.evaluate(question, keys)


def packet(evaluator: Evaluator, record: Sequence[Made] = RECORD, **asked_for: Any) -> Packet:
    """The packet of an order (`order`, `beside`) and a record."""
    question = asked(**asked_for)
    keys = by_key([Entry(resource) for resource in record], evaluator.content.templates(question.hook))
    return assembled(evaluator, question, keys)
