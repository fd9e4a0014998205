"""Names of FHIR R4 that prefetch templates may use: resource types, and search parameters of those we could ask for.

Sources: https://hl7.org/fhir/R4/resourcelist.html and https://hl7.org/fhir/R4/searchparameter-registry.html (4.0.1).
"""

from __future__ import annotations

from collections.abc import Mapping

_RESOURCE_TYPES = """
    Account ActivityDefinition AdverseEvent AllergyIntolerance Appointment AppointmentResponse AuditEvent Basic Binary
    BiologicallyDerivedProduct BodyStructure Bundle CapabilityStatement CarePlan CareTeam CatalogEntry ChargeItem
    ChargeItemDefinition Claim ClaimResponse ClinicalImpression CodeSystem Communication CommunicationRequest
    CompartmentDefinition Composition ConceptMap Condition Consent Contract Coverage CoverageEligibilityRequest
    CoverageEligibilityResponse DetectedIssue Device DeviceDefinition DeviceMetric DeviceRequest DeviceUseStatement
    DiagnosticReport DocumentManifest DocumentReference EffectEvidenceSynthesis Encounter Endpoint EnrollmentRequest
    EnrollmentResponse EpisodeOfCare EventDefinition Evidence EvidenceVariable ExampleScenario ExplanationOfBenefit
    FamilyMemberHistory Flag Goal GraphDefinition Group GuidanceResponse HealthcareService ImagingStudy Immunization
    ImmunizationEvaluation ImmunizationRecommendation ImplementationGuide InsurancePlan Invoice Library Linkage List
    Location Measure MeasureReport Media Medication MedicationAdministration MedicationDispense MedicationKnowledge
    MedicationRequest MedicationStatement MedicinalProduct MedicinalProductAuthorization
    MedicinalProductContraindication MedicinalProductIndication MedicinalProductIngredient
    MedicinalProductInteraction MedicinalProductManufactured MedicinalProductPackaged MedicinalProductPharmaceutical
    MedicinalProductUndesirableEffect MessageDefinition MessageHeader MolecularSequence NamingSystem NutritionOrder
    Observation ObservationDefinition OperationDefinition OperationOutcome Organization OrganizationAffiliation
    Parameters Patient PaymentNotice PaymentReconciliation Person PlanDefinition Practitioner PractitionerRole
    Procedure Provenance Questionnaire QuestionnaireResponse RelatedPerson RequestGroup ResearchDefinition
    ResearchElementDefinition ResearchStudy ResearchSubject RiskAssessment RiskEvidenceSynthesis Schedule
    SearchParameter ServiceRequest Slot Specimen SpecimenDefinition StructureDefinition StructureMap Subscription
    Substance SubstanceNucleicAcid SubstancePolymer SubstanceProtein SubstanceReferenceInformation
    SubstanceSourceMaterial SubstanceSpecification SupplyDelivery SupplyRequest Task TerminologyCapabilities
    TestReport TestScript ValueSet VerificationResult VisionPrescription
"""
RESOURCE_TYPES = frozenset(_RESOURCE_TYPES.split())

# Data types that may stand behind an element with a choice of types: `medication` is `medicationReference` in JSON.
_CHOICES = """
    Base64Binary Boolean Canonical Code Date DateTime Decimal Id Instant Integer Markdown Oid PositiveInt String Time
    UnsignedInt Uri Url Uuid Address Age Annotation Attachment CodeableConcept Coding ContactPoint Count Distance
    Duration HumanName Identifier Money Period Quantity Range Ratio Reference SampledData Signature Timing
    ContactDetail Contributor DataRequirement Expression ParameterDefinition RelatedArtifact TriggerDefinition
    UsageContext Dosage Meta
"""
CHOICES = frozenset(_CHOICES.split())

# Parameters of every type; `_maxresults` is of CDS Hooks 3.0, not of FHIR.
COMMON: Mapping[str, str] = {
    "_id": "token",
    "_lastUpdated": "date",
    "_profile": "uri",
    "_security": "token",
    "_tag": "token",
    "_count": "result",
    "_sort": "result",
    "_maxresults": "result",
}


def _of(*, token: str = "", date: str = "", reference: str = "", string: str = "") -> Mapping[str, str]:
    kinds = (("token", token), ("date", date), ("reference", reference), ("string", string))
    return {name: kind for kind, names in kinds for name in names.split()}


SEARCH_PARAMETERS: Mapping[str, Mapping[str, str]] = {
    "AllergyIntolerance": _of(
        token="category clinical-status code criticality identifier manifestation route severity type "
        "verification-status",
        date="date last-date onset",
        reference="asserter patient recorder",
    ),
    "Appointment": _of(
        token="appointment-type identifier part-status reason-code service-category service-type specialty status",
        date="date",
        reference="actor based-on location patient practitioner reason-reference slot supporting-info",
    ),
    "Condition": _of(
        token="body-site category clinical-status code evidence identifier severity stage verification-status",
        date="abatement-date onset-date recorded-date",
        reference="asserter encounter evidence-detail patient subject",
        string="abatement-string onset-info",
    ),
    "Coverage": _of(
        token="class-type class-value dependent identifier status type",
        reference="beneficiary patient payor policy-holder subscriber",
    ),
    "Device": _of(
        token="identifier status type udi-di",
        reference="location organization patient",
        string="device-name manufacturer model udi-carrier",
    ),
    "DiagnosticReport": _of(
        token="category code conclusion identifier status",
        date="date issued",
        reference="based-on encounter media patient performer result results-interpreter specimen subject",
    ),
    "Encounter": _of(
        token="class identifier participant-type reason-code special-arrangement status type",
        date="date location-period",
        reference="account appointment based-on diagnosis episode-of-care location part-of participant patient "
        "practitioner reason-reference service-provider subject",
    ),
    "ImagingStudy": _of(
        token="bodysite dicom-class identifier instance modality reason series status",
        date="started",
        reference="basedon encounter endpoint interpreter patient performer referrer subject",
    ),
    "Immunization": _of(
        token="identifier lot-number-code reason-code status status-reason target-disease vaccine-code",
        date="date reaction-date",
        reference="location manufacturer patient performer reaction reason-reference",
        string="lot-number series",
    ),
    "MedicationAdministration": _of(
        token="code identifier reason-given reason-not-given status",
        date="effective-time",
        reference="context device medication patient performer request subject",
    ),
    "MedicationRequest": _of(
        token="category code identifier intent intended-performertype priority status",
        date="authoredon date",
        reference="encounter intended-dispenser intended-performer medication patient requester subject",
    ),
    "MedicationStatement": _of(
        token="category code identifier status",
        date="effective",
        reference="context medication part-of patient source subject",
    ),
    "Observation": _of(
        token="category code combo-code combo-data-absent-reason combo-value-concept component-code "
        "component-data-absent-reason component-value-concept data-absent-reason identifier method status "
        "value-concept",
        date="date value-date",
        reference="based-on derived-from device encounter focus has-member part-of patient performer specimen subject",
        string="value-string",
    ),
    "Patient": _of(
        token="active deceased email gender identifier language phone telecom",
        date="birthdate death-date",
        reference="general-practitioner link organization",
        string="address family given name phonetic",
    ),
    "Practitioner": _of(
        token="active communication email gender identifier phone telecom", string="address family given name phonetic"
    ),
    "PractitionerRole": _of(
        token="active email identifier phone role specialty telecom",
        date="date",
        reference="endpoint location organization practitioner service",
    ),
    "Procedure": _of(
        token="category code identifier reason-code status",
        date="date",
        reference="based-on encounter location part-of patient performer reason-reference subject",
    ),
    "QuestionnaireResponse": _of(
        token="identifier status",
        date="authored",
        reference="author based-on encounter part-of patient questionnaire source subject",
    ),
    "ServiceRequest": _of(
        token="body-site category code identifier intent performer-type priority requisition status",
        date="authored occurrence",
        reference="based-on encounter patient performer replaces requester specimen subject",
    ),
}
