"""The state of a packet in a sentence for each policy."""

from __future__ import annotations

from collections import Counter

from service.prior_auth.lines import WORDS, policy_title
from service.prior_auth.packet import Packet

OPEN = frozenset({"not-met", "not-documented"})


def counted(packet: Packet) -> list[str]:
    """`Medicare epidural criteria: of 8 criteria 7 are met, 0 not met, 1 not documented.`, for each checklist."""
    said = []
    for checklist in packet.checklists:
        counts = Counter(item.status for item in checklist.criteria)
        asked = sum(number for status, number in counts.items() if status != "not-applicable")
        rest = f"; {counts['not-applicable']} not applicable" if counts["not-applicable"] else ""
        numbers = ", ".join(f"{counts[name]} {WORDS[name]}" for name in ("met", "not-met", "not-documented"))
        said.append(f"{policy_title(packet, checklist)}: of {asked} criteria that apply, {numbers}{rest}.")
    return said


def is_complete(packet: Packet) -> bool:
    """Whether no criterion of any checklist is open."""
    return not any(item.status in OPEN for checklist in packet.checklists for item in checklist.criteria)
