"""Orders that are sent to their performer, the performer's specialty, and what was done in a visit."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.reading import CPT, Read, coded, read, resource

NUCC = "http://nucc.org/provider-taxonomy"
ME = "Practitioner/d1"


def order(**elements: Any) -> dict[str, Any]:
    base = {"status": "active", "intent": "order", "code": coded(CPT, "64483"), "bodySite": [{"text": "left L5"}]}
    return resource("ServiceRequest", "1", **{**base, **elements})


def sent(*record: Any, orders: Any = ("ServiceRequest/ser1",), performer: str = ME, beside: Any = ()) -> Read:
    return read(*record, dispatched=tuple(orders), performer=performer, beside=tuple(beside))


def role(code: str = "208VP0014X", by: str = ME, **more: Any) -> dict[str, Any]:
    specialty = [{"coding": [{"system": NUCC, "code": code}]}]
    return {
        "resourceType": "PractitionerRole",
        "id": "r1",
        "practitioner": {"reference": by},
        "specialty": specialty,
    } | more


def told(found: Read) -> list[str]:
    return sorted(item["told"] for item in found.of("performer"))


@pytest.mark.parametrize("status", ["draft", "active", "on-hold", "completed"])
def test_a_dispatched_order_is_in_hand_whatever_its_status(status: str) -> None:
    item = sent(order(status=status)).one("order")
    assert (item["concept"], item["origin"], item["side"]) == ("epidural-transforaminal", "order", "left")


@pytest.mark.parametrize(
    "reference",
    ["ServiceRequest/ser1", "https://ehr.example.org/fhir/ServiceRequest/ser1", "ServiceRequest/ser1/_history/2"],
)
def test_it_is_found_under_every_form_of_its_reference(reference: str) -> None:
    found = sent(order(), orders=[reference])
    assert found.one("order")["origin"] == "order"
    assert found.problems == []


def test_what_is_not_dispatched_stays_a_plan() -> None:
    other = {**order(code=coded(CPT, "62321")), "id": "other"}
    assert sorted(item["origin"] for item in sent(order(), other).of("order")) == ["order", "scheduled"]


@pytest.mark.parametrize("reference", ["ServiceRequest/lost", "MedicationRequest/lost", "urn:uuid:7", "lost"])
def test_an_order_that_is_not_there_is_said(reference: str) -> None:
    gap = sent(orders=[reference]).gap("the dispatched order was neither sent nor found")
    assert (gap.matters, gap.key) == (True, "")


@pytest.mark.parametrize("reference", ["DeviceRequest/1", "NutritionOrder/1", "VisionPrescription/1"])
def test_an_order_of_a_kind_that_no_rule_reads_is_none_of_ours(reference: str) -> None:
    found = sent(orders=[reference])
    assert (found.of("order"), found.problems) == ([], [])


def test_one_entered_in_error_and_one_of_another_patient_are_said_and_not_used() -> None:
    wrong = sent(order(status="entered-in-error"))
    assert wrong.of("order", origin="order") == []
    assert wrong.gap("the dispatched order is entered-in-error").matters
    others = sent(order(subject={"reference": "Patient/p2"}))
    assert others.of("order") == []
    assert others.gap("for another patient").matters


def test_an_order_without_words_or_code_is_said() -> None:
    assert sent(order(code={})).gap("the draft order has neither a code nor words").matters


def test_a_dispatched_drug_stays_what_the_record_says() -> None:
    drug = resource(
        "MedicationRequest", "1", status="active", intent="order", medicationCodeableConcept={"text": "warfarin"}
    )
    found = sent(drug, orders=["MedicationRequest/med1"])
    assert found.problems == []
    assert all(item["drafted"] == 0 for item in found.of("medication"))


@pytest.mark.parametrize(
    ("performer", "resources", "wanted"),
    [
        (ME, [role()], ["specialty"]),
        (f"https://ehr.example.org/fhir/{ME}", [role()], ["specialty"]),
        (ME, [role(by="https://ehr.example.org/fhir/Practitioner/d1")], ["specialty"]),
        ("PractitionerRole/r1", [role()], ["specialty"]),
        (ME, [role(by="Practitioner/other")], ["nothing"]),
        (ME, [role(active=False)], ["nothing"]),
        (ME, [role("207Q00000X")], ["other"]),
        (ME, [role(specialty=[])], ["nothing"]),
        (ME, [role(specialty=[]) | {"code": [{"text": "doctor"}]}], ["nothing"]),
        (ME, [], ["nothing"]),
        (
            "Organization/o1",
            [{"resourceType": "Organization", "id": "o1", "type": [{"text": "Pain management"}]}],
            ["specialty"],
        ),
        ("Organization/o1", [{"resourceType": "Organization", "id": "o1", "type": [{"text": "prov"}]}], ["nothing"]),
        (ME, [role(specialty="pain medicine")], ["nothing"]),
        (ME, [role(specialty=[None, 5, {"text": "Pain medicine"}])], ["specialty"]),
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_is_on_record_of_the_performer(performer: str, resources: list[Any], wanted: list[str]) -> None:
    found = sent(order(), *resources, performer=performer)
    assert told(found) == wanted


def test_the_practitioner_behind_a_role_counts_by_what_qualifies() -> None:
    person = {"resourceType": "Practitioner", "id": "d1", "qualification": [{"code": {"text": "Neurological surgery"}}]}
    found = sent(order(), role(specialty=[]), person, performer="PractitionerRole/r1")
    assert [item["concept"] for item in found.of("performer")] == ["neurosurgery"]


def test_a_performer_contained_in_the_task_is_found() -> None:
    inside = {key: value for key, value in role().items() if key != "practitioner"} | {"id": "me"}
    task = {"resourceType": "Task", "id": "t1", "contained": [inside]}
    assert told(sent(order(), performer="#me", beside=[task])) == ["specialty"]


def test_without_a_performer_nobody_is_judged() -> None:
    assert told(read(order(), role())) == []


def done(day: str | None = "2026-11-22", **elements: Any) -> dict[str, Any]:
    base: dict[str, Any] = {"status": "completed", "code": coded(CPT, "64483")}
    return resource("Procedure", "1", **{**base, **({"performedDateTime": day} if day else {}), **elements})


def visit(**period: str) -> dict[str, Any]:
    return resource("Encounter", "1", id="e1", status="in-progress", **{"class": {"code": "AMB"}}, period=period)


@pytest.mark.parametrize(
    ("procedure", "encounter", "record", "how"),
    [
        (done(encounter={"reference": "Encounter/e1"}), "e1", [], ["reference"]),
        (done(encounter={"reference": "https://ehr.example.org/fhir/Encounter/e1"}), "e1", [], ["reference"]),
        (done(None, encounter={"reference": "Encounter/e1"}), "e1", [], ["reference"]),
        (done("2026-11-20", encounter={"reference": "Encounter/e1"}), "e1", [], ["reference"]),
        (done(encounter={"reference": "Encounter/e2"}), "e1", [], []),
        (done(), "e1", [], ["day"]),
        (done("2026-11-21"), "e1", [], []),
        (done("2026-11"), "e1", [], []),
        (done("2026-11-21"), "e1", [visit(start="2026-11-21T08:00:00Z")], ["day"]),
        (done("2026-11-20"), "e1", [visit(start="2026-11-21T08:00:00Z")], []),
        (done(), "e1", [visit(start="2026-11-20", end="2026-11-21")], []),
        (done(None), "e1", [], []),
        (done(), "", [], ["day"]),
        (done(encounter={"reference": "Encounter/e9"}), "", [], ["day"]),
        (done(), None, [], []),
        (done(status="not-done"), "e1", [], []),
        (done("2026-11-23"), "e1", [], []),
    ],
    ids=lambda value: str(value)[-60:],
)
def test_what_was_done_in_the_visit(procedure: Any, encounter: str | None, record: list[Any], how: list[str]) -> None:
    found = read(procedure, *record, encounter=encounter)
    assert [item["how"] for item in found.of("done-here", set="spine-procedures")] == how


def test_the_days_of_another_patients_visit_do_not_count() -> None:
    others = visit(start="2026-11-20T08:00:00Z") | {"subject": {"reference": "Patient/p2"}}
    assert read(done("2026-11-20"), others, encounter="e1").of("done-here") == []
