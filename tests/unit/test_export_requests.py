"""Drafts of requests (PAS) and attachments (CDex): only of what is there, else what is missing and who supplies it."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from service.evaluate import Evaluator
from service.prior_auth.exports.cdex import submit_attachment
from service.prior_auth.exports.claim_parts import PLACES, Billing
from service.prior_auth.exports.parties import BILLING, CLINICIAN, REGISTRATION
from service.prior_auth.exports.pas import PasDraft, draft_request
from service.prior_auth.exports.wire import PasVersion
from service.prior_auth.packet import Packet
from tests.support import prior_auth as made
from tests.support.prior_auth import changed

Made = dict[str, Any]
DOCUMENT = {"resourceType": "Bundle", "type": "document", "id": "d1"}
TRACKING = {"system": "https://payer.example.org/requests", "value": "T-1"}
ROLE: Made = {
    "resourceType": "PractitionerRole",
    "id": "r1",
    "practitioner": {"reference": "Practitioner/d1"},
    "organization": {"reference": "Organization/clinic1"},
}
DOCTOR: Made = {
    "resourceType": "Practitioner",
    "id": "d1",
    "identifier": [{"system": made.NPI, "value": "1"}],
    "name": [{"family": "Example"}],
}


def drafted(
    evaluator: Evaluator,
    record: Sequence[Made] = made.RECORD,
    order: Made = made.ORDER,
    beside: Sequence[Made] = (made.INSURER, made.CLINIC),
    billing: Billing = made.BILLING,
    release: PasVersion = "2.2.1",
    coverage: Made | None = None,
) -> PasDraft:
    """The draft of a request."""
    packet = made.packet(evaluator, record, order=order, beside=beside)
    return draft_request(packet, billing, made.NOW, release, coverage=coverage)


def instead(*others: Made) -> list[Made]:
    """The record with other resources of the same id."""
    ids = {item["id"] for item in others}
    return [*(item for item in made.RECORD if item["id"] not in ids), *others]


def entries(draft: PasDraft) -> dict[str, Made]:
    """The resources of a draft by reference."""
    assert draft.bundle is not None, draft.missing
    found = [entry["resource"] for entry in draft.bundle["entry"]]
    return {f"{item['resourceType']}/{item['id']}": item for item in found}


def test_a_whole_request_has_every_party_once_and_the_claim_first(evaluator: Evaluator) -> None:
    found = entries(drafted(evaluator))
    claim, *others = found
    assert claim.startswith("Claim/")
    assert others == [
        "Patient/p1",
        "Coverage/cov1",
        "Organization/payer1",
        "Organization/clinic1",
        "ServiceRequest/sr1",
        "Condition/c1",
    ]


def test_nothing_in_the_record_is_changed(evaluator: Evaluator) -> None:
    before = copy.deepcopy([*made.RECORD, made.ORDER, made.INSURER, made.CLINIC])
    found = entries(drafted(evaluator))
    for resource in before:
        name = f"{resource['resourceType']}/{resource['id']}"
        assert found.get(name, resource) == resource


def test_the_claim_says_what_was_ordered_in_the_payers_code_systems(evaluator: Evaluator) -> None:
    (item,) = next(iter(entries(drafted(evaluator)).values()))["item"]
    assert item["productOrService"] == {"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": "64483"}]}
    assert item["servicedDate"] == "2026-12-01"
    assert "quantity" not in item


@pytest.mark.parametrize(
    ("priority", "code"), [(None, "normal"), ("routine", "normal"), ("urgent", "stat"), ("stat", "stat")]
)
def test_the_priority_is_that_of_the_order(priority: str | None, code: str, evaluator: Evaluator) -> None:
    order = changed(made.ORDER, priority=priority)
    claim = next(iter(entries(drafted(evaluator, order=order)).values()))
    assert claim["priority"]["coding"][0]["code"] == code


@pytest.mark.parametrize("month", ["2026-12", "2026"])
def test_a_day_that_is_not_whole_is_left_out(month: str, evaluator: Evaluator) -> None:
    order = changed(made.ORDER, occurrenceDateTime=month)
    (item,) = next(iter(entries(drafted(evaluator, order=order)).values()))["item"]
    assert [name for name in item if name.startswith("serviced")] == []


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


def test_no_x12_code_is_there_that_nobody_gave(evaluator: Evaluator) -> None:
    given = {made.BILLING.request_type, made.BILLING.certification_type, made.BILLING.service_type}
    claim = next(iter(entries(drafted(evaluator)).values()))
    assert set(x12(claim)) == given


def x12(value: Any) -> list[str]:
    """All X12 codes in a resource."""
    if isinstance(value, dict):
        own = [str(value["code"])] if str(value.get("system", "")).startswith("https://codesystem.x12.org") else []
        return own + [code for item in value.values() for code in x12(item)]
    return [code for item in value for code in x12(item)] if isinstance(value, list) else []


def test_the_older_guide_asks_for_less(evaluator: Evaluator) -> None:
    less = replace(made.BILLING, request_type="", certification_type="", place="")
    draft = drafted(evaluator, billing=less, release="2.0.1")
    (item,) = next(iter(entries(draft).values()))["item"]
    assert "extension" not in item
    assert drafted(evaluator, billing=less).bundle is None


@pytest.mark.parametrize("requester", ["PractitionerRole/r1", "Practitioner/d1"])
def test_a_clinician_asks_in_a_role(requester: str, evaluator: Evaluator) -> None:
    order = changed(made.ORDER, requester={"reference": requester})
    draft = drafted(evaluator, order=order, beside=(made.INSURER, made.CLINIC, ROLE, DOCTOR))
    found = entries(draft)
    assert next(iter(found.values()))["provider"] == {"reference": "PractitionerRole/r1"}
    assert {"PractitionerRole/r1", "Practitioner/d1", "Organization/clinic1"} <= found.keys()


def test_in_which_of_two_roles_a_clinician_asks_is_not_guessed(evaluator: Evaluator) -> None:
    order = changed(made.ORDER, requester={"reference": "Practitioner/d1"})
    roles = (ROLE, changed(ROLE, id="r2"))
    draft = drafted(evaluator, order=order, beside=(made.INSURER, made.CLINIC, *roles, DOCTOR))
    assert [item.element for item in draft.missing] == ["ServiceRequest.requester"]


def test_which_coverage_pays_can_be_said(evaluator: Evaluator) -> None:
    second = changed(made.COVERAGE, id="cov2")
    found = entries(drafted(evaluator, record=[*made.RECORD, second], coverage=second))
    assert "Coverage/cov2" in found
    assert "Coverage/cov1" not in found


def test_an_order_that_refers_to_what_was_not_sent_stays_out_and_the_request_goes(evaluator: Evaluator) -> None:
    order = changed(made.ORDER, encounter={"reference": "Encounter/e1"})
    found = entries(drafted(evaluator, order=order))
    assert "ServiceRequest/sr1" not in found
    (item,) = next(iter(found.values()))["item"]
    assert [part["url"] for part in item["extension"] if "requestedService" in part["url"]] == []


def test_nothing_of_another_patient_gets_in(evaluator: Evaluator) -> None:
    other = changed(made.CONDITION, id="c9", subject={"reference": "Patient/p9"})
    code = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "M48.061"}]}
    order = changed(made.ORDER, reasonReference=[{"reference": "Condition/c9"}], reasonCode=[code])
    found = entries(drafted(evaluator, [*made.RECORD, other], order))
    assert "Condition/c9" not in found
    claim = next(iter(found.values()))
    assert [item["diagnosisCodeableConcept"]["coding"][0]["code"] for item in claim["diagnosis"]] == ["M48.061"]


def test_a_coverage_of_another_patient_is_refused(evaluator: Evaluator) -> None:
    theirs = changed(made.COVERAGE, beneficiary={"reference": "Patient/p9"})
    draft = drafted(evaluator, coverage=theirs)
    assert draft.bundle is None
    assert "Coverage.beneficiary" in [item.element for item in draft.missing]
    assert submit_attachment(made.packet(evaluator), DOCUMENT, TRACKING, coverage=theirs).parameters is None


def test_a_subscriber_who_is_another_patient_of_the_record_is_not_used(evaluator: Evaluator) -> None:
    child = {"coding": [{"code": "child"}]}
    coverage = changed(made.COVERAGE, relationship=child, subscriber={"reference": "Patient/p9"})
    draft = drafted(evaluator, [*instead(coverage), changed(made.PATIENT, id="p9")])
    assert "Coverage.subscriber" in [item.element for item in draft.missing]


@pytest.mark.parametrize(
    ("period", "counts"),
    [
        ({"end": "2026-11-22"}, True),
        ({"end": "2026-11-21"}, False),
        ({"end": "2026-11"}, True),
        ({"end": "2026-10"}, False),
        ({"end": "2026"}, True),
        ({"start": "2026-11-22"}, True),
        ({"start": "2026-11-23"}, False),
        ({"start": "2026-12-01T00:00:00Z"}, False),
    ],
)
def test_a_coverage_counts_while_it_is_in_force(period: Made, counts: bool, evaluator: Evaluator) -> None:
    draft = drafted(evaluator, instead(changed(made.COVERAGE, period=period)))
    assert (draft.bundle is not None) == counts


def test_the_order_in_hand_goes_and_not_an_older_one_of_the_record(evaluator: Evaluator) -> None:
    older = changed(made.ORDER, status="active", note=[{"text": "older"}])
    assert entries(drafted(evaluator, [*made.RECORD, older]))["ServiceRequest/sr1"] == made.ORDER


@pytest.fixture(scope="module")
def packet(evaluator: Evaluator) -> Packet:
    return made.packet(evaluator)


def named(parameters: Made) -> dict[str, Made]:
    """Parameters by name."""
    return {item["name"]: item for item in parameters["parameter"]}


def test_an_attachment_carries_the_document_and_what_ties_it_to_the_request(packet: Packet) -> None:
    found = submit_attachment(packet, DOCUMENT, TRACKING)
    assert found.parameters is not None
    parts = named(found.parameters)
    assert parts["TrackingId"]["valueIdentifier"] == TRACKING
    assert parts["MemberId"]["valueIdentifier"]["value"] == "M-1"
    assert parts["PayerId"]["valueIdentifier"]["value"] == made.PAYER[1]
    assert parts["OrganizationId"]["valueIdentifier"]["system"] == made.NPI
    assert parts["Attachment"]["part"] == [{"name": "Content", "resource": DOCUMENT}]
    assert "ProviderId" not in parts
    assert "Final" not in parts


@pytest.mark.parametrize("tracking", [None, {}, {"system": "https://payer.example.org/requests"}])
def test_without_a_tracking_number_there_is_no_attachment(tracking: Made | None, packet: Packet) -> None:
    found = submit_attachment(packet, DOCUMENT, tracking)
    assert found.parameters is None
    assert [item.element for item in found.missing] == ["TrackingId"]


def test_without_a_member_number_there_is_no_attachment(evaluator: Evaluator) -> None:
    record = instead(changed(made.COVERAGE, identifier=None))
    found = submit_attachment(made.packet(evaluator, record), DOCUMENT, TRACKING)
    assert found.parameters is None
    assert [item.element for item in found.missing] == ["Coverage.identifier (type MB)"]


def test_an_attachment_needs_neither_insurer_nor_practice(evaluator: Evaluator) -> None:
    found = submit_attachment(made.packet(evaluator, beside=()), DOCUMENT, TRACKING)
    assert found.parameters is not None
    assert {"PayerId", "OrganizationId"} & named(found.parameters).keys() == set()
