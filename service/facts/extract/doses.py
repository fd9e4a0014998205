"""Doses given by needle → `dose` facts: how much in rolling windows, in milligrams of one reference drug.

Read from drug codes, from words beside the drug's name in a procedure's code, note and used items, and from
MedicationAdministrations that are not by mouth. What was given on a day is told several times over, so of one drug on
one day the largest of the three sources counts, not their sum, and a place that is told twice alike counts once. A
session that surely held the drug and tells no dose is counted as unknown. `amount` facts: what orders tell.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from math import fsum
from typing import Any, NamedTuple

from service.facts.dates import first_days, months_back, said
from service.facts.extract.context import Context, codings, status_of, words
from service.facts.extract.dosage import UNKNOWN, Dose, dose_of
from service.facts.extract.medications import name_of, route_of
from service.facts.extract.procedures import Done, done
from service.facts.extract.told_doses import told
from service.facts.fact import FactSource
from service.facts.needs import Need
from service.fhir.record import GapKind, ReadResource

ADMINISTERED = frozenset({"completed", "in-progress", "stopped", "unknown"})
NOT_BY_NEEDLE = frozenset({"oral", "local"})
VOLUMES = frozenset({"ml", "cc"})
UNITS = re.compile(r"\b(\d{1,3})\s*units?\b", re.IGNORECASE)
Place = tuple[str, str, str]
# Drug codes and administrations name no place: they may be the dose of any session of their day.
LOOSE: Place = ("", "", "")


class Given(NamedTuple):
    """One dose as one source tells it: note, code or administration; `drug` '' and `mg` UNKNOWN where it does not."""

    day: date
    how: str
    place: Place
    drug: str
    mg: float
    source: FactSource


def doses(context: Context) -> None:
    """One fact for each need and window in which anything was given."""
    for need in _needs(context):
        given = [*_procedures(context, need), *_administrations(context, need)]
        for window in context.windows[need.dose]:
            start = months_back(context.question.today, window.months)
            inside = [item for item in given if item.day > start]
            total, count, unknown = summed(inside, context.factors[need.dose], frozenset(need.concepts))
            fields = {"name": need.dose, "window": window.id, "total": total, "doses": count, "unknown": unknown}
            if count or unknown:
                context.add("dose", fields, [item.source for item in inside])


def _needs(context: Context) -> list[Need]:
    return [need for need in context.needs if need.extractor == "dose"]


def summed(given: Iterable[Given], factors: Mapping[str, float], sure: frozenset[str]) -> tuple[float, int, int]:
    """Total in the reference drug, doses told, and doses that nothing tells."""
    by_day: dict[date, list[Given]] = defaultdict(list)
    for item in given:
        by_day[item.day].append(item)
    totals, count, unknown = [], 0, 0
    for items in by_day.values():
        dosed = [item for item in items if item.mg != UNKNOWN]
        for drug in {item.drug for item in dosed}:
            sources = list(_by_source([item for item in dosed if item.drug == drug]))
            totals.append(max(map(fsum, sources)) * factors[drug])
            count += max(map(len, sources))
        unknown += _untold(items, dosed, sure)
    return round(fsum(totals), 1), count, unknown


def _by_source(dosed: Sequence[Given]) -> Iterator[list[float]]:
    yield [mg for _, mg in {(item.place, item.mg) for item in dosed if item.how == "note"}]
    for how in ("code", "administration"):
        yield [item.mg for item in dosed if item.how == how]


def _untold(items: Sequence[Given], dosed: Sequence[Given], sure: frozenset[str]) -> int:
    """Sessions of a day without a dose, or drugs without one, whichever are more: they may be the same."""
    places = {item.place[0] for item in dosed}
    sessions = {item.place[0] for item in items if item.place != LOOSE and (item.drug or item.place[0] in sure)}
    open_sessions = set() if LOOSE[0] in places else sessions - places
    open_drugs = {item.drug for item in items if item.place == LOOSE} - {item.drug for item in dosed}
    return max(len(open_sessions), len(open_drugs))


def _procedures(context: Context, need: Need) -> Iterator[Given]:
    by_resource: dict[int, list[Done]] = defaultdict(list)
    for item in done(context, frozenset(need.of)):
        by_resource[id(item.resource)].append(item)
    for items in by_resource.values():
        yield from _procedure(context, need, items)


def _procedure(context: Context, need: Need, items: Sequence[Done]) -> Iterator[Given]:
    """What one resource tells; it is one session whatever the number of its codes, beside the drug codes among them."""
    factors, model = context.factors[need.dose], items[0].resource.model
    by_words = told(context, need.of, factors, _texts(model))
    doses_told = {drug: by_words.get(drug, UNKNOWN) for drug in (*by_words, *_used(context, need, model))}
    coded = [item for item in items if item.hit.attributes.get("drug") in factors]
    sessions = [item for item in items if "drug" not in item.hit.attributes]
    sessions.sort(key=lambda item: item.hit.concept not in need.concepts)
    if not (coded or doses_told or any(item.hit.concept in need.concepts for item in sessions)):
        return
    if items[0].days is None:
        context.gap(GapKind.UNREAD, items[0].resource, "performed", "has no date and could not be counted")
        return
    for item in coded:
        drug = str(item.hit.attributes["drug"])
        mg = doses_told[drug] if doses_told.get(drug, UNKNOWN) != UNKNOWN else _billed(item)
        yield _given(context, need, item, "code", LOOSE, drug, mg)
    for item in sessions[:1]:
        place = (item.hit.concept, item.site.region, item.site.side)
        for drug, mg in (doses_told or {"": UNKNOWN}).items():
            yield _given(context, need, item, "note", place, drug, mg)


def _given(context: Context, need: Need, item: Done, how: str, place: Place, drug: str, mg: float) -> Given:
    assert item.days is not None  # left out in _procedure
    name = _title(context, need, drug)
    dose = f"{name} {mg:g} mg" if mg != UNKNOWN else f"{name} dose not told".strip()
    label = context.label(item.hit, said(item.days), dose)
    return Given(item.days.last, how, place, drug, mg, FactSource(item.resource.reference, label))


def _billed(item: Done) -> float:
    """What a drug code itself stands for; a code for each so many milligrams needs its number of units."""
    whole, each = item.hit.attributes.get("mg"), item.hit.attributes.get("mg_per_unit")
    if whole is not None:
        return float(whole)
    units = {int(match.group(1)) for text in _texts(item.resource.model) for match in UNITS.finditer(text)}
    return float(each) * units.pop() if each is not None and len(units) == 1 else UNKNOWN


def _texts(model: Any) -> list[str]:
    used = [words(concept) for concept in getattr(model, "usedCode", None) or ()]
    notes = [str(note.text or "") for note in getattr(model, "note", None) or ()]
    return [text for text in (words(getattr(model, "code", None)), *notes, *used) if text]


def _used(context: Context, need: Need, model: Any) -> list[str]:
    """Drugs that the used items name by code."""
    coded = [coding for concept in getattr(model, "usedCode", None) or () for coding in codings(concept)]
    hits = context.index.by_coding("medication", coded)
    return [hit.concept for hit in hits if hit.set in need.of and hit.concept in context.factors[need.dose]]


def _administrations(context: Context, need: Need) -> Iterator[Given]:
    for resource in context.record.of("MedicationAdministration"):
        model: Any = resource.model
        factors = context.factors[need.dose]
        hits = [
            hit
            for hit in context.hits(resource, frozenset(need.of))
            if hit.concept in factors and route_of(context, model, hit) not in NOT_BY_NEEDLE
        ]
        # Those that were not given are reported where medications are read.
        if not hits or status_of(model) not in ADMINISTERED:
            continue
        days = first_days(model, context.zone, "effectiveDateTime", "effectivePeriod")
        if days is None:
            context.gap(GapKind.UNREAD, resource, "effective", "has no date and could not be counted")
        elif context.in_past(resource, days, "effective"):
            for hit in hits:
                mg = _administered(context, need, model, hit.concept)
                label = context.label(hit, said(days), f"{mg:g} mg" if mg != UNKNOWN else "dose not told")
                source = FactSource(resource.reference, label)
                yield Given(days.last, "administration", LOOSE, hit.concept, mg, source)


def _administered(context: Context, need: Need, model: Any, drug: str) -> float:
    """Milligrams of an administration: as told, or a volume of the strength in the drug's name."""
    dosage = getattr(model, "dosage", None)
    # Not from the name alone: a weight there is the vial's, not what was given of it.
    mg = _plain(dose_of(model, ""))
    if mg != UNKNOWN or dosage is None:
        return mg
    quantity, written = dosage.dose, str(dosage.text or "")
    if quantity is not None and quantity.value is not None:
        unit = str(quantity.code or quantity.unit or "").strip().lower()
        written = f"{quantity.value} {unit}" if unit in VOLUMES else ""
    texts = [f"{written} of {name_of(model)}"] if written else []
    return told(context, need.of, context.factors[need.dose], texts).get(drug, UNKNOWN)


def _plain(dose: Dose) -> float:
    return UNKNOWN if dose.per_kg or dose.single <= 0 else dose.single


def _title(context: Context, need: Need, drug: str) -> str:
    concepts = [context.index.sets[name].concepts.get(drug) for name in need.of]
    return next((concept.title for concept in concepts if concept is not None), drug)


def add_amounts(context: Context, resource: ReadResource, text: str) -> None:
    """An `amount` fact for each drug whose dose the words of an order tell."""
    for need in _needs(context):
        for drug, mg in told(context, need.of, context.factors[need.dose], [text]).items():
            _add_amount(context, need, drug, mg, "order", resource.reference)


def drafted_amounts(context: Context, drafts: Iterable[ReadResource]) -> None:
    """An `amount` fact for each drafted drug that tells its dose, unless it is not for a needle."""
    for resource in drafts:
        for need in _needs(context):
            mg = _plain(dose_of(resource.model, name_of(resource.model)))
            for hit in context.hits(resource, frozenset(need.of)):
                if route_of(context, resource.model, hit) not in NOT_BY_NEEDLE:
                    _add_amount(context, need, hit.concept, mg, "draft", resource.reference)


def _add_amount(context: Context, need: Need, drug: str, mg: float, where: str, reference: str) -> None:
    if mg == UNKNOWN or drug not in context.factors[need.dose]:
        return
    title = _title(context, need, drug)
    source = FactSource(reference, f"{title} {mg:g} mg, ordered")
    fields = {"name": need.dose, "drug": drug, "title": title, "mg": mg, "where": where}
    if not any(fact.kind == "amount" and fact.fields == fields and source in fact.sources for fact in context.facts):
        context.add("amount", fields, [source])
