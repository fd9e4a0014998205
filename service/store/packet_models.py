"""The tables of packets. What could name a patient is sealed or a keyed hash; what a team searches by stands open."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Date, ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from service.store.models import HASH, NUMBER, Base


def _of_packet() -> Mapped[Any]:
    return mapped_column(ForeignKey("packet.id", ondelete="CASCADE"), index=True)


class Packet(Base):
    """One packet as it stands; `version` is counted up by every change, and a change has to name the one it saw."""

    __tablename__ = "packet"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    created: Mapped[datetime] = mapped_column(index=True)
    changed: Mapped[datetime] = mapped_column(index=True)
    issuer: Mapped[str]
    tenant: Mapped[str]
    patient_hash: Mapped[str] = mapped_column(HASH, index=True)
    order_hash: Mapped[str] = mapped_column(HASH, index=True)
    state: Mapped[str] = mapped_column(index=True)
    content: Mapped[int]
    title: Mapped[str]
    procedure: Mapped[str]
    region: Mapped[str]
    laterality: Mapped[str]
    service_date: Mapped[date | None] = mapped_column(Date)
    policies: Mapped[list[Any]]
    content_version: Mapped[str]
    expires: Mapped[date | None] = mapped_column(Date)
    words: Mapped[str]  # encrypted JSON: references of order and patient, the authorization's number


class PacketCriterion(Base):
    """One criterion of the packet's present checklist under one policy."""

    __tablename__ = "packet_criterion"

    id: Mapped[int] = mapped_column(NUMBER, primary_key=True, autoincrement=True)
    packet_id: Mapped[UUID] = _of_packet()
    policy: Mapped[str]
    payer: Mapped[str]
    criterion: Mapped[str]
    status: Mapped[str]


class PacketContent(Base):
    """What one evaluation made of the packet; earlier ones stay."""

    __tablename__ = "packet_content"

    packet_id: Mapped[UUID] = mapped_column(ForeignKey("packet.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    time: Mapped[datetime]
    content_version: Mapped[str]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)  # encrypted, of compressed JSON


class PacketChange(Base):
    """One step of a packet: made, evaluated again, or moved to a state."""

    __tablename__ = "packet_change"

    id: Mapped[int] = mapped_column(NUMBER, primary_key=True, autoincrement=True)
    packet_id: Mapped[UUID] = _of_packet()
    time: Mapped[datetime]
    what: Mapped[str]
    from_state: Mapped[str]
    to_state: Mapped[str]
    issuer: Mapped[str]
    user_type: Mapped[str]
    user_hash: Mapped[str] = mapped_column(HASH)
    content: Mapped[int]
    expires: Mapped[date | None] = mapped_column(Date)
    words: Mapped[str]  # encrypted JSON: reason, the authorization's number


class PacketAccess(Base):
    """One access, allowed or refused; it outlives the packet, which it names by id alone."""

    __tablename__ = "packet_access"

    id: Mapped[int] = mapped_column(NUMBER, primary_key=True, autoincrement=True)
    time: Mapped[datetime] = mapped_column(index=True)
    issuer: Mapped[str]
    tenant: Mapped[str]
    subject_hash: Mapped[str] = mapped_column(HASH)
    user_type: Mapped[str]
    user_hash: Mapped[str] = mapped_column(HASH, index=True)
    action: Mapped[str]
    packet_id: Mapped[UUID | None] = mapped_column(index=True)
    status: Mapped[int]
    word: Mapped[str]
