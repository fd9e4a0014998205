"""Evaluations, their cards and findings, and feedback."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

TIME = sa.DateTime(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
HASH = sa.String(64)


def _column(name: str, kind: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def upgrade() -> None:
    """From nothing."""
    _evaluations()
    _cards()
    _feedback()


def _evaluations() -> None:
    op.create_table(
        "evaluation",
        sa.Column("id", sa.Uuid(), primary_key=True),
        _column("time", TIME),
        *(_column(name, sa.Text()) for name in ("service", "hook")),
        _column("hook_instance", sa.Uuid()),
        *(_column(name, sa.Text()) for name in ("issuer", "tenant", "user_type")),
        *(_column(name, HASH) for name in ("user_hash", "patient_hash", "encounter_hash", "location_hash")),
        _column("status", sa.Integer()),
        _column("word", sa.Text()),
        _column("milliseconds", sa.Double()),
        _column("content_version", sa.Text()),
        *(_column(name, sa.JSON()) for name in ("read", "policies", "cards_by_kind")),
    )
    for name in ("time", "user_hash", "patient_hash"):
        op.create_index(f"ix_evaluation_{name}", "evaluation", [name])


def _cards() -> None:
    op.create_table(
        "card",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("evaluation_id", sa.Uuid(), sa.ForeignKey("evaluation.id", ondelete="CASCADE"), nullable=False),
        _column("place", sa.Integer()),
        _column("suggestions", sa.JSON()),
    )
    op.create_index("ix_card_evaluation_id", "card", ["evaluation_id"])
    texts = ("rule", "outcome", "kind", "topic", "indicator", "procedure", "region", "laterality", "policy")
    op.create_table(
        "finding",
        sa.Column("id", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("card_id", sa.Uuid(), sa.ForeignKey("card.id", ondelete="CASCADE"), nullable=False),
        _column("place", sa.Integer()),
        *(_column(name, sa.Text()) for name in texts),
        *(_column(name, sa.JSON()) for name in ("values", "criteria")),
    )
    op.create_index("ix_finding_card_id", "finding", ["card_id"])


def _feedback() -> None:
    op.create_table(
        "feedback",
        sa.Column("id", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("digest", HASH, nullable=False, unique=True),
        _column("card_id", sa.Uuid()),
        *(_column(name, sa.Text()) for name in ("service", "issuer", "tenant", "outcome")),
        *(_column(name, TIME) for name in ("at", "received")),
        _column("suggestions", sa.JSON()),
        *(_column(name, sa.Text()) for name in ("reason_system", "reason_code", "words")),
        _column("commented", sa.Boolean()),
    )
    for name in ("card_id", "at", "received"):
        op.create_index(f"ix_feedback_{name}", "feedback", [name])
