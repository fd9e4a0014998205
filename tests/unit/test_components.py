"""Results inside results, and answers in words or codes: each becomes the number that rules use."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.reading import LOINC, SNOMED, Read, coded, read, resource

PANEL, SYSTOLIC, DIASTOLIC, TEST = "85354-9", "8480-6", "8462-4", "2106-3"


def result(code: Any, **elements: Any) -> dict[str, Any]:
    concept = coded(LOINC, code) if isinstance(code, str) else code
    base = {"status": "final", "code": concept, "effectiveDateTime": "2026-11-12"}
    return resource("Observation", **{**base, **elements})


def part(code: Any, value: Any = None, unit: str = "mm[Hg]", **elements: Any) -> dict[str, Any]:
    quantity = {} if value is None else {"valueQuantity": {"value": value, "unit": unit}}
    return {"code": coded(LOINC, code) if isinstance(code, str) else code, **quantity, **elements}


def values(found: Read) -> dict[str, float]:
    return {item["concept"]: item["value"] for item in found.of("observation", rank=0)}


def labels(found: Read) -> list[str]:
    return [fact.sources[0].label for fact in found.facts if fact.kind == "observation"]


BOTH = [part(SYSTOLIC, 190), part(DIASTOLIC, 95)]


# --- components


@pytest.mark.parametrize("code", [PANEL, "55284-4", {"text": "Blood pressure"}, None], ids=str)
def test_each_component_is_a_result_of_its_own(code: Any) -> None:
    found = read(result(code, component=BOTH))
    assert values(found) == {"systolic": 190.0, "diastolic": 95.0}
    assert values(read(result(code, component=BOTH[::-1]))) == values(found)
    assert sorted(labels(found)) == [
        "diastolic blood pressure 95 mm[Hg] (2026-11-12)",
        "systolic blood pressure 190 mm[Hg] (2026-11-12)",
    ]
    assert {gap.matters for gap in found.record.gaps} <= {False}


def test_a_component_has_the_day_and_the_status_of_the_whole() -> None:
    found = read(result(PANEL, component=BOTH))
    assert {item["age_days"] for item in found.of("observation")} == {10}
    for status, problem in (("entered-in-error", "not used"), ("registered", "no result yet")):
        made = read(result(PANEL, component=BOTH, status=status))
        assert made.of("observation") == []
        assert made.gap(problem).where == "Observation/obs1"
    assert read(result(PANEL, component=BOTH, effectiveDateTime=None)).gap("has no date").matters


def test_a_component_is_known_by_its_words_and_converted_like_any_result() -> None:
    found = read(result(PANEL, component=[part({"text": "Systolic BP"}, 20, "kPa")]))
    assert values(found) == {"systolic": pytest.approx(150.01)}
    assert values(read(result(PANEL, component=[part(SYSTOLIC, valueString="190 mmHg")]))) == {"systolic": 190.0}
    assert values(read(result(PANEL, component=[part(SYSTOLIC, valueInteger=190)]))) == {"systolic": 190.0}


@pytest.mark.parametrize(
    ("value", "unit", "problem"),
    [(190, "furlong", "cannot be converted"), (1900, "mm[Hg]", "outside what is possible"), (None, "", "no number")],
)
def test_a_component_that_cannot_be_used_is_reported_and_the_other_is_used(value: Any, unit: str, problem: str) -> None:
    found = read(result(PANEL, component=[part(SYSTOLIC, value, unit), BOTH[1]]))
    assert values(found) == {"diastolic": 95.0}
    assert found.gap(problem).matters


def test_a_panel_without_one_of_its_numbers_says_so() -> None:
    """The number of the other component is not taken for it."""
    found = read(result(PANEL, component=[BOTH[1]]))
    assert values(found) == {"diastolic": 95.0}
    assert found.gap("no number").matters


def test_a_comparator_of_a_component_is_not_forgotten() -> None:
    over = {"value": 190, "unit": "mm[Hg]", "comparator": ">"}
    found = read(result(PANEL, component=[part(SYSTOLIC, valueQuantity=over)]))
    assert values(found)["systolic"] > 190
    assert labels(found) == ["systolic blood pressure >190 mm[Hg] (2026-11-12)"]


def test_a_result_without_components_is_its_own() -> None:
    single = result(SYSTOLIC, valueQuantity={"value": 150, "unit": "mm[Hg]"})
    assert values(read(single)) == {"systolic": 150.0}
    assert values(read({**single, "component": [part("8867-4", 70, "/min")]})) == {"systolic": 150.0}


def test_components_of_no_interest_are_nothing_to_speak_of() -> None:
    found = read(result("8867-4", component=[part("9279-1", 12, "/min")]))
    assert found.of("observation") == []
    assert found.problems == []


@pytest.mark.parametrize("parts", [5, "x", {}, [], [5], [None], [{}], [{"code": 5}], [{"valueInteger": 5}]], ids=str)
def test_no_junk_among_components_stops_the_reading(parts: Any) -> None:
    made = result(SYSTOLIC, valueQuantity={"value": 150, "unit": "mm[Hg]"}, component=parts)
    assert values(read(made)) == {"systolic": 150.0}


# --- answers


def answered(**value: Any) -> Read:
    return read(result(TEST, **value))


@pytest.mark.parametrize(
    ("answer", "value", "word"),
    [
        ({"text": "Positive"}, 1.0, "positive"),
        ({"text": "POSITIVE."}, 1.0, "positive"),
        ({"text": "weakly positive"}, 1.0, "positive"),
        ({"text": "Not detected"}, 0.0, "negative"),
        ({"text": "not-pregnant"}, 0.0, "negative"),
        ({"text": "indeterminate"}, 0.5, "possible"),
        (coded(SNOMED, "10828004"), 1.0, "positive"),
        (coded(SNOMED, "260385009"), 0.0, "negative"),
        (coded("http://snomed.info/sct|20260301", "260385009"), 0.0, "negative"),
        (coded(LOINC, "LA26683-5"), 0.0, "negative"),
        (coded("urn:local", "N", None, display="Negative"), 0.0, "negative"),
        (coded("urn:local", "260385009", "Detected"), 1.0, "positive"),
    ],
    ids=str,
)
def test_an_answer_is_its_number_and_is_labelled_by_its_word(answer: dict[str, Any], value: float, word: str) -> None:
    found = answered(valueCodeableConcept=answer)
    assert values(found) == {"pregnancy-test": value}
    assert labels(found) == [f"pregnancy test {word} (2026-11-12)"]
    assert found.problems == []


@pytest.mark.parametrize(("text", "value"), [("Negative", 0.0), (" positive ", 1.0), ("Not Detected", 0.0)])
def test_an_answer_may_be_a_string(text: str, value: float) -> None:
    assert values(answered(valueString=text)) == {"pregnancy-test": value}


@pytest.mark.parametrize(
    "answer",
    [
        {"text": "see report"},
        {"text": "positive control passed, result negative"},
        {"text": "not positive"},
        {"text": ""},
        {},
        coded(SNOMED, "1"),
        coded("urn:local", "260385009"),
        coded(LOINC, "10828004"),
        {"coding": [{"code": "260385009"}]},
    ],
    ids=str,
)
def test_an_answer_that_is_not_known_word_for_word_is_reported_and_not_guessed(answer: dict[str, Any]) -> None:
    found = answered(valueCodeableConcept=answer)
    assert found.of("observation") == []
    assert found.gap("has no number that could be read").matters


def test_an_answer_means_nothing_to_a_concept_that_is_measured() -> None:
    found = read(result("4548-4", valueCodeableConcept={"text": "positive"}))
    assert found.of("observation") == []
    assert found.gap("has no number").matters


def test_a_component_may_be_answered_too() -> None:
    made = result(
        {"text": "Screening before surgery"}, component=[part(TEST, valueCodeableConcept={"text": "positive"})]
    )
    assert values(read(made)) == {"pregnancy-test": 1.0}


def test_a_number_instead_of_an_answer_is_read_as_a_number_of_a_known_unit_only() -> None:
    amount = answered(valueQuantity={"value": 25, "unit": "mIU/mL"})
    assert amount.of("observation") == []
    assert amount.gap("cannot be converted").matters
    assert answered(valueQuantity={"value": 25}).of("observation") == []
    exact = answered(valueQuantity={"value": 0.25})
    assert labels(exact) == ["pregnancy test 0.25 (2026-11-12)"]
