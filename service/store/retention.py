"""What is older than it may be is deleted; what feedback still needs to be understood stays as long as the feedback."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, delete, exists, select

from service.store.database import Database
from service.store.models import Card, Evaluation, Feedback
from service.store.packet_models import Packet, PacketAccess

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many records were deleted."""

    evaluations: int
    feedback: int
    packets: int = 0
    accesses: int = 0


def prune(database: Database, before: datetime) -> Pruned:
    """Delete what is older than this time, in steps that hold no writer up for long.

    Feedback by when it was received, evaluations and accesses by when they were made, packets with all their contents
    and history by their last change.
    """
    return Pruned(
        feedback=_feedback(database, before),
        evaluations=_evaluations(database, before),
        packets=_packets(database, before),
        accesses=_accesses(database, before),
    )


def _feedback(database: Database, before: datetime) -> int:
    with database.writing() as connection:
        return connection.execute(delete(Feedback).where(Feedback.received < before)).rowcount


def _evaluations(database: Database, before: datetime) -> int:
    deleted, some = 0, AT_ONCE
    while some == AT_ONCE:
        with database.writing() as connection:
            some = connection.execute(delete(Evaluation).where(Evaluation.id.in_(_old(before)))).rowcount
        deleted += some
    return deleted


def _packets(database: Database, before: datetime) -> int:
    deleted, some = 0, AT_ONCE
    while some == AT_ONCE:
        old = select(Packet.id).where(Packet.changed < before).limit(AT_ONCE)
        with database.writing() as connection:
            some = connection.execute(delete(Packet).where(Packet.id.in_(old))).rowcount
        deleted += some
    return deleted


def _accesses(database: Database, before: datetime) -> int:
    with database.writing() as connection:
        return connection.execute(delete(PacketAccess).where(PacketAccess.time < before)).rowcount


def _old(before: datetime) -> Select[tuple[object]]:
    spoken_of = exists().where(Card.evaluation_id == Evaluation.id, Card.id == Feedback.card_id)
    return select(Evaluation.id).where(Evaluation.time < before, ~spoken_of).limit(AT_ONCE)  # type: ignore[return-value]
