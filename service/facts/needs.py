"""What rules ask of a record: the single source of prefetch templates, queries and facts.

A need in rule.yaml is a mapping with one leading member: `condition`, `medication`, `observation`, `procedure`,
`imaging`, `statement`, `order`, `place`, `booking`, `performer`, `allergy`, `device`, `immunization`, `goal`,
`coverage` or `relief` (a value set id), `count`, `span` or `dose` (a name), or `patient`.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

from pydantic import BaseModel, ConfigDict

KEYS: dict[str, tuple[str, ...]] = {
    "patient": ("patient",),
    "condition": ("conditions",),
    "medication": ("medicationStatements", "medicationRequests"),
    "observation": ("observations",),
    "procedure": ("procedures",),
    "imaging": ("imagingStudies", "diagnosticReports"),
    "statement": ("diagnosticReports",),
    "order": ("serviceRequests",),
    "allergy": ("allergies",),
    "device": ("devices",),
    "immunization": ("immunizations",),
    "goal": ("conditions",),
    "coverage": ("coverages",),
    "count": ("procedures",),
    "span": ("procedures",),
    "dose": ("procedures", "medicationRequests"),
    "relief": ("procedures", "observations", "questionnaireResponses"),
    "booking": ("serviceRequests",),
    "performer": ("practitionerRoles",),
    "place": ("serviceRequests",),
}
RESOURCE_TYPES: dict[str, str] = {
    "patient": "Patient",
    "conditions": "Condition",
    "medicationStatements": "MedicationStatement",
    "medicationRequests": "MedicationRequest",
    "imagingStudies": "ImagingStudy",
    "diagnosticReports": "DiagnosticReport",
    "procedures": "Procedure",
    "observations": "Observation",
    "allergies": "AllergyIntolerance",
    "coverages": "Coverage",
    "questionnaireResponses": "QuestionnaireResponse",
    "devices": "Device",
    "immunizations": "Immunization",
    "serviceRequests": "ServiceRequest",
    "practitionerRoles": "PractitionerRole",
}
# Needs that look at several sets and have a name of their own.
NAMED = frozenset({"count", "span", "dose"})
# An order may be dispatched before its status says so; it is picked by its reference.
OPEN_ORDERS = {"order-dispatch": "draft,active,on-hold"}
# Without these no answer is safe: who it is, and what ails them.
NEEDED = frozenset({"patient", "conditions"})


class Window(BaseModel):
    """A counting window: the parameter that holds its length in months."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str
    months: str


class Need(BaseModel):
    """One need; `of` names the sets that a count, span or dose looks at, the scores that tell of relief, and the
    procedures that a booking may name.

    Of a dose, `concepts` are those that surely hold the drug even where no dose is told, `equivalents` is the parameter
    table of equal doses, and `reference` the drug of that table in which totals are given. `reasons` says that a
    condition also counts where it is the reason of a drug that is taken. Of a count, `together` are regions that are
    counted as one: a session in any of them counts in each; `anywhere` counts whatever the region. Of a span,
    `since` are the sets of conditions before whose onset nothing counts.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    patient: str = ""
    condition: str = ""
    medication: str = ""
    observation: str = ""
    procedure: str = ""
    imaging: str = ""
    statement: str = ""
    order: str = ""
    allergy: str = ""
    device: str = ""
    immunization: str = ""
    goal: str = ""
    coverage: str = ""
    count: str = ""
    span: str = ""
    dose: str = ""
    relief: str = ""
    booking: str = ""
    performer: str = ""
    place: str = ""
    of: tuple[str, ...] = ()
    concepts: tuple[str, ...] = ()
    windows: tuple[Window, ...] = ()
    equivalents: str = ""
    reference: str = ""
    gap: str = ""
    reasons: bool = False
    together: tuple[tuple[str, ...], ...] = ()
    anywhere: bool = False
    since: tuple[str, ...] = ()

    @cached_property
    def extractor(self) -> str:
        """Which extractor answers this need."""
        return next(name for name in KEYS if getattr(self, name))

    @cached_property
    def sets(self) -> tuple[str, ...]:
        """Value sets this need looks for."""
        if self.extractor in NAMED:
            return self.of
        return () if self.extractor == "patient" else (getattr(self, self.extractor), *self.of)

    @property
    def keys(self) -> tuple[str, ...]:
        """Prefetch keys that can answer it."""
        return KEYS[self.extractor]


def need(raw: dict[str, Any]) -> Need:
    """A need from its YAML form; raises pydantic's ValidationError, or ValueError when it asks for nothing."""
    made = Need.model_validate(raw)
    if sum(bool(getattr(made, name)) for name in KEYS) != 1:
        raise ValueError(f"a need names exactly one of {', '.join(KEYS)}; this one is {raw}")
    return made


def templates(needs: list[Need], codes: dict[str, list[str]], hook: str = "") -> dict[str, str]:
    """Prefetch templates for the keys that needs ask for; observations are narrowed to the LOINC codes needed."""
    keys = {key for item in needs for key in item.keys} | NEEDED
    made = {}
    for key, resource_type in RESOURCE_TYPES.items():
        if key not in keys:
            continue
        if key == "patient":
            made[key] = "Patient/{{context.patientId}}"
        elif key == "observations":
            made[key] = "Observation?patient={{context.patientId}}&code=" + ",".join(codes["loinc"])
        elif key == "coverages":
            made[key] = "Coverage?patient={{context.patientId}}&status=active"
        elif key == "serviceRequests":
            made[key] = "ServiceRequest?patient={{context.patientId}}&status=" + OPEN_ORDERS.get(hook, "active,on-hold")
        elif key == "practitionerRoles":
            # The performer itself, of whatever type: a search for its roles is beyond what CDS Hooks recommends.
            made[key] = "{{context.performer}}"
        else:
            made[key] = resource_type + "?patient={{context.patientId}}"
    return made
