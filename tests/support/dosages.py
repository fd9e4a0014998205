"""Doses of a resource made of nothing but its instructions."""

from __future__ import annotations

from typing import Any

from service.facts.extract.dosage import Dose, dose_of
from service.fhir.repair import read as read_resource
from tests.support.reading import resource


def dose(*dosages: Any, name: str = "", kind: str = "MedicationRequest") -> Dose:
    """The dose of a resource with these instructions; texts stand for instructions of words only."""
    made = [{"text": item} if isinstance(item, str) else item for item in dosages]
    element = "dosageInstruction" if kind == "MedicationRequest" else "dosage"
    raw = resource(kind, status="active", intent="order", medicationCodeableConcept={"text": "x"}) | {element: made}
    return dose_of(read_resource(kind, raw).model, name)


def quantity(value: Any, unit: str | None = None, text: str | None = None, **more: Any) -> dict[str, Any]:
    """An instruction with a structured dose."""
    amount = {"value": value, **({"unit": unit} if unit is not None else {}), **more}
    return {"doseAndRate": [{"doseQuantity": amount}], **({"text": text} if text else {})}
