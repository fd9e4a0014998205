"""Addresses of the Da Vinci guides and the small FHIR shapes that several exports share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

Resource = dict[str, Any]
Raw = Mapping[str, Any]

DTR = "http://hl7.org/fhir/us/davinci-dtr/StructureDefinition"
PAS = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition"
CRD = "http://hl7.org/fhir/us/davinci-crd"
CDEX = "http://hl7.org/fhir/us/davinci-cdex"
SDC = "http://hl7.org/fhir/uv/sdc"
OURS = "https://spine-cds.org/fhir"

# Releases of the guide on documentation templates (DTR); 2.0.1 is the one that regulation names.
DtrVersion = Literal["2.0.1", "2.1.0", "2.2.0"]
# Releases of the guide on requests (PAS).
PasVersion = Literal["2.0.1", "2.2.1"]


def extension(url: str, kind: str, value: Any) -> Resource:
    """A simple extension; `kind` is the type behind `value`, as in valueCode."""
    return {"url": url, f"value{kind}": value}


def coding(system: str, code: str) -> Resource:
    """A Coding without display: code systems differ in what may be printed."""
    return {"system": system, "code": code}


def concept(system: str, code: str) -> Resource:
    """A CodeableConcept of one coding."""
    return {"coding": [coding(system, code)]}


def codings(value: Any) -> list[Raw]:
    """The codings of a raw CodeableConcept, [] for anything else."""
    found = value.get("coding") if isinstance(value, Mapping) else None
    return [item for item in found if isinstance(item, Mapping)] if isinstance(found, list) else []


def items(value: Any) -> list[Raw]:
    """The objects of a raw list, [] for anything else."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def name_of(resource: Raw) -> str:
    """`Type/id`, '' where it has no id."""
    own = resource.get("id")
    return f"{resource.get('resourceType')}/{own}" if isinstance(own, str) and own else ""


def reference_of(value: Any) -> str:
    """The text of a raw Reference, '' for anything else."""
    found = value.get("reference") if isinstance(value, Mapping) else None
    return found if isinstance(found, str) else ""
