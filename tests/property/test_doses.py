"""Doses by injection, whatever is sent: order is nothing, more is never less, unknown is counted, mg is only mg."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from service.facts.extract.dosage import UNKNOWN
from service.facts.extract.doses import Given
from service.facts.extract.doses import summed as summed_of
from service.facts.fact import FactSource
from tests.support.doses import FACTORS, NEED, administration, injection, summed
from tests.support.reading import TODAY

BOUNDED = settings(derandomize=True, deadline=None, database=None, max_examples=100)
CODES = ("64483", "62323", "62321", "27096", "64493", "20610", "20552", "J1030", "J1040", "J3301", "J1100")
NOTES = (
    "",
    "Injected without event.",
    "Triamcinolone 40 mg",
    "Kenalog 80 mg",
    "dexamethasone 10 mg/mL 1 mL",
    "dexamethasone 10 mg/mL",
    "Depo-Medrol 40 mg and 10 mg lidocaine",
    "No triamcinolone 40 mg was used.",
    "4 units",
)
DRUGS = ("triamcinolone acetonide 40 MG/ML", "dexamethasone phosphate", "methylprednisolone acetate", "prednisone")
# Everything that is not milligrams, grams, micrograms or a volume of a known strength.
OTHER_UNITS = ("[iU]", "units", "mg/kg", "mmol", "mL", "ml", "cc", "mg/mL", "meq", "{dose}", "", "%")
DAYS = st.integers(0, 500).map(lambda days: (TODAY - timedelta(days=days)).isoformat())
SMALL_DAYS = st.integers(0, 3).map(lambda days: (TODAY - timedelta(days=days)).isoformat())


@st.composite
def records(draw: st.DrawFn) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for number in range(draw(st.integers(0, 7))):
        # Few days, so that several sources meet on one.
        on = draw(SMALL_DAYS | DAYS)
        if draw(st.booleans()):
            site = draw(st.sampled_from(("left", "right", "lumbar", "knee")))
            body = {"bodySite": [{"text": site}]}
            made.append(
                injection(str(number), draw(st.sampled_from(CODES)), on, note=draw(st.sampled_from(NOTES)), **body)
            )
        else:
            dose = draw(st.none() | st.tuples(st.integers(1, 200), st.sampled_from(("mg", "g", "ug", "mL", "[iU]"))))
            made.append(administration(str(number), draw(st.sampled_from(DRUGS)), on, dose=dose))
    return made


@BOUNDED
@given(records(), st.randoms(use_true_random=False))
def test_order_does_not_matter(record: list[dict[str, Any]], random: Any) -> None:
    shuffled = list(record)
    random.shuffle(shuffled)
    for window in ("year", "three-years"):
        assert summed(*shuffled, window=window) == summed(*record, window=window)


@BOUNDED
@given(records())
def test_one_more_resource_never_lowers_the_total(record: list[dict[str, Any]]) -> None:
    for place in range(len(record)):
        fewer = summed(*record[:place], *record[place + 1 :])
        assert fewer[0] <= summed(*record)[0]


@BOUNDED
@given(records())
def test_three_years_hold_the_year(record: list[dict[str, Any]]) -> None:
    year, three = summed(*record), summed(*record, window="three-years")
    assert all(short <= long for short, long in zip(year, three, strict=True))


@BOUNDED
@given(records(), st.integers(4, 300))
def test_a_session_without_a_dose_on_a_day_of_its_own_is_one_more_unknown(
    record: list[dict[str, Any]], days: int
) -> None:
    day = (TODAY - timedelta(days=days)).isoformat()
    others = [item for item in record if day not in str(item)]
    before, after = summed(*others), summed(*others, injection("new", on=day))
    assert after == (before[0], before[1], before[2] + 1)


@BOUNDED
@given(st.integers(1, 9_999), st.sampled_from(OTHER_UNITS))
def test_no_other_unit_is_read_as_milligrams(value: int, unit: str) -> None:
    assert summed(administration("1", "triamcinolone acetonide", dose=(value, unit)))[0] == 0
    assert summed(injection("1", note=f"triamcinolone {value} {unit}"))[0] == 0


@BOUNDED
@given(st.integers(1, 400), st.sampled_from((("mg", 1), ("g", 1000), ("ug", 1000), ("mcg", 1000))))
def test_a_weight_is_one_weight_in_every_unit(mg: int, unit: tuple[str, int]) -> None:
    name, scale = unit
    value = mg / scale if name == "g" else mg * scale
    assert summed(administration("1", "triamcinolone acetonide", dose=(value, name))) == (float(mg), 1, 0)


@BOUNDED
@given(
    st.floats(0.5, 400).map(lambda value: round(value, 1)), st.sampled_from(("mcg", "ug", "µg", "g", "grams", "mg/kg"))
)
def test_words_of_other_weights_tell_no_dose(value: float, unit: str) -> None:
    for text in (f"triamcinolone {value} {unit}", f"{value} {unit} of triamcinolone", f"triamcinolone {value}{unit}"):
        assert summed(injection("1", note=text)) == (0.0, 0, 1)


@BOUNDED
@given(
    st.lists(
        st.tuples(
            st.integers(0, 2),
            st.sampled_from(("note", "code", "administration")),
            st.sampled_from(("epidural-steroid", "joint-injection")),
            st.sampled_from(tuple(FACTORS)),
            st.sampled_from((UNKNOWN, 10.0, 40.0, 80.0)),
        ),
        max_size=8,
    )
)
def test_no_source_is_lost_and_none_counts_twice(items: list[tuple[int, str, str, str, float]]) -> None:
    """Between the largest single source of each drug and day, and the sum of all."""
    all_given = [
        Given(
            TODAY - timedelta(days=day),
            how,
            (place, "", "") if how == "note" else ("", "", ""),
            drug,
            mg,
            FactSource("", ""),
        )
        for day, how, place, drug, mg in items
    ]
    total, _, unknown = summed_of(all_given, FACTORS, frozenset(NEED.concepts))
    known = [item for item in all_given if item.mg != UNKNOWN]
    single = {(item.day, item.drug): 0.0 for item in known}
    for item in known:
        key = (item.day, item.drug)
        single[key] = max(single[key], item.mg * FACTORS[item.drug])
    assert sum(single.values()) - 0.1 <= total <= sum(item.mg * FACTORS[item.drug] for item in known) + 0.1
    assert (total > 0 or unknown > 0) == bool(items)
