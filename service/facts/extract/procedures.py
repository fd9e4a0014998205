"""Procedure → `procedure`, `count` facts: what was done, how often in rolling windows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from service.facts.dates import Days, age_at_least, first_days, months_back, said, sure_days
from service.facts.extract.conditions import add_notes, site_of
from service.facts.extract.context import Context, status_of
from service.facts.fact import FactSource
from service.facts.needs import Need
from service.fhir.record import GapKind, ReadResource
from service.terminology.anatomy import Site, join_sides
from service.terminology.value_sets import Hit

NOT_DONE = frozenset({"not-done", "entered-in-error", "preparation", "on-hold", "stopped", "planned", "cancelled"})
PERFORMED = ("performedDateTime", "performedPeriod", "period")
OTHER = {"left": "right", "right": "left"}
NOT_HERE = -1


class Done(NamedTuple):
    """Something that was done: concept, place, days it may have been, days it surely took, source."""

    hit: Hit
    site: Site
    days: Days | None
    sure: Days | None
    source: FactSource
    resource: ReadResource


def procedures(context: Context) -> None:
    """One fact for each concept, region and session; `rank` 0 is the latest of its concept and region."""
    found = sessions(context, context.sets("procedure"))
    for (set_id, concept, region), by_rank in found.items():
        anywhere = [by_day for key, by_day in found.items() if key[:2] == (set_id, concept)]
        before = dict.fromkeys(OTHER, 0)
        for rank, items in enumerate(by_rank):
            levels = {item.site.level for item in items} - {""}
            side = join_sides(item.site.side for item in items)
            fields: dict[str, Any] = {
                "set": set_id,
                "concept": concept,
                "region": region,
                "side": side,
                "level": levels.pop() if len(levels) == 1 else "",
                "age_days": age_at_least(items[0].days, context.question.today),
                "rank": rank,
                "rank_anywhere": _later(items[0].days, anywhere),
            }
            for own, other in OTHER.items():
                fields[f"rank_{own}"] = NOT_HERE if side == other else before[own]
                before[own] += side != other
            context.add("procedure", fields, [item.source for item in items])


def _later(days: Days | None, anywhere: Iterable[list[list[Done]]]) -> int:
    """How many days of sessions in any region are later; what has no date comes after all that has."""
    known = {items[0].days.last for by_day in anywhere for items in by_day if items[0].days}
    return len(known) if days is None else sum(day > days.last for day in known)


def sessions(context: Context, sets: frozenset[str]) -> dict[tuple[str, str, str], list[list[Done]]]:
    """What was done by set, concept and region, one list a day, the latest first; what has no date comes last."""
    found: dict[tuple[str, str, str], dict[Any, list[Done]]] = defaultdict(lambda: defaultdict(list))
    for item in done(context, sets):
        for region in _regions(item):
            found[item.hit.set, item.hit.concept, region][item.days and item.days.last].append(item)
    return {
        key: [by_day[day] for day in sorted(by_day, key=lambda day: day.toordinal() if day else 0, reverse=True)]
        for key, by_day in found.items()
    }


def plain(hits: Iterable[Hit]) -> list[Hit]:
    """Codes that say "also" another concept give way to words that name it (one code serves two approaches)."""
    hits = list(hits)
    named = {(hit.set, hit.concept) for hit in hits}
    told = {(hit.set, hit.attributes.get("also")): hit.attributes.get("guidance", "") for hit in hits}
    kept = [hit for hit in hits if (hit.set, hit.attributes.get("also")) not in named]
    # What the code says of guidance holds for whichever approach the words name.
    return [hit._replace(attributes={"guidance": told.get(hit[:2], ""), **hit.attributes}) for hit in kept]


def done(context: Context, sets: frozenset[str]) -> list[Done]:
    """Everything done that the sets know; what has no date or lies in the future is reported once."""
    if context.done is None:
        context.done = [
            item for resource in context.record.of("Procedure", "Encounter") for item in _done(context, resource)
        ]
    return [item for item in context.done if item.hit.set in sets]


def _done(context: Context, resource: ReadResource) -> list[Done]:
    model: Any = resource.model
    if status_of(model) in NOT_DONE:
        context.gap(GapKind.EXCLUDED, resource, "status", f"is {status_of(model)}; not used", matters=False)
        return []
    days = first_days(model, context.zone, *PERFORMED)
    if not context.in_past(resource, days, "performed"):
        return []
    sure = sure_days(model, context.zone, *PERFORMED)
    found = []
    for hit in plain(resource.hits):
        source = FactSource(resource.reference, context.label(hit, said(days)))
        site = site_of(context, resource, hit, model) if resource.type == "Procedure" else Site()
        found.append(Done(hit, site, days, sure, source, resource))
    return found


def procedure_notes(context: Context) -> None:
    """Statements in the notes of procedures that some rule reads."""
    for resource in context.record.of("Procedure"):
        add_notes(context, resource)


def counts(context: Context) -> None:
    """Sessions in each rolling window by region: one day is one session, an unknown region counts in all."""
    for need in context.needs:
        if need.extractor == "count":
            _count(context, need)


def _count(context: Context, need: Need) -> None:
    items = [item for item in done(context, frozenset(need.of)) if item.hit.concept in need.concepts]
    for item in items:
        if item.days is None:
            context.gap(GapKind.UNREAD, item.resource, "performed", "has no date and could not be counted")
    dated = [item for item in items if item.days is not None]
    if dated and not need.anywhere and not any(region for item in dated for region in _regions(item)):
        for item in dated:
            context.gap(GapKind.UNREAD, item.resource, "bodySite", "has no region and could not be counted for one")
    regions = {one for item in dated for region in _regions(item) if region for one in _counted_with(need, region)}
    regions = {""} if need.anywhere else regions
    for window in context.windows[need.count]:
        start = months_back(context.question.today, window.months)
        for region in sorted(regions):
            # A session of unknown region may have been here: counted, since the limit protects.
            inside = [item for item in dated if item.days and item.days.last > start and _counts(need, item, region)]
            sessions = {item.days.last for item in inside if item.days}
            fields = {"name": need.count, "region": region, "window": window.id, "count": len(sessions)}
            if sessions:
                context.add("count", fields, [item.source for item in inside])


def _counted_with(need: Need, region: str) -> tuple[str, ...]:
    """The regions whose sessions count as sessions of this one."""
    return next((group for group in need.together if region in group), (region,))


def _counts(need: Need, item: Done, region: str) -> bool:
    possible = _regions(item)
    return need.anywhere or possible == [""] or any(one in _counted_with(need, region) for one in possible)


def _regions(item: Done) -> list[str]:
    possible = item.hit.attributes.get("regions_possible")
    if item.site.region or not isinstance(possible, list):
        return [item.site.region]
    return [str(region) for region in possible]
