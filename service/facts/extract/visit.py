"""What was done in the visit in question → `done-here` facts: by its reference to the visit, else by its day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.facts.dates import Days, age_at_least, period_of
from service.facts.extract.context import Context
from service.facts.extract.procedures import Done, done
from service.fhir.references import Index, Owner
from service.fhir.repair import read

VISIT = "Encounter"


def visit(context: Context) -> None:
    """One fact for each procedure done in the visit; nothing where no visit is in question."""
    if context.question.encounter is None:
        return
    days = _days(context, context.question.encounter)
    for item in done(context, context.sets("procedure")):
        how = _how(context, item, days) if item.resource.type == "Procedure" else ""
        if not how:
            continue
        fields: dict[str, Any] = {
            "set": item.hit.set,
            "concept": item.hit.concept,
            "title": context.concept(item.hit).title,
            "region": item.site.region,
            "side": item.site.side,
            "level": item.site.level,
            "date": item.days.last.isoformat() if item.days else "",
            "age_days": age_at_least(item.days, context.question.today),
            "how": how,
        }
        context.add("done-here", fields, [item.source])


def _how(context: Context, item: Done, days: Days) -> str:
    """How it is known that something was done in the visit; one that names another visit was not."""
    model: Any = item.resource.model
    named = str(model.encounter.reference or "") if getattr(model, "encounter", None) else ""
    wanted = context.question.encounter
    if named and wanted:
        return "reference" if named.split("/_history/")[0].split("/")[-1] == wanted else ""
    return "day" if item.days and item.days.first >= days.first and item.days.last <= days.last else ""


def _days(context: Context, identifier: str) -> Days:
    """The days of the visit as far as it is known, else today."""
    today = context.question.today
    entries = [entry for known in context.record.keys.values() for entry in known.entries]
    index = Index([entry for entry in entries if isinstance(entry.resource, dict)], context.question.patient_id)
    raw = index.find(f"{VISIT}/{identifier}", {}) if identifier else None
    if not isinstance(raw, Mapping) or index.owner(raw.get("subject")) is not Owner.OURS:
        return Days(today, today)
    model: Any = read(VISIT, raw).model
    days = period_of(model.period, context.zone) if model is not None else None
    if days is None or days.first > today:
        return Days(today, today)
    return Days(days.first, today if model.period.end is None else min(days.last, today))
