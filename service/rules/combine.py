"""Several conclusions of one rule about one procedure → one plan that names them all, the longest interval leading.

rule.yaml:  combines: [{outcome: one-plan, of: [hold, ask], longest: [hold_days, hold_hours], apart: plan.drug}]

The outcome's texts see `members` and `lead` (what each member's own texts saw), `gravest` (the gravest indicator), and
`values` (the lead's). The members stay as findings, marked as parts: nothing is dropped.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from service.rules.finding import Finding
from service.rules.model import Combine

INDICATORS = ("critical", "warning", "info")
HOURS = {"h": 1.0, "d": 24.0, "wk": 168.0}


class Concluded(NamedTuple):
    """A finding and the scope that its texts were rendered in."""

    finding: Finding
    scope: dict[str, Any]


class Group(NamedTuple):
    """Members of one plan, the longest first."""

    combine: Combine
    members: tuple[Concluded, ...]

    @property
    def scope(self) -> dict[str, Any]:
        """What the texts of the combined outcome see."""
        scopes = [item.scope for item in self.members]
        gravest = min((item.finding.indicator for item in self.members), key=INDICATORS.index)
        return {"members": scopes, "lead": scopes[0], "gravest": gravest, "values": scopes[0]["values"]}


def groups(combine: Combine, concluded: Sequence[Concluded]) -> Iterator[Group]:
    """Two or more different conclusions about one procedure and place."""
    by_place: dict[tuple[str, str, str], dict[str, Concluded]] = defaultdict(dict)
    for item in concluded:
        finding = item.finding
        if finding.outcome in combine.of:
            by_place[finding.procedure, finding.region, finding.laterality].setdefault(finding.summary, item)
    for members in by_place.values():
        order = sorted(members.values(), key=lambda item: (-_length(combine, item.finding), item.finding.summary))
        different = {_apart(combine, item): item for item in reversed(order)}
        kept = tuple(item for item in order if different[_apart(combine, item)] is item)
        if len(kept) > 1:
            yield Group(combine, kept)


def joined(lead: Finding, members: Sequence[Finding], **texts: Any) -> Finding:
    """The combined finding: the lead's values and place, everybody's reasons, sources and gaps."""
    return replace(
        lead,
        outcome=texts["outcome"],
        indicator=texts["indicator"],
        summary=texts["summary"],
        detail=texts["detail"],
        because=tuple(dict.fromkeys(source for item in members for source in item.because)),
        missing=tuple(dict.fromkeys(gap for item in members for gap in item.missing)),
        sources=tuple(dict.fromkeys(source for item in members for source in item.sources)),
        facts=tuple(dict.fromkeys(number for item in members for number in item.facts)),
        combined=len(members),
    )


def _apart(combine: Combine, item: Concluded) -> str:
    """What makes the member one of its own: a field of its facts, else its sentence."""
    alias, _, field = combine.apart.partition(".")
    return str(item.scope[alias][field]) if combine.apart else item.finding.summary


def _length(combine: Combine, finding: Finding) -> float:
    """The longest of the named intervals, in hours; -1 when the finding has none."""
    named = [value for value in finding.values if value.name in combine.longest and value.unit in HOURS]
    return max((float(value.value) * HOURS[value.unit] for value in named), default=-1.0)
