"""What the caller wants to know: hook, patient, day, and what is in hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Question:
    """One evaluation's question; `orders` are raw FHIR resources of draft orders or appointments in hand.

    `today` is a calendar day in the clinic's zone. `policy` overrides what the record's coverage would choose.
    `dispatched` are references of orders sent to `performer` (a reference), `beside` resources that came along.
    `encounter` is the id of the visit in question, '' for the visit of the day, None where no visit is in question.
    """

    hook: str
    patient_id: str
    today: date
    orders: tuple[Mapping[str, Any], ...] = field(default_factory=tuple)
    policy: str = ""
    dispatched: tuple[str, ...] = ()
    performer: str = ""
    beside: tuple[Mapping[str, Any], ...] = ()
    encounter: str | None = None
