"""Findings for the tests of cards: valid defaults, a test says only what it is about."""

from __future__ import annotations

from typing import Any

from service.rules.finding import Finding
from service.rules.model import Source, Suggested

LEAFLET = Source(title="A guideline", href="https://guideline.example.org", status="verified")


def finding(kind: str = "safety-alert", **fields: Any) -> Finding:
    """A finding of a kind, of rule safety/one."""
    topic = fields.get("topic", "antithrombotic" if kind == "safety-alert" else "")
    base: dict[str, Any] = {
        "rule": "safety/one",
        # A rule's outcome is of one kind and topic.
        "outcome": f"{kind} {topic}".strip(),
        "kind": kind,
        "indicator": "warning",
        "summary": "Something is so",
        "detail": "",
        "topic": topic,
    }
    return Finding(**{**base, **fields})


def suggested(procedure: str = "epidural-transforaminal", recommended: bool = False) -> Suggested:
    """An offer to draft an order."""
    return Suggested(procedure=procedure, label=f"Order {procedure}", recommended=recommended)
