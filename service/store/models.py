"""The tables. Portable types only; times are UTC; whoever is a person is a keyed hash, '' where nobody was named."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Integer,
    String,
    Text,
    TypeDecorator,
    Uuid,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

HASH = String(64)
Row = dict[str, Any]


class UtcTime(TypeDecorator[datetime]):
    """An instant; SQLite keeps no zone, so that UTC goes in and UTC comes out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC; a time without zone is a fault of ours."""
        if value is not None and value.tzinfo is None:
            raise ValueError("a time to be kept must have a zone")
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """With its zone again."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """All tables of the store."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcTime(),
        UUID: Uuid(),
        Row: JSON(),
        list[Any]: JSON(),
        str: Text(),
    }


# Only this form counts up by itself on SQLite.
NUMBER = BigInteger().with_variant(Integer, "sqlite")


class Evaluation(Base):
    """One call of a service, answered or refused."""

    __tablename__ = "evaluation"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    time: Mapped[datetime] = mapped_column(index=True)
    service: Mapped[str]
    hook: Mapped[str]
    hook_instance: Mapped[UUID]
    issuer: Mapped[str]
    tenant: Mapped[str]
    user_type: Mapped[str]
    user_hash: Mapped[str] = mapped_column(HASH, index=True)
    patient_hash: Mapped[str] = mapped_column(HASH, index=True)
    encounter_hash: Mapped[str] = mapped_column(HASH)
    location_hash: Mapped[str] = mapped_column(HASH)
    status: Mapped[int]
    word: Mapped[str]
    milliseconds: Mapped[float] = mapped_column(Double)
    content_version: Mapped[str]
    read: Mapped[Row]
    policies: Mapped[list[Any]]
    cards_by_kind: Mapped[Row]


class Card(Base):
    """One card that was shown; its texts are not kept, because they may quote the record."""

    __tablename__ = "card"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    evaluation_id: Mapped[UUID] = mapped_column(ForeignKey("evaluation.id", ondelete="CASCADE"), index=True)
    place: Mapped[int]
    suggestions: Mapped[list[Any]]
    findings: Mapped[list[Finding]] = relationship(order_by="Finding.place", lazy="raise")


class Finding(Base):
    """One finding of a card; place 0 leads."""

    __tablename__ = "finding"

    id: Mapped[int] = mapped_column(NUMBER, primary_key=True, autoincrement=True)
    card_id: Mapped[UUID] = mapped_column(ForeignKey("card.id", ondelete="CASCADE"), index=True)
    place: Mapped[int]
    rule: Mapped[str]
    outcome: Mapped[str]
    kind: Mapped[str]
    topic: Mapped[str]
    indicator: Mapped[str]
    procedure: Mapped[str]
    region: Mapped[str]
    laterality: Mapped[str]
    policy: Mapped[str]
    values: Mapped[list[Any]]
    criteria: Mapped[list[Any]]


class Feedback(Base):
    """One thing that was told of a card, never changed; it may come before its card is written, or after it is gone."""

    __tablename__ = "feedback"

    id: Mapped[int] = mapped_column(NUMBER, primary_key=True, autoincrement=True)
    digest: Mapped[str] = mapped_column(HASH, unique=True)
    card_id: Mapped[UUID] = mapped_column(index=True)
    service: Mapped[str]
    issuer: Mapped[str]
    tenant: Mapped[str]
    outcome: Mapped[str]
    at: Mapped[datetime] = mapped_column(index=True)
    received: Mapped[datetime] = mapped_column(index=True)
    suggestions: Mapped[list[Any]]
    reason_system: Mapped[str]
    reason_code: Mapped[str]
    words: Mapped[str]  # encrypted JSON of display and comment
    commented: Mapped[bool]


class SeenToken(Base):
    """A caller's token that was used; kept, as a hash, until it would be refused as expired anyway."""

    __tablename__ = "seen_token"

    digest: Mapped[str] = mapped_column(HASH, primary_key=True)
    until: Mapped[datetime] = mapped_column(index=True)
