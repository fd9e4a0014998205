"""Dates as intervals of days: a partial date is all days that it may mean; the rule gets the conservative end."""

from __future__ import annotations

import calendar
import re
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

PARTIAL = re.compile(r"^(\d{4})(?:-(\d{2}))?$")
UNKNOWN = -1


class Days(NamedTuple):
    """The first and last day that a FHIR date may mean."""

    first: date
    last: date

    @property
    def exact(self) -> bool:
        """Whether it is one day."""
        return self.first == self.last


def days_of(value: Any, zone: ZoneInfo) -> Days | None:
    """Days of a FHIR date, dateTime, instant or partial date (as the models give them); None when there is none."""
    if isinstance(value, datetime):
        try:
            day = value.astimezone(zone).date() if value.tzinfo else value.date()
        except OverflowError:  # the first and the last day of the calendar have no neighbour
            day = value.date()
        return Days(day, day)
    if isinstance(value, date):
        return Days(value, value)
    match = PARTIAL.match(str(value)) if value is not None else None
    if match is None:
        return None
    year, month = int(match.group(1)), match.group(2)
    if month is None:
        return Days(date(year, 1, 1), date(year, 12, 31))
    return Days(date(year, int(month), 1), date(year, int(month), calendar.monthrange(year, int(month))[1]))


def period_of(period: Any, zone: ZoneInfo) -> Days | None:
    """Days from a Period's start to its end; an open end is its start."""
    if period is None:
        return None
    start, end = days_of(period.start, zone), days_of(period.end, zone)
    if start is None and end is None:
        return None
    return Days((start or end).first, (end or start).last)  # type: ignore[union-attr]


def first_days(model: Any, zone: ZoneInfo, *elements: str) -> Days | None:
    """Days of the first element that is there; names ending in Period are periods."""
    for element in elements:
        value = getattr(model, element, None)
        if value is not None:
            found = period_of(value, zone) if element.lower().endswith("period") else days_of(value, zone)
            if found is not None:
                return found
    return None


def sure_days(model: Any, zone: ZoneInfo, *elements: str) -> Days | None:
    """Latest start and earliest end of the first element that is there; reversed where it may have been one day."""
    for element in elements:
        value = getattr(model, element, None)
        ends = (value, value)
        if value is not None and element.lower().endswith("period"):
            ends = (value.start, value.end)
        start, end = (days_of(item, zone) for item in ends)
        if start is not None or end is not None:
            return Days((start or end).last, (end or start).first)  # type: ignore[union-attr]
    return None


def age_at_least(days: Days | None, today: date) -> int:
    """Days since, at least: from the last day up to today that it may have been; UNKNOWN without a past date."""
    return UNKNOWN if days is None or days.first > today else max((today - days.last).days, 0)


def age_at_most(days: Days | None, today: date) -> int:
    """Days since, at most: from the first day it may have been; UNKNOWN without a past date."""
    return UNKNOWN if days is None or days.first > today else (today - days.first).days


def years_between(day: date, today: date) -> int:
    """Whole years, as birthdays count them."""
    return today.year - day.year - ((today.month, today.day) < (day.month, day.day))


def said(days: Days | None) -> str:
    """How a label says it: a day, a month, a year, or "no date"."""
    if days is None:
        return "no date"
    if days.exact:
        return days.first.isoformat()
    same_month = (days.first.year, days.first.month) == (days.last.year, days.last.month)
    if same_month and days.first.day == 1:
        return days.first.isoformat()[:7]
    return str(days.first.year) if days.first.year == days.last.year else f"{days.first} to {days.last}"


def months_back(day: date, months: int) -> date:
    """The same day some months earlier, or the last day of that month."""
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
