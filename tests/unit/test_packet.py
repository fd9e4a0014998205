"""Which orders get a packet, and what is said of those that get none."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from service.errors import ServiceError
from service.evaluate import Evaluator
from service.facts.fact import FactSource
from service.fhir.sent import Entry, KeyRead, State
from service.files import by_key
from service.prior_auth.document import document
from service.prior_auth.lines import LONGEST_NOTE, sections
from service.prior_auth.listing import checklist_json
from service.prior_auth.packet import CHECKLIST, assembled, checklists_of, ordered
from service.prior_auth.safety import safety_findings
from service.prior_auth.sources import Sources
from service.question import Question
from tests.support.packets import DOCUMENTED, HOOK, TODAY, WHEN, made, order, packet_of
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
    pytest.param([cover(period={"end": "2026-12-01"})], [], id="ends on the day of the service"),
    pytest.param(
        [cover(period={"end": "2026-11-30"})],
        ["coverage-expired", "coverage-missing", "payer-unknown"],
        id="ends before the service",
    ),
    pytest.param(
        [cover(period={"end": "2026-11-21"})],
        ["coverage-expired", "coverage-missing", "payer-unknown"],
        id="ended yesterday",
    ),
    pytest.param([cover(period={"end": "2026-12"})], [], id="ends in the month of the service"),
    pytest.param([cover(period={"start": "2026-11-22"})], [], id="starts today"),
    pytest.param(
        [cover(status="cancelled")], ["coverage-cancelled", "coverage-missing", "payer-unknown"], id="cancelled"
    ),
    pytest.param([cover(status="draft")], ["coverage-draft", "coverage-missing", "payer-unknown"], id="a draft"),
    pytest.param(
        [cover(type={"text": "PPO"}, payor=[{"display": "Zebra Mutual"}])], ["payer-unknown"], id="a payer nobody knows"
    ),
    pytest.param(
        [cover(beneficiary=OTHERS)],
        ["coverage-of-another-patient", "coverage-missing", "payer-unknown"],
        id="another patient's",
    ),
    pytest.param(
        [cover(), cover(id="c8", type={"text": "PPO"}, payor=[{"display": "Example Mutual"}])],
        ["several-payers", "payer-unknown"],
        id="two payers, one of them unknown",
    ),
    pytest.param([cover(payor="Medicare", period="x", status=7)], [], id="a coverage of wrong types"),
]


@pytest.mark.parametrize(("covers", "words"), REMARKS)
def test_what_is_odd_about_who_pays_has_a_word(evaluator: Evaluator, covers: list[Entry], words: list[str]) -> None:
    listing = checklist_json(made(evaluator, beside=covers))
    assert [item["word"] for item in listing.get("remarks", ())] == words
    assert "somebody-else" not in str(listing)


@pytest.mark.parametrize(
    ("ranks", "said"),
    [
        pytest.param((2, 1), "Aetna pays first by their order", id="each says its place"),
        pytest.param((1, 1), "who pays first has to be settled", id="both say the same"),
        pytest.param((1, None), "who pays first has to be settled", id="one does not say"),
    ],
)
def test_of_two_payers_the_first_is_named_where_the_record_tells(
    evaluator: Evaluator, ranks: tuple[Any, Any], said: str
) -> None:
    first, second = ranks
    covers = [cover(order=first), cover(id="c8", type={"text": "PPO"}, payor=[{"display": "Aetna"}], order=second)]
    (remark,) = checklist_json(made(evaluator, beside=covers))["remarks"]
    assert remark["word"] == "several-payers"
    assert said in remark["text"]


def test_a_payer_without_criteria_for_the_procedure_is_said_to_be_judged_by_the_clinics(evaluator: Evaluator) -> None:
    """Medicare in Texas, where no local text on sacroiliac injections is known."""
    (remark,) = checklist_json(packet_of(evaluator, "a05-e"))["remarks"]
    assert remark["word"] == "payer-unknown"
    assert "criteria are unknown" in remark["text"]


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
    assert checklist["counts"] == {"not-met": 0, "not-documented": 1, "met": 13, "not-applicable": 0}
    limit = next(item for item in checklist["criteria"] if item["id"] == "frequency-limit")
    assert limit["because"][0]["reference"].startswith("Procedure/")
    assert {"limit_count", "limit_window", "found_count"} <= {value["name"] for value in limit["values"]}
    assert all(value["source"]["status"] for value in limit["values"])
    assert checklist["policy"]["checked"] == "2026-11-22"


def test_a_key_that_failed_makes_a_line_and_no_verdict(evaluator: Evaluator) -> None:
    failed = {"procedures": KeyRead("procedures", State.FAILED, (), "the server did not answer")}
    packet = made(evaluator, known=failed)
    statuses = {item.id: item.status for item in packet.checklists[0].criteria}
    assert statuses["frequency-limit"] == "not-documented"
    lines = [line.text for part in sections(packet, Sources(packet)) if part.id == "not-found" for line in part.lines]
    assert "Procedures: could not be read (the server did not answer)" in lines


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


PERSON = {"resourceType": "Practitioner", "id": "d1", "name": [{"given": ["Ada"], "family": "Lee"}]}
ROLE = {"resourceType": "PractitionerRole", "id": "r1", "practitioner": {"reference": "Practitioner/d1"}}
HOUSE = {"resourceType": "Organization", "id": "h1", "name": "Spine House"}


@pytest.mark.parametrize(
    ("requester", "named"),
    [
        pytest.param({"display": "Dr. Ada Lee"}, "Dr. Ada Lee", id="by itself"),
        pytest.param({"reference": "Practitioner/d1"}, "Ada Lee", id="a person of the record"),
        pytest.param({"reference": "PractitionerRole/r1"}, "Ada Lee", id="a role of the record"),
        pytest.param({"reference": "Organization/h1"}, "Spine House", id="a clinic of the record"),
        pytest.param({"reference": "Practitioner/elsewhere"}, "", id="somebody who was not sent"),
        pytest.param("Ada", "", id="of a wrong type"),
    ],
)
def test_who_ordered_is_named_as_the_record_names_them(evaluator: Evaluator, requester: Any, named: str) -> None:
    beside = [Entry(PERSON), Entry(ROLE), Entry(HOUSE)]
    packet = made(evaluator, WITHOUT_ORDER, orders=[order(requester=requester)], beside=beside)
    lines = [line.text for part in sections(packet, Sources(packet)) if part.id == "order" for line in part.lines]
    assert [line for line in lines if line.startswith("Requested by")] == ([f"Requested by: {named}"] if named else [])


def test_a_coverage_that_does_not_pay_is_told_of_and_not_sent(evaluator: Evaluator) -> None:
    old = cover(id="c-old", period={"end": "2025-12-31"}, subscriberId="OLD-1")
    packet = made(evaluator, beside=[cover(), old])
    sent = json.dumps(document(packet, WHEN))
    assert "A-1" in sent
    assert "OLD-1" not in sent
    assert "A coverage on record is over; not used" in sent


def score(**changes: Any) -> Entry:
    raw = {
        "resourceType": "Observation",
        "id": "n1",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "72514-3"}]},
        "valueQuantity": {"value": 5},
        "effectiveDateTime": "2026-11-20",
        "subject": {"reference": f"Patient/{PATIENT}"},
        **changes,
    }
    return Entry({name: value for name, value in raw.items() if value is not None})


@pytest.mark.parametrize(
    ("spoilt", "sent"),
    [
        pytest.param(score(subject=None), False, id="it names no patient: told of and not sent"),
        pytest.param(score(id=None, subject=None), False, id="nor has it an id"),
        pytest.param(score(code=None), True, id="the patient's own without a code: sent, so that people can look"),
    ],
)
def test_what_could_not_be_used_is_told(evaluator: Evaluator, spoilt: Entry, sent: bool) -> None:
    packet = made(evaluator, beside=[spoilt])
    lines = [line for part in sections(packet, Sources(packet)) if part.id == "not-found" for line in part.lines]
    (told,) = [line for line in lines if line.text.startswith("Not used: Observation")]
    assert told.references == (("Observation/n1",) if sent else (packet.order_reference,))
    bundle = document(packet, WHEN)
    assert any(entry["resource"] is spoilt.resource for entry in bundle["entry"]) is sent


def test_only_what_was_read_stands_for_resources_without_id(evaluator: Evaluator) -> None:
    private = score(id=None, code={"coding": [{"system": "http://loinc.org", "code": "2951-2"}]})
    known = score(id=None)
    bundle = document(made(evaluator, beside=[private, known]), WHEN)
    taken = [entry["resource"] for entry in bundle["entry"]]
    assert any(resource is known.resource for resource in taken)
    assert not any(resource is private.resource for resource in taken)


@pytest.mark.parametrize("length", [LONGEST_NOTE, LONGEST_NOTE + 1])
def test_a_long_note_is_cut_where_people_read_it_and_stays_whole_in_the_order(
    evaluator: Evaluator, length: int
) -> None:
    packet = made(evaluator, DOCUMENTED[:-1], orders=[order(note=[{"text": "x" * length}])])
    plan = next(part for part in sections(packet, Sources(packet)) if part.id == "plan")
    (line,) = [line.text for line in plan.lines if "xx" in line.text]
    assert ("(1 more characters)" in line) is (length > LONGEST_NOTE)
    assert line.count("x") == LONGEST_NOTE
    assert packet.order["note"][0]["text"] == "x" * length


def test_what_the_orders_note_says_is_not_told_twice(evaluator: Evaluator) -> None:
    note = "One level, left. Fluoroscopy with contrast. Goals: walk 20 minutes."
    packet = made(evaluator, DOCUMENTED[:-1], orders=[order(note=[{"text": note}])])
    plan = next(part for part in sections(packet, Sources(packet)) if part.id == "plan")
    assert [line.text for line in plan.lines if "Fluoroscopy" in line.text] == [f"“{note}”"]


@pytest.mark.parametrize("name", ["s08", "a19-b"])
def test_a_visit_of_therapy_is_treatment_whatever_cites_it(evaluator: Evaluator, name: str) -> None:
    """A repeat cites the newest visit for its plan, an ablation the whole course: neither is an earlier procedure."""
    packet = packet_of(evaluator, name)
    said = {part.id: [line.text for line in part.lines] for part in sections(packet, Sources(packet))}
    assert any(text.startswith("physical therapy") for text in said["treatment"])
    assert not [text for text in said["procedures"] if text.startswith("physical therapy")]


def test_two_payers_have_a_checklist_each_in_the_packet(evaluator: Evaluator) -> None:
    packet = packet_of(evaluator, "a05-c")
    assert [item.policy for item in packet.checklists] == ["aetna", "medicare-basivertebral"]
    assert sorted(packet.policies) == ["aetna", "medicare-basivertebral"]
    said = {part.id: [line.text for line in part.lines] for part in sections(packet, Sources(packet))}
    for title in ("Aetna", "Medicare basivertebral criteria"):
        assert any(text.startswith(title) for text in said["checklist"])
