"""Open orders and booked appointments for one procedure, and what the record makes of them."""

from __future__ import annotations

from typing import Any

from tests.support.reading import CPT, Read, coded, resource

EPIDURAL = coded(CPT, "64483")


def request(number: str = "1", **elements: Any) -> dict[str, Any]:
    """An open order of the record."""
    base = {"status": "active", "intent": "order", "code": EPIDURAL, "authoredOn": "2026-11-02"}
    return resource("ServiceRequest", number, **{**base, **elements})


def appointment(number: str = "1", **elements: Any) -> dict[str, Any]:
    """A booked appointment in nine days."""
    base = {"status": "booked", "start": "2026-12-01T09:00:00Z", "serviceType": [EPIDURAL]}
    return resource("Appointment", number, **{**base, **elements})


def planned(found: Read) -> list[tuple[str, int]]:
    """Date and days until each planned thing."""
    return [(item["date"], item["in_days"]) for item in found.of("order", origin="scheduled")]


def excluded(found: Read, words: str) -> None:
    """Nothing is planned, and the reason is told without alarm."""
    assert found.of("order") == []
    gap = found.gap(words)
    assert (gap.kind, gap.matters) == ("excluded", False)
