"""Examples of the OpenAPI document: the smallest request that can be answered, and what may come back."""

from __future__ import annotations

from typing import Any

REQUEST: dict[str, Any] = {
    "hook": "patient-view",
    "hookInstance": "2f6c1f6e-6a0b-4b0e-9a63-6a7f3f0f1a01",
    "context": {"userId": "Practitioner/7", "patientId": "42"},
    "prefetch": {
        "patient": {"resourceType": "Patient", "id": "42", "birthDate": "1958-04-02"},
        "conditions": {"resourceType": "Bundle", "type": "searchset", "total": 0},
    },
}
RESPONSE: dict[str, Any] = {
    "cards": [
        {
            "uuid": "47e3815a-0e21-5119-ab2a-9c1151cd3615",
            "summary": "Some of the record could not be checked",
            "indicator": "info",
            "source": {"label": "spine-cds"},
        }
    ]
}
FEEDBACK: dict[str, Any] = {
    "feedback": [
        {
            "card": "47e3815a-0e21-5119-ab2a-9c1151cd3615",
            "outcome": "overridden",
            "outcomeTimestamp": "2026-11-22T09:00:00Z",
        }
    ]
}
