"""Open ServiceRequests and booked Appointments of the record: what is planned already, and for when."""

from __future__ import annotations

from typing import Any, NamedTuple

from service.facts.dates import Days, days_of, first_days
from service.facts.extract.context import Context, status_of
from service.fhir.record import GapKind, ReadResource
from service.fhir.references import Index

ORDERED = "ServiceRequest"
BOOKING = "Appointment"
OPEN = frozenset({"active", "on-hold"})
BOOKED = frozenset({"booked", "pending", "arrived", "checked-in", "waitlist"})
# States that say by themselves that nothing is planned; of any other somebody has to ask.
CLOSED = {
    ORDERED: frozenset({"draft", "completed", "revoked", "cancelled"}),
    BOOKING: frozenset({"proposed", "fulfilled", "cancelled", "noshow"}),
}
WISHES = frozenset({"proposal", "option"})


class Plan(NamedTuple):
    """Something planned and the days that it is planned for."""

    resource: ReadResource
    days: Days | None


def scheduled(context: Context, drafts: set[str]) -> list[Plan]:
    """What is planned, each once; an order whose appointment is known takes the day of its first appointment."""
    wanted = context.sets("order")
    bookings = [item for item in context.record.of(BOOKING) if context.hits(item, wanted)]
    bookings = [item for item in bookings if item.reference not in drafts]
    booked = [plan for plan in (_booked(context, item) for item in bookings) if plan is not None]
    ordered = _ordered(context, booked)
    plans, answered = [], set(drafts)
    for resource in context.record.of(ORDERED):
        if resource.reference in drafts or not context.hits(resource, wanted):
            continue
        days = min((plan.days for plan, orders in ordered if resource.reference in orders and plan.days), default=None)
        plan = _open(context, resource, days)
        if plan is not None:
            plans.append(plan)
            answered.add(resource.reference)
    return plans + [plan for plan, orders in ordered if not orders & answered]


def _ordered(context: Context, booked: list[Plan]) -> list[tuple[Plan, set[str]]]:
    """Each booking with the orders that it is for, by type and id, however they are referred to."""
    if not booked:
        return []
    entries = [entry for known in context.record.keys.values() for entry in known.entries]
    # Drafts in hand are no part of the record; they are referred to by type and id.
    index = Index([entry for entry in entries if isinstance(entry.resource, dict)], context.question.patient_id)
    found = []
    for plan in booked:
        model: Any = plan.resource.model
        names = [str(item.reference) for item in model.basedOn or () if item.reference]
        targets = [(name, index.find(name, plan.resource.raw)) for name in names]
        orders = {
            _plain(name) if item is None else f"{item['resourceType']}/{item.get('id')}" for name, item in targets
        }
        found.append((plan, orders))
    return found


def _plain(reference: str) -> str:
    return "/".join(reference.split("/_history/")[0].split("/")[-2:])


def _booked(context: Context, resource: ReadResource) -> Plan | None:
    """A booking that is still to come."""
    model: Any = resource.model
    if not _stands(context, resource, BOOKED):
        return None
    days = days_of(model.start, context.zone)
    if days is None:
        context.gap(GapKind.UNREAD, resource, "start", "is booked for no day that could be read; not taken as planned")
        return None
    return Plan(resource, days) if _ahead(context, resource, "start", days) else None


def _open(context: Context, resource: ReadResource, booked: Days | None) -> Plan | None:
    """An order that is open and not over; one without a date counts while it is young."""
    model: Any = resource.model
    if not _stands(context, resource, OPEN) or not _meant(context, resource):
        return None
    days = booked or first_days(model, context.zone, "occurrenceDateTime", "occurrencePeriod")
    if days is not None:
        return Plan(resource, days) if _ahead(context, resource, "occurrence", days) else None
    written = first_days(model, context.zone, "authoredOn")
    if written is not None and (context.question.today - written.last).days > context.order_stale_days:
        problem = f"open since {written.last.isoformat()} without a date; not taken as planned"
        context.gap(GapKind.EXCLUDED, resource, "authoredOn", problem, matters=False)
        return None
    return Plan(resource, None)


def _stands(context: Context, resource: ReadResource, states: frozenset[str]) -> bool:
    """Whether the status is one of `states`; one that tells neither that nor the contrary is reported as open."""
    status = status_of(resource.model)
    if status == "entered-in-error":
        context.gap(GapKind.EXCLUDED, resource, "status", f"is {status}; not used", matters=False)
    elif status not in states | CLOSED[resource.type]:
        context.gap(GapKind.UNREAD, resource, "status", f"{status[:24]!r} does not say whether it is planned; not used")
    return status in states


def _meant(context: Context, resource: ReadResource) -> bool:
    """Whether an order asks for the thing to be done; what it says instead is reported."""
    model: Any = resource.model
    intent = str(getattr(model, "intent", None) or "").strip().lower()
    if intent in WISHES:
        context.gap(GapKind.EXCLUDED, resource, "intent", f"is {intent}; not taken as planned", matters=False)
        return False
    if model.doNotPerform is True:
        context.gap(GapKind.EXCLUDED, resource, "doNotPerform", "says not to do it; not used", matters=False)
        return False
    return True


def _ahead(context: Context, resource: ReadResource, element: str, days: Days) -> bool:
    """Whether the planned day is today or later."""
    if days.last >= context.question.today:
        return True
    problem = f"was planned for {days.last.isoformat()}, which is over; not taken as planned"
    context.gap(GapKind.EXCLUDED, resource, element, problem, matters=False)
    return False
