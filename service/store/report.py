"""How each rule is received: shown, accepted, overridden and why, by the month in which it was shown.

A card counts once, by what was told of it last; a card with several findings counts for each of their rules. So the
order in which feedback comes, and how often, changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, and_, distinct, extract, func, or_, select

from service.store.models import Card, Evaluation, Feedback, Finding
from service.store.told import Days, Told, told

ACCEPTED, OVERRIDDEN = "accepted", "overridden"
NO_REASON, COMMENT_ONLY = "no reason given", "a comment only"


@dataclass(slots=True)
class Counts:
    """Cards of one rule in one month."""

    shown: int = 0
    accepted: int = 0
    overridden: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, other: Counts) -> None:
        """Add those of another month."""
        self.shown += other.shown
        self.accepted += other.accepted
        self.overridden += other.overridden
        self.reasons += other.reasons

    def as_json(self) -> dict[str, Any]:
        """Numbers, and reasons from the most to the least frequent."""
        reasons = dict(sorted(self.reasons.items(), key=lambda item: (-item[1], item[0])))
        numbers = {"shown": self.shown, "accepted": self.accepted, "overridden": self.overridden}
        return {**numbers, "reasons": reasons}


@dataclass(frozen=True, slots=True)
class Report:
    """Counts by rule and month (`2026-11`), and cards that feedback named and nobody here knows."""

    rules: dict[str, dict[str, Counts]]
    unknown_cards: int

    def total(self, rule: str) -> Counts:
        """All months of a rule."""
        counts = Counts()
        for month in self.rules[rule].values():
            counts.add(month)
        return counts

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        rules = [
            {
                "rule": rule,
                **self.total(rule).as_json(),
                "months": [{"month": month, **counts.as_json()} for month, counts in sorted(months.items())],
            }
            for rule, months in sorted(self.rules.items())
        ]
        return {"rules": rules, "unknown_cards": self.unknown_cards}


def report(connection: Connection, days: Days) -> Report:
    """Cards shown in these days, and what was told of them until now."""
    rules = _shown(connection, days)
    known = [*days.of(Evaluation.time)]
    unknown = and_(Evaluation.id.is_(None), *days.of(Feedback.at))
    conditions = [or_(and_(Evaluation.id.is_not(None), *known), unknown)]
    last = _last(told(connection, *conditions))
    for item in last.values():
        if item.evaluation is not None:
            _count(rules, item, item.evaluation)
    return Report(rules, sum(item.evaluation is None for item in last.values()))


def _shown(connection: Connection, days: Days) -> dict[str, dict[str, Counts]]:
    year, month = extract("year", Evaluation.time), extract("month", Evaluation.time)
    statement = (
        select(Finding.rule, year, month, func.count(distinct(Finding.card_id)))
        .join(Card, Card.id == Finding.card_id)
        .join(Evaluation, Evaluation.id == Card.evaluation_id)
        .where(*days.of(Evaluation.time))
        .group_by(Finding.rule, year, month)
    )
    rules: dict[str, dict[str, Counts]] = {}
    for rule, in_year, in_month, count in connection.execute(statement):
        rules.setdefault(rule, {})[f"{int(in_year)}-{int(in_month):02}"] = Counts(count)
    return rules


def _last(items: Iterable[Told]) -> dict[tuple[UUID, str], Told]:
    """What was told last of each card, by one caller; at the same moment an acceptance, then a reason, goes before."""
    last: dict[tuple[UUID, str], Told] = {}
    for item in items:
        card = (item.feedback.card_id, item.feedback.issuer)
        if card not in last or _rank(last[card].feedback) < _rank(item.feedback):
            last[card] = item
    return last


def _rank(feedback: Feedback) -> tuple[object, ...]:
    return (feedback.at, feedback.outcome == ACCEPTED, bool(feedback.reason_code), feedback.commented, feedback.digest)


def _count(rules: dict[str, dict[str, Counts]], item: Told, evaluation: Evaluation) -> None:
    for rule in {found.rule for found in item.findings}:
        counts = rules[rule][f"{evaluation.time:%Y-%m}"]
        if item.feedback.outcome == ACCEPTED:
            counts.accepted += 1
        else:
            counts.overridden += 1
            counts.reasons[_reason(item.feedback)] += 1


def _reason(feedback: Feedback) -> str:
    return feedback.reason_code or (COMMENT_ONLY if feedback.commented else NO_REASON)
