"""Whether a key holds what its query asks for: an answer to another question is no answer to this one.

Resources are used under whatever key they come. But a key that holds none of its own kind was not answered, however
well-formed it is; taken as whole it would be a silent "nothing there".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from service.fhir.sent import KeyRead, State
from service.hooks.templates import template

# Types that systems keep the same matters in; either answers a query for the other.
FAMILIES = (
    frozenset({"MedicationStatement", "MedicationRequest", "MedicationAdministration", "MedicationDispense"}),
    frozenset({"Practitioner", "PractitionerRole", "Organization"}),
    frozenset({"ImagingStudy", "DiagnosticReport"}),
    frozenset({"Procedure", "Encounter"}),
    frozenset({"ServiceRequest", "Appointment"}),
)
NOT_ASKED = "it holds none of the resources that its query asks for"


def as_asked(read: KeyRead, text: str, templates: Mapping[str, str]) -> KeyRead:
    """The read, failed when none of its resources is of the template's type; others' resources in it are remarked."""
    asked = template(text).resource_type
    kinds = {str(entry.resource["resourceType"]) for entry in read.entries}
    if not asked or not kinds:
        return read
    fitting = next((family for family in FAMILIES if asked in family), frozenset({asked}))
    if not kinds & fitting:
        return replace(read, state=State.FAILED, problem=_and(read.problem, NOT_ASKED))
    of_others = {template(other).resource_type for other in templates.values()} - fitting - {"Patient"}
    strange = sorted(kinds & of_others)
    if not strange:
        return read
    return replace(read, problem=_and(read.problem, f"it also holds {', '.join(strange)}, read as what they are"))


def _and(problem: str, more: str) -> str:
    return f"{problem}; {more}" if problem else more
