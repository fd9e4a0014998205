"""Goal → `goal` facts: what the patient is meant to reach, and whether that is still ahead."""

from __future__ import annotations

from typing import Any

from service.facts.dates import first_days, said
from service.facts.extract.context import Context, code_of
from service.facts.fact import FactSource
from service.fhir.record import GapKind, ReadResource

NEVER_MEANT = frozenset({"entered-in-error", "rejected"})
OVER = frozenset({"completed", "cancelled"})
REACHED = frozenset({"achieved", "sustaining"})
NOT_AHEAD = -1


def goals(context: Context) -> None:
    """One fact for each goal of the sets asked for; `rank` counts those still ahead, -1 for one that is not."""
    for set_id in sorted(context.sets("goal")):
        ahead = 0
        for resource in context.record.of("Goal"):
            hit = next(iter(context.hits(resource, frozenset({set_id}))), None)
            status = _status(resource)
            if hit is None:
                continue
            if status in NEVER_MEANT:
                context.gap(GapKind.EXCLUDED, resource, "lifecycleStatus", f"is {status}; not used", matters=False)
                continue
            state = _state(resource)
            days = first_days(resource.model, context.zone, "startDate")
            label = context.label(hit, f"goal ({said(days)})" if days else "goal", "" if state == "ahead" else state)
            fields = {
                "set": set_id,
                "concept": hit.concept,
                "title": context.concept(hit).title,
                "state": state,
                "rank": ahead if state == "ahead" else NOT_AHEAD,
            }
            ahead += state == "ahead"
            context.add("goal", fields, [FactSource(resource.reference, label)])


def _status(resource: ReadResource) -> str:
    return str(getattr(resource.model, "lifecycleStatus", None) or "").strip().lower()


def _state(resource: ReadResource) -> str:
    """`ahead`, `reached`, or `over` without having been reached."""
    model: Any = resource.model
    if code_of(model.achievementStatus) in REACHED:
        return "reached"
    return "over" if _status(resource) in OVER else "ahead"
