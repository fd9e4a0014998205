"""Observation → `observation` facts in the concept's own unit; `rank` 0 is the newest of its concept."""

from __future__ import annotations

import re
from collections import defaultdict
from math import isfinite, log10
from typing import Any, NamedTuple
from unicodedata import normalize

from service.facts.dates import Days, age_at_most, first_days, said
from service.facts.extract.context import Context, code_of, codings, status_of, texts, words
from service.facts.extract.examinations import TEXT
from service.facts.extract.forms import answered
from service.facts.fact import FactSource
from service.fhir.record import GapKind, ReadResource
from service.terminology.systems import system_name
from service.terminology.value_sets import Concept, Hit, Unit
from service.terminology.words import words_of

WITHOUT_RESULT = frozenset({"registered"})
UNUSABLE = frozenset({"entered-in-error", "cancelled"}) | WITHOUT_RESULT
# "<100" is any number below 100: a rule that asks for 100 or more must not see it.
BEYOND = {"<": -1e-6, ">": 1e-6}
NUMBER = re.compile(r"^\s*([<>]=?)?\s*(-?\d+(?:[.,]\d+)?)\s*(.*)$")
POWER = re.compile("10(?=[²³⁴⁵⁶⁷⁸⁹])")
KEPT = 3
TIMED = ("effectiveDateTime", "effectiveInstant", "performedDateTime", "performedPeriod", "issued")


class Result(NamedTuple):
    """A result in its concept's own unit; `named` is its code or words, `clock` its time of day, '' if unknown."""

    hit: Hit
    named: str
    value: float
    days: Days
    clock: str
    source: FactSource


def observations(context: Context) -> None:
    """The newest results of each concept that the sets asked for know."""
    wanted = context.sets("observation")
    groups: dict[tuple[str, str], list[Result]] = defaultdict(list)
    for item in (*results(context, wanted), *form_results(context, wanted)):
        groups[item.hit.set, item.hit.concept].append(item)
    for (set_id, concept), items in groups.items():
        items.sort(key=lambda item: (item.days.last, item.clock, item.value), reverse=True)
        for rank, item in enumerate(items[:KEPT]):
            fields: dict[str, Any] = {
                "set": set_id,
                "concept": concept,
                "value": item.value,
                "age_days": age_at_most(item.days, context.question.today),
                "rank": rank,
            }
            context.add("observation", fields, [item.source])


def results(context: Context, wanted: frozenset[str]) -> list[Result]:
    """All usable results that the sets know, in order of arrival; the others are reported."""
    found = [
        _read(context, resource, hit)
        for resource in context.record.of("Observation")
        for hit in context.hits(resource, wanted)
        if context.concept(hit).unit != TEXT
    ]
    return [item for item in found if item is not None]


def form_results(context: Context, wanted: frozenset[str]) -> list[Result]:
    """Scores that only a form holds; an answer that cannot be read is reported."""
    found = []
    for item in answered(context, wanted):
        concept = context.concept(item.hit)
        value, problem = canonical(item.carrier, concept)
        if value is None:
            context.gap(GapKind.UNREAD, item.resource, "item", problem)
            continue
        label = f"{_named(concept)} {_shown(item.carrier, concept, value)} ({said(item.days)}), by questionnaire"
        source = FactSource(item.resource.reference, label)
        found.append(Result(item.hit, item.code, value, item.days, "", source))
    return found


def _read(context: Context, resource: ReadResource, hit: Hit) -> Result | None:
    model: Any = resource.model
    status = status_of(model)
    if status in UNUSABLE:
        problem = "has no result yet" if status in WITHOUT_RESULT else f"is {status}; not used"
        context.gap(GapKind.EXCLUDED, resource, "status", problem, matters=False)
        return None
    days = first_days(model, context.zone, "effectiveDateTime", "effectivePeriod", "effectiveInstant", "issued")
    if days is None:
        context.gap(GapKind.UNREAD, resource, "effective", "has no date; not used")
        return None
    if not context.in_past(resource, days, "effective"):
        return None
    concept = context.concept(hit)
    carrier = _carrier(context, model, hit)
    value, problem = canonical(carrier, concept, str(hit.attributes.get("unit", "")))
    if value is None:
        context.gap(GapKind.UNREAD, resource, "value", problem)
        return None
    note = "" if status in ("final", "amended", "corrected") else f"{status} result"
    shown = _shown(carrier, concept, value)
    label = ", ".join(filter(None, [f"{_named(concept)} {shown} ({said(days)})", note]))
    return Result(hit, code_of(model.code), value, days, clock(context, model), FactSource(resource.reference, label))


def clock(context: Context, model: Any) -> str:
    """The time of day in the clinic's zone, '' where only a day is known: the later of one day is the newer."""
    given: Any = next((value for name in TIMED if (value := getattr(model, name, None)) is not None), None)
    given = getattr(given, "start", given)
    try:
        return given.astimezone(context.zone).time().isoformat() if getattr(given, "tzinfo", None) else ""
    except OverflowError:  # the first and the last day of the calendar have no neighbour
        return ""


def _carrier(context: Context, model: Any, hit: Hit) -> Any:
    """The component that the hit is about, else the observation itself."""
    for part in getattr(model, "component", None) or ():
        found = context.index.by_coding("observation", codings(part.code))
        found = found or context.index.by_text("observation", words(part.code))
        if any((item.set, item.concept) == (hit.set, hit.concept) for item in found):
            return part
    return model


def _named(concept: Concept) -> str:
    """The title before its result; two numbers do not follow each other."""
    return f"{concept.title}:" if concept.title[-1:].isdigit() else concept.title


def _shown(carrier: Any, concept: Concept, value: float) -> str:
    """The result as a label says it."""
    word = next((name for name, answer in concept.answers.items() if answer.value == value), "")
    if word:
        return word
    number = f"{_result(carrier)[2]}{value:g}"
    return number if concept.unit in ("1", "{score}", "{answer}") else f"{number} {concept.unit}".strip()


def answer_of(model: Any, concept: Concept) -> float | None:
    """The number that stands for a coded or worded answer, None when it is none that the concept knows."""
    coded = getattr(model, "valueCodeableConcept", None)
    given = {(system_name(str(item["system"] or "")), str(item["code"] or "")) for item in codings(coded)}
    said = {" ".join(words_of(text)) for text in (*texts(coded), str(getattr(model, "valueString", None) or ""))}
    for answer in concept.answers.values():
        known = {" ".join(words_of(text)) for text in answer.text}
        if said & known or given & {(code.system, code.code) for code in answer.codes}:
            return answer.value
    return None


def canonical(model: Any, concept: Concept, of_code: str = "") -> tuple[float | None, str]:
    """The result in the concept's own unit, or None and why not; `of_code` is the unit that the code itself means."""
    if concept.answers and (answer := answer_of(model, concept)) is not None:
        return answer, ""
    number, units, comparator = _result(model)
    units = units or [unit for unit in (of_code,) if unit]
    if number is None or not isfinite(number):
        return None, "has no number that could be read; not used"
    if units:
        known = {_spelled(name): item for name, item in concept.units.items()}
        spelled = (_spelled(unit) for unit in units)
        conversion = next((known[unit] for unit in spelled if unit in known), None)
        if conversion is None:
            return None, f"is in {units[0][:24]!r}, which cannot be converted to {concept.unit}; not used"
        value = _converted(number, conversion)
        text = "is outside what is possible; not used"
        possible = conversion.plausible or concept.plausible
    else:
        value, text = number, f"has no unit and is not plausible in {concept.unit}; not used"
        possible = concept.bare or concept.plausible
    if possible and not possible[0] <= value <= possible[1]:
        return None, text
    return round(round(value, 6) + BEYOND.get(comparator, 0), 6), ""


def _converted(number: float, unit: Unit) -> float:
    """In the concept's own unit; two decimals, as laboratories report, unless only the point moves."""
    shift = log10(unit.scale) if unit.scale > 0 else 0.5
    return round(number * unit.scale + unit.offset, 6 if not unit.offset and shift == round(shift) else 2)


def _spelled(unit: str) -> str:
    """A unit without what fonts and typists vary: case, blanks, raised digits, the two signs for micro."""
    return normalize("NFKC", POWER.sub("10^", unit)).lower().replace("μ", "u").replace(" ", "")


def _result(model: Any) -> tuple[float | None, list[str], str]:
    """The number, the spellings of its unit (code before text) and its comparator."""
    quantity = model.valueQuantity
    if quantity is not None and quantity.value is not None:
        units = [str(unit) for unit in (quantity.code, quantity.unit) if unit and str(unit).strip()]
        return float(quantity.value), units, str(quantity.comparator or "")
    if model.valueInteger is not None:
        return float(model.valueInteger), [], ""
    match = NUMBER.match(model.valueString) if model.valueString else None
    if match is None:
        return None, [], ""
    unit = match.group(3).strip()
    return float(match.group(2).replace(",", ".")), [unit] if unit else [], match.group(1) or ""
