"""The numbers that criteria were judged by, each once, with where it comes from."""

from __future__ import annotations

from typing import NamedTuple

from service.prior_auth.lines import ranked
from service.prior_auth.packet import Packet
from service.rules.finding import Value
from service.rules.model import Source
from service.rules.reason import span
from service.rules.values import RECORD


class Number(NamedTuple):
    """One number that was judged by, and where it comes from."""

    note: int
    value: str
    source: str
    status: str


def judged_by(packet: Packet) -> dict[tuple[str, Source], Number]:
    """The numbers that criteria were judged by, with a note for each; what the record itself says is none."""
    found: dict[tuple[str, Source], Number] = {}
    for checklist in packet.checklists:
        for item in ranked(checklist.criteria):
            for value in item.values:
                if value.source != RECORD:
                    number = Number(len(found) + 1, value_said(value), source_said(value.source), value.source.status)
                    found.setdefault((number.value, value.source), number)
    return found


def value_said(value: Value) -> str:
    """`limit count: 4 sessions`."""
    said = span(value.value, value.unit) if isinstance(value.value, int | float) else value.value
    return f"{value.name.replace('_', ' ')}: {said}"


def source_said(source: Source) -> str:
    """Title, section and address."""
    return ", ".join(filter(None, [source.title, source.section, source.href]))
