"""Reads a resource although parts of it are wrong: a bad element costs the element, not the resource.

Tried in this order: read as it is; put right what has one obvious meaning (a date-time without zone keeps its day, a
DSTU2/STU3 status string becomes a code); drop the element that does not validate. Each step is recorded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from service.fhir.r4 import KNOWN_ELEMENTS, READ, Model, ValidationError, validate

MOST_REPAIRS = 12
DAY_OF_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})[T ]")
STATUS_CONCEPTS = ("clinicalStatus", "verificationStatus")
CONCEPTS = ("code", "medicationCodeableConcept", "vaccineCode")
READ_OF_SERIES = ("uid", "modality", "bodySite", "laterality", "description", "started")
STATUS_NEEDED = ("status",)
# STU3's MedicationStatement.taken: `n` is what R4 calls the status not-taken.
NOT_TAKEN = {"n": "not-taken", "unk": "unknown", "na": "unknown"}
PLACEHOLDER_STATUS = {"Coverage": "active", "Patient": "", "Medication": "", "Immunization": "not-done"}


@dataclass(slots=True)
class Reading:
    """A validated resource with what had to be changed: (element path, what was wrong and what was done)."""

    model: Model | None = None
    repairs: list[tuple[str, str]] = field(default_factory=list)
    problem: str = ""


def read(resource_type: str, raw: Mapping[str, Any]) -> Reading:
    """Validate the elements that facts are made from; `problem` says why a resource could not be read at all."""
    reading = Reading()
    unknown = raw.keys() - KNOWN_ELEMENTS[resource_type]
    elements: dict[str, Any] = {name: raw[name] for name in READ[resource_type] if name in raw}
    if resource_type == "ImagingStudy" and isinstance(elements.get("series"), list):
        elements["series"] = [_series(item, place, reading) for place, item in enumerate(elements["series"])]
    if unknown:
        _unknown_elements(resource_type, raw, sorted(unknown), elements, reading)
    try:
        reading.model = validate(resource_type, elements)
        return reading
    except ValidationError as error:
        first = error
    except Exception:  # the library raises TypeError and others on some wrong shapes
        reading.problem = "its form is not readable as FHIR R4"
        return reading
    return _repaired(resource_type, _copied(elements), first, reading)


def _series(item: Any, place: int, reading: Reading) -> Any:
    """A series without its instances; one without uid keeps what it says about modality and body site."""
    if not isinstance(item, Mapping):
        return item
    kept = {name: item[name] for name in READ_OF_SERIES if name in item}
    if "uid" not in kept:
        kept["uid"] = "0"
        reading.repairs.append((f"series.{place}.uid", "missing; the rest of the series was read"))
    return kept


def _repaired(resource_type: str, elements: dict[str, Any], error: ValidationError, reading: Reading) -> Reading:
    for _ in range(MOST_REPAIRS):
        changed = False
        for location, message in _locations(error):
            changed = _mend(resource_type, elements, location, message, reading) or changed
        if not changed:
            break
        try:
            reading.model = validate(resource_type, elements)
            return reading
        except ValidationError as again:
            error = again
        except Exception:
            break
    reading.problem = "it does not validate as FHIR R4 even without the elements that are wrong"
    return reading


def _unknown_elements(
    resource_type: str, raw: Mapping[str, Any], names: list[str], elements: dict[str, Any], reading: Reading
) -> None:
    for name in names:
        if name == "taken" and resource_type == "MedicationStatement" and raw[name] in NOT_TAKEN:
            elements["status"] = NOT_TAKEN[raw[name]]
            reading.repairs.append((name, "STU3 element read as status"))
        else:
            reading.repairs.append((name[:64], "unknown element ignored"))


def _mend(resource_type: str, elements: dict[str, Any], location: list[Any], message: str, reading: Reading) -> bool:
    path = ".".join(str(step) for step in location)
    name = location[0] if location else ""
    if name in STATUS_NEEDED and not isinstance(elements.get(name), str):
        elements[name] = PLACEHOLDER_STATUS.get(resource_type, "unknown")
        reading.repairs.append((path, "status missing or not text; read as unknown"))
        return True
    if name in CONCEPTS and isinstance(elements.get(name), str):
        elements[name] = {"text": elements[name]}
        reading.repairs.append((path, "text where a CodeableConcept belongs; read as its text"))
        return True
    if name in STATUS_CONCEPTS and isinstance(elements.get(name), str):
        elements[name] = {"coding": [{"code": elements[name]}]}
        reading.repairs.append((path, "status written as text (before R4); read as code"))
        return True
    parent, key = _parent(elements, location)
    if parent is None:
        return False
    value = parent[key]
    day = DAY_OF_TIME.match(value) if isinstance(value, str) else None
    if day and value != day.group(1):
        parent[key] = day.group(1)
        reading.repairs.append((path, "date-time not valid (no time zone?); its day was kept"))
    else:
        del parent[key]
        reading.repairs.append((path, "not valid; element dropped"))
    return True


def _parent(elements: Any, location: list[Any]) -> tuple[Any, Any]:
    """The deepest container and key of a location that really exist in the elements."""
    parent, key, current = None, None, elements
    for step in location:
        exists = (isinstance(current, dict) and step in current) or (
            isinstance(current, list) and isinstance(step, int) and step < len(current)
        )
        if not exists:
            break
        parent, key, current = current, step, current[step]
    return parent, key


def _locations(error: ValidationError) -> list[tuple[list[Any], str]]:
    found = []
    for item in error.errors(include_url=False, include_context=False, include_input=False):
        found.append(([step for step in item["loc"] if step != "__root__"], item["msg"]))
    # Deeper and later list items first, so that deleting one does not move the next.
    return sorted(found, key=lambda item: [str(step).zfill(6) for step in item[0]], reverse=True)[:1] or []


def _copied(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _copied(item) for key, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list) else value
