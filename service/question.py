"""What the caller wants to know: hook, patient, day, and the orders in hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Question:
    """One evaluation's question; `orders` are raw FHIR resources of the draft orders that may be commented on.

    `today` is a calendar day in the clinic's zone. `policy` overrides what the record's coverage would choose.
    """

    hook: str
    patient_id: str
    today: date
    orders: tuple[Mapping[str, Any], ...] = field(default_factory=tuple)
    policy: str = ""
