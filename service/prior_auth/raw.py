"""Reading single elements of resources as received, where anything may be of a wrong type; '' and () for nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from service.fhir.intake import codings_of
from service.terminology.systems import system_name, written

Raw = Mapping[str, Any]
NAMES = {"cpt": "CPT", "hcpcs": "HCPCS", "icd10cm": "ICD-10-CM", "snomed": "SNOMED CT", "loinc": "LOINC"}
MEMBER_NUMBER = "MB"


def text(value: Any) -> str:
    """A string without line breaks, '' for anything else."""
    return " ".join(value.split()) if isinstance(value, str) else ""


def items(value: Any) -> list[Raw]:
    """The objects of a list; one object alone counts as a list of one."""
    many = value if isinstance(value, list) else [value]
    return [item for item in many if isinstance(item, Mapping)]


def codes(concept: Any, *systems: str) -> list[str]:
    """`CPT 64483` for each coding of these systems; never what it is called, which may be another's property."""
    found = []
    for coding in codings_of(concept):
        system, code = system_name(text(coding.get("system"))), text(coding.get("code"))
        if code and system in systems:
            found.append(f"{NAMES.get(system, system)} {written(system, code)}")
    return list(dict.fromkeys(found))


def words(concept: Any) -> str:
    """What a CodeableConcept is called: its text, else the first display."""
    if not isinstance(concept, Mapping):
        return ""
    shown = (text(coding.get("display")) for coding in codings_of(concept))
    return text(concept.get("text")) or next(filter(None, shown), "")


def reference(value: Any) -> str:
    """The literal reference of a Reference."""
    return text(value.get("reference")) if isinstance(value, Mapping) else ""


def human_name(resource: Raw) -> str:
    """Given names and family name: the official one, else the usual one, else the first."""
    names = items(resource.get("name"))
    ranked = sorted(names, key=lambda name: {"official": 0, "usual": 1}.get(text(name.get("use")), 2))
    for name in ranked:
        given = name.get("given")
        parts = [*(map(text, given) if isinstance(given, list) else ()), text(name.get("family"))]
        said = " ".join(filter(None, parts)) or text(name.get("text"))
        if said:
            return said
    return ""


def day(value: Any) -> str:
    """The date of a date or dateTime, as far as it is told."""
    return text(value)[:10]


def quantity(value: Any) -> str:
    """`2`, `10 mg`; '' without a number."""
    if not isinstance(value, Mapping) or not isinstance(value.get("value"), int | float):
        return ""
    return f"{value['value']:g} {text(value.get('unit'))}".strip()


def written_notes(resource: Raw) -> Iterator[str]:
    """What was written on a resource for people."""
    for note in items(resource.get("note")):
        yield text(note.get("text"))
    yield text(resource.get("patientInstruction"))
    yield text(resource.get("comment"))
