"""All extractors in order: conditions before orders, which take their place from them."""

from __future__ import annotations

from typing import Any

from service.facts.dates import UNKNOWN, first_days, period_of, said
from service.facts.extract.conditions import conditions
from service.facts.extract.context import Context
from service.facts.extract.imaging import imaging
from service.facts.extract.medications import medications
from service.facts.extract.observations import observations
from service.facts.extract.orders import orders
from service.facts.extract.procedures import counts, procedure_notes, procedures, spans
from service.facts.fact import Fact, FactSource

DAYS_PER_YEAR = 365.2425


def extract(context: Context, recognise: Any) -> list[Fact]:
    """The facts of a record, in a stable order."""
    _patient(context)
    context.add("hook", {"hook": context.question.hook}, [])
    for extractor in (conditions, medications, observations, procedures, procedure_notes, counts, spans, imaging):
        extractor(context)
    _coverages(context)
    orders(context, recognise)
    return sorted(context.facts, key=lambda fact: (fact.kind, repr(sorted(fact.fields.items())), fact.sources))


def _patient(context: Context) -> None:
    patient = context.record.patient
    if patient is None:
        return
    model: Any = patient.model
    born = first_days(model, context.zone, "birthDate")
    # The younger end of a partial birth date; age only ever raises a caution here.
    age = UNKNOWN if born is None else int((context.question.today - born.first).days / DAYS_PER_YEAR)
    label = f"age {age}" if born else "age not known"
    context.add("patient", {"age": age, "sex": str(model.gender or "")}, [FactSource(patient.reference, label)])


def _coverages(context: Context) -> None:
    wanted = context.sets("coverage")
    for resource in context.record.of("Coverage"):
        model: Any = resource.model
        if model.status in ("cancelled", "entered-in-error"):
            continue
        period = period_of(model.period, context.zone)
        ended = getattr(model.period, "end", None) if model.period else None
        if ended is not None and period is not None and period.last < context.question.today:
            continue
        for hit in context.hits(resource, wanted):
            source = FactSource(resource.reference, context.label(hit, said(period) if period else ""))
            context.add("coverage", {"set": hit.set, "concept": hit.concept}, [source])
