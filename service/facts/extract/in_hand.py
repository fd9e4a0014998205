"""What the user has in hand, as raw resources: drafts, or orders of the record that are being dispatched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.facts.extract.context import Context
from service.fhir.record import Gap, GapKind
from service.fhir.references import Index
from service.fhir.sent import Entry

# What else can be dispatched (a meal, a device, a pair of glasses) is no order that any rule reads.
READ_WHEN_DISPATCHED = frozenset({"ServiceRequest", "MedicationRequest"})
WRONG = "entered-in-error"
Raw = Mapping[str, Any]


def index_of(context: Context) -> Index:
    """What a reference of anything in hand may point at: what is in hand, what came along, and the record."""
    if context.in_hand is None:
        question = context.question
        entries = [Entry(raw) for raw in (*question.orders, *question.beside)]
        entries += [entry for known in context.record.keys.values() for entry in known.entries]
        known = [entry for entry in entries if isinstance(entry.resource, dict)]
        context.in_hand = Index(known, question.patient_id)
    return context.in_hand


def in_hand(context: Context, kind: str, index: Index) -> list[Raw]:
    """Raw orders of one type: drafts, and dispatched service requests; a dispatched order that is not there is said.

    A dispatched drug stands in the record as what it is: an order that was signed.
    """
    found = [raw for raw in context.question.orders if raw.get("resourceType") == kind]
    for reference in context.question.dispatched:
        raw = _dispatched(context, reference, index)
        if raw is not None and kind == "ServiceRequest" and raw.get("resourceType") == kind and raw not in found:
            found.append(raw)
    return found


def _dispatched(context: Context, reference: str, index: Index) -> Raw | None:
    plain = reference.split("/_history/")[0].split("/")
    named = plain[-2] if len(plain) > 1 else ""
    raw = index.find(reference, {})
    if raw is None:
        if named in READ_WHEN_DISPATCHED or not named:
            problem = "the dispatched order was neither sent nor found; what it needs could not be checked"
            note(context, Gap(GapKind.UNREAD, "/".join(plain[-2:]), "", problem, True))
        return None
    if str(raw.get("status") or "").strip().lower() == WRONG:
        problem = f"the dispatched order is {WRONG}; not used"
        note(context, Gap(GapKind.UNREAD, "/".join(plain[-2:]), "status", problem, True))
        return None
    return raw


def note(context: Context, gap: Gap) -> None:
    """Report a gap once."""
    if gap not in context.record.gaps:
        context.record.gaps.append(gap)
