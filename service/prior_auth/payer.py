"""Who pays: every Coverage of the record, whether it is in force on the day, and what is odd about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from service.prior_auth.packet import Packet
from service.prior_auth.raw import MEMBER_NUMBER, Raw, day, items, text, words
from service.prior_auth.sources import Sources, identity
from service.rules.parameters import DEFAULT_POLICY

IN_FORCE, OVER, NOT_YET, VOID, DRAFT = "in force", "over", "not yet in force", "void", "only a draft"
COVERAGE = "Coverage"
# One stable word for each oddity, as checklist.json has it.
PAYER_UNKNOWN, NO_COVERAGE, SEVERAL = "payer-unknown", "coverage-missing", "several-payers"
EXPIRED, NOT_STARTED, CANCELLED, DRAFTED, ANOTHERS = (
    "coverage-expired",
    "coverage-not-started",
    "coverage-cancelled",
    "coverage-draft",
    "coverage-of-another-patient",
)
NAMELESS = "order-names-no-patient"
WORDS = {OVER: EXPIRED, NOT_YET: NOT_STARTED, VOID: CANCELLED, DRAFT: DRAFTED}


class Remark(NamedTuple):
    """Something a reader should know about the packet; `word` is stable, `references` what it is about."""

    word: str
    text: str
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cover:
    """One Coverage in plain words; `member` is its number as recorded, `rank` its place among payers, 0 untold."""

    reference: str
    payer: str
    plan: str
    member: str
    period: str
    state: str
    rank: int = 0

    @property
    def said(self) -> str:
        """`Name, plan, member 123, from 2026-01-01`."""
        member = f"member {self.member}" if self.member else ""
        return ", ".join(filter(None, [self.payer or "payer not named", self.plan, member, self.period]))


def covers(packet: Packet, sources: Sources) -> list[Cover]:
    """The patient's coverages, those in force first."""
    found = [
        _cover(entry.resource, sources, packet.served)
        for key in packet.evaluation.record.keys.values()
        for entry in key.entries
        if isinstance(entry.resource, dict) and entry.resource.get("resourceType") == COVERAGE
        if any(entry.resource is known.resource for known in sources.find(identity(entry.resource)))
    ]
    return sorted(dict.fromkeys(found), key=lambda cover: (cover.state != IN_FORCE, cover.reference))


def remarks(packet: Packet, sources: Sources) -> Iterator[Remark]:
    """What is odd about who pays, and about the order."""
    known = covers(packet, sources)
    current = [cover for cover in known if cover.state == IN_FORCE]
    for cover in known:
        if cover.state != IN_FORCE:
            yield Remark(WORDS[cover.state], f"A coverage on record is {cover.state}; not used", (cover.reference,))
    if len(current) > 1:
        yield Remark(SEVERAL, _several(current), tuple(cover.reference for cover in current))
    if _of_another(packet):
        yield Remark(ANOTHERS, "A coverage that was sent belongs to another patient; not used")
    if not current:
        yield Remark(NO_COVERAGE, "No coverage in force is in the record")
    if any(item.policy == DEFAULT_POLICY for item in packet.checklists):
        yield Remark(PAYER_UNKNOWN, "The payer's criteria are unknown; this is judged by the clinic's own checklist")
    if sources.is_nobodys(packet.order):
        yield Remark(NAMELESS, "The order does not say by reference or number which patient it is for")


def _several(current: list[Cover]) -> str:
    """That there are several, and who pays first where each says its place."""
    ranks = [cover.rank for cover in current]
    told = all(ranks) and len(set(ranks)) == len(ranks)
    first = min(current, key=lambda cover: cover.rank)
    who = f"{first.payer or 'one that is not named'} pays first by their order" if told else ""
    return f"{len(current)} coverages are in force; {who or 'who pays first has to be settled before this is sent'}"


def _of_another(packet: Packet) -> bool:
    gaps = packet.evaluation.record.gaps
    return any(gap.kind == "other-patient" and gap.where.split("/")[0] == COVERAGE for gap in gaps)


def _cover(raw: Raw, sources: Sources, served: str) -> Cover:
    period = items(raw.get("period"))
    start, end = (day(period[0].get(name)) if period else "" for name in ("start", "end"))
    said = " ".join(filter(None, [f"from {start}" if start else "", f"to {end}" if end else ""]))
    state, rank = _state(raw, start, end, served), raw.get("order")
    place = rank if isinstance(rank, int) and rank > 0 else 0
    return Cover(identity(raw), _payers(raw, sources), _plan(raw), _member(raw), said, state, place)


def _state(raw: Raw, start: str, end: str, served: str) -> str:
    if raw.get("status") in ("cancelled", "entered-in-error"):
        return VOID
    if raw.get("status") == "draft":
        return DRAFT
    # A partial date compares by the part that it tells.
    if end and end < served[: len(end)]:
        return OVER
    return NOT_YET if start and start > served[: len(start)] else IN_FORCE


def _payers(raw: Raw, sources: Sources) -> str:
    return " and ".join(filter(None, (_payer(raw, payor, sources) for payor in items(raw.get("payor")))))


def _payer(raw: Raw, payor: Raw, sources: Sources) -> str:
    number = next((text(item.get("value")) for item in items(payor.get("identifier"))), "")
    return sources.who(payor, raw) or (f"payer number {number}" if number else "")


def _plan(raw: Raw) -> str:
    classes = [text(item.get("name")) or text(item.get("value")) for item in items(raw.get("class"))]
    return ", ".join(dict.fromkeys(filter(None, [words(raw.get("type")), *classes])))


def _member(raw: Raw) -> str:
    for identifier in items(raw.get("identifier")):
        kinds = [coding.get("code") for kind in items(identifier.get("type")) for coding in items(kind.get("coding"))]
        if MEMBER_NUMBER in kinds:
            return text(identifier.get("value"))
    return text(raw.get("subscriberId"))
