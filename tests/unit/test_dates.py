"""Dates: what a FHIR date may mean, which end of it counts, and where the boundaries of windows lie."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from service.facts.dates import UNKNOWN, Days, age_at_least, age_at_most, days_of, months_back, said, years_between
from service.fhir.r4 import validate
from tests.support.reading import CPT, ICD, LOINC, PATIENT, SUBJECT, TODAY, coded, read, resource, warfarin

UTC = ZoneInfo("UTC")
EPIDURAL = coded(CPT, "64483")


def days(text: str, zone: str = "UTC") -> Days | None:
    model: Any = validate("Condition", {"subject": SUBJECT, "onsetDateTime": text})
    return days_of(model.onsetDateTime, ZoneInfo(zone))


def epidural(number: str = "1", **elements: Any) -> dict[str, Any]:
    return resource("Procedure", number, status="completed", code=EPIDURAL, **elements)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
        ("2026-11", date(2026, 11, 1), date(2026, 11, 30)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2023-02", date(2023, 2, 1), date(2023, 2, 28)),
        ("2026-11-22", date(2026, 11, 22), date(2026, 11, 22)),
    ],
)
def test_a_partial_date_is_all_days_it_may_mean(text: str, first: date, last: date) -> None:
    assert days(text) == Days(first, last)


@pytest.mark.parametrize(
    ("instant", "zone", "day"),
    [
        ("2026-11-22T04:59:59Z", "America/New_York", 21),
        ("2026-11-22T05:00:00Z", "America/New_York", 22),
        ("2026-11-22T23:30:00Z", "UTC", 22),
        ("2026-11-22T23:30:00Z", "Europe/Berlin", 23),
        ("2026-11-22T00:30:00+01:00", "UTC", 21),
    ],
)
def test_an_instant_falls_on_a_day_of_the_clinics_zone(instant: str, zone: str, day: int) -> None:
    assert days(instant, zone) == Days(date(2026, 11, day), date(2026, 11, day))


@pytest.mark.parametrize("text", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00"])
def test_the_ends_of_the_calendar_are_days_too(text: str) -> None:
    found = days(text)
    assert found is not None
    assert found.first.year in (1, 9999)


@pytest.mark.parametrize("value", [None, "", "soon", "26", True])
def test_what_is_no_date_has_no_days(value: Any) -> None:
    assert days_of(value, UTC) is None


def test_age_uses_the_end_that_is_named() -> None:
    month = Days(date(2026, 10, 1), date(2026, 10, 31))
    assert age_at_least(month, TODAY) == 22
    assert age_at_most(month, TODAY) == 52
    assert age_at_least(None, TODAY) == age_at_most(None, TODAY) == UNKNOWN


def test_a_partial_date_that_reaches_into_the_future_is_of_today_at_the_latest() -> None:
    this_month = Days(date(2026, 11, 1), date(2026, 11, 30))
    assert age_at_least(this_month, TODAY) == 0
    assert age_at_most(this_month, TODAY) == 21


def test_a_future_date_has_no_age() -> None:
    tomorrow = Days(date(2026, 11, 23), date(2026, 11, 23))
    assert age_at_least(tomorrow, TODAY) == age_at_most(tomorrow, TODAY) == UNKNOWN
    today = Days(TODAY, TODAY)
    assert age_at_least(today, TODAY) == age_at_most(today, TODAY) == 0


@pytest.mark.parametrize(
    ("day", "months", "back"),
    [
        (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2024, 3, 31), 1, date(2024, 2, 29)),
        (date(2024, 2, 29), 12, date(2023, 2, 28)),
        (date(2024, 2, 29), 48, date(2020, 2, 29)),
        (date(2026, 1, 15), 1, date(2025, 12, 15)),
        (date(2026, 12, 31), 6, date(2026, 6, 30)),
        (date(2026, 11, 22), 0, date(2026, 11, 22)),
    ],
)
def test_months_back_ends_in_the_month_that_is_meant(day: date, months: int, back: date) -> None:
    assert months_back(day, months) == back


@pytest.mark.parametrize(("born", "years"), [("1976-11-22", 50), ("1976-11-23", 49), ("1976", 50), ("1976-12", 49)])
def test_age_in_years_changes_on_the_birthday(born: str, years: int) -> None:
    assert read(patient={**PATIENT, "birthDate": born}).one("patient")["age"] == years


def test_a_birth_date_to_come_is_no_age() -> None:
    assert read(patient={**PATIENT, "birthDate": "2027-01-01"}).one("patient")["age"] == UNKNOWN
    assert years_between(date(2000, 2, 29), date(2026, 2, 28)) == 25
    assert years_between(date(2000, 2, 29), date(2026, 3, 1)) == 26


@pytest.mark.parametrize(
    ("performed", "inside"), [("2025-11-23", 1), ("2025-11-22", 0), ("2025-11", 1), ("2025-10", 0), ("2025", 1)]
)
def test_a_counting_window_begins_the_day_after_the_same_day_a_year_ago(performed: str, inside: int) -> None:
    found = read(epidural(performedDateTime=performed))
    assert sum(item["count"] for item in found.of("count", window="year")) == inside


def test_sessions_count_by_day_and_windows_by_their_own_length() -> None:
    found = read(
        epidural("1", performedDateTime="2026-10-01"),
        epidural("2", performedDateTime="2026-10-01T09:00:00Z"),
        epidural("3", performedDateTime="2026-05-22"),
        epidural("4", performedDateTime="2026-05-23"),
    )
    assert found.one("count", window="half-year")["count"] == 2
    assert found.one("count", window="year")["count"] == 3


def test_what_has_no_date_cannot_be_counted_and_is_reported_once() -> None:
    found = read(epidural())
    assert found.of("count") == []
    assert found.gap("could not be counted").matters


@pytest.mark.parametrize(
    ("made", "kind"),
    [
        (epidural(performedDateTime="2026-11-23"), "procedure"),
        (
            resource(
                "Observation",
                status="final",
                code=coded(LOINC, "4548-4"),
                effectiveDateTime="2026-11-23",
                valueQuantity={"value": 7, "unit": "%"},
            ),
            "observation",
        ),
        (
            resource("DiagnosticReport", status="final", code=coded(LOINC, "24968-0"), effectiveDateTime="2026-11-23"),
            "imaging",
        ),
    ],
)
def test_what_is_dated_in_the_future_is_reported_once_and_not_used(made: dict[str, Any], kind: str) -> None:
    found = read(made)
    assert found.of(kind) == []
    assert found.gap("in the future").matters
    assert read(made, today=date(2026, 11, 23)).of(kind)


def test_an_instant_just_after_midnight_elsewhere_is_not_in_the_future_here() -> None:
    late = epidural(performedDateTime="2026-11-23T03:00:00Z")
    assert read(late, zone="America/New_York").of("procedure", age_days=0)
    assert read(late, zone="UTC").of("procedure") == []


@pytest.mark.parametrize(
    ("sloppy", "last_days", "said_of_it"),
    [
        ("2026-11-02T10:00:00", 20, "its day was kept"),
        ("2026-11-02 10:00", 20, "its day was kept"),
        ("2026-11-02T25:61:00Z", 20, "its day was kept"),
        ("11/02/2026", UNKNOWN, "element dropped"),
        ("2026-02-30", UNKNOWN, "element dropped"),
        ("20261102", UNKNOWN, "element dropped"),
        (2025, 326, "read as a year"),
        (1793577600, UNKNOWN, "element dropped"),
    ],
)
def test_a_sloppy_date_costs_at_most_the_date(sloppy: Any, last_days: int, said_of_it: str) -> None:
    found = read(warfarin(dateAsserted=sloppy))
    assert found.one("medication", concept="warfarin", state="active")["last_days"] == last_days
    assert found.gap("dateAsserted").problem.endswith(said_of_it)


def test_a_number_inside_a_period_is_not_seconds_since_1970() -> None:
    found = read(warfarin(dateAsserted=None, effectivePeriod={"start": 2026, "end": 20261230}))
    assert found.one("medication")["state"] == "active"
    assert found.gap("effectivePeriod.start").problem.endswith("read as a year")
    assert found.gap("effectivePeriod.end").problem.endswith("element dropped")


def test_onset_counts_from_the_last_day_it_may_have_been() -> None:
    made = resource("Condition", code=coded(ICD, "M54.16"), onsetDateTime="2026-08")
    assert read(made).one("condition")["onset_days"] == (TODAY - date(2026, 8, 31)).days


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (None, "no date"),
        (Days(date(2026, 1, 1), date(2026, 12, 31)), "2026"),
        (Days(date(2026, 2, 1), date(2026, 2, 28)), "2026-02"),
        (Days(TODAY, TODAY), "2026-11-22"),
        (Days(date(2025, 12, 1), date(2026, 1, 3)), "2025-12-01 to 2026-01-03"),
    ],
)
def test_labels_say_no_more_than_is_known(found: Days | None, words: str) -> None:
    assert said(found) == words
