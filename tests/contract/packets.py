"""Packets over HTTP: what their tests send."""

from __future__ import annotations

from tests.contract.fake import bundle, order

PATH = "/prior-auth/packets"
PATIENT = {"resourceType": "Patient", "id": "p1"}
ORDER = order("o1") | {"subject": {"reference": "Patient/p1"}}
CONDITION = {"resourceType": "Condition", "id": "c1", "subject": {"reference": "Patient/p1"}}
RECORD = bundle(PATIENT, CONDITION, ORDER)
NOBODY = "00000000-0000-4000-8000-000000000000"
