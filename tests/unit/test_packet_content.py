"""What a packet holds: remarks, the safety review, who ordered, and what could not be used."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from service.evaluate import Evaluator
from service.facts.fact import FactSource
from service.fhir.sent import Entry, KeyRead, State
from service.prior_auth.document import document
from service.prior_auth.lines import LONGEST_NOTE, sections
from service.prior_auth.listing import checklist_json
from service.prior_auth.safety import safety_findings
from service.prior_auth.sources import Sources
from tests.support.packet_orders import WITHOUT_ORDER, cover
from tests.support.packets import DOCUMENTED, WHEN, made, order, packet_of
from tests.support.records import PATIENT


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
