"""Results in the unit that rules use: conversions, spellings, missing and unknown units, comparators, odd values."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.reading import LOINC, coded, read, resource

HBA1C, GLUCOSE, PLATELETS, INR, CREATININE = "4548-4", "2345-7", "777-3", "6301-6", "2160-0"


def result(code: str, **elements: Any) -> dict[str, Any]:
    base = {"status": "final", "code": coded(LOINC, code), "effectiveDateTime": "2026-11-12"}
    return resource("Observation", **{**base, **elements})


def quantity(loinc: str, value: Any, unit: str | None = None, **more: Any) -> dict[str, Any]:
    return result(loinc, valueQuantity={"value": value, **({} if unit is None else {"unit": unit}), **more})


@pytest.mark.parametrize(
    ("code", "value", "unit", "canonical"),
    [
        (HBA1C, 8.4, "%", 8.4),
        (HBA1C, 68, "mmol/mol", 8.37),
        (HBA1C, 68, "MMOL/MOL", 8.37),
        (GLUCOSE, 10, "mmol/L", 180),
        (GLUCOSE, 180, "mg/dL", 180),
        (PLATELETS, 150, "10*9/L", 150),
        (PLATELETS, 150, "10^9/L", 150),
        (PLATELETS, 150, "10⁹/L", 150),
        (PLATELETS, 150, "10*3/uL", 150),
        (PLATELETS, 150, "K/uL", 150),
        (PLATELETS, 150, "K/µL", 150),
        (PLATELETS, 150, "K/μL", 150),
        (PLATELETS, 150, "thou/μL", 150),
        (PLATELETS, 150, " k / ul ", 150),
        (PLATELETS, 150000, "/uL", 150),
        (CREATININE, 88.4, "µmol/L", 1.0),
        (CREATININE, 88.4, "μmol/l", 1.0),
        (INR, 2.5, "{INR}", 2.5),
        (INR, 2.5, "1", 2.5),
    ],
)
def test_known_units_become_the_concepts_own(code: str, value: float, unit: str, canonical: float) -> None:
    found = read(quantity(code, value, unit))
    assert found.problems == []
    assert found.one("observation")["value"] == pytest.approx(canonical, abs=1e-3)


def test_the_unit_code_outranks_its_text() -> None:
    found = read(quantity(HBA1C, 68, "percent or so", code="mmol/mol", system="http://unitsofmeasure.org"))
    assert found.one("observation")["value"] == pytest.approx(8.37)


def test_an_unknown_unit_is_reported_and_not_guessed() -> None:
    found = read(quantity(HBA1C, 8.4, "furlong"))
    assert found.of("observation") == []
    gap = found.gap("furlong")
    assert gap.matters
    assert "cannot be converted to %" in gap.problem


@pytest.mark.parametrize(
    ("code", "value", "taken"),
    [(HBA1C, 8.4, True), (HBA1C, 68, False), (GLUCOSE, 180, True), (GLUCOSE, 10, False), (PLATELETS, 150000, False)],
)
def test_a_number_without_unit_is_taken_only_where_it_is_plausible(code: str, value: float, taken: bool) -> None:
    found = read(quantity(code, value))
    assert bool(found.of("observation")) is taken
    assert [gap.matters for gap in found.record.gaps] == ([] if taken else [True])


@pytest.mark.parametrize(
    ("value", "unit", "taken"),
    [
        (2, "%", True),
        (1.99, "%", False),
        (20, "%", True),
        (20.01, "%", False),
        # 8.4 under mmol/mol is a percentage in the wrong unit, not 2.92 %.
        (8.4, "mmol/mol", False),
        (14.6, "mmol/mol", False),
        (14.74, "mmol/mol", True),
        (195, "mmol/mol", True),
        (196, "mmol/mol", False),
    ],
)
def test_the_ends_of_what_is_plausible_belong_to_it(value: float, unit: str, taken: bool) -> None:
    assert bool(read(quantity(HBA1C, value, unit)).of("observation")) is taken


def test_a_count_just_below_a_limit_stays_below_it() -> None:
    found = read(quantity("777-3", 49_999, "/uL"))
    assert found.one("observation")["value"] == 49.999


@pytest.mark.parametrize(
    ("comparator", "below", "above"),
    [("<", True, False), ("<=", False, False), (">", False, True), (">=", False, False), ("", False, False)],
)
def test_a_comparator_is_not_forgotten(comparator: str, below: bool, above: bool) -> None:
    """Fewer than 100 platelets must not pass as 100."""
    found = read(quantity(PLATELETS, 100, "10*9/L", **({"comparator": comparator} if comparator else {})))
    value = found.one("observation")["value"]
    assert ((value < 100), (value > 100)) == (below, above)
    assert value == pytest.approx(100, abs=1e-5)
    (source,) = next(fact for fact in found.facts if fact.kind == "observation").sources
    shown = comparator if comparator in "<>" else ""
    assert f"{shown}100 10*9/L" in source.label


@pytest.mark.parametrize(
    ("text", "value"),
    [("7.2 %", 7.2), ("7,2%", 7.2), ("7.2", 7.2), (" 55 mmol/mol ", 7.18), ("see report", None), ("7.2 stone", None)],
)
def test_a_result_in_words_is_read_with_its_unit(text: str, value: float | None) -> None:
    found = read(result(HBA1C, valueString=text))
    assert [item["value"] for item in found.of("observation")] == ([] if value is None else [pytest.approx(value)])
    assert len(found.record.gaps) == (value is None)


def test_less_than_in_words_is_less_than() -> None:
    assert read(result(PLATELETS, valueString="<100 10*9/L")).one("observation")["value"] < 100


def test_a_whole_number_is_a_result_and_two_results_are_one_too_many() -> None:
    assert read(result(HBA1C, valueInteger=7)).one("observation")["value"] == 7.0
    both = read(result(HBA1C, valueInteger=7, valueString="9 %"))
    assert both.one("observation")["value"] == 7.0
    assert both.gap("valueString").problem == "only one of its kind may stand; valueInteger was read"


@pytest.mark.parametrize(
    "value", ["1e999", "-1e999", "NaN", "true", '"high"', "null", "1e300", "[7]", '{"value": 7}'], ids=str
)
def test_a_number_that_is_none_is_reported(value: str) -> None:
    made = result(HBA1C, valueQuantity=json.loads(f'{{"value": {value}, "unit": "%"}}'))
    found = read(made)
    assert found.of("observation") == []
    assert any(gap.matters and gap.where == "Observation/obs1" for gap in found.record.gaps)


def test_no_value_and_why_it_is_absent_is_reported() -> None:
    found = read(result(HBA1C, dataAbsentReason={"text": "not done"}))
    assert found.gap("no number").matters


@pytest.mark.parametrize(
    ("status", "used"),
    [
        ("final", True),
        ("preliminary", True),
        ("amended", True),
        ("Final", True),
        ("made-up", True),
        ("cancelled", False),
        ("entered-in-error", False),
        ("Entered-In-Error", False),
        ("registered", False),
    ],
)
def test_only_results_that_stand_are_used(status: str, used: bool) -> None:
    found = read(quantity(HBA1C, 8.4, "%") | {"status": status})
    assert bool(found.of("observation")) is used
    assert len(found.record.gaps) == (not used)
    assert not any(gap.matters for gap in found.record.gaps)


def test_a_result_without_date_is_reported() -> None:
    assert read(quantity(HBA1C, 8.4, "%") | {"effectiveDateTime": None}).gap("has no date").matters


def test_the_newest_three_are_ranked_and_age_is_the_longest_it_may_be() -> None:
    made = [
        {**quantity(HBA1C, 6 + number, "%"), "id": f"o{number}", "effectiveDateTime": day}
        for number, day in enumerate(["2024-01-01", "2026-10-01", "2025-01-01", "2026-10"])
    ]
    found = read(*made)
    ranks = {item["rank"]: (item["value"], item["age_days"]) for item in found.of("observation")}
    assert ranks == {0: (9.0, 52), 1: (7.0, 52), 2: (8.0, 690)}


def test_two_codes_of_one_result_are_one_result() -> None:
    two = {"coding": [*coded(LOINC, "4548-4")["coding"], *coded(LOINC, "17856-6")["coding"]], "text": "A1c (HbA1c)"}
    assert len(read(quantity(HBA1C, 8.4, "%") | {"code": two}).of("observation")) == 1
    assert len(read(quantity(HBA1C, 8.4, "%") | {"code": {"text": "Hemoglobin A1c, HbA1c"}}).of("observation")) == 1
