"""Goals, and goals in the notes of orders in hand → `goal` facts: what is to be reached, and whether it is ahead."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from service.facts.dates import first_days, said
from service.facts.extract.context import Context, code_of
from service.facts.extract.in_hand import in_hand, index_of
from service.facts.extract.plans import ORDERED
from service.facts.fact import FactSource
from service.fhir.record import GapKind, ReadResource
from service.fhir.references import Owner
from service.terminology.value_sets import Hit

NEVER_MEANT = frozenset({"entered-in-error", "rejected"})
OVER = frozenset({"completed", "cancelled"})
REACHED = frozenset({"achieved", "sustaining"})
NOT_AHEAD = -1


def goals(context: Context) -> None:
    """One fact for each goal of the sets asked for; `rank` counts those still ahead, -1 for one that is not."""
    for set_id in sorted(context.sets("goal")):
        ahead, meant = 0, set[str]()
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
            meant |= {hit.concept} if state == "ahead" else set()
            context.add("goal", fields, [FactSource(resource.reference, label)])
        for name, hit in _ordered(context, set_id):
            if hit.concept not in meant:
                meant.add(hit.concept)
                title = context.concept(hit).title
                fields = {"set": set_id, "concept": hit.concept, "title": title, "state": "ahead", "rank": ahead}
                ahead += 1
                context.add("goal", fields, [FactSource(name, context.label(hit, "goal of the order"))])


def _ordered(context: Context, set_id: str) -> Iterator[tuple[str, Hit]]:
    """What the notes of the orders in hand name behind a word for a goal, with the order."""
    index = index_of(context)
    for raw in in_hand(context, ORDERED, index):
        if index.owner(raw.get("subject")) is Owner.OTHER:
            continue
        name = f"{ORDERED}/{raw['id']}" if raw.get("id") else f"draft {ORDERED}"
        notes: Any = raw.get("note")
        known = [note for note in notes if isinstance(note, dict)] if isinstance(notes, list) else []
        texts = [str(note.get("text") or "") for note in known]
        for aim in (aim for text in texts for aim in context.reader.aims(text)):
            yield from ((name, hit) for hit in context.index.by_text("goal", aim) if hit.set == set_id)


def _status(resource: ReadResource) -> str:
    return str(getattr(resource.model, "lifecycleStatus", None) or "").strip().lower()


def _state(resource: ReadResource) -> str:
    """`ahead`, `reached`, or `over` without having been reached."""
    model: Any = resource.model
    if code_of(model.achievementStatus) in REACHED:
        return "reached"
    return "over" if _status(resource) in OVER else "ahead"
