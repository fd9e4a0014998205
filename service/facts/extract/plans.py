"""Open ServiceRequests and booked Appointments of the record: what is planned already, and for when."""

from __future__ import annotations

from typing import Any, NamedTuple

from service.facts.dates import Days, days_of, first_days
from service.facts.extract.context import Context, status_of
from service.fhir.record import GapKind, ReadResource

ORDERED = "ServiceRequest"
OPEN = frozenset({"active", "on-hold"})
BOOKED = frozenset({"booked", "pending", "arrived", "checked-in", "waitlist"})
WISHES = frozenset({"proposal", "option"})


class Plan(NamedTuple):
    """Something planned and the days that it is planned for."""

    resource: ReadResource
    days: Days | None


def scheduled(context: Context, drafts: set[str]) -> list[Plan]:
    """What is planned, each once; an order whose appointment is known takes the appointment's day."""
    wanted = context.sets("order")
    booked = [plan for plan in map(_booking(context), context.record.of("Appointment")) if plan is not None]
    days_of_order: dict[str, Days | None] = {}
    for plan in booked:
        for reference in getattr(plan.resource.model, "basedOn", None) or ():
            days_of_order[str(reference.reference)] = plan.days
    plans, answered = [], set()
    for resource in context.record.of(ORDERED):
        if resource.reference in drafts or not context.hits(resource, wanted):
            continue
        days = days_of_order.get(resource.reference)
        if resource.reference in days_of_order:
            answered.add(resource.reference)
        plan = _open(context, resource, days)
        plans += [plan] if plan is not None else []
    plans += [
        plan
        for plan in booked
        if context.hits(plan.resource, wanted) and not _references(plan.resource.model) & (answered | drafts)
    ]
    return plans


def _references(model: Any) -> set[str]:
    return {str(reference.reference) for reference in model.basedOn or ()}


def _booking(context: Context) -> Any:
    def booking(resource: ReadResource) -> Plan | None:
        model: Any = resource.model
        days = days_of(model.start, context.zone)
        if status_of(model) not in BOOKED or days is None or days.last < context.question.today:
            return None
        return Plan(resource, days)

    return booking


def _open(context: Context, resource: ReadResource, booked: Days | None) -> Plan | None:
    """An order that is open and not over; one without a date counts while it is young."""
    model: Any = resource.model
    today = context.question.today
    if status_of(model) not in OPEN or getattr(model, "intent", "") in WISHES or model.doNotPerform is True:
        return None
    days = booked or first_days(model, context.zone, "occurrenceDateTime", "occurrencePeriod")
    if days is not None:
        return Plan(resource, days) if days.last >= today else None
    written = first_days(model, context.zone, "authoredOn")
    if written is not None and (today - written.last).days > context.order_stale_days:
        problem = f"open since {written.last.isoformat()} without a date; not taken as planned"
        context.gap(GapKind.EXCLUDED, resource, "authoredOn", problem, matters=False)
        return None
    return Plan(resource, None)
