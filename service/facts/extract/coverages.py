"""Coverage → who pays, first payer first; what is not in force on the day of the service is not used, and said."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

from service.facts.dates import days_of, period_of, said
from service.facts.extract.context import Context, status_of
from service.facts.fact import FactSource
from service.fhir.record import GapKind, ReadResource

IN_FORCE = frozenset({"active", ""})
WRONG = "entered-in-error"
LAST = 10**6
PROBLEMS = {
    "over": "is over on the day of the service; not used",
    "not-begun": "begins after the day of the service; not used",
}


class Paying(NamedTuple):
    """One payer as a coverage names it; `concept` is '' where nobody knows it."""

    set: str
    concept: str
    carrier: str
    title: str
    source: FactSource


def coverages(context: Context) -> None:
    """A `coverage` fact for each payer in force, an `unused-coverage` fact for each that is not."""
    wanted, served = context.sets("coverage"), service_day(context)
    in_force: list[tuple[int, str, ReadResource]] = []
    for resource in context.record.of("Coverage"):
        why = _why_not(context, resource, served)
        if why:
            _unused(context, resource, wanted, why)
        else:
            in_force.append((_order(resource), resource.reference, resource))
    # Who pays first is what `order` says; one without it comes after those that have it.
    found = dict.fromkeys(item for *_, resource in sorted(in_force) for item in _payers(context, resource, wanted))
    ranks: dict[tuple[str, str, str], int] = {}
    for item in found:
        rank = ranks.setdefault(item[:3], len(ranks))
        fields = {"set": item.set, "concept": item.concept, "carrier": item.carrier, "title": item.title, "rank": rank}
        context.add("coverage", fields, [item.source])


def service_day(context: Context) -> date:
    """The first day on which anything in hand is to be done, else today."""
    days = [
        fact.fields["in_days"] for fact in context.facts if fact.kind == "order" and fact.fields["origin"] == "order"
    ]
    return context.question.today + timedelta(days=min((day for day in days if day >= 0), default=0))


def _why_not(context: Context, resource: ReadResource, served: date) -> str:
    model: Any = resource.model
    status = status_of(model)
    if status not in IN_FORCE:
        context.gap(GapKind.EXCLUDED, resource, "status", f"is {status}; not used", matters=False)
        return "entered-in-error" if status == WRONG else "not-active"
    ends, begins = (
        days_of(getattr(model.period, name, None), context.zone) if model.period else None for name in ("end", "start")
    )
    over, early = ends is not None and ends.last < served, begins is not None and begins.first > served
    why = "over" if over else "not-begun" if early else ""
    if why:
        context.gap(GapKind.EXCLUDED, resource, "period", PROBLEMS[why], matters=False)
    return why


def _order(resource: ReadResource) -> int:
    order = resource.raw.get("order")
    return order if isinstance(order, int) and not isinstance(order, bool) and order > 0 else LAST


def _payers(context: Context, resource: ReadResource, wanted: frozenset[str]) -> Iterator[Paying]:
    model: Any = resource.model
    period = period_of(model.period, context.zone)
    hits = context.index.meant(context.hits(resource, wanted))
    for hit in hits:
        title = context.concept(hit).title
        source = FactSource(resource.reference, context.label(hit, said(period) if period else ""))
        yield Paying(hit.set, hit.concept, str(hit.attributes.get("carrier", "")), title, source)
    if not hits:
        yield Paying("", "", "", "", FactSource(resource.reference, "coverage by a payer that is not known here"))


def _unused(context: Context, resource: ReadResource, wanted: frozenset[str], why: str) -> None:
    if why == WRONG:
        return
    for item in _payers(context, resource, wanted):
        fields = {"set": item.set, "concept": item.concept, "title": item.title, "why": why}
        context.add("unused-coverage", fields, [item.source])
