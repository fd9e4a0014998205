"""All extractors in order: conditions before orders, which take their place from them."""

from __future__ import annotations

from typing import Any

from service.facts.areas import area_of
from service.facts.dates import UNKNOWN, first_days, years_between
from service.facts.extract.allergies import allergies
from service.facts.extract.conditions import conditions
from service.facts.extract.context import Context
from service.facts.extract.coverages import coverages
from service.facts.extract.devices import devices, immunizations
from service.facts.extract.doses import doses, drafted_amounts
from service.facts.extract.examinations import examinations
from service.facts.extract.goals import goals
from service.facts.extract.imaging import imaging
from service.facts.extract.medications import medications
from service.facts.extract.observations import observations
from service.facts.extract.orders import drafted, orders
from service.facts.extract.performers import performers
from service.facts.extract.procedures import counts, procedure_notes, procedures
from service.facts.extract.relief import relief
from service.facts.extract.spans import spans
from service.facts.extract.superseded import newest
from service.facts.extract.visit import visit
from service.facts.fact import Fact, FactSource

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
    goals,
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
    orders(context, recognise)
    coverages(context)
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
    area = area_of(patient.raw.get("address"), context.question.today)
    fields = {"age": age, "sex": str(model.gender or ""), "area": area}
    context.add("patient", fields, [FactSource(patient.reference, label)])
