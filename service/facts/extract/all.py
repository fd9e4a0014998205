"""All extractors in order: conditions before orders, which take their place from them."""

from __future__ import annotations

from typing import Any

from service.facts.dates import UNKNOWN, first_days, period_of, said, years_between
from service.facts.extract.allergies import allergies
from service.facts.extract.conditions import conditions
from service.facts.extract.context import Context, status_of
from service.facts.extract.devices import devices, immunizations
from service.facts.extract.doses import doses, drafted_amounts
from service.facts.extract.examinations import examinations
from service.facts.extract.imaging import imaging
from service.facts.extract.medications import medications
from service.facts.extract.observations import observations
from service.facts.extract.orders import drafted, orders
from service.facts.extract.performers import performers
from service.facts.extract.procedures import counts, procedure_notes, procedures, spans
from service.facts.extract.relief import relief
from service.facts.extract.superseded import newest
from service.facts.extract.visit import visit
from service.facts.fact import Fact, FactSource
from service.fhir.record import GapKind

EXTRACTORS = (
    observations,
    examinations,
    procedures,
    procedure_notes,
    counts,
    spans,
    relief,
    doses,
    imaging,
    allergies,
    devices,
    immunizations,
)


def extract(context: Context, recognise: Any) -> list[Fact]:
    """The facts of a record, in a stable order."""
    _patient(context)
    context.add("hook", {"hook": context.question.hook, "today": context.question.today.isoformat()}, [])
    for key, known in context.record.keys.items():
        context.add("sent", {"key": key, "state": known.state.value, "entries": min(len(known.entries), 1)}, [])
    conditions(context)
    drafts = list(drafted(context, recognise, "MedicationRequest", context.sets("medication") | context.sets("dose")))
    medications(context, drafts)
    drafted_amounts(context, drafts)
    for extractor in EXTRACTORS:
        extractor(context)
    _coverages(context)
    orders(context, recognise)
    performers(context)
    visit(context)
    # Fields of one kind come in one order and in the same types, so their values compare.
    return sorted(newest(context.facts), key=lambda fact: (fact.kind, tuple(fact.fields.values()), fact.sources))


def _patient(context: Context) -> None:
    patient = context.record.patient
    if patient is None:
        return
    model: Any = patient.model
    born = first_days(model, context.zone, "birthDate")
    # The older end of a partial birth date; age only ever raises a caution here.
    age = UNKNOWN if born is None else max(years_between(born.first, context.question.today), UNKNOWN)
    label = f"age {age}" if age != UNKNOWN else "age not known"
    context.add("patient", {"age": age, "sex": str(model.gender or "")}, [FactSource(patient.reference, label)])


def _coverages(context: Context) -> None:
    wanted = context.sets("coverage")
    for resource in context.record.of("Coverage"):
        model: Any = resource.model
        if status_of(model) in ("cancelled", "entered-in-error"):
            context.gap(GapKind.EXCLUDED, resource, "status", f"is {model.status}; not used", matters=False)
            continue
        period = period_of(model.period, context.zone)
        ended = getattr(model.period, "end", None) if model.period else None
        if ended is not None and period is not None and period.last < context.question.today:
            context.gap(GapKind.EXCLUDED, resource, "period", "is over; not used", matters=False)
            continue
        for hit in context.hits(resource, wanted):
            source = FactSource(resource.reference, context.label(hit, said(period) if period else ""))
            context.add("coverage", {"set": hit.set, "concept": hit.concept}, [source])
