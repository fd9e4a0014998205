"""A bad element costs the element: each rule of service/fhir/repair.py, and the last resort behind them."""

from __future__ import annotations

from typing import Any

import pytest

from service.fhir import repair
from service.fhir.r4 import KNOWN_ELEMENTS, MODELS, READ
from service.fhir.repair import MOST_REPAIRS, Reading
from tests.support.reading import CPT, ICD, SUBJECT, WARFARIN, coded, read, resource, warfarin

CONDITION = {"resourceType": "Condition", "subject": SUBJECT, "code": coded(ICD, "M54.16")}


def reading(kind: str, **elements: Any) -> Reading:
    return repair.read(kind, {"resourceType": kind, "subject": SUBJECT, **elements})


def statement(**elements: Any) -> Reading:
    return reading("MedicationStatement", **{"status": "active", "medicationCodeableConcept": WARFARIN, **elements})


def test_what_is_right_is_not_touched() -> None:
    found = statement()
    assert found.model is not None
    assert (found.repairs, found.problem) == ([], "")


@pytest.mark.parametrize("null", ["status", "dateAsserted", "dosage", "effectivePeriod"])
def test_null_is_absent(null: str) -> None:
    found = statement(**{null: None})
    assert found.model is not None
    assert bool(found.repairs) == (null == "status")


@pytest.mark.parametrize("status", [None, "", 5, [], {"code": "active"}])
def test_a_status_that_is_none_is_unknown(status: Any) -> None:
    found = statement(status=status)
    assert getattr(found.model, "status", None) == "unknown"
    assert found.repairs[-1] == ("status", "missing or of the wrong form; read as unknown")
    assert read(warfarin(status=status)).one("medication")["state"] == "possible"


@pytest.mark.parametrize("intent", [None, 5, {}])
def test_an_intent_that_is_none_costs_only_itself(intent: Any) -> None:
    made = resource("MedicationRequest", status="active", intent=intent, medicationCodeableConcept=WARFARIN)
    assert read({**made, "authoredOn": "2026-11-01"}).one("medication")["state"] == "active"


def test_a_status_in_words_of_stu3_becomes_a_code() -> None:
    found = repair.read("Condition", {**CONDITION, "clinicalStatus": "resolved", "verificationStatus": "refuted"})
    assert sorted(found.repairs) == [
        ("clinicalStatus", "status written as text (before R4); read as code"),
        ("verificationStatus", "status written as text (before R4); read as code"),
    ]
    assert read({**CONDITION, "id": "c", "clinicalStatus": "resolved"}).one("condition")["active"] == 0


def test_text_for_a_concept_becomes_its_text() -> None:
    found = statement(medicationCodeableConcept="warfarin 5 mg")
    assert found.repairs == [
        ("medicationCodeableConcept", "text where a CodeableConcept belongs; read as its text"),
    ]
    assert read(warfarin(medicationCodeableConcept="warfarin 5 mg")).one("medication")["via"] == "text"


@pytest.mark.parametrize(
    ("taken", "state", "how"),
    [
        ("n", "past", "STU3 element read as status"),
        ("unk", "possible", "STU3 element read as status"),
        ("na", "possible", "STU3 element read as status"),
        ("y", "active", "unknown element ignored"),
        ([1], "active", "unknown element ignored"),
        ({"a": 1}, "active", "unknown element ignored"),
    ],
)
def test_taken_of_stu3(taken: Any, state: str, how: str) -> None:
    found = read(warfarin(taken=taken))
    assert found.one("medication")["state"] == state
    assert found.gap("taken").problem == how


def test_an_unknown_element_is_named_and_ignored() -> None:
    found = statement(**{"x" * 200: 1, "_status": {"id": "a"}})
    assert found.repairs == [("x" * 64, "unknown element ignored")]


@pytest.mark.parametrize(
    ("element", "path"),
    [
        ({"dosage": "twice"}, "dosage"),
        ({"dosage": [{"text": 5}]}, "dosage.0.text"),
        ({"dosage": [{"madeUp": 5, "text": "x"}]}, "dosage.0.madeUp"),
        ({"medicationCodeableConcept": {**WARFARIN, "text": {"a": 1}}}, "medicationCodeableConcept.text"),
        ({"subject": {**SUBJECT, "madeUp": 1}}, "subject.madeUp"),
        ({"effectivePeriod": {"start": "soon"}}, "effectivePeriod.start"),
    ],
)
def test_what_does_not_validate_is_dropped_as_small_as_can_be(element: dict[str, Any], path: str) -> None:
    found = statement(**element)
    assert found.model is not None
    assert found.repairs == [(path, "not valid; element dropped")]


def test_dropping_one_list_item_does_not_move_the_next() -> None:
    notes = [{"text": 1}, {"text": "Foot drop."}, {"text": 2}, {"text": 3}]
    found = repair.read("Condition", {**CONDITION, "note": notes})
    assert [note.text for note in getattr(found.model, "note", [])].count("Foot drop.") == 1


def test_more_faults_than_repairs_cost_the_element_not_the_resource() -> None:
    found = statement(dosage=[{"text": number} for number in range(MOST_REPAIRS + 20)])
    assert found.model is not None
    assert getattr(found.model, "dosage", 0) is None
    assert found.repairs[-1] == ("dosage", "not valid; element dropped")
    bad = warfarin(dosage=[{"text": 1}] * (MOST_REPAIRS + 20))
    assert read(bad).one("medication")["state"] == "active"


@pytest.mark.parametrize(
    ("kind", "both", "kept"),
    [
        ("MedicationStatement", {"medicationReference": {"reference": "Medication/1"}}, "medicationCodeableConcept"),
        (
            "MedicationStatement",
            {"effectiveDateTime": "2026-01-01", "effectivePeriod": {"start": "2026-02-01"}},
            "effectiveDateTime",
        ),
    ],
)
def test_of_two_choices_the_first_is_read(kind: str, both: dict[str, Any], kept: str) -> None:
    found = statement(**both)
    assert getattr(found.model, kept) is not None
    assert [problem for _, problem in found.repairs] == [f"only one of its kind may stand; {kept} was read"]


def test_a_series_without_uid_keeps_what_it_shows() -> None:
    series = [{"modality": {"code": "MR"}, "bodySite": {"display": "lumbar spine"}, "instance": "ignored"}]
    found = read(resource("ImagingStudy", status="available", series=series, started="2026-10-10"))
    assert found.one("imaging")["region"] == "lumbar"
    assert found.gap("series.0.uid").problem == "missing; the rest of the series was read"
    assert reading("ImagingStudy", status="available", series=["junk"]).model is not None


@pytest.mark.parametrize("kind", [name for name in READ if name not in ("Patient", "Medication")])
def test_a_resource_of_nothing_but_junk_is_read_or_refused_in_plain_words(kind: str) -> None:
    junks: list[Any] = [5, "x", [], {}, [[{}]], {"a": {"b": [1e999]}}, True]
    for junk in junks:
        found = repair.read(kind, {"resourceType": kind, **dict.fromkeys(READ[kind], junk)})
        assert (found.model is None) == bool(found.problem)
        assert "Error" not in found.problem


def test_reading_does_not_change_what_was_sent() -> None:
    raw = {**CONDITION, "clinicalStatus": "active", "onsetPeriod": {"start": 2026}, "note": [{"text": 5}]}
    before = repr(raw)
    repair.read("Condition", raw)
    assert repr(raw) == before


def test_the_read_elements_exist() -> None:
    for kind, names in READ.items():
        assert kind in MODELS
        assert set(names) <= KNOWN_ELEMENTS[kind] | {"effectiveInstant"}, kind


def test_repairs_are_reported_and_do_not_matter_by_themselves() -> None:
    made = resource("Procedure", status="completed", code=coded(CPT, "64483"), performedDateTime="2026-10-01", foo=1)
    gap = read(made).gap("foo")
    assert (gap.kind, gap.where, gap.matters) == ("repaired", "Procedure/pro1", False)
