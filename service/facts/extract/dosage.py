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
# No dose is a ton; numbers out of all range are no numbers to reckon with.
LARGEST = 1e9
THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?")
# What stands per volume, hour or body surface is a strength or a rate; two weights with a stroke are of two substances.
AMOUNT = re.compile(
    rf"(?<![\d.,/])({THOUSANDS.pattern}|\d+(?:[.,]\d+)?)\s*(mg|mcg|ug|g)\b\s*(/\s*kg\b)?"
    r"(?!\s*(?:/|per\b)\s*(?:kg|mls?|h|hrs?|hours?|min|minutes?|actuat|m2)\b|\s*/\s*[\d.,]+\s*(?:mg|mcg|ug|g)\b)",
    re.IGNORECASE,
)
# "5-10 mg", "1 to 2 tablets": nobody knows which.
RANGE = re.compile(r"\d\s*(?:mg|mcg|ug|g)?\s*(?:-|–|—|\bto\b|\bor\b)\s*$", re.IGNORECASE)
# A strength is of one piece; "in 0.4 ML" or "per syringe" behind it changes nothing.
PIECES = frozenset({"tablet", "tab", "capsule", "cap", "syringe", "dose", "{tbl}", "{dose}", "1", "each", "unit dose"})
PIECE = re.compile(
    r"(?<![\w.,/])(\d+(?:\.\d+)?|one|two|three|four)\)?\s*(?:tablet|tab|capsule|cap|syringe|pen|injection)s?\b",
    re.IGNORECASE,
)
WORDED = {"one": 1.0, "two": 2.0, "three": 3.0, "four": 4.0}
# An instruction that counts or measures what we cannot weigh; the strength of one piece is not its dose then.
COUNTED = re.compile(r"\d|\b(?:tab|cap|syringe|pen|injection|half|one|two|three|four)", re.IGNORECASE)
EVERY = re.compile(r"\b(?:q|every)\s*(\d+)\s*(?:\(\w+\)\s*)?(?:h|hr|hrs|hours?)\b", re.IGNORECASE)
# How often a day, as instructions and timing codes say it.
A_DAY: dict[float, tuple[str, ...]] = {
    4: ("qid", "q6h", "four times a day", "four times daily", "4 times a day", "4 times daily"),
    3: ("tid", "q8h", "three times a day", "three times daily", "3 times a day", "3 times daily"),
    2: (
        *("bid", "q12h", "twice a day", "twice daily"),
        *("two times a day", "two times daily", "2 times a day", "2 times daily"),
    ),
    1: (
        *("qd", "q24h", "daily", "once daily", "once a day", "every day", "each day", "nightly", "at bedtime"),
        *("every morning", "every night", "every evening", "in the morning", "in the evening"),
    ),
    0.5: ("qod", "every other day", "every second day"),
    1 / 7: ("weekly", "once a week", "every week", "once weekly"),
}
HOURS = {"h": 1.0, "d": 24.0, "wk": 168.0, "min": 1 / 60}
# "Five times daily", "2x weekly": the phrase found is not all that is said.
MULTIPLE = re.compile(r"times|twice|thrice|\d*x")
PART_OF_DAY = {
    **dict.fromkeys(("morning", "am", "breakfast"), "morning"),
    **dict.fromkeys(("noon", "midday", "lunch", "afternoon"), "noon"),
    **dict.fromkeys(("evening", "night", "nightly", "bedtime", "pm", "dinner", "supper"), "evening"),
}
# Oftener than hourly is an infusion or a slip of the pen.
OFTENEST = 24.0


class Dose(NamedTuple):
    """mg of one dose, mg a day (UNKNOWN where nothing says), and whether both are per kg."""

    single: float = UNKNOWN
    daily: float = UNKNOWN
    per_kg: bool = False


def dose_of(model: Any, name: str) -> Dose:
    """The dose that a resource tells; `name` is the drug's name as written, with its strength if it has one."""
    dosages = getattr(model, "dosage", None) or getattr(model, "dosageInstruction", None) or []
    dosages = dosages if isinstance(dosages, list) else [dosages]
    found = [_one(dosage, name) for dosage in dosages]
    # Several instructions are taken together: the largest dose, and no daily sum unless there is but one.
    best = max(found, key=lambda dose: dose.single, default=Dose())
    if best.single == UNKNOWN and not any(_counts(dosage) for dosage in dosages):
        best = Dose(_strength(name))
    return best._replace(daily=found[0].daily if len(found) == 1 else UNKNOWN)


def _one(dosage: Any, name: str) -> Dose:
    text = str(getattr(dosage, "text", None) or "")
    single, per_kg = _structured(dosage, name)
    if single == UNKNOWN:
        single, per_kg = _worded(text, name)
    a_day = _a_day(dosage, text)
    return Dose(single, UNKNOWN if UNKNOWN in (single, a_day) else _weighed(single * a_day), per_kg)


def _counts(dosage: Any) -> bool:
    """Whether an instruction says how much, in whatever form."""
    return bool(_quantities(dosage)) or COUNTED.search(str(getattr(dosage, "text", None) or "")) is not None


def _quantities(dosage: Any) -> list[Any]:
    rates = getattr(dosage, "doseAndRate", None) or ()
    quantities = [rate.doseQuantity or rate.doseRange for rate in rates]
    return [item for item in (*quantities, getattr(dosage, "dose", None)) if item is not None]


def _structured(dosage: Any, name: str) -> tuple[float, bool]:
    for quantity in _quantities(dosage):
        if getattr(quantity, "value", None) is None:
            continue
        unit = str(quantity.code or quantity.unit or "").strip().lower()
        plain, _, per = unit.partition("/")
        if plain in MG_PER and per in ("", "kg"):
            return _weighed(float(quantity.value) * MG_PER[plain]), per == "kg"
        if (unit in PIECES or unit.rstrip("s") in PIECES) and (strength := _strength(name)) != UNKNOWN:
            return _weighed(float(quantity.value) * strength), False
    return UNKNOWN, False


def _worded(text: str, name: str) -> tuple[float, bool]:
    amounts, pieces, strength = _amounts(text), _pieces(text), _strength(name)
    if not amounts:
        return (_weighed(pieces * strength), False) if UNKNOWN not in (pieces, strength) else (UNKNOWN, False)
    (mg, per_kg), *others = amounts
    counted = next(PIECE.finditer(text), None) is not None
    if others or mg == UNKNOWN or not counted or pieces == 1:
        return (UNKNOWN, False) if others else (mg, per_kg)
    # "2 tablets (10 mg)" or "2 tablets of 5 mg": only the strength in the name tells which.
    total = _weighed(pieces * strength) if UNKNOWN not in (pieces, strength) else UNKNOWN
    return (total, False) if mg in (total, strength) else (UNKNOWN, False)


def _amounts(text: str) -> list[tuple[float, bool]]:
    """The weights that a text names, each once, and whether they are per kg; UNKNOWN for one end of a range."""
    found = AMOUNT.finditer(text)
    return list(dict.fromkeys((_mg(text, match), bool(match.group(3))) for match in found))


def _pieces(text: str) -> float:
    """How many pieces a text tells; UNKNOWN where it tells none, a range or several numbers."""
    found = {
        UNKNOWN if RANGE.search(text[: match.start()]) else WORDED.get(match.group(1).lower()) or float(match.group(1))
        for match in PIECE.finditer(text)
    }
    return found.pop() if len(found) == 1 else UNKNOWN


def _strength(name: str) -> float:
    amounts = {mg for mg, per_kg in _amounts(name) if not per_kg}
    return amounts.pop() if len(amounts) == 1 else UNKNOWN


def _mg(text: str, match: re.Match[str]) -> float:
    written = match.group(1)
    value = float(written.replace(",", "") if THOUSANDS.fullmatch(written) else written.replace(",", "."))
    return UNKNOWN if RANGE.search(text[: match.start()]) else _weighed(value * MG_PER[match.group(2).lower()])


def _weighed(mg: float) -> float:
    return round(mg, 3) if 0.001 <= mg < LARGEST else UNKNOWN


def _a_day(dosage: Any, text: str) -> float:
    timing = getattr(dosage, "timing", None)
    repeat = getattr(timing, "repeat", None)
    if repeat is not None and repeat.frequency and repeat.period and repeat.periodUnit in HOURS:
        if repeat.frequencyMax or repeat.periodMax:
            return UNKNOWN
        return _plausible(float(repeat.frequency) * 24 / (float(repeat.period) * HOURS[repeat.periodUnit]))
    code = getattr(timing, "code", None)
    written = f"{text} {words(code)} {code_of(code)}"
    every = {24 / int(number) if int(number) > 0 else UNKNOWN for number in EVERY.findall(written)}
    said = words_of(written)
    found = _phrases().find(said)
    times = every | {item.value for item in found}
    parts = {PART_OF_DAY[word] for word in said if word in PART_OF_DAY}
    if len(times) != 1 or any(item.start and MULTIPLE.fullmatch(said[item.start - 1]) for item in found):
        return UNKNOWN
    (often,) = times
    return UNKNOWN if often <= 1 and len(parts) > 1 else _plausible(often)


def _plausible(times: float) -> float:
    return times if 0 < times <= OFTENEST else UNKNOWN


@lru_cache(maxsize=1)
def _phrases() -> Phrases[float]:
    table: Phrases[float] = Phrases()
    for times, phrases in A_DAY.items():
        for phrase in phrases:
            table.add(phrase, float(times))
    return table
