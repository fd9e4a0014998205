"""Which orders get a packet, and what is said of those that get none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from service.errors import ServiceError
from service.evaluate import Evaluator
from service.facts.fact import FactSource
from service.fhir.sent import Entry, KeyRead, State
from service.files import by_key
from service.prior_auth.lines import safety_findings, sections
from service.prior_auth.listing import checklist_json
from service.prior_auth.packet import CHECKLIST, assembled, checklists_of, ordered
from service.prior_auth.sources import Sources
from service.question import Question
from tests.support.packets import DOCUMENTED, HOOK, TODAY, made, order, packet_of
from tests.support.records import PATIENT

WITHOUT_ORDER = DOCUMENTED[:-1]
OTHERS = {"reference": "Patient/somebody-else"}
DRUG = {
    "resourceType": "MedicationRequest",
    "id": "m9",
    "status": "draft",
    "intent": "order",
    "medicationCodeableConcept": {"text": "Dexamethasone 10 mg injection"},
    "subject": {"reference": f"Patient/{PATIENT}"},
}


def coded(code: str) -> dict[str, Any]:
    return {"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": code}]}


def cover(**changes: Any) -> Entry:
    raw = {
        "resourceType": "Coverage",
        "id": "c9",
        "status": "active",
        "type": {"text": "Medicare Part B"},
        "payor": [{"display": "Medicare"}],
        "beneficiary": {"reference": f"Patient/{PATIENT}"},
        "subscriberId": "A-1",
    }
    return Entry(raw | changes)


REFUSED = [
    pytest.param([], 422, "order-missing", id="no order"),
    pytest.param([DRUG], 422, "order-missing", id="only a drug"),
    pytest.param([order(), order(id="o2", code=coded("62323"))], 422, "several-orders", id="two orders"),
    pytest.param([order(id=None), order(id=None)], 422, "several-orders", id="two orders without id"),
    pytest.param([order(code=coded("97110"))], 422, "procedure-not-covered", id="a procedure without criteria"),
    pytest.param([order(code=coded("27447"))], 422, "procedure-not-covered", id="a procedure of another field"),
    pytest.param([order(doNotPerform=True)], 422, "procedure-not-covered", id="an order not to do it"),
    pytest.param([order(subject=OTHERS)], 422, "order-of-another-patient", id="another patient's order"),
    pytest.param([order(), order(id="o2", subject=OTHERS)], 422, "order-of-another-patient", id="one of two"),
    pytest.param([order(subject=None)], 422, "not-understood", id="an order that R4 does not know: without subject"),
    pytest.param([order(code=None)], 422, "not-understood", id="an order without a code"),
    pytest.param([order(status="revoked")], 422, "not-understood", id="an order taken back"),
    pytest.param([order(status="entered-in-error")], 422, "not-understood", id="an order entered in error"),
]


@pytest.mark.parametrize(("orders", "status", "word"), REFUSED)
def test_an_order_that_gets_no_packet(evaluator: Evaluator, orders: list[Any], status: int, word: str) -> None:
    with pytest.raises(ServiceError) as caught:
        made(evaluator, WITHOUT_ORDER, orders=orders)
    assert (caught.value.status, caught.value.word) == (status, word)
    assert PATIENT not in caught.value.text
    assert "somebody-else" not in caught.value.text
    assert len(caught.value.text) > 20


def test_a_record_without_the_patient_is_412(evaluator: Evaluator) -> None:
    keys = by_key([], evaluator.content.templates(HOOK))
    with pytest.raises(ServiceError) as caught:
        assembled(evaluator, Question(HOOK, PATIENT, TODAY, (order(),)), keys)
    assert (caught.value.status, caught.value.word) == (412, "needed-data-missing")


@pytest.mark.parametrize(("most", "refused"), [(7, False), (6, True)])
def test_a_record_over_the_limit_is_413(evaluator: Evaluator, most: int, refused: bool) -> None:
    entries = [Entry({"resourceType": "Patient", "id": PATIENT})]
    entries += [Entry({"resourceType": "Observation", "id": f"x{n}"}) for n in range(6)]
    keys = by_key(entries, evaluator.content.templates(HOOK))
    asked = Question(HOOK, PATIENT, TODAY, (order(),))
    if refused:
        with pytest.raises(ServiceError) as caught:
            assembled(evaluator, asked, keys, most)
        assert (caught.value.status, caught.value.word) == (413, "too-many-resources")
    else:
        assert assembled(evaluator, asked, keys, most).checklists


def test_an_unknown_policy_is_refused_by_name(evaluator: Evaluator) -> None:
    with pytest.raises(ServiceError, match="there is no policy 'nobody'"):
        made(evaluator, policy="nobody")


@pytest.mark.parametrize(
    "orders",
    [
        pytest.param([order()], id="an order with id"),
        pytest.param([order(id=None)], id="an order without id"),
        pytest.param([order(), DRUG], id="the drug beside it"),
        pytest.param([order(), order(id="o2", code=coded("97110"))], id="an order for something else beside it"),
        pytest.param([order(status="active")], id="an order that was signed"),
    ],
)
def test_one_order_gets_a_packet(evaluator: Evaluator, orders: list[Any]) -> None:
    packet = made(evaluator, WITHOUT_ORDER, orders=orders)
    assert packet.order is orders[0]
    assert packet.title == "Transforaminal epidural injection, left lumbar"
    assert [item.policy for item in packet.checklists] == ["clinic-default"]
    assert set(packet.policies) == {"clinic-default"}


def test_a_checklist_that_does_not_rest_on_the_order_stays_out(evaluator: Evaluator) -> None:
    evaluation = made(evaluator).evaluation
    ours = next(item for item in evaluation.findings if item.outcome == CHECKLIST)
    another = replace(ours, region="cervical", facts=())
    both = replace(evaluation, findings=(another, *evaluation.findings))
    numbers = {fact.number for fact in ordered(evaluation.reasoning, "ServiceRequest/o6")}
    assert checklists_of(both, numbers) == (ours,)


REMARKS = [
    pytest.param([], ["coverage-missing", "payer-unknown"], id="no coverage"),
    pytest.param([cover()], [], id="one in force"),
    pytest.param([cover(period={"end": "2026-11-22"})], [], id="ends today"),
    pytest.param(
        [cover(period={"end": "2026-11-21"})],
        ["coverage-expired", "coverage-missing", "payer-unknown"],
        id="ended yesterday",
    ),
    pytest.param([cover(period={"end": "2026-11"})], [], id="ends this month"),
    pytest.param([cover(period={"start": "2026-11-22"})], [], id="starts today"),
    pytest.param(
        [cover(status="cancelled")], ["coverage-cancelled", "coverage-missing", "payer-unknown"], id="cancelled"
    ),
    pytest.param(
        [cover(beneficiary=OTHERS)],
        ["coverage-of-another-patient", "coverage-missing", "payer-unknown"],
        id="another patient's",
    ),
    pytest.param(
        [cover(), cover(id="c8", type={"text": "PPO"}, payor=[{"display": "Example Mutual"}])],
        ["several-payers"],
        id="two payers",
    ),
    pytest.param([cover(payor="Medicare", period="x", status=7)], [], id="a coverage of wrong types"),
]


@pytest.mark.parametrize(("covers", "words"), REMARKS)
def test_what_is_odd_about_who_pays_has_a_word(evaluator: Evaluator, covers: list[Entry], words: list[str]) -> None:
    listing = checklist_json(made(evaluator, beside=covers))
    assert [item["word"] for item in listing.get("remarks", ())] == words
    assert "somebody-else" not in str(listing)


def test_an_order_that_names_no_patient_is_said_to(evaluator: Evaluator) -> None:
    listing = checklist_json(
        made(evaluator, WITHOUT_ORDER, orders=[order(subject={"display": "Somebody"})], beside=[cover()])
    )
    assert [item["word"] for item in listing["remarks"]] == ["order-names-no-patient"]


def test_checklist_json_has_the_documented_shape(evaluator: Evaluator) -> None:
    listing = checklist_json(packet_of(evaluator, "s08"))
    assert {"made_by", "content_version", "day", "title", "patient", "order", "procedures", "checklists"} <= set(
        listing
    )
    assert listing["procedures"][0] == {
        "procedure": "epidural-transforaminal",
        "title": "transforaminal epidural injection",
        "region": "lumbar",
        "laterality": "left",
        "level": "L4-L5",
        "date": "2026-12-01",
    }
    checklist = listing["checklists"][0]
    assert checklist["counts"] == {"not-met": 1, "not-documented": 0, "met": 7, "not-applicable": 0}
    first = checklist["criteria"][0]
    assert (first["id"], first["status"]) == ("frequency-limit", "not-met"), "what is open comes first"
    assert first["because"][0]["reference"].startswith("Procedure/")
    assert {value["name"] for value in first["values"]} == {"limit_count", "limit_window", "found_count"}
    assert all(value["source"]["status"] for value in first["values"])
    assert checklist["policy"]["checked"] == "2026-11-22"


def test_a_key_that_failed_makes_a_line_and_no_verdict(evaluator: Evaluator) -> None:
    failed = {"procedures": KeyRead("procedures", State.FAILED, (), "the server did not answer")}
    packet = made(evaluator, known=failed)
    statuses = {item.id: item.status for item in packet.checklists[0].criteria}
    assert statuses["frequency-limit"] == "not-documented"


def test_the_safety_review_leaves_notes_to_the_clinician(evaluator: Evaluator) -> None:
    packet = made(evaluator, [{"condition": {"icd10cm": "E11.9", "text": "Type 2 diabetes"}}, *DOCUMENTED])
    kinds = [(item.indicator, item.summary) for item in packet.evaluation.findings if item.kind == "safety-alert"]
    notes = {summary for indicator, summary in kinds if indicator == "info"}
    assert notes, "there are notes, so that there is something to leave out"
    review = next(part for part in sections(packet, Sources(packet)) if part.id == "safety")
    said = [line.text for line in review.lines]
    assert said[-1] == f"Notes for the clinician that are no warnings, not repeated here: {len(notes)}"
    assert not any(note in line for note in notes for line in said)


@pytest.mark.parametrize(("name", "words"), [("s08", "one more goes beyond 3 (warning)"), ("s01", "(critical)")])
def test_a_warning_is_in_the_safety_review_with_its_grade(evaluator: Evaluator, name: str, words: str) -> None:
    packet = packet_of(evaluator, name)
    review = next(part for part in sections(packet, Sources(packet)) if part.id == "safety")
    assert any(words in line.text for line in review.lines)


def test_alerts_about_another_procedure_stay_out_and_each_is_told_once(evaluator: Evaluator) -> None:
    packet = packet_of(evaluator, "s01")
    about = next(
        item for item in packet.evaluation.findings if item.kind == "safety-alert" and item.indicator != "info"
    )
    other = replace(about, procedure="something-else", summary="About something else")
    again = replace(about, because=(FactSource("Condition/another", "another reason"),))
    flagged = replace(other, kind="red-flag", summary="A red flag of this patient")
    evaluation = replace(packet.evaluation, findings=(*packet.evaluation.findings, other, again, flagged))
    found = safety_findings(replace(packet, evaluation=evaluation))
    said = [finding.summary for finding in found]
    assert "About something else" not in said
    assert "A red flag of this patient" in said
    assert said.count(about.summary) == 1
    assert any(set(again.because) | set(about.because) == set(finding.because) for finding in found)
