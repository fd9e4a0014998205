"""From what a team looks for to conditions on packets."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists

from service.store.packet_models import Packet, PacketCriterion
from service.store.packet_records import Filter

OPEN = ("not-met", "not-documented")


def conditions(wanted: Filter, now: datetime) -> list[ColumnElement[bool]]:
    """The conditions of a filter, whose `order` and `patient` are keyed hashes by now."""
    pairs = (
        (Packet.state, wanted.state),
        (Packet.procedure, wanted.procedure),
        (Packet.order_hash, wanted.order),
        (Packet.patient_hash, wanted.patient),
    )
    found = [column == value for column, value in pairs if value]
    found += [_having(PacketCriterion.payer == wanted.payer)] if wanted.payer else []
    found += [_having(PacketCriterion.policy == wanted.policy)] if wanted.policy else []
    if wanted.missing:
        found.append(_having(PacketCriterion.criterion == wanted.missing, PacketCriterion.status.in_(OPEN)))
    if wanted.older_than_days is not None:
        found.append(Packet.created < now - timedelta(days=wanted.older_than_days))
    if wanted.newer_than_days is not None:
        found.append(Packet.created >= now - timedelta(days=wanted.newer_than_days))
    return found


def _having(*about: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(PacketCriterion.packet_id == Packet.id, *about)
