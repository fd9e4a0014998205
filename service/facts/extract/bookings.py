"""Appointments in hand: the order behind each, or what is booked by its own words, and the day.

A booking whose procedure cannot be told becomes an `unrecognised` fact; whether that matters is for the rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from service.facts.dates import Days, days_of, period_of
from service.facts.extract.context import Context, status_of, words
from service.facts.extract.in_hand import index_of, note
from service.facts.extract.plans import BOOKING, ORDERED
from service.facts.fact import FactSource
from service.fhir.intake import subject_of
from service.fhir.record import Gap, GapKind, ReadResource
from service.fhir.references import Index, Owner
from service.fhir.repair import read

OVER = frozenset({"cancelled", "noshow", "fulfilled", "entered-in-error"})
# Concepts of a value set of bookings: what the words of an unnamed booking are about.
CLINIC, INJECTION, ELSEWHERE, VISIT = "spine-clinic", "injection", "elsewhere", "visit"
Raw = Mapping[str, Any]


class Booking(NamedTuple):
    """What is booked (the order behind it, or the appointment itself), its days, and the appointment as a source."""

    resource: ReadResource
    days: Days | None
    also: tuple[FactSource, ...] = ()


def bookings(context: Context, recognise: Any) -> list[Booking]:
    """What the appointments in hand are for; what cannot be told is a fact, what cannot be used is reported."""
    raws = [raw for raw in context.question.orders if raw.get("resourceType") == BOOKING]
    if not raws or not context.sets("order"):
        return []
    index = index_of(context)
    return [booking for raw in raws for booking in _booked(context, recognise, raw, index)]


def _booked(context: Context, recognise: Any, raw: Raw, index: Index) -> Iterator[Booking]:
    name = f"{BOOKING}/{raw['id']}" if raw.get("id") else BOOKING
    references = [str(item.get("reference") or "") for item in _list(raw.get("basedOn")) if isinstance(item, Mapping)]
    targets = [index.find(reference, raw) for reference in references]
    orders = [target for target in targets if target is not None and target.get("resourceType") == ORDERED]
    owners = [index.owner(subject_of(raw, BOOKING, index)), *(index.owner(order.get("subject")) for order in orders)]
    if Owner.OTHER in owners:
        problem = "the appointment, or the order that it is for, is another patient's; not used"
        note(context, Gap(GapKind.OTHER_PATIENT, name, "participant", problem, True))
        return
    model = _read(context, BOOKING, name, raw)
    if model is None:
        return
    if status_of(model) in OVER:
        note(context, Gap(GapKind.EXCLUDED, name, "status", f"is {status_of(model)}; not used"))
        return
    days = _days(context, name, model)
    ordered = list(_ordered(context, recognise, orders, index))
    if ordered:
        label = f"appointment, for {days.first.isoformat()}" if days else "appointment, without a day"
        yield from (Booking(resource, days, (FactSource(name, label),)) for resource in ordered)
        return
    hits = tuple(hit for hit in recognise(raw, index) or () if hit.set in context.sets("order"))
    told = _told(context, model)
    named = [hit for hit in hits if hit.set in context.sets("booking")]
    # Words alone do not tell a procedure from a visit that is about it.
    visit = VISIT in told and all(hit.via == "text" for hit in hits)
    if hits and not visit:
        yield Booking(ReadResource(BOOKING, name, model, hits, raw, ""), days)
    if visit or not named:
        _unrecognised(context, name, days, _why(bool(named), told, None in targets))


def _ordered(context: Context, recognise: Any, orders: Sequence[Raw], index: Index) -> Iterator[ReadResource]:
    """The orders behind an appointment that ask for something some rule knows."""
    for raw in orders:
        hits = tuple(hit for hit in recognise(raw, index) or () if hit.set in context.sets("order"))
        name = f"{ORDERED}/{raw['id']}" if raw.get("id") else ORDERED
        model = _read(context, ORDERED, name, raw) if hits else None
        if model is not None:
            yield ReadResource(ORDERED, name, model, hits, raw, "")


def _read(context: Context, kind: str, name: str, raw: Raw) -> Any:
    reading = read(kind, raw)
    for element, what in reading.repairs:
        note(context, Gap(GapKind.REPAIRED, name, element, what))
    if reading.model is None:
        note(context, Gap(GapKind.UNREAD, name, "", reading.problem, True))
    return reading.model


def _days(context: Context, name: str, model: Any) -> Days | None:
    """The day booked, else the first day asked for; a day that is over is no day to count from."""
    periods = [period_of(period, context.zone) for period in model.requestedPeriod or ()]
    days = days_of(model.start, context.zone) or min((item for item in periods if item), default=None)
    if days is None or days.last >= context.question.today:
        return days
    problem = f"is for {days.last.isoformat()}, which is over; no dates were worked out"
    note(context, Gap(GapKind.CONTRADICTION, name, "start", problem, True))
    return None


def _told(context: Context, model: Any) -> set[str]:
    """What the words of a booking are about."""
    concepts = (*(model.serviceType or ()), *(model.reasonCode or ()))
    texts = [words(concept) for concept in concepts]
    texts += [str(getattr(model, name, None) or "") for name in ("description", "comment", "patientInstruction")]
    found = (hit for text in texts for hit in context.index.by_text("booking", text))
    return {hit.concept for hit in found if hit.set in context.sets("booking")}


def _why(named: bool, told: set[str], lost: bool) -> str:
    """Why the procedure cannot be told; '' where nothing says that the booking is for one."""
    if named:
        return "visit-or-procedure"
    if lost:
        return "order-not-sent"
    if VISIT in told:
        return ""
    if CLINIC in told:
        return "words"
    return "injection" if INJECTION in told and ELSEWHERE not in told else ""


def _unrecognised(context: Context, name: str, days: Days | None, why: str) -> None:
    if not why:
        return
    day = days.first.isoformat() if days else ""
    label = f"appointment for {day}, procedure not recognised" if day else "appointment, procedure not recognised"
    context.add("unrecognised", {"what": "appointment", "why": why, "date": day}, [FactSource(name, label)])


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
