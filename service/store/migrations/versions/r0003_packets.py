"""Packets for prior authorization: what they hold, how they went, and who looked at them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

TIME = sa.DateTime(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
HASH = sa.String(64)


def _column(name: str, kind: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def _texts(*names: str) -> list[sa.Column[Any]]:
    return [_column(name, sa.Text()) for name in names]


def _id() -> sa.Column[Any]:
    return sa.Column("id", NUMBER, primary_key=True, autoincrement=True)


def _packet_id() -> sa.Column[Any]:
    return sa.Column("packet_id", sa.Uuid(), sa.ForeignKey("packet.id", ondelete="CASCADE"), nullable=False)


def upgrade() -> None:
    """From 0002."""
    _packets()
    _contents()
    _history()


def _packets() -> None:
    op.create_table(
        "packet",
        sa.Column("id", sa.Uuid(), primary_key=True),
        _column("version", sa.Integer()),
        *(_column(name, TIME) for name in ("created", "changed")),
        *_texts("issuer", "tenant"),
        *(_column(name, HASH) for name in ("patient_hash", "order_hash")),
        *_texts("state"),
        _column("content", sa.Integer()),
        *_texts("title", "procedure", "region", "laterality"),
        sa.Column("service_date", sa.Date()),
        _column("policies", sa.JSON()),
        *_texts("content_version"),
        sa.Column("expires", sa.Date()),
        *_texts("words"),
    )
    for name in ("created", "changed", "patient_hash", "order_hash", "state"):
        op.create_index(f"ix_packet_{name}", "packet", [name])


def _contents() -> None:
    op.create_table("packet_criterion", _id(), _packet_id(), *_texts("policy", "payer", "criterion", "status"))
    op.create_index("ix_packet_criterion_packet_id", "packet_criterion", ["packet_id"])
    op.create_table(
        "packet_content",
        sa.Column("packet_id", sa.Uuid(), sa.ForeignKey("packet.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        _column("time", TIME),
        *_texts("content_version"),
        _column("sealed", sa.LargeBinary()),
    )


def _history() -> None:
    op.create_table(
        "packet_change",
        _id(),
        _packet_id(),
        _column("time", TIME),
        *_texts("what", "from_state", "to_state", "issuer", "user_type"),
        _column("user_hash", HASH),
        _column("content", sa.Integer()),
        sa.Column("expires", sa.Date()),
        *_texts("words"),
    )
    op.create_index("ix_packet_change_packet_id", "packet_change", ["packet_id"])
    op.create_table(
        "packet_access",
        _id(),
        _column("time", TIME),
        *_texts("issuer", "tenant"),
        _column("subject_hash", HASH),
        *_texts("user_type"),
        _column("user_hash", HASH),
        *_texts("action"),
        sa.Column("packet_id", sa.Uuid()),
        _column("status", sa.Integer()),
        *_texts("word"),
    )
    for name in ("time", "user_hash", "packet_id"):
        op.create_index(f"ix_packet_access_{name}", "packet_access", [name])
