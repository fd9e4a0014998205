"""What a request lacks is listed, each thing with who can supply it, and nothing is drafted then."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from service.evaluate import Evaluator
from service.prior_auth.exports.claim_parts import PLACES, Billing
from service.prior_auth.exports.parties import BILLING, CLINICIAN, REGISTRATION
from tests.support import prior_auth as made
from tests.support.drafts import drafted, instead
from tests.support.prior_auth import changed

MISSING: list[tuple[str, dict[str, Any], str, str]] = [
    ("no coverage", {"record": [i for i in made.RECORD if i["id"] != "cov1"]}, "Coverage", REGISTRATION),
    (
        "two coverages",
        {"record": [*made.RECORD, changed(made.COVERAGE, id="cov2")]},
        "Coverage",
        REGISTRATION,
    ),
    (
        "cancelled coverage",
        {"record": instead(changed(made.COVERAGE, status="cancelled"))},
        "Coverage",
        REGISTRATION,
    ),
    (
        "no member number",
        {"record": instead(changed(made.COVERAGE, identifier=[{"value": "M-1"}]))},
        "Coverage.identifier (type MB)",
        REGISTRATION,
    ),
    ("no insurer", {"beside": (made.CLINIC,)}, "Coverage.payor", REGISTRATION),
    (
        "an insurer without number",
        {"beside": (made.CLINIC, changed(made.INSURER, identifier=None))},
        "Organization.identifier",
        REGISTRATION,
    ),
    (
        "an insurer without name",
        {"beside": (made.CLINIC, changed(made.INSURER, name=None))},
        "Organization.name",
        REGISTRATION,
    ),
    (
        "a practice that may be closed",
        {"beside": (made.INSURER, changed(made.CLINIC, active=None))},
        "Organization.active",
        BILLING,
    ),
    (
        "no requester",
        {"order": changed(made.ORDER, requester=None)},
        "ServiceRequest.requester",
        CLINICIAN,
    ),
    (
        "a requester that was not sent",
        {"beside": (made.INSURER,)},
        "ServiceRequest.requester",
        CLINICIAN,
    ),
    (
        "a patient without number",
        {"record": instead(changed(made.PATIENT, identifier=None))},
        "Patient.identifier",
        REGISTRATION,
    ),
    (
        "a patient without name",
        {"record": instead(changed(made.PATIENT, name=None))},
        "Patient.name",
        REGISTRATION,
    ),
    (
        "a patient without gender",
        {"record": instead(changed(made.PATIENT, gender=None))},
        "Patient.gender",
        REGISTRATION,
    ),
    (
        "no code of the procedure",
        {"order": changed(made.ORDER, code={"text": "left L5-S1 transforaminal epidural injection"})},
        "ServiceRequest.code",
        CLINICIAN,
    ),
    (
        "no diagnosis",
        {"order": changed(made.ORDER, reasonReference=None)},
        "ServiceRequest.reasonCode",
        CLINICIAN,
    ),
    (
        "no relationship",
        {"record": instead(changed(made.COVERAGE, relationship=None))},
        "Coverage.relationship",
        REGISTRATION,
    ),
    (
        "a subscriber that was not sent",
        {"record": instead(changed(made.COVERAGE, relationship={"coding": [{"code": "child"}]}))},
        "Coverage.subscriber",
        REGISTRATION,
    ),
    (
        "a doctor who was not sent",
        {"record": instead(changed(made.PATIENT, generalPractitioner=[{"reference": "Practitioner/x"}]))},
        "Patient.generalPractitioner",
        "whoever sends the record",
    ),
    ("no address", {"billing": replace(made.BILLING, server="")}, "Bundle.entry.fullUrl", BILLING),
    ("no number", {"billing": replace(made.BILLING, number={})}, "Claim.identifier", BILLING),
    ("no type", {"billing": replace(made.BILLING, claim_type="pharmacy")}, "Claim.type", BILLING),
    (
        "no type of service",
        {"billing": replace(made.BILLING, service_type="")},
        "Claim.item.category",
        BILLING,
    ),
    ("no category", {"billing": replace(made.BILLING, request_type="")}, "Claim.item.extension", BILLING),
    (
        "no certification",
        {"billing": replace(made.BILLING, certification_type="")},
        "Claim.item.extension",
        BILLING,
    ),
    ("no place", {"billing": replace(made.BILLING, place="")}, "Claim.item.location", BILLING),
]


@pytest.mark.parametrize(
    ("given", "element", "supplier"), [pytest.param(g, e, s, id=name) for name, g, e, s in MISSING]
)
def test_what_is_missing_is_listed_and_nothing_is_drafted(
    given: dict[str, Any], element: str, supplier: str, evaluator: Evaluator
) -> None:
    draft = drafted(evaluator, **given)
    assert draft.bundle is None
    assert (element, supplier) in {(item.element, item.supplier) for item in draft.missing}
    assert all(item.what and not any(digit.isdigit() for digit in item.element) for item in draft.missing)


def test_one_missing_thing_is_listed_alone(evaluator: Evaluator) -> None:
    draft = drafted(evaluator, billing=replace(made.BILLING, place=""))
    assert [item.element for item in draft.missing] == ["Claim.item.location"]


@pytest.mark.parametrize(("system", "goes"), [(PLACES, True), ("urn:own", False)])
def test_the_order_may_say_the_place(system: str, goes: bool, evaluator: Evaluator) -> None:
    order = changed(made.ORDER, locationCode=[{"coding": [{"system": system, "code": "24"}]}])
    draft = drafted(evaluator, order=order, billing=replace(made.BILLING, place=""))
    assert (draft.bundle is not None) == goes


def test_everything_that_is_missing_is_listed_at_once(evaluator: Evaluator) -> None:
    draft = drafted(evaluator, record=[made.PATIENT, made.CONDITION], beside=(), billing=Billing())
    assert len(draft.missing) >= 9
