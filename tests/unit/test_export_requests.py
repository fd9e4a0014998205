"""Drafts of requests (PAS): everything from the record, unchanged, and nothing of anybody else."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest

from service.evaluate import Evaluator
from tests.support import prior_auth as made
from tests.support.drafts import drafted, entries, instead
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
