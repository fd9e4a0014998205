"""Values as they are sent under prefetch keys."""

from __future__ import annotations

from datetime import date
from typing import Any

from service.hooks.tokens import tokens

TOKENS = tokens("patient-view", {"userId": "Practitioner/u1", "patientId": "p1"}, date(2026, 11, 22))


def bundle(*resources: Any, **more: Any) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": r} for r in resources]} | more
