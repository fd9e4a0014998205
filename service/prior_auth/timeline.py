"""The course in a picture: what began, was tried, seen, done and ordered, on one axis of time; readable without colour.

Positions are in the picture's own units, days run from left to right; every mark has a line and a label of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from service.facts.fact import Fact, FactSource
from service.prior_auth.evidence import CONDITION, RESPONSE, SINCE, courses, relevant
from service.prior_auth.packet import Packet

WIDTH, LEFT, RIGHT, LINE, TOP = 720, 96, 708, 17, 24
LONGEST_DAYS = 3 * 365
MARGIN_DAYS = 10
MOST_OF_A_KIND = 6
LONGEST_LABEL = 92
DAY = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
# Room for a letter of the labels, and between them and their marks.
LETTER, GAP = 4.9, 9
MONTHS_APART = ((120, 1), (400, 2), (800, 3), (2000, 6))


class Mark(NamedTuple):
    """Something on the axis; `first` and `last` are the same day for a moment."""

    row: str
    shape: str
    first: date
    last: date
    label: str
    ticks: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Drawn:
    """A mark in the picture's units; `row` only where a new row begins, `cut` where it began before the picture.

    The label is in the mark's line, or above it where that has no room.
    """

    row: str
    shape: str
    x: float
    width: float
    y: float
    label: str
    label_y: float
    label_x: float
    anchor: str
    label_left: float
    label_width: float
    ticks: tuple[float, ...]
    cut: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything that the drawing needs; `said` is the same in words."""

    width: int
    height: int
    left: int
    right: int
    today: float
    months: tuple[tuple[float, str], ...]
    marks: tuple[Drawn, ...]
    said: str


def picture(packet: Packet) -> Picture | None:
    """The timeline of a packet; None where the record dates nothing."""
    today = packet.evaluation.question.today
    marks = list(_marks(packet, today))
    if not marks:
        return None
    first = max(min(mark.first for mark in marks), today - timedelta(days=LONGEST_DAYS)) - timedelta(days=MARGIN_DAYS)
    last = max(today, *(mark.last for mark in marks)) + timedelta(days=MARGIN_DAYS)
    scale = (RIGHT - LEFT) / (last - first).days

    def x(day: date) -> float:
        return round(LEFT + max((day - first).days, 0) * scale, 1)

    drawn, row, y = [], "", TOP
    for mark in marks:
        start, end = x(mark.first), x(mark.last)
        label, label_y = _short(mark.label), y
        width = round(len(label) * LETTER, 1)
        placed = _beside(mark.shape, start, end, width)
        if placed is None:
            y += LINE
        label_x, anchor = placed or _above(start, width)
        drawn.append(
            Drawn(
                mark.row if mark.row != row else "",
                mark.shape,
                start,
                round(max(end - start, 1.0), 1),
                y,
                label,
                label_y,
                label_x,
                anchor,
                round(label_x - (width if anchor == "end" else 0), 1),
                width,
                tuple(x(day) for day in mark.ticks),
                mark.first < first,
            )
        )
        row = mark.row
        y += LINE
    said = "; ".join(f"{mark.row}: {mark.label}" for mark in marks)
    height = y + 20
    return Picture(WIDTH, height, LEFT, RIGHT, x(today), tuple(_months(first, last, x)), tuple(drawn), said)


def _beside(shape: str, start: float, end: float, width: float) -> tuple[float, str] | None:
    """Where a label of some width goes: after its mark, before it, or inside an open one; None where none has room."""
    if end + GAP + width <= RIGHT:
        return round(end + GAP, 1), "start"
    if start - GAP - width >= LEFT:
        return round(start - GAP, 1), "end"
    return (round(start + GAP, 1), "start") if shape == "open" else None


def _above(start: float, width: float) -> tuple[float, str]:
    """In a line of its own, over the beginning of the mark as far as there is room."""
    return (start, "start") if start + width <= RIGHT else (RIGHT, "end")


def _months(first: date, last: date, x: Callable[[date], float]) -> Iterator[tuple[float, str]]:
    step = next((months for days, months in MONTHS_APART if (last - first).days <= days), 12)
    month = first.year * 12 + first.month
    while (day := date(month // 12, month % 12 + 1, 1)) < last:
        if (month % 12) % step == 0:
            yield x(day), day.strftime("%Y-%m")
        month += 1


def _marks(packet: Packet, today: date) -> Iterator[Mark]:
    facts, visits = relevant(packet), courses(packet)
    treated = [fact for fact in facts if fact.kind == "span" or _is_visit(fact, visits)]
    done = [fact for fact in facts if not _is_visit(fact, visits)]
    yield from _latest(_begun(facts, today))
    yield from _latest(_treated(treated))
    yield from _latest(_moments(facts, ("imaging",), "Imaging", "diamond", today))
    yield from _latest(_moments(done, (*RESPONSE, "procedure", "count"), "Procedures", "triangle", today))
    for fact in packet.ordered:
        if fact.fields["date"]:
            day = date.fromisoformat(fact.fields["date"])
            yield Mark("Ordered", "square", day, day, f"{fact.fields['title']}, {day}")


def _is_visit(fact: Fact, visits: set[str]) -> bool:
    return fact.kind == "procedure" and fact.fields["concept"] in visits


def _latest(marks: Iterable[Mark]) -> list[Mark]:
    """The last few, by day; one for each day and label."""
    return sorted(set(marks), key=lambda mark: (mark.first, mark.label))[-MOST_OF_A_KIND:]


def _begun(facts: Iterable[Fact], today: date) -> Iterator[Mark]:
    """One bar for each day on which something is said to have begun; the label has the date as it was told."""
    days: dict[tuple[date, str], list[str]] = {}
    for fact in facts:
        if fact.kind == CONDITION and fact.fields["onset_known"] and fact.fields["onset_days"] >= 0:
            day = today - timedelta(days=fact.fields["onset_days"])
            for source in fact.sources:
                name, since, told = source.label.partition(SINCE)
                days.setdefault((day, since + told), []).append(name)
    for (day, told), names in days.items():
        yield Mark("Since", "open", day, today, f"{' and '.join(dict.fromkeys(names))}{told}")


def _treated(facts: Iterable[Fact]) -> Iterator[Mark]:
    """One bar for each treatment, from its first to its last contact, with a tick for each."""
    groups: dict[str, set[date]] = {}
    for fact in facts:
        for source in fact.sources:
            for day in days_in(source.label):
                groups.setdefault(DAY.split(source.label)[0].strip(" ,(") or "treatment", set()).add(day)
    for name, found in groups.items():
        days = sorted(found)
        times = f"{len(days)} times, {days[0]} to {days[-1]}" if len(days) > 1 else str(days[0])
        yield Mark("Treatment", "solid", days[0], days[-1], f"{name}, {times}", tuple(days))


def _moments(facts: Iterable[Fact], kinds: tuple[str, ...], row: str, shape: str, today: date) -> Iterator[Mark]:
    """What was done on one day; of facts about one resource the first kind of `kinds` speaks."""
    told: set[str] = set()
    for fact in (fact for kind in kinds for fact in facts if fact.kind == kind):
        for source in [_lead(fact)] if fact.kind in RESPONSE else fact.sources:
            if source.reference not in told:
                told.update(item.reference for item in (fact.sources if fact.kind in RESPONSE else (source,)))
                for day in [found for found in days_in(source.label) if found <= today][:1]:
                    yield Mark(row, shape, day, day, source.label)


def _lead(fact: Fact) -> FactSource:
    """Of a procedure and the scores around it, the procedure."""
    return max(fact.sources, key=lambda source: source.reference.startswith("Procedure/"))


def days_in(label: str) -> list[date]:
    """The whole days that a label names."""
    found = []
    for match in DAY.finditer(label):
        try:
            found.append(date(*map(int, match.groups())))
        except ValueError:
            continue
    return found


def _short(label: str) -> str:
    return label if len(label) <= LONGEST_LABEL else label[: LONGEST_LABEL - 1].rstrip() + "…"
