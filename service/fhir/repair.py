"""Reads a resource although parts of it are wrong: a bad element costs the element, not the resource.

Tried in this order: read as it is; put right what has one obvious meaning (a date-time without zone keeps its day, a
DSTU2/STU3 status string becomes a code); drop what does not validate, part by part, then element by element. Each step
is recorded.
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
# Elements of which FHIR allows one at a time; where several were sent, the first that READ names is kept.
CHOICES = ("medication", "onset", "effective", "performed", "occurrence", "value")
DATES = re.compile(r"(?:Date|DateTime|Instant|authored|authoredOn|dateAsserted|issued|started)$|^(?:start|end)$")
YEARS = range(1900, 2101)
# STU3's MedicationStatement.taken: `n` is what R4 calls the status not-taken.
NOT_TAKEN = {"n": "not-taken", "unk": "unknown", "na": "unknown"}
# What stands for an element without which the model will not be built.
PLACEHOLDERS: dict[str, Any] = {
    "status": "unknown",
    "intent": "order",
    "code": {"text": "unknown"},
    "class": {"code": "unknown"},
    "payor": [{"display": "unknown"}],
    "participant": [{"status": "needs-action"}],
}
PLACEHOLDER_STATUS = {"Coverage": "active"}


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
    elements: dict[str, Any] = {name: raw[name] for name in READ[resource_type] if raw.get(name) is not None}
    _one_of_each_choice(elements, reading)
    _numbers_as_dates(elements, reading)
    if resource_type == "ImagingStudy" and isinstance(elements.get("series"), list):
        elements["series"] = [_series(item, place, reading) for place, item in enumerate(elements["series"])]
    if resource_type == "AllergyIntolerance" and isinstance(elements.get("reaction"), list):
        elements["reaction"] = [_reaction(item, place, reading) for place, item in enumerate(elements["reaction"])]
    if unknown:
        _unknown_elements(resource_type, raw, sorted(unknown), elements, reading)
    try:
        reading.model = validate(resource_type, elements)
        return reading
    except ValidationError as error:
        first = error
    except Exception:  # the library raises TypeError and others on some wrong shapes
        return _by_elements(resource_type, elements, reading)
    return _repaired(resource_type, _copied(elements), first, reading)


def _one_of_each_choice(elements: dict[str, Any], reading: Reading) -> None:
    for choice in CHOICES:
        sent = [name for name in elements if name.startswith(choice)]
        for name in sent[1:]:
            del elements[name]
            reading.repairs.append((name, f"only one of its kind may stand; {sent[0]} was read"))


def _numbers_as_dates(elements: dict[str, Any], reading: Reading) -> None:
    """The models would take a number for seconds since 1970; it can only be meant as a year."""
    for name in list(elements):
        value = elements[name]
        if DATES.search(name):
            _number_as_date(elements, name, name, reading)
        elif name.lower().endswith("period") and isinstance(value, dict):
            elements[name] = dict(value)
            for end in ("start", "end"):
                _number_as_date(elements[name], end, f"{name}.{end}", reading)


def _number_as_date(parent: dict[str, Any], name: str, path: str, reading: Reading) -> None:
    value = parent.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool):
        return
    if value in YEARS:
        parent[name] = str(int(value))
        reading.repairs.append((path, "a number where a date belongs; read as a year"))
    else:
        del parent[name]
        reading.repairs.append((path, "a number where a date belongs; element dropped"))


def _series(item: Any, place: int, reading: Reading) -> Any:
    """A series without its instances; one without uid keeps what it says about modality and body site."""
    if not isinstance(item, Mapping):
        return item
    kept = {name: item[name] for name in READ_OF_SERIES if name in item}
    if "uid" not in kept:
        kept["uid"] = "0"
        reading.repairs.append((f"series.{place}.uid", "missing; the rest of the series was read"))
    return kept


def _reaction(item: Any, place: int, reading: Reading) -> Any:
    """A reaction that does not say how it showed keeps how grave it was."""
    if not isinstance(item, Mapping) or item.get("manifestation"):
        return item
    reading.repairs.append((f"reaction.{place}.manifestation", "missing; the rest of the reaction was read"))
    return {**item, "manifestation": [dict(PLACEHOLDERS["code"])]}


def _repaired(
    resource_type: str, elements: dict[str, Any], error: ValidationError, reading: Reading, last: bool = False
) -> Reading:
    for _ in range(MOST_REPAIRS):
        if not _mend(resource_type, elements, _deepest(error), reading):
            break
        try:
            reading.model = validate(resource_type, elements)
            return reading
        except ValidationError as again:
            error = again
        except Exception:
            break
    if not last:
        return _by_elements(resource_type, elements, reading)
    reading.problem = "it does not validate as FHIR R4 even without the elements that are wrong"
    return reading


def _by_elements(resource_type: str, elements: dict[str, Any], reading: Reading) -> Reading:
    """The last resort: each element by itself, what cannot stand is dropped whole."""
    kept = {name: value for name, value in elements.items() if _stands(resource_type, name, value)}
    reading.repairs += [(name, "not valid; element dropped") for name in elements if name not in kept]
    try:
        reading.model = validate(resource_type, kept)
    except ValidationError as error:
        return _repaired(resource_type, kept, error, reading, last=True)
    except Exception:  # see `read`
        reading.problem = "its form is not readable as FHIR R4"
    return reading


def _stands(resource_type: str, name: str, value: Any) -> bool:
    try:
        validate(resource_type, {name: value})
    except ValidationError as error:
        return not any(location[:1] == [name] for location in _locations(error))
    except Exception:
        return False
    return True


def _unknown_elements(
    resource_type: str, raw: Mapping[str, Any], names: list[str], elements: dict[str, Any], reading: Reading
) -> None:
    for name in names:
        if name == "taken" and resource_type == "MedicationStatement" and str(raw[name]) in NOT_TAKEN:
            elements["status"] = NOT_TAKEN[str(raw[name])]
            reading.repairs.append((name, "STU3 element read as status"))
        else:
            reading.repairs.append((name[:64], "unknown element ignored"))


def _mend(resource_type: str, elements: dict[str, Any], location: list[Any], reading: Reading) -> bool:
    path = ".".join(str(step) for step in location)
    name = location[0] if location else ""
    if name in CONCEPTS and isinstance(elements.get(name), str):
        elements[name] = {"text": elements[name]}
        reading.repairs.append((path, "text where a CodeableConcept belongs; read as its text"))
        return True
    if name in STATUS_CONCEPTS and isinstance(elements.get(name), str):
        elements[name] = {"coding": [{"code": elements[name]}]}
        reading.repairs.append((path, "status written as text (before R4); read as code"))
        return True
    if name in PLACEHOLDERS and not isinstance(elements.get(name), type(PLACEHOLDERS[name])):
        status = PLACEHOLDER_STATUS.get(resource_type) if name == "status" else None
        elements[name] = status or PLACEHOLDERS[name]
        reading.repairs.append((path, "missing or of the wrong form; read as unknown"))
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


def _deepest(error: ValidationError) -> list[Any]:
    """Deeper and later list items first, so that deleting one does not move the next."""
    return max(_locations(error), key=lambda location: [str(step).zfill(6) for step in location])


def _locations(error: ValidationError) -> list[list[Any]]:
    items = error.errors(include_url=False, include_context=False, include_input=False)
    return [[step for step in item["loc"] if step != "__root__"] for item in items]


def _copied(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _copied(item) for key, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list) else value
