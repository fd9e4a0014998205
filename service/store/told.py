"""Feedback joined with what it is about: card, findings, evaluation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, select
from sqlalchemy.orm import Session, selectinload

from service.store.models import Card, Evaluation, Feedback, Finding

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Told:
    """One feedback; card and evaluation are None for a card that is unknown here, or was shown to another caller."""

    feedback: Feedback
    card: Card | None
    evaluation: Evaluation | None

    @property
    def findings(self) -> list[Finding]:
        """The findings that the card showed."""
        return self.card.findings if self.card else []


@dataclass(frozen=True, slots=True)
class Days:
    """Whole days in UTC, both ends included; None is open."""

    first: date | None = None
    last: date | None = None

    def of(self, column: Any) -> list[ColumnElement[bool]]:
        """The conditions on a column of times."""
        found = [column >= _midnight(self.first)] if self.first else []
        return [*found, column < _midnight(self.last + timedelta(days=1))] if self.last else found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def told(connection: Connection, *conditions: ColumnElement[bool]) -> Iterator[Told]:
    """All feedback that meets the conditions, in the order of its times; read in portions."""
    about = and_(Evaluation.id == Card.evaluation_id, Evaluation.issuer == Feedback.issuer)
    statement = (
        select(Feedback, Card, Evaluation)
        .outerjoin(Card, Card.id == Feedback.card_id)
        .outerjoin(Evaluation, about)
        .where(*conditions)
        .order_by(Feedback.at, Feedback.digest)
        .options(selectinload(Card.findings))
        .execution_options(yield_per=AT_ONCE)
    )
    with Session(connection) as session:
        for feedback, card, evaluation in session.execute(statement):
            yield Told(feedback, card if evaluation else None, evaluation)
