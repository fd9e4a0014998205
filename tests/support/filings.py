"""Packets to be kept that are right unless a test says otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from service.store.packet_records import CriterionLine, Filing

LINES = (
    CriterionLine("medicare-epidural", "medicare", "diagnosis", "met"),
    CriterionLine("medicare-epidural", "medicare", "imaging", "not-documented"),
    CriterionLine("medicare-epidural", "medicare", "conservative-care", "not-met"),
)


def filing(order: Mapping[str, Any] | None = None, **changes: Any) -> Filing:
    """One evaluation of an order."""
    raw = order or {"resourceType": "ServiceRequest", "id": "canary-order", "status": "draft", "intent": "order"}
    fields: dict[str, Any] = {
        "order": f"ServiceRequest/{raw.get('id', '')}",
        "patient": "Patient/canary-patient",
        "raw_order": raw,
        "title": "Epidural, left lumbar",
        "procedure": "epidural-transforaminal",
        "region": "lumbar",
        "laterality": "left",
        "service_date": date(2026, 12, 1),
        "policies": ("medicare-epidural",),
        "lines": LINES,
        "content_version": "1+abc",
        "day": date(2026, 11, 22),
        "document": {"resourceType": "Bundle", "type": "document", "id": "canary-document"},
        "page": "<!doctype html><title>canary-page</title>",
        "checklist": {"title": "canary-checklist"},
        "notes": (),
    }
    return Filing(**(fields | changes))
