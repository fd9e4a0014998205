"""The parts of a request besides its parties: what is ordered, why, where, and what only the billing office knows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from service.prior_auth.exports.parties import BILLING, CLINICIAN, REGISTRATION, Parties
from service.prior_auth.exports.sources import Sources, identified
from service.prior_auth.exports.wire import PasVersion, Raw, codings, items, reference_of
from service.terminology.systems import system_name, written

PLACES = "https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set"
DIAGNOSES = "http://hl7.org/fhir/sid/icd-10-cm"
SERVICES = {
    "cpt": "http://www.ama-assn.org/go/cpt",
    "hcpcs": "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
}
CLAIM_TYPES = ("professional", "institutional", "oral")
SELF = "18"


@dataclass(frozen=True, slots=True)
class Billing:
    """What the practice gives for a request: addresses, its own number, and codes from tables that it has licensed.

    `server` is the FHIR address under which the record's resources are seen, `number` an Identifier of this request
    in the practice's or this service's own system. The X12 codes are those of TR3 tables 1525 (`request_type`),
    1322 (`certification_type`) and 1365 (`service_type`); `place` is a CMS place of service.
    """

    server: str = ""
    number: Mapping[str, str] = field(default_factory=dict)
    claim_type: str = ""
    request_type: str = ""
    certification_type: str = ""
    service_type: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """Everything that a Claim is made of; complete when `parts` noted no lack."""

    order: Raw
    parties: Parties
    billing: Billing
    service: Raw
    diagnoses: tuple[str, ...]
    place: str
    with_order: bool

    def roots(self) -> list[Raw]:
        """The resources that the Claim refers to."""
        known = self.parties
        found = [item for item in (known.patient, known.coverage, known.insurer, known.provider) if item is not None]
        return [*found, self.order] if self.with_order else found


def parts(order: Raw, sources: Sources, known: Parties, billing: Billing, release: PasVersion) -> Request:
    """The parts for an order; whatever `release` requires and nobody has given is noted in `known.lacks`."""
    _check_patient(known)
    _check_coverage(known, sources, release)
    _check_billing(known, billing, release)
    services = [item for item in codings(order.get("code")) if system_name(str(item.get("system"))) in SERVICES]
    service: dict[str, Any] = {}
    if services and services[0].get("code"):
        name = system_name(str(services[0]["system"]))
        service = {"system": SERVICES[name], "code": written(name, str(services[0]["code"]))}
    else:
        known.lack("the code of the procedure (CPT or HCPCS)", CLINICIAN, "ServiceRequest.code")
    diagnoses = tuple(dict.fromkeys(_diagnoses(sources, order)))
    if not diagnoses:
        known.lack("the code of the diagnosis (ICD-10-CM)", CLINICIAN, "ServiceRequest.reasonCode")
    place = billing.place or _place(order)
    if not place and release != "2.0.1":
        known.lack("where the procedure takes place (place of service)", BILLING, "Claim.item.location")
    return Request(order, known, billing, service, diagnoses, place, False)


def _check_patient(known: Parties) -> None:
    for missing, what, element in (
        (not identified(known.patient), "a number of the patient, with the system it belongs to", "identifier"),
        (not items(known.patient.get("name")), "the patient's name", "name"),
        (not known.patient.get("gender"), "the patient's administrative gender", "gender"),
    ):
        if missing:
            known.lack(what, REGISTRATION, f"Patient.{element}")


def _check_coverage(known: Parties, sources: Sources, release: PasVersion) -> None:
    if known.coverage is None:
        return
    own = any(item.get("code") == SELF for item in codings(known.coverage.get("relationship")))
    if known.coverage.get("status") != "active":
        known.lack("that the coverage is active", REGISTRATION, "Coverage.status")
    if release == "2.0.1":
        return
    if not codings(known.coverage.get("relationship")):
        known.lack("how the patient is related to the subscriber", REGISTRATION, "Coverage.relationship")
    if not own and sources.find(reference_of(known.coverage.get("subscriber")), known.coverage) is None:
        known.lack("the subscriber of the coverage", REGISTRATION, "Coverage.subscriber")


def _check_billing(known: Parties, billing: Billing, release: PasVersion) -> None:
    number = billing.number.get("system") and billing.number.get("value")
    for given, what, element in (
        (billing.server, "the FHIR address of the record", "Bundle.entry.fullUrl"),
        (number, "the practice's own number of this request", "Claim.identifier"),
        (billing.claim_type in CLAIM_TYPES, "the type of claim: professional or institutional", "Claim.type"),
        (billing.service_type, "the type of service, from X12 table 1365", "Claim.item.category"),
    ):
        if not given:
            known.lack(what, BILLING, element)
    if release == "2.0.1":
        return
    for given, what in (
        (billing.request_type, "the category of the request, from X12 table 1525"),
        (billing.certification_type, "the type of certification, from X12 table 1322"),
    ):
        if not given:
            known.lack(what, BILLING, "Claim.item.extension")


def _diagnoses(sources: Sources, order: Raw) -> Iterator[str]:
    """ICD-10-CM codes of the order's reasons, then of the conditions that it names."""
    reasons = list(items(order.get("reasonCode")))
    named = (sources.find(reference_of(item), order) for item in items(order.get("reasonReference")))
    reasons += [item["code"] for item in named if item is not None and isinstance(item.get("code"), dict)]
    for reason in reasons:
        for item in codings(reason):
            if system_name(str(item.get("system"))) == "icd10cm" and item.get("code"):
                yield written("icd10cm", str(item["code"]))


def _place(order: Raw) -> str:
    found = [item for code in items(order.get("locationCode")) for item in codings(code)]
    return next((str(item["code"]) for item in found if item.get("system") == PLACES and item.get("code")), "")
