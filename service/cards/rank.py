"""Which findings belong on one card, in which order cards come, and how many there may be.

Red flags outrank everything, then safety, then what could not be checked, advice against a needle, documentation,
suggestions and plans. No finding is ever dropped to keep the cap: cards of one kind are folded into one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from service.rules.finding import Finding

KINDS = (
    "red-flag",
    "safety-alert",
    "could-not-check",
    "advise-against",
    "documentation",
    "suggestion",
    "coverage",
    "care-plan",
)
INDICATORS = ("critical", "warning", "info")
Group = list[Finding]


def grouped(findings: Sequence[Finding], most: int) -> list[Group]:
    """Groups of findings in the order of their cards, at most `most` (not fewer than there are kinds of finding)."""
    groups: dict[tuple[str, ...], Group] = {}
    # Sorted before they are joined: of two that say the same, the graver one leads.
    for finding in _distinct(sorted(findings, key=_order)):
        groups.setdefault(_together(finding), []).append(finding)
    cards = sorted(groups.values(), key=lambda group: _order(group[0]))
    while len(cards) > most and (pair := _lowest_pair(cards)) is not None:
        first, second = pair
        cards[first] = cards[first] + cards.pop(second)
    return cards


def _together(finding: Finding) -> tuple[str, ...]:
    """What shares a card: alerts of one topic, suggestions as alternatives for one region, all red flags."""
    if finding.kind == "safety-alert":
        return (finding.kind, finding.topic)
    if finding.kind == "suggestion":
        return (finding.kind, finding.region)
    if finding.kind == "documentation":
        return (finding.kind, finding.rule, finding.policy, finding.procedure, finding.region, finding.laterality)
    return (finding.kind,)


def _order(finding: Finding) -> tuple[object, ...]:
    recommended = bool(finding.suggest and finding.suggest.recommended)
    return (
        KINDS.index(finding.kind),
        INDICATORS.index(finding.indicator),
        not finding.leads,
        -finding.combined,
        not recommended,
        finding.rule,
        finding.outcome,
        finding.procedure,
        finding.region,
        finding.laterality,
        finding.summary,
        # Of two that draft the same order the one that knows the level.
        not (finding.suggest and finding.suggest.level),
        _dates(finding),
        # Of those that say the same the order must not depend on which rule ran first.
        finding.because,
    )


def _dates(finding: Finding) -> tuple[str, ...]:
    return tuple(value.value for value in finding.values if isinstance(value.value, str))


def _distinct(findings: Sequence[Finding]) -> list[Finding]:
    """One finding for what several matches concluded alike; their reasons are joined."""
    known: dict[tuple[object, ...], Finding] = {}
    for finding in findings:
        place = (finding.procedure, finding.region, finding.laterality)
        # One sentence for two days is two findings: each day has its own dates to keep.
        key = (finding.rule, finding.outcome, *place, finding.summary, _dates(finding))
        first = known.get(key)
        known[key] = finding if first is None else _joined(first, finding)
    return list(known.values())


def _joined(first: Finding, second: Finding) -> Finding:
    return replace(
        first,
        because=tuple(dict.fromkeys([*first.because, *second.because])),
        facts=tuple(dict.fromkeys([*first.facts, *second.facts])),
    )


def _lowest_pair(cards: Sequence[Group]) -> tuple[int, int] | None:
    """The two lowest-ranked cards of one kind."""
    for second in range(len(cards) - 1, 0, -1):
        for first in range(second - 1, -1, -1):
            if cards[first][0].kind == cards[second][0].kind:
                return first, second
    return None
