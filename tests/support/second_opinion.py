"""Conversions and calendar arithmetic written a second time, from definitions and day by day, to compare with."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from service.terminology.value_sets import Concept

MOLAR = {"glucose": 180.156, "other-glucose": 180.156, "creatinine": 113.12}
LITRES = {"l": 1.0, "dl": 0.1, "100ml": 0.1, "%": 0.1, "nl": 1e-9}
LITRES |= dict.fromkeys(("ul", "mcl", "mm3", "cumm", "cmm"), 1e-6)
MANY = {"": 1.0, "cells": 1.0, "g": 1e9, "giga": 1e9, "lakh": 1e5, "lakhs": 1e5}
MANY |= dict.fromkeys(("k", "thou", "thousand", "tsd", "tsd."), 1e3)
POWER = re.compile(r"x?10[*^e(](\d)\)?")
# Units that mean the concept's own, in other words.
SAME = {
    "%": {"%", "percent", "%{hb}", "%ngsp", "%{ngsp}", "%dcct", "%oftotalhgb", "{percent}"},
    "s": {"s", "sec", "secs", "second", "seconds"},
    "1": {"1", "inr", "{inr}", "ratio", "{ratio}"},
    "mm[Hg]": {"mm[hg]", "mmhg", "mm/hg"},
    "Cel": {"cel", "c", "°c", "degc", "celsius", "degreescelsius"},
    "{answer}": {"{answer}"},
}
SCORES = {"{score}", "1", "score", "/10", "/24", "/27", "{0-10}", "{nrs}", "outof10", "{#}", "cm"} | SAME["%"]
SCORES |= {"{t-score}", "{tscore}"}
FAHRENHEIT = {"[degf]", "f", "°f", "degf", "fahrenheit", "degreesfahrenheit"}
MONTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def spelled(unit: str) -> str:
    """A unit without capitals, blanks and the signs that fonts vary."""
    return unit.lower().replace(" ", "").replace("µ", "u").replace("μ", "u").replace("²", "2")


def converted(name: str, concept: Concept, unit: str, value: float) -> float:
    """What `value` in `unit` is in the concept's own unit; fails on a unit that nobody has defined here."""
    plain = spelled(unit)
    if name == "platelets":
        many, volume = plain.rsplit("/", 1)
        power = POWER.fullmatch(many)
        return value * (10 ** int(power[1]) if power else MANY[many.strip("{}")]) / LITRES[volume] / 1e9
    if name == "hba1c" and plain.startswith("mmol/mol"):
        return value / 10.929 + 2.15
    if concept.unit == "mg/dL" and plain != "mg/dl":
        amount, _, volume = ("mg", "", "%") if plain == "mg%" else plain.partition("/")
        mole = MOLAR.get(name, 0)
        grams = {"mg": 1e-3, "g": 1.0, "mmol": 1e-3 * mole, "umol": 1e-6 * mole, "mcmol": 1e-6 * mole}[amount]
        return value * grams / LITRES[volume] / (1e-3 / 0.1)
    if concept.unit.startswith("mL/min"):
        assert plain.startswith(("ml/min", "ml/s")), f"{name}: {unit}"
        return value * 60 if plain == "ml/s" else value
    if concept.unit == "Cel" and plain in FAHRENHEIT:
        return (value - 32) * 5 / 9
    if concept.unit == "mm[Hg]" and plain == "kpa":
        return value * 1000 / 133.322387415
    if name in ("pain-score", "leg-pain-score") and plain in ("mm", "/100"):
        return value / 10
    if name == "ndi" and plain == "/50":
        return value / 50 * 100
    known = SCORES if concept.unit == "{score}" or name == "odi" else SAME.get(concept.unit, {spelled(concept.unit)})
    assert plain in known, f"{name}: {unit!r} has no definition here; write one"
    return value


def stated(name: str, concept: Concept, unit: str, wanted: float) -> float:
    """The number in `unit` that means `wanted` in the concept's own; all conversions are linear."""
    zero, one = converted(name, concept, unit, 0.0), converted(name, concept, unit, 1.0)
    return (wanted - zero) / (one - zero)


def sunday(year: int, month: int, nth: int) -> date:
    """The nth Sunday of a month; -1 is the last."""
    days = [date(year, month, 1) + timedelta(days=number) for number in range(31)]
    sundays = [day for day in days if day.month == month and day.isoweekday() == 7]
    return sundays[nth - 1 if nth > 0 else nth]


def local_day(zone: str, moment: datetime) -> date:
    """The day of a UTC moment in New York (since 2007) or Berlin, by the law and without a time zone database."""
    year, clock = moment.year, moment.replace(tzinfo=None)
    if zone == "America/New_York":
        begin, end, winter = (sunday(year, 3, 2), 7), (sunday(year, 11, 1), 6), -5
    else:
        begin, end, winter = (sunday(year, 3, -1), 1), (sunday(year, 10, -1), 1), 1
    summer = at(*begin) <= clock < at(*end)
    return (clock + timedelta(hours=winter + summer)).date()


def at(day: date, hour: int) -> datetime:
    """An hour of a day, without a zone."""
    return datetime(day.year, day.month, day.day, hour)


def walked(day: date, days: int) -> date:
    """A number of days on (or back), one by one."""
    year, month, number = day.year, day.month, day.day
    for _ in range(abs(days)):
        number += 1 if days > 0 else -1
        if number > length(year, month):
            year, month, number = (year, month + 1, 1) if month < 12 else (year + 1, 1, 1)
        elif number < 1:
            year, month = (year, month - 1) if month > 1 else (year - 1, 12)
            number = length(year, month)
    return date(year, month, number)


def length(year: int, month: int) -> int:
    """Days of a month."""
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 29 if leap and month == 2 else MONTHS[month - 1]
