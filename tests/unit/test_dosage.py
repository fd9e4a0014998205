"""Doses: milligrams of one dose and a day, where the instruction says them; everything else stays unknown."""

from __future__ import annotations

from typing import Any

import pytest

from service.facts.extract.dosage import LARGEST, UNKNOWN, Dose, dose_of
from service.fhir.repair import read as read_resource
from tests.support.dosages import dose, quantity
from tests.support.reading import resource

ENOXAPARIN = "enoxaparin sodium 40 MG Injection"
TABLET = "warfarin sodium 5 MG Oral Tablet"


@pytest.mark.parametrize(
    ("value", "unit", "single", "per_kg"),
    [
        (40, "mg", 40.0, False),
        (40, " MG ", 40.0, False),
        (0.5, "g", 500.0, False),
        (250, "ug", 0.25, False),
        (250, "mcg", 0.25, False),
        (1.5, "mg/kg", 1.5, True),
        (1.5, "mg/kg/h", UNKNOWN, False),
        (1.5, "mg/h", UNKNOWN, False),
        (10, "mL", UNKNOWN, False),
        (5000, "units", UNKNOWN, False),
        (5000, "[IU]", UNKNOWN, False),
        (5000, "IU", UNKNOWN, False),
        (1, "puff", UNKNOWN, False),
        (40, None, UNKNOWN, False),
        (0, "mg", UNKNOWN, False),
        (-40, "mg", UNKNOWN, False),
        (0.001, "mg", 0.001, False),
        (0.0009, "mg", UNKNOWN, False),
        (LARGEST, "mg", UNKNOWN, False),
        (LARGEST - 1, "mg", LARGEST - 1, False),
        (1e300, "g", UNKNOWN, False),
    ],
)
def test_a_structured_dose_is_weighed_or_unknown(value: float, unit: str | None, single: float, per_kg: bool) -> None:
    assert dose(quantity(value, unit)) == Dose(single, UNKNOWN, per_kg)


def test_the_unit_code_outranks_its_text() -> None:
    assert dose(quantity(40, "something", code="mg")).single == 40.0


@pytest.mark.parametrize(
    ("text", "single", "per_kg"),
    [
        ("Inject 40 mg", 40.0, False),
        ("Inject 40mg.", 40.0, False),
        ("1 g by mouth", 1000.0, False),
        ("500 mcg", 0.5, False),
        ("0,5 mg", 0.5, False),
        ("1,000 mg", 1000.0, False),
        ("1,250.5 mg", 1250.5, False),
        ("1 mg/kg", 1.0, True),
        ("1.5 mg / kg", 1.5, True),
        ("Inject 0.4 mL (40 mg total)", 40.0, False),
        ("40 mg/0.4 mL", 40.0, False),
        ("40 mg, that is 40 mg", 40.0, False),
        ("reduce to 40 mg", 40.0, False),
        ("up to 40 mg", 40.0, False),
        ("40 mg/day", 40.0, False),
        # Neither an amount nor one amount.
        ("100 MG/ML", UNKNOWN, False),
        ("100 mg / ml", UNKNOWN, False),
        ("100 mg per mL", UNKNOWN, False),
        ("25 mcg/hr", UNKNOWN, False),
        ("5 mg per hour", UNKNOWN, False),
        ("75 mg/m2", UNKNOWN, False),
        ("1 mg/kg/h", UNKNOWN, False),
        ("5 mg/325 mg", UNKNOWN, False),
        ("5-10 mg", UNKNOWN, False),
        ("5 – 10 mg", UNKNOWN, False),
        ("5 to 10 mg", UNKNOWN, False),
        ("5 mg-10 mg", UNKNOWN, False),
        ("5 mg or 10 mg", UNKNOWN, False),
        ("40 mg, then 80 mg", UNKNOWN, False),
        ("1 mg/kg, at most 80 mg", UNKNOWN, False),
        ("5000 units", UNKNOWN, False),
        ("10 mL", UNKNOWN, False),
        ("40 milliequivalents", UNKNOWN, False),
        ("40 mgs", UNKNOWN, False),
        ("as directed", UNKNOWN, False),
        ("", UNKNOWN, False),
    ],
)
def test_words_are_weighed_where_they_name_one_weight(text: str, single: float, per_kg: bool) -> None:
    assert dose(text) == Dose(single, UNKNOWN, per_kg)


@pytest.mark.parametrize(
    ("dosage", "single"),
    [
        (quantity(2, "tablet"), 10.0),
        (quantity(2, "TABLETS"), 10.0),
        (quantity(0.5, "tab"), 2.5),
        (quantity(1, "{tbl}"), 5.0),
        (quantity(2, "unknown", code="{dose}"), 10.0),
        (quantity(2, "puff"), UNKNOWN),
        (quantity(2, "mL"), UNKNOWN),
        ("Take 2 tablets", 10.0),
        ("Take 1.5 tabs", 7.5),
        ("Take one tablet", 5.0),
        ("Take TWO tablets", 10.0),
        ("Take two (2) tablets", 10.0),
        ("Take 2 tablets (10 mg)", 10.0),
        ("Take 2 tablets of 5 mg", 10.0),
        ("Take 2 tablets of 2.5 mg", UNKNOWN),
        ("Take 1 tablet (2.5 mg)", 2.5),
        ("Take 1/2 tablet", UNKNOWN),
        ("Take half a tablet", UNKNOWN),
        ("Take one-half tablet", UNKNOWN),
        ("Take 1-2 tablets", UNKNOWN),
        ("Take 1 to 2 tablets", UNKNOWN),
        ("Take 1 tablet on Monday and 2 tablets on Tuesday", UNKNOWN),
        ("Take 10 mL", UNKNOWN),
        ("Take as directed", 5.0),
        ("", 5.0),
    ],
    ids=str,
)
def test_pieces_count_with_the_strength_in_the_name(dosage: Any, single: float) -> None:
    assert dose(dosage, name=TABLET).single == single


@pytest.mark.parametrize(
    ("name", "strength"),
    [
        (ENOXAPARIN, 40.0),
        ("enoxaparin 40 MG/0.4 ML Prefilled Syringe", 40.0),
        ("0.4 ML enoxaparin sodium 100 MG/ML Prefilled Syringe", UNKNOWN),
        ("hydrocodone-acetaminophen 5-325 MG", UNKNOWN),
        ("hydrocodone 5 MG / acetaminophen 325 MG", UNKNOWN),
        ("fentanyl 0.025 MG/HR Transdermal System", UNKNOWN),
        ("heparin 5000 units", UNKNOWN),
        ("enoxaparin 1 MG/KG", UNKNOWN),
        ("warfarin", UNKNOWN),
        ("", UNKNOWN),
    ],
)
def test_the_name_tells_a_strength_only_where_it_names_one_weight(name: str, strength: float) -> None:
    """Without instruction it is what is known of the dose, but no daily dose."""
    assert dose(name=name) == Dose(strength)
    assert dose("Take 2 capsules", name=name).single == (UNKNOWN if strength == UNKNOWN else 2 * strength)


def test_a_strength_is_no_dose_beside_a_dose_that_could_not_be_read() -> None:
    solution = "prednisolone 15 MG/5ML Oral Solution"
    assert dose(name=solution).single == 15.0
    for dosage in (quantity(10, "mL"), {"doseAndRate": [{"doseRange": {"low": {"value": 5}}}]}, "Take 10 mL"):
        assert dose(dosage, name=solution) == Dose()


def test_words_help_where_the_structured_dose_cannot_be_weighed() -> None:
    assert dose(quantity(0.4, "mL", "Inject 40 mg")).single == 40.0
    assert dose(quantity(80, "mg", "Inject 40 mg")).single == 80.0
    assert dose({"doseAndRate": [{"doseRange": {"low": {"value": 5}, "high": {"value": 10}}}]}) == Dose()


def test_a_daily_dose_by_weight_stays_by_weight() -> None:
    assert dose("1 mg/kg every 12 hours") == Dose(1.0, 2.0, True)


def test_two_instructions_give_the_larger_dose_and_no_daily_one() -> None:
    for both in (("40 mg daily", "80 mg daily"), ("80 mg daily", "40 mg daily")):
        assert dose(*both) == Dose(80.0)
    assert dose("as directed", "40 mg daily") == Dose(40.0)
    assert dose("as directed", "ask", name=TABLET) == Dose(5.0)
    assert dose("as directed", "5 mL", name=TABLET) == Dose()


def test_statements_and_administrations_tell_their_doses_too() -> None:
    assert dose("40 mg daily", kind="MedicationStatement") == Dose(40.0, 40.0)
    raw = resource("MedicationAdministration", status="completed", medicationCodeableConcept={"text": "x"})
    raw |= {"effectiveDateTime": "2026-11-01", "dosage": {"dose": {"value": 40, "unit": "mg"}}}
    assert dose_of(read_resource("MedicationAdministration", raw).model, "") == Dose(40.0)


@pytest.mark.parametrize("junk", [5, "40 mg", [], {}, [5], [{"doseAndRate": 5}], [{"timing": {"repeat": 5}}]], ids=str)
def test_junk_is_no_dose(junk: Any) -> None:
    raw = resource("MedicationRequest", status="active", intent="order", medicationCodeableConcept={"text": "x"})
    assert dose_of(read_resource("MedicationRequest", {**raw, "dosageInstruction": junk}).model, "") == Dose()
