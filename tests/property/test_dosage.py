"""Dosages, whatever is sent: a daily dose has a single one, is no more than one an hour, and no unit is guessed."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from service.facts.extract.dosage import LARGEST, UNKNOWN, Dose, dose_of
from service.facts.fact import BASE, check
from service.fhir.repair import read as read_resource
from tests.support.reading import RXNORM, coded, read, resource, warfarin

BOUNDED = settings(derandomize=True, deadline=None, database=None, max_examples=200)
NUMBERS = st.one_of(st.integers(-2, 100), st.floats(-2, 1e6), st.sampled_from((0, 1e-9, 1e15, 1e300)))
WEIGHTS = ("mg", "g", "ug", "mcg", "mg/kg", "MG")
OTHERS = ("mL", "ml", "units", "IU", "[iU]", "mEq", "%", "mmol", "puff", "mg/mL", "mg/h", "")
PHRASES = (
    *(
        "40 mg",
        "1,000 mg",
        "0.5 g",
        "5-10 mg",
        "100 MG/ML",
        "1 mg/kg",
        "2 tablets",
        "1/2 tablet",
        "10 mL",
        "5000 units",
    ),
    *(
        "daily",
        "BID",
        "q12h",
        "q1h",
        "every 0 hours",
        "weekly",
        "every other day",
        "twice",
        "5 times",
        "in the morning",
    ),
    *("and", "or", "then", "as needed", "every 30 minutes", "at bedtime", "under the skin", "mg", "40", "/", "–"),
)
TEXTS = st.lists(st.sampled_from(PHRASES), max_size=6).map(" ".join) | st.text(max_size=30)
NAMES = ("", "warfarin 5 MG Oral Tablet", "enoxaparin 100 MG/ML", "enoxaparin 40 MG/0.4 ML Prefilled Syringe")
REPEATS = st.fixed_dictionaries(
    {},
    optional={
        "frequency": st.integers(-1, 2000),
        "frequencyMax": st.integers(1, 9),
        "period": NUMBERS,
        "periodMax": st.integers(1, 9),
        "periodUnit": st.sampled_from(("s", "min", "h", "d", "wk", "mo", "a", "x")),
    },
)
QUANTITIES = st.fixed_dictionaries(
    {}, optional={"value": NUMBERS, "unit": st.sampled_from((*WEIGHTS, *OTHERS, "tablet")), "code": st.just("mg")}
)
DOSAGES = st.fixed_dictionaries(
    {},
    optional={
        "text": TEXTS,
        "doseAndRate": st.lists(st.builds(lambda item: {"doseQuantity": item}, QUANTITIES), max_size=2),
        "timing": st.fixed_dictionaries(
            {}, optional={"repeat": REPEATS, "code": st.builds(lambda t: {"text": t}, TEXTS)}
        ),
    },
)


def dose(dosages: list[dict[str, Any]], name: str) -> Dose:
    raw = resource("MedicationRequest", status="active", intent="order", medicationCodeableConcept={"text": "x"})
    return dose_of(read_resource("MedicationRequest", {**raw, "dosageInstruction": dosages}).model, name)


@BOUNDED
@given(st.lists(DOSAGES, max_size=3), st.sampled_from(NAMES))
def test_a_daily_dose_has_a_single_one_and_is_at_most_one_an_hour(dosages: list[dict[str, Any]], name: str) -> None:
    found = dose(dosages, name)
    assert found.single == UNKNOWN or 0 < found.single <= LARGEST
    assert found.daily == UNKNOWN or 0 < found.daily <= found.single * 24 + 0.001
    if found.single == UNKNOWN:
        assert found.daily == UNKNOWN
    if len(dosages) != 1:
        assert found.daily == UNKNOWN


@BOUNDED
@given(st.floats(0, 1e12), st.sampled_from(OTHERS), st.sampled_from(NAMES))
def test_other_units_are_never_milligrams(value: float, unit: str, name: str) -> None:
    assert dose([{"doseAndRate": [{"doseQuantity": {"value": value, "unit": unit}}]}], name) == Dose()
    if unit:
        assert dose([{"text": f"{value:.3f} {unit} daily"}], name) == Dose()


@BOUNDED
@given(st.integers(1, 999_999), st.sampled_from((1, 2, 3, 4)))
def test_words_and_elements_say_the_same(mg: int, times: int) -> None:
    words = {1: "daily", 2: "twice a day", 3: "tid", 4: "every 6 hours"}[times]
    timing = {"repeat": {"frequency": times, "period": 1, "periodUnit": "d"}}
    said = dose([{"text": f"{mg:,} mg {words}"}], "")
    assert said == dose([{"doseAndRate": [{"doseQuantity": {"value": mg, "unit": "mg"}}], "timing": timing}], "")
    assert said == Dose(float(mg), float(mg * times))


@BOUNDED
@given(st.lists(DOSAGES, min_size=1, max_size=2))
def test_no_dosage_keeps_a_drug_from_being_seen(dosages: list[dict[str, Any]]) -> None:
    """`read` checks the facts against their schema, ranges included."""
    found = read(warfarin(medicationCodeableConcept=coded(RXNORM, "67108"), dosage=dosages))
    check("medication", found.one("medication", concept="enoxaparin"), BASE["medication"])
