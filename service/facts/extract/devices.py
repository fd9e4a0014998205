"""Device → `device` facts; Immunization → `immunization` facts, given or planned."""

from __future__ import annotations

from typing import Any

from service.facts.dates import UNKNOWN, age_at_most, days_of, said
from service.facts.extract.context import Context, status_of
from service.facts.fact import FactSource
from service.fhir.record import GapKind

NOT_THERE = frozenset({"entered-in-error"})
NOT_GIVEN = frozenset({"entered-in-error", "not-done"})


def devices(context: Context) -> None:
    """One fact for each device concept of the sets asked for; a device called inactive may still lie in the body."""
    wanted = context.sets("device")
    for resource in context.record.of("Device"):
        model: Any = resource.model
        if status_of(model) in NOT_THERE:
            context.gap(GapKind.EXCLUDED, resource, "status", f"is {status_of(model)}; not used", matters=False)
            continue
        active = int(status_of(model) != "inactive")
        for hit in context.hits(resource, wanted):
            source = FactSource(resource.reference, context.label(hit, "" if active else "inactive"))
            fields = {
                "set": hit.set,
                "concept": hit.concept,
                "title": context.concept(hit).title,
                "active": active,
                "via": hit.via,
            }
            context.add("device", fields, [source])


def immunizations(context: Context) -> None:
    """One fact for each vaccination of the sets asked for; a later date is a plan."""
    wanted = context.sets("immunization")
    for resource in context.record.of("Immunization"):
        model: Any = resource.model
        if status_of(model) in NOT_GIVEN:
            context.gap(GapKind.EXCLUDED, resource, "status", f"is {status_of(model)}; not used", matters=False)
            continue
        days = days_of(model.occurrenceDateTime, context.zone)
        if days is None:
            context.gap(GapKind.UNREAD, resource, "occurrence", "has no date that could be read; not used")
            continue
        today = context.question.today
        for hit in context.hits(resource, wanted):
            fields = {
                "set": hit.set,
                "concept": hit.concept,
                "title": context.concept(hit).title,
                "date": days.first.isoformat(),
                "age_days": age_at_most(days, today),
                "in_days": (days.first - today).days if days.first > today else UNKNOWN,
                "via": hit.via,
            }
            context.add("immunization", fields, [FactSource(resource.reference, context.label(hit, said(days)))])
