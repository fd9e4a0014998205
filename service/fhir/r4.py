"""The only import of fhir.resources: R4B models, which read R4.

Only the elements that some fact is made from are validated (`READ`), so that cost follows what matters; an element
that no version of the resource has is found by name alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fhir.resources.R4B.allergyintolerance import AllergyIntolerance
from fhir.resources.R4B.appointment import Appointment
from fhir.resources.R4B.condition import Condition
from fhir.resources.R4B.coverage import Coverage
from fhir.resources.R4B.device import Device
from fhir.resources.R4B.diagnosticreport import DiagnosticReport
from fhir.resources.R4B.encounter import Encounter
from fhir.resources.R4B.goal import Goal
from fhir.resources.R4B.imagingstudy import ImagingStudy
from fhir.resources.R4B.immunization import Immunization
from fhir.resources.R4B.medication import Medication
from fhir.resources.R4B.medicationadministration import MedicationAdministration
from fhir.resources.R4B.medicationrequest import MedicationRequest
from fhir.resources.R4B.medicationstatement import MedicationStatement
from fhir.resources.R4B.observation import Observation
from fhir.resources.R4B.patient import Patient
from fhir.resources.R4B.procedure import Procedure
from fhir.resources.R4B.questionnaireresponse import QuestionnaireResponse
from fhir.resources.R4B.servicerequest import ServiceRequest
from pydantic import BaseModel, ValidationError

__all__ = ["KNOWN_ELEMENTS", "MODELS", "READ", "SUBJECT", "Model", "ValidationError", "validate"]

Model = BaseModel

MODELS: dict[str, type[BaseModel]] = {
    model.__name__: model
    for model in (
        AllergyIntolerance,
        Appointment,
        Condition,
        Coverage,
        Device,
        DiagnosticReport,
        Encounter,
        Goal,
        ImagingStudy,
        Immunization,
        Medication,
        MedicationAdministration,
        MedicationRequest,
        MedicationStatement,
        Observation,
        Patient,
        Procedure,
        QuestionnaireResponse,
        ServiceRequest,
    )
}

_MEDICATION = ("medicationCodeableConcept", "medicationReference", "dosage", "dosageInstruction")
READ: dict[str, tuple[str, ...]] = {
    "Patient": ("gender", "birthDate", "deceasedBoolean", "deceasedDateTime", "address"),
    "Condition": (
        "clinicalStatus",
        "verificationStatus",
        "code",
        "bodySite",
        "subject",
        "onsetDateTime",
        "onsetPeriod",
        "abatementDateTime",
        "recordedDate",
        "note",
    ),
    "MedicationStatement": (
        "status",
        *_MEDICATION[:3],
        "subject",
        "effectiveDateTime",
        "effectivePeriod",
        "dateAsserted",
        "reasonCode",
    ),
    "MedicationRequest": (
        "status",
        "intent",
        "doNotPerform",
        *_MEDICATION[:2],
        "dosageInstruction",
        "subject",
        "authoredOn",
        "reasonCode",
    ),
    "MedicationAdministration": ("status", *_MEDICATION[:3], "subject", "effectiveDateTime", "effectivePeriod"),
    "Medication": ("code", "ingredient"),
    "Observation": (
        "status",
        "code",
        "subject",
        "effectiveDateTime",
        "effectivePeriod",
        "effectiveInstant",
        "issued",
        "valueQuantity",
        "valueCodeableConcept",
        "valueInteger",
        "valueString",
        "valueBoolean",
        "dataAbsentReason",
        "component",
    ),
    "Procedure": (
        "status",
        "code",
        "bodySite",
        "subject",
        "performedDateTime",
        "performedPeriod",
        "outcome",
        "note",
        "usedCode",
        "encounter",
    ),
    "ImagingStudy": (
        "status",
        "subject",
        "started",
        "modality",
        "procedureCode",
        "description",
        "series",
        "note",
    ),
    "DiagnosticReport": (
        "status",
        "code",
        "category",
        "subject",
        "effectiveDateTime",
        "effectivePeriod",
        "issued",
        "conclusion",
        "conclusionCode",
        "imagingStudy",
    ),
    "ServiceRequest": (
        "status",
        "intent",
        "code",
        "bodySite",
        "subject",
        "occurrenceDateTime",
        "occurrencePeriod",
        "authoredOn",
        "reasonCode",
        "reasonReference",
        "locationCode",
        "note",
        "quantityQuantity",
        "doNotPerform",
        "orderDetail",
        "patientInstruction",
    ),
    "Appointment": (
        "status",
        "serviceType",
        "reasonCode",
        "reasonReference",
        "basedOn",
        "start",
        "end",
        "requestedPeriod",
        "description",
        "comment",
        "patientInstruction",
        "participant",
    ),
    "Encounter": ("status", "class", "type", "subject", "period", "reasonCode", "serviceType"),
    "Coverage": ("status", "type", "class", "beneficiary", "payor", "period", "order"),
    "AllergyIntolerance": (
        "clinicalStatus",
        "verificationStatus",
        "code",
        "patient",
        "criticality",
        "reaction",
        "type",
    ),
    "Device": ("status", "type", "deviceName", "patient"),
    "Immunization": ("status", "vaccineCode", "patient", "occurrenceDateTime", "occurrenceString"),
    "Goal": ("lifecycleStatus", "achievementStatus", "description", "subject", "startDate"),
    "QuestionnaireResponse": ("status", "subject", "authored", "item"),
}
SUBJECT = {
    name: next(element for element in ("subject", "patient", "beneficiary", "participant") if element in READ[name])
    for name in READ
    if name not in ("Patient", "Medication")
}


def _elements(model: type[BaseModel]) -> frozenset[str]:
    names = {field.alias or name for name, field in model.model_fields.items()}
    # `resource_type` and `fhir_comments` are the library's own; JSON comments were legal before R4.
    return frozenset(names | {f"_{name}" for name in names} | {"resourceType", "fhir_comments"})


KNOWN_ELEMENTS: dict[str, frozenset[str]] = {name: _elements(model) for name, model in MODELS.items()}


def validate(resource_type: str, elements: Mapping[str, Any]) -> BaseModel:
    """The resource model of some of its elements; raises pydantic's ValidationError."""
    return MODELS[resource_type].model_validate(elements)
