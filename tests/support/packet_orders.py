"""Orders and coverages that packets are made of."""

from __future__ import annotations

from typing import Any

from service.fhir.sent import Entry
from tests.support.packets import DOCUMENTED
from tests.support.records import PATIENT

WITHOUT_ORDER = DOCUMENTED[:-1]


def cover(**changes: Any) -> Entry:
    raw = {
        "resourceType": "Coverage",
        "id": "c9",
        "status": "active",
        "type": {"text": "Medicare Part B"},
        "payor": [{"display": "Medicare"}],
        "beneficiary": {"reference": f"Patient/{PATIENT}"},
        "subscriberId": "A-1",
    }
    return Entry(raw | changes)
