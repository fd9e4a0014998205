"""Dosage of a medication resource → mg of one dose, mg a day, and whether that is per kg of body weight.

Structured elements first, then the words of the instruction, then a strength in the drug's own name. What is in other
units than weight, or ambiguous, stays unknown: a dose is never guessed.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, NamedTuple

from service.facts.extract.context import code_of, words
from service.terminology.words import Phrases, words_of

UNKNOWN = -1.0
MG_PER = {"mg": 1.0, "g": 1000.0, "ug": 0.001, "mcg": 0.001}
AMOUNT = re.compile(r"(?<![\d.,/])(\d+(?:[.,]\d+)?)\s*(mg|mcg|ug|g)\b\s*(/\s*kg)?(?!\s*/\s*ml)", re.IGNORECASE)
# A strength is of one piece; "in 0.4 ML" or "per syringe" behind it changes nothing.
PIECES = frozenset({"tablet", "tab", "capsule", "cap", "syringe", "dose", "{tbl}", "{dose}", "1", "each", "unit dose"})
PIECE = re.compile(r"(?<![\d.,])(\d+(?:\.\d+)?)\s*(?:tablet|tab|capsule|cap|syringe|pen|injection)s?\b", re.IGNORECASE)
EVERY = re.compile(r"\b(?:q|every)\s*(\d+)\s*(?:h|hr|hrs|hours?)\b", re.IGNORECASE)
# How often a day, as instructions and timing codes say it.
A_DAY: dict[float, tuple[str, ...]] = {
    4: ("qid", "q6h", "four times a day", "four times daily", "4 times a day", "4 times daily"),
    3: ("tid", "q8h", "three times a day", "three times daily", "3 times a day", "3 times daily"),
    2: ("bid", "q12h", "twice a day", "twice daily", "two times a day", "two times daily", "2 times a day"),
    1: (
        *("qd", "q24h", "daily", "once daily", "once a day", "every day", "each day", "nightly", "at bedtime"),
        *("every morning", "every night", "every evening", "in the morning", "in the evening"),
    ),
    0.5: ("qod", "every other day", "every second day"),
    1 / 7: ("weekly", "once a week", "every week", "once weekly"),
}
HOURS = {"h": 1.0, "d": 24.0, "wk": 168.0, "min": 1 / 60}


class Dose(NamedTuple):
    """mg of one dose, mg a day (UNKNOWN where nothing says), and whether both are per kg."""

    single: float = UNKNOWN
    daily: float = UNKNOWN
    per_kg: bool = False


def dose_of(model: Any, name: str) -> Dose:
    """The dose that a resource tells; `name` is the drug's name as written, with its strength if it has one."""
    dosages = getattr(model, "dosage", None) or getattr(model, "dosageInstruction", None) or []
    found = [_one(dosage, name) for dosage in (dosages if isinstance(dosages, list) else [dosages])]
    single, per_kg = _strength(name), False
    if not found:
        return Dose(single)
    # Several instructions are taken together: the largest dose, and no daily sum unless there is but one.
    best = max(found, key=lambda dose: dose.single)
    single, per_kg = (best.single, best.per_kg) if best.single != UNKNOWN else (single, per_kg)
    return Dose(single, found[0].daily if len(found) == 1 else UNKNOWN, per_kg)


def _one(dosage: Any, name: str) -> Dose:
    single, per_kg = _structured(dosage, name)
    text = str(getattr(dosage, "text", None) or "")
    if single == UNKNOWN:
        single, per_kg = _worded(text, name)
    a_day = _a_day(dosage, text)
    return Dose(single, UNKNOWN if UNKNOWN in (single, a_day) else round(single * a_day, 3), per_kg)


def _structured(dosage: Any, name: str) -> tuple[float, bool]:
    rates = getattr(dosage, "doseAndRate", None) or ()
    quantities = [rate.doseQuantity for rate in rates if rate.doseQuantity is not None]
    quantities += [dosage.dose] if getattr(dosage, "dose", None) is not None else []
    for quantity in quantities:
        if quantity.value is None:
            continue
        unit = str(quantity.code or quantity.unit or "").strip().lower()
        plain, _, per = unit.partition("/")
        if plain in MG_PER and per in ("", "kg"):
            return round(float(quantity.value) * MG_PER[plain], 3), per == "kg"
        if (unit in PIECES or unit.rstrip("s") in PIECES) and (strength := _strength(name)) != UNKNOWN:
            return round(float(quantity.value) * strength, 3), False
    return UNKNOWN, False


def _worded(text: str, name: str) -> tuple[float, bool]:
    amounts = {(_mg(match), bool(match.group(3))) for match in AMOUNT.finditer(text)}
    if len(amounts) == 1:
        return amounts.pop()
    pieces = PIECE.search(text)
    strength = _strength(name)
    if not amounts and pieces and strength != UNKNOWN:
        return round(float(pieces.group(1)) * strength, 3), False
    return UNKNOWN, False


def _strength(name: str) -> float:
    amounts = {_mg(match) for match in AMOUNT.finditer(name) if not match.group(3)}
    return amounts.pop() if len(amounts) == 1 else UNKNOWN


def _mg(match: re.Match[str]) -> float:
    return round(float(match.group(1).replace(",", ".")) * MG_PER[match.group(2).lower()], 3)


def _a_day(dosage: Any, text: str) -> float:
    timing = getattr(dosage, "timing", None)
    repeat = getattr(timing, "repeat", None)
    if repeat is not None and repeat.frequency and repeat.period and repeat.periodUnit in HOURS:
        return float(repeat.frequency) * 24 / (float(repeat.period) * HOURS[repeat.periodUnit])
    code = getattr(timing, "code", None)
    written = f"{text} {words(code)} {code_of(code)}"
    every = EVERY.search(written)
    if every and int(every.group(1)) > 0:
        return 24 / int(every.group(1))
    found = _often().find(words_of(written))
    return found[0].value if found else UNKNOWN


@lru_cache(maxsize=1)
def _often() -> Phrases[float]:
    table: Phrases[float] = Phrases()
    for times, phrases in A_DAY.items():
        for phrase in phrases:
            table.add(phrase, float(times))
    return table
