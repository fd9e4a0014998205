"""The state of a packet in a sentence for each policy."""

from __future__ import annotations

from collections import Counter

from service.prior_auth.lines import WORDS, named, policy_title, ranked
from service.prior_auth.packet import Packet
from service.rules.finding import Finding

OPEN = frozenset({"not-met", "not-documented"})


def counted(packet: Packet) -> list[str]:
    """`Medicare epidural criteria: of 8 criteria that apply, 7 met, 0 not met, 1 not documented. Not documented: ...`.

    A text for each checklist.
    """
    said = []
    for checklist in packet.checklists:
        counts = Counter(item.status for item in checklist.criteria)
        asked = sum(number for status, number in counts.items() if status != "not-applicable")
        rest = f"; {counts['not-applicable']} not applicable" if counts["not-applicable"] else ""
        numbers = ", ".join(f"{counts[name]} {WORDS[name]}" for name in ("met", "not-met", "not-documented"))
        asked_for = f"{policy_title(packet, checklist)}: of {asked} criteria that apply, {numbers}{rest}."
        said.append(asked_for + _open(checklist))
    return said


def _open(checklist: Finding) -> str:
    """Which criteria something has to be done about, by status."""
    names: dict[str, list[str]] = {}
    for item in ranked(checklist.criteria):
        if item.status in OPEN:
            names.setdefault(WORDS[item.status].capitalize(), []).append(named(item.id))
    return "".join(f" {word}: {', '.join(found)}." for word, found in names.items())


def is_complete(packet: Packet) -> bool:
    """Whether no criterion of any checklist is open."""
    return not any(item.status in OPEN for checklist in packet.checklists for item in checklist.criteria)
