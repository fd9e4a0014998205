"""Doses by injection: read from codes, notes and administrations, each dose once."""

from __future__ import annotations

from typing import Any

import pytest

from service.facts.extract.doses import doses
from tests.support.doses import administration, context_of, injection, summed
from tests.support.reading import RXNORM


@pytest.mark.parametrize(
    ("note", "total"),
    [
        ("Triamcinolone 40 mg injected.", 40.0),
        ("80 mg Depo-Medrol with 2 mL of 1% lidocaine.", 80.0),
        ("Dexamethasone 10mg/mL 1 mL", 53.3),
        ("Celestone Soluspan 6 mg/mL, 2 mL", 64.0),
        ("No paresthesia was elicited, and 40 mg of Kenalog was injected without complications.", 40.0),
        ("TECHNIQUE: After contrast, dexamethasone 7.5 mg was given.", 40.0),
        ("Medications: triamcinolone 40 mg.\nTriamcinolone 40 mg was injected.", 40.0),
        ("Triamcinolone 20 mg and dexamethasone 7.5 mg", 60.0),
    ],
)
def test_a_note_tells_the_dose(note: str, total: float) -> None:
    assert summed(injection("1", note=note))[0::2] == (total, 0)


@pytest.mark.parametrize(
    "note",
    [
        "",
        "Injected without event.",
        "Kenalog 1 mL",
        "Dexamethasone 10 mg/mL",
        "Triamcinolone 40 mcg",
        "Triamcinolone 0.04 g",
        "Depo-Medrol 40-80 mg",
        "Allergies: triamcinolone 40 mg gave a rash.",
        "History: received triamcinolone 40 mg elsewhere.",
        "Patient previously received triamcinolone 40 mg.",
        "No triamcinolone 40 mg was used.",
        "Prednisone 20 mg daily was continued.",
        "Lidocaine 40 mg",
    ],
)
def test_what_a_note_does_not_tell_is_unknown(note: str) -> None:
    assert summed(injection("1", note=note)) == (0.0, 0, 1)


@pytest.mark.parametrize(
    ("code", "note", "expected"),
    [
        ("J1030", "", (40.0, 1, 0)),
        ("J1040", "", (80.0, 1, 0)),
        ("J1020", "", (20.0, 1, 0)),
        ("J3301", "", (0.0, 0, 1)),
        ("J3301", "4 units", (40.0, 1, 0)),
        ("J3301", "triamcinolone acetonide 60 mg", (60.0, 1, 0)),
        ("J1100", "", (0.0, 0, 1)),
        ("J1100", "15 units", (80.0, 1, 0)),
        ("J0702", "2 units", (32.0, 1, 0)),
        ("J2930", "", (0.0, 0, 1)),
    ],
)
def test_a_drug_code_tells_its_own_dose_or_needs_units(code: str, note: str, expected: tuple[float, int, int]) -> None:
    assert summed(injection("1", code, note=note)) == expected


def test_one_dose_told_by_code_note_and_administration_is_one() -> None:
    session = injection("1", note="Depo-Medrol 80 mg")
    billed = injection("2", "J1040")
    given = administration("3", "methylprednisolone acetate 40 MG/ML", dose=(80, "mg"))
    assert summed(session, billed, given) == (80.0, 1, 0)
    assert summed(injection("1"), billed) == (80.0, 1, 0)
    assert summed(injection("1"), given) == (80.0, 1, 0)


def test_two_places_are_two_doses_and_one_place_told_twice_is_one() -> None:
    note = "triamcinolone 40 mg"
    epidural, second_level = injection("1", note=note), injection("2", "64484", note=note)
    knee = injection("3", "20610", note=note)
    assert summed(epidural, second_level) == (40.0, 1, 0)
    assert summed(epidural, second_level, knee) == (80.0, 2, 0)
    left, right = (
        injection(str(n), "20610", note=note, bodySite=[{"text": side}]) for n, side in ((4, "left"), (5, "right"))
    )
    assert summed(left, right) == (80.0, 2, 0)


def test_a_joint_counts_only_with_a_steroid_in_its_words() -> None:
    assert summed(injection("1", "20610")) == (0.0, 0, 0)
    assert summed(injection("1", "20610", note="hyaluronate")) == (0.0, 0, 0)
    assert summed(injection("1", "20610", note="Kenalog injected")) == (0.0, 0, 1)
    words = {"code": {"text": "Knee steroid injection"}}
    assert summed(injection("1") | words) == (0.0, 0, 1)
    both = {
        "code": {
            "coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": "20610"}],
            "text": "knee steroid injection, Kenalog 40 mg",
        }
    }
    assert summed(injection("1") | both) == (40.0, 1, 0)


def test_a_block_that_may_hold_none_counts_only_when_told() -> None:
    assert summed(injection("1", "64493")) == (0.0, 0, 0)
    assert summed(injection("1", "64493", note="dexamethasone 7.5 mg")) == (40.0, 1, 0)


@pytest.mark.parametrize(
    ("dose", "expected"),
    [
        ((40, "mg"), (40.0, 1, 0)),
        ((0.04, "g"), (40.0, 1, 0)),
        ((40000, "ug"), (40.0, 1, 0)),
        ((2, "mL"), (80.0, 1, 0)),
        ((40, "mg/kg"), (0.0, 0, 1)),
        ((40, "[iU]"), (0.0, 0, 1)),
        ((40, "units"), (0.0, 0, 1)),
        (None, (0.0, 0, 1)),
    ],
)
def test_an_administration_in_its_unit(dose: tuple[float, str] | None, expected: tuple[float, int, int]) -> None:
    assert summed(administration("1", "triamcinolone acetonide 40 MG/ML", dose=dose)) == expected


def test_the_strength_of_a_vial_is_no_dose() -> None:
    assert summed(administration("1", "triamcinolone acetonide 400 MG vial")) == (0.0, 0, 1)
    assert summed(administration("1", "1 ML triamcinolone acetonide 40 MG/ML Injection", dose=(2, "mL"))) == (0.0, 0, 1)


@pytest.mark.parametrize(
    "elements",
    [
        {"dosage": {"route": {"text": "oral"}, "dose": {"value": 40, "unit": "mg"}}},
        {"dosage": {"text": "one drop in each eye"}},
        {"status": "not-done"},
        {"status": "entered-in-error"},
        {"status": "on-hold"},
        {"effectiveDateTime": "2026-12-24"},
        {"medicationCodeableConcept": {"text": "prednisone 20 mg"}},
    ],
)
def test_what_is_not_by_needle_or_not_given_does_not_count(elements: dict[str, Any]) -> None:
    assert summed(administration("1", "methylprednisolone 40 mg", dose=(40, "mg")) | elements) == (0.0, 0, 0)


def test_used_items_name_the_drug() -> None:
    used = [{"coding": [{"system": RXNORM, "code": "10759"}]}]
    assert summed(injection("1", "20610", usedCode=used)) == (0.0, 0, 1)
    assert summed(injection("1", "20610", usedCode=[{"text": "triamcinolone acetonide 40 mg"}])) == (40.0, 1, 0)


@pytest.mark.parametrize(
    ("on", "year", "three"),
    [
        ("2026-11-22", 40.0, 40.0),
        ("2025-11-23", 40.0, 40.0),
        ("2025-11-22", 0.0, 40.0),
        ("2025-11", 40.0, 40.0),
        ("2023-11-23", 0.0, 40.0),
        ("2023-11-22", 0.0, 0.0),
        ("2026-11-23", 0.0, 0.0),
    ],
)
def test_windows_end_on_the_same_day_of_the_month(on: str, year: float, three: float) -> None:
    made = injection("1", note="Kenalog 40 mg", on=on)
    assert (summed(made)[0], summed(made, window="three-years")[0]) == (year, three)


def test_a_dose_without_a_date_is_reported() -> None:
    context = context_of(injection("1", note="Kenalog 40 mg", on=None), administration("2", "Kenalog 40 mg", on=None))
    doses(context)
    assert not context.facts
    assert sorted((gap.where, gap.matters) for gap in context.record.gaps) == [
        ("MedicationAdministration/med2", True),
        ("Procedure/pro1", True),
    ]


def test_a_card_can_say_what_counted() -> None:
    context = context_of(injection("1", note="Kenalog 40 mg"), injection("2", "62323", on="2026-09-01"))
    doses(context)
    labels = sorted(source.label for source in context.facts[0].sources)
    assert labels == [
        "epidural steroid injection, 2026-09-01, dose not told",
        "epidural steroid injection, 2026-10-01, triamcinolone 40 mg",
    ]
