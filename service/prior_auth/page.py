"""The packet as a page for people: HTML without script, styles in one element, everything from a record escaped."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from service.facts.fact import FactSource
from service.prior_auth.attachments import Attachments
from service.prior_auth.document import included
from service.prior_auth.lines import (
    NONE,
    WORDS,
    Section,
    missing_lines,
    named,
    policy_title,
    ranked,
    sections,
)
from service.prior_auth.narrative import UNPRINTABLE
from service.prior_auth.numbers import Number, judged_by, source_said, value_said
from service.prior_auth.packet import Packet
from service.prior_auth.payer import IN_FORCE, covers
from service.prior_auth.raw import codes, day, human_name, quantity
from service.prior_auth.sources import Sources
from service.prior_auth.summary import counted
from service.prior_auth.timeline import picture
from service.rules.finding import CriterionResult, Finding
from service.rules.model import Source
from service.rules.policy import Policy

TEMPLATES = Path(__file__).parent / "templates"
CSS = (TEMPLATES / "packet.css").read_text(encoding="utf-8")
# For the header of whoever serves the page: the one style element, and nothing else from anywhere.
CSP = (
    f"default-src 'none'; style-src 'sha256-{base64.b64encode(hashlib.sha256(CSS.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# Marks that turn the direction of what follows could make a page say what its text does not.
TURNING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# A section of many contacts of one kind, told together.
MANY = "treatment"
EVIDENCE = ("diagnosis", "symptoms", "imaging", "treatment", "procedures", "plan")


class Row(NamedTuple):
    """One criterion as the page shows it; `notes` number the sources of its numbers."""

    name: str
    status: str
    word: str
    needed: str
    found: str
    supplier: str
    evidence: list[str]
    notes: list[int]


def html(packet: Packet, when: datetime) -> str:
    """The page, as of `when`; the same packet and `when` give the same page."""
    sources = Sources(packet)
    parts = sections(packet, sources)
    attached = Attachments(included(packet, sources, parts), sources, parts)
    numbers = judged_by(packet)
    today = packet.evaluation.question.today.isoformat()
    patient = packet.evaluation.record.patient
    raw = patient.raw if patient else {}
    return (
        _environment()
        .get_template("packet.html.jinja")
        .render(
            css=Markup(CSS),
            title=packet.title,
            created=when.isoformat(timespec="seconds"),
            day=today,
            version=packet.content_version,
            patient={"name": human_name(raw), "born": day(raw.get("birthDate"))},
            header=list(_header(packet, sources)),
            summary=" ".join(counted(packet)),
            checklists=[_checklist(packet, item, attached, numbers) for item in packet.checklists],
            picture=picture(packet),
            safety=_said(parts, "safety", attached),
            wanted=list(_wanted(packet)),
            not_found=[attached.marked(line.text, line.references) for line in missing_lines(packet, sources)],
            evidence=[
                {"title": part.title, "lines": _said(parts, part.id, attached)} for part in parts if part.id in EVIDENCE
            ],
            nothing=NONE,
            attachments=attached.listed,
            numbers=list(numbers.values()),
            policies=[_policy(policy) for policy in packet.policies.values()],
        )
    )


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, finalize=_printable
    )


def _printable(value: Any) -> Any:
    """Without what no page can hold, and without what would turn the direction of text."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return TURNING.sub("", UNPRINTABLE.sub("\ufffd", value))


def _header(packet: Packet, sources: Sources) -> Iterator[tuple[str, str]]:
    patient = packet.evaluation.record.patient
    raw, order = patient.raw if patient else {}, packet.order
    paying = [cover.said for cover in covers(packet, sources) if cover.state == IN_FORCE]
    ordered = packet.ordered
    yield "Patient", human_name(raw) or "name not in the record"
    yield "Born", day(raw.get("birthDate")) or "not in the record"
    yield "Payer", "; ".join(paying) or "no coverage in force in the record"
    yield "Code", ", ".join(codes(order.get("code"), "cpt", "hcpcs", "snomed")) or "not coded"
    yield "Procedure", "; ".join(dict.fromkeys(str(fact.fields["title"]) for fact in ordered))
    yield "Units", quantity(order.get("quantityQuantity")) or "not stated"
    yield "Side", ", ".join(filter(None, (str(fact.fields["side"]) for fact in ordered))) or "not stated"
    yield (
        "Region",
        ", ".join(
            filter(None, (" ".join(filter(None, [fact.fields["region"], fact.fields["level"]])) for fact in ordered))
        )
        or "not stated",
    )
    yield "Service date", ", ".join(filter(None, (str(fact.fields["date"]) for fact in ordered))) or "not set"
    yield "Ordered by", sources.who(order.get("requester"), order) or "not named"


def _checklist(
    packet: Packet, checklist: Finding, attached: Attachments, numbers: dict[tuple[str, Source], Number]
) -> dict[str, Any]:
    policy = packet.policies.get(checklist.policy)
    return {
        "title": policy_title(packet, checklist),
        "about": f"{_in_force(policy)}, status {policy.source.status}, checked {policy.checked}" if policy else "",
        "rows": [_row(item, attached, numbers) for item in ranked(checklist.criteria)],
    }


def _row(item: CriterionResult, attached: Attachments, numbers: dict[tuple[str, Source], Number]) -> Row:
    notes = [numbers[key].note for value in item.values if (key := (value_said(value), value.source)) in numbers]
    evidence = attached.evidence(item.because)
    name, word = named(item.id).capitalize(), WORDS[item.status]
    return Row(name, item.status, word, item.needed, item.found, item.supplier, evidence, sorted(set(notes)))


def _wanted(packet: Packet) -> Iterator[CriterionResult | dict[str, str]]:
    for checklist in packet.checklists:
        for item in ranked(checklist.criteria):
            if item.status == "not-documented":
                name = named(item.id).capitalize()
                yield {"name": name, "needed": item.needed, "found": item.found, "supplier": item.supplier}


def _said(parts: Sequence[Section], name: str, attached: Attachments) -> list[str]:
    lines = [line for part in parts if part.id == name for line in part.lines]
    if name == MANY:
        return attached.evidence(FactSource(cited, line.text) for line in lines for cited in line.references)
    return [attached.marked(line.text, line.references) for line in lines]


def _in_force(policy: Policy) -> str:
    return f"in force from {policy.from_}" + (f" until {policy.until}" if policy.until else "")


def _policy(policy: Policy) -> str:
    note = f" {policy.note}" if policy.note else ""
    return (
        f"{policy.title}: {_in_force(policy)}; {source_said(policy.source)}; status {policy.source.status}, "
        f"checked {policy.checked}.{note}"
    )
