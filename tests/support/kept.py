"""Calls and feedback that are right unless a test says otherwise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from service.caller import Caller
from service.store.records import Call, FeedbackItem, ShownCard, ShownFinding

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
CARD = UUID("11111111-2222-4333-8444-555555555555")
OFFER = "99999999-2222-4333-8444-555555555555"


def finding(rule: str = "safety/a", **more: Any) -> ShownFinding:
    """One finding with one value."""
    value = {"name": "hold_days", "value": 3, "unit": "d", "status": "recalled"}
    fields: dict[str, Any] = {"outcome": "hold", "kind": "safety-alert", "indicator": "critical", "values": (value,)}
    return ShownFinding(rule, **(fields | more))


def card(uuid: UUID = CARD, *rules: str) -> ShownCard:
    """One card of these rules, the first of which leads, with one suggestion."""
    findings = tuple(finding(rule) for rule in rules or ("safety/a",))
    return ShownCard(uuid, findings, ({"uuid": OFFER, "label": "Draft it"},))


def call(*cards: ShownCard, **changes: Any) -> Call:
    """One answered call that showed these cards."""
    fields: dict[str, Any] = {
        "time": NOW,
        "service": "spine-orders",
        "hook": "order-sign",
        "status": 200,
        "word": "answered",
        "milliseconds": 12.5,
        "evaluation": uuid4(),
        "content_version": "1+abc",
        "caller": Caller("https://ehr.example", "ehr", "north"),
        "hook_instance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "user": "Practitioner/u-1",
        "patient": "p-1",
        "encounter": "e-1",
        "location": "Location/l-1",
        "read": {"patient": {"state": "complete", "count": 1}},
        "policies": ("clinic-default",),
        "cards": cards,
    }
    return Call(**(fields | changes))


def told(card: UUID | str = CARD, outcome: str = "overridden", minutes: int = 0, **changes: Any) -> FeedbackItem:
    """One item of feedback, some minutes after now."""
    fields: dict[str, Any] = {"suggestions": (OFFER,)} if outcome == "accepted" else {}
    fields |= {"at": NOW + timedelta(minutes=minutes)}
    return FeedbackItem(str(card), outcome, **(fields | changes))


CALLER = Caller("https://ehr.example", "ehr", "north")
