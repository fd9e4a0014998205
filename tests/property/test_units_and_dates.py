"""No unit is confused with another, and no boundary of a window or a plan is a day off."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from service.evaluate import Evaluator
from service.facts.dates import days_of
from service.facts.extract.observations import canonical
from service.rules.engine_process import EngineProcess
from service.rules.load import Content
from service.rules.model import Outcome, Parameter
from service.rules.parameters import Values
from service.rules.values import resolve
from service.terminology.value_sets import Concept
from tests.support.cases import evaluate_case
from tests.support.reading import LOINC, coded, codes, read, resource
from tests.support.second_opinion import local_day, spelled, stated, sunday, walked

BOUNDED = settings(
    derandomize=True, deadline=None, database=None, max_examples=60, suppress_health_check=list(HealthCheck)
)
CONCEPTS: dict[str, Concept] = {
    name: concept
    for value_set in codes().sets.values()
    if value_set.of == "observation"
    for name, concept in value_set.concepts.items()
}
UNITS = [pytest.param(name, unit, id=f"{name} in {unit}") for name, item in CONCEPTS.items() for unit in item.units]


def result(value: float, unit: str | None) -> Any:
    """As much of an Observation as a conversion looks at."""
    quantity = SimpleNamespace(value=value, unit=unit, code=None, comparator=None)
    return SimpleNamespace(valueQuantity=quantity, valueInteger=None, valueString=None, valueCodeableConcept=None)


@pytest.mark.parametrize(("name", "unit"), UNITS)
@BOUNDED
@given(part=st.floats(0, 1))
def test_every_unit_of_every_result_is_converted_as_its_definition_says(name: str, unit: str, part: float) -> None:
    concept = CONCEPTS[name]
    assert concept.plausible is not None
    least, most = concept.units[unit].plausible or concept.plausible
    wanted = least + part * (most - least)
    found, problem = canonical(result(stated(name, concept, unit, wanted), unit), concept)
    if found is None:  # a thousandth outside, by the rounding of constants
        assert min(wanted - least, most - wanted) <= 0.002 * most, problem
    else:
        assert found == pytest.approx(wanted, rel=2e-3, abs=0.02)


@pytest.mark.parametrize(("name", "unit"), UNITS)
@pytest.mark.parametrize("vary", [str.upper, str.lower, " {} ".format, lambda unit: unit.replace("u", "µ")])
def test_spelling_changes_no_unit(name: str, unit: str, vary: Any) -> None:
    concept = CONCEPTS[name]
    assert concept.plausible is not None
    number = stated(name, concept, unit, sum(concept.plausible) / 2)
    found = canonical(result(number, unit), concept)
    assert found[0] is not None
    assert canonical(result(number, vary(unit)), concept) == found


@pytest.mark.parametrize("name", CONCEPTS)
@BOUNDED
@given(unit=st.text(min_size=1, max_size=8).filter(str.strip), value=st.floats(0.1, 1000))
def test_an_unknown_unit_is_never_guessed(name: str, unit: str, value: float) -> None:
    concept = CONCEPTS[name]
    found, problem = canonical(result(value, unit), concept)
    assert found is None or spelled(unit) in map(spelled, concept.units) or not unit.isascii()
    assert (found is None) == bool(problem)


class Wrong(NamedTuple):
    """A result filed under a unit that is not its own, or under none: numbers from `least` to `most`."""

    name: str
    unit: str | None
    least: float
    most: float


WRONG = [
    Wrong("hba1c", "mmol/mol", 3.5, 14.6),
    Wrong("hba1c", "%", 20.1, 200),
    Wrong("hba1c", None, 20.1, 200),
    Wrong("glucose", "mg/dL", 1, 19.9),
    Wrong("glucose", None, 1, 49.9),
    Wrong("glucose", "mmol/L", 112, 2000),
    Wrong("platelets", "10*9/L", 5_000, 1_500_000),
    Wrong("platelets", "/uL", 5, 990),
    Wrong("platelets", None, 0.1, 19.9),
    Wrong("platelets", None, 1_501, 1_500_000),
    Wrong("creatinine", "mg/dL", 30.1, 2000),
    Wrong("creatinine", "umol/L", 0.3, 8),
    Wrong("fibrinogen", "mg/dL", 0.1, 9.9),
    Wrong("fibrinogen", "g/L", 21, 2000),
    Wrong("fibrinogen", None, 0.1, 9.9),
    Wrong("inr", "%", 5, 120),
    Wrong("aptt", None, 0.5, 9.9),
]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
@BOUNDED
@given(part=st.floats(0, 1))
def test_a_result_under_the_wrong_unit_is_not_used(wrong: Wrong, part: float) -> None:
    value = round(wrong.least + part * (wrong.most - wrong.least), 3)
    found, problem = canonical(result(value, wrong.unit), CONCEPTS[wrong.name])
    assert found is None
    assert problem.endswith("not used")


@pytest.mark.parametrize(
    ("loinc", "bare", "own", "sent", "unit"),
    [
        ("15074-8", 14.0, 252, 126, "mg/dL"),
        ("14749-6", 5.0, 90, 126, "mg/dL"),
        ("59261-8", 70.0, 8.56, 7.1, "%"),
    ],
)
def test_a_code_that_means_a_unit_gives_it_where_none_is_sent(
    loinc: str, bare: float, own: float, sent: float, unit: str
) -> None:
    made = resource("Observation", status="final", code=coded(LOINC, loinc), effectiveDateTime="2026-11-20")
    assert read({**made, "valueQuantity": {"value": bare}}).one("observation")["value"] == own
    assert read({**made, "valueQuantity": {"value": sent, "unit": unit}}).one("observation")["value"] == sent


class Window(NamedTuple):
    """A result that counts only when it is not older than a parameter says; `old` is the grade of an older one."""

    rule: str
    parameter: str
    observation: Mapping[str, Any]
    kind: str
    old: str = ""


CONTROL, CLOTTING = "picture/diabetes-control", "picture/clotting-results"
WINDOWS = [
    Window(CONTROL, "hba1c_age_days", {"loinc": "4548-4", "value": 9.5, "unit": "%"}, "hba1c-reading", "old"),
    Window(CONTROL, "glucose_age_days", {"loinc": "2345-7", "value": 300, "unit": "mg/dL"}, "glucose-now"),
    Window(CLOTTING, "count_age_days", {"loinc": "777-3", "value": 40, "unit": "K/uL"}, "platelet-reading", "old-low"),
    Window(CLOTTING, "lab_age_days", {"loinc": "6301-6", "value": 1.9}, "clotting-result"),
]
# Leap days, ends of years, and days on which the clocks change in New York or Berlin.
ODD_DAYS = [date(2024, 2, 29), date(2024, 3, 1), date(2025, 1, 1), date(2026, 12, 31), date(2028, 8, 27)]
ODD_DAYS += [date(2026, 3, 8), date(2026, 3, 29), date(2026, 10, 25), date(2026, 11, 1)]
SOME_DAY = st.sampled_from(ODD_DAYS) | st.dates(date(2020, 7, 1), date(2063, 12, 31))


def counted(evaluator: Evaluator, window: Window, today: date, dated: str) -> bool:
    """Whether the result speaks for now."""
    case = {"name": "window", "on": today, "record": [{"observation": {**window.observation, "days": dated}}]}
    facts = evaluate_case(evaluator, case).reasoning.facts.values()
    found = [fact.fields for fact in facts if fact.kind == window.kind]
    return any(not window.old or fields["grade"] != window.old for fields in found)


def longest(content: Content, window: Window) -> int:
    return int(content.rules[window.rule].parameters[window.parameter].values[0].value)


@pytest.mark.parametrize("window", WINDOWS, ids=lambda window: window.parameter)
@settings(BOUNDED, max_examples=25)
@given(today=SOME_DAY, off=st.integers(-1, 1))
def test_a_result_counts_to_the_last_day_of_its_window(
    evaluator: Evaluator, content: Content, window: Window, today: date, off: int
) -> None:
    made = walked(today, -longest(content, window) - off)
    assert counted(evaluator, window, today, made.isoformat()) is (off <= 0)


@pytest.mark.parametrize("window", WINDOWS, ids=lambda window: window.parameter)
@settings(BOUNDED, max_examples=25)
@given(today=SOME_DAY, back=st.integers(0, 8))
@example(today=date(2028, 8, 27), back=6)  # 180 days after 29 February
def test_a_month_or_a_year_counts_as_its_first_day(
    evaluator: Evaluator, content: Content, window: Window, today: date, back: int
) -> None:
    year, month = divmod(today.year * 12 + today.month - 1 - back, 12)
    begins = walked(today, -longest(content, window))
    assert counted(evaluator, window, today, f"{year}-{month + 1:02}") is (date(year, month + 1, 1) >= begins)
    assert counted(evaluator, window, today, str(year)) is (date(year, 1, 1) >= begins)


ZONES = ("America/New_York", "Europe/Berlin")


@st.composite
def near_a_change(draw: st.DrawFn) -> datetime:
    """A moment within a day and a half of midnight before the clocks change in either zone."""
    year = draw(st.integers(2021, 2036))
    changes = (sunday(year, 3, 2), sunday(year, 11, 1), sunday(year, 3, -1), sunday(year, 10, -1))
    day, minutes = draw(st.sampled_from(changes)), draw(st.integers(-36 * 60, 36 * 60))
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minutes)


@pytest.mark.parametrize("zone", ZONES)
@settings(BOUNDED, max_examples=300)
@given(moment=near_a_change(), offset=st.integers(-12, 14))
def test_an_instant_is_on_the_clinics_day_when_the_clocks_change(zone: str, moment: datetime, offset: int) -> None:
    found = days_of(moment.astimezone(timezone(timedelta(hours=offset))), ZoneInfo(zone))
    assert found is not None
    assert found.exact
    assert found.first == local_day(zone, moment)


@settings(BOUNDED, max_examples=300)
@given(
    day=SOME_DAY,
    interval=st.tuples(st.sampled_from("dh"), st.integers(0, 400)) | st.tuples(st.just("wk"), st.integers(0, 52)),
    sign=st.sampled_from("+-"),
)
def test_a_date_of_a_plan_is_plain_calendar_arithmetic(day: date, interval: tuple[str, int], sign: str) -> None:
    """Part of a day is a whole one, to the cautious side: earlier to stop, later to start again."""
    unit, number = interval
    days = {"d": number, "h": number // 24 + bool(number % 24), "wk": 7 * number}[unit]
    dated = {"from": date(2000, 1, 1), "value": number, "source": {"title": "a test", "status": "clinic"}}
    pause = Parameter.model_validate({"title": "pause", "unit": unit, "step": 1, "values": [dated]})
    expressions = {"pause": "pause", "moved": f"@ target.date {sign} pause"}
    outcome = Outcome(kind="care-plan", indicator="info", summary="x", values=expressions)
    found = resolve("a", outcome, Values("a", {"pause": pause}, day, ()), {"target": {"date": day.isoformat()}})
    assert found[1].value == walked(day, days if sign == "+" else -days).isoformat()


@pytest.mark.parametrize("zone", ZONES)
@settings(BOUNDED, max_examples=20)
@given(moment=near_a_change())
def test_a_plan_across_a_clock_change_names_the_right_days(
    content: Content, engine: EngineProcess, zone: str, moment: datetime
) -> None:
    """From the instant in the order to the dates on the cards, in the clinic's zone."""
    order = resource(
        "ServiceRequest",
        status="active",
        intent="order",
        code={"text": "Left L5 transforaminal epidural steroid injection"},
        note=[{"text": "With sedation."}],
        occurrenceDateTime=moment.isoformat(),
    )
    day = local_day(zone, moment)
    drugs = [{"medication": {"rxnorm": "11289"}}, {"medication": {"text": "dapagliflozin"}}]
    record = [*drugs, {"condition": {"icd10cm": "E11.9"}}, {"raw": order}]
    case = {"name": "a plan", "on": walked(day, -10), "record": record}
    findings = evaluate_case(Evaluator(content, engine, ZoneInfo(zone)), case).findings
    values = {(item.outcome, value.name): value.value for item in findings for value in item.values}
    wanted = {("inr-missing", "inr_check_on"): -1, ("monitor", "monitor_until"): 3, ("sglt2", "hold_from"): -3}
    for name, days in wanted.items():
        assert values[name] == walked(day, days).isoformat()
