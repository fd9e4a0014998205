"""Who is who in a request: coverage and member number, insurer, provider; what is not in the record is listed."""

from __future__ import annotations

from dataclasses import dataclass, field

from service.prior_auth.exports.sources import Sources, identified
from service.prior_auth.exports.wire import Raw, codings, items, reference_of

MEMBER = ("http://terminology.hl7.org/CodeSystem/v2-0203", "MB")
NPI = "http://hl7.org/fhir/sid/us-npi"
REGISTRATION = "registration"
BILLING = "the billing office"
CLINICIAN = "the ordering clinician"


@dataclass(frozen=True, slots=True)
class Lack:
    """One thing that a request needs and the record does not have: what, who can supply it, and where it belongs."""

    what: str
    supplier: str
    element: str


@dataclass(slots=True)
class Parties:
    """The parties as the record has them, None where it has none; `lacks` in the order in which they were noticed."""

    patient: Raw
    coverage: Raw | None = None
    member: Raw | None = None
    insurer: Raw | None = None
    provider: Raw | None = None
    lacks: list[Lack] = field(default_factory=list)

    def lack(self, what: str, supplier: str, element: str) -> None:
        """Note that something is missing."""
        self.lacks.append(Lack(what, supplier, element))


def parties(sources: Sources, order: Raw, coverage: Raw | None = None) -> Parties:
    """Who is who for an order; `coverage` where the record has several. Every one missing is listed."""
    found = Parties(sources.patient)
    if coverage is not None and not sources.ours(coverage.get("beneficiary")):
        found.lack(
            "a coverage of this patient; the one that was named is another's", REGISTRATION, "Coverage.beneficiary"
        )
        return found
    known = [coverage] if coverage is not None else sources.coverages()
    if len(known) == 1:
        found.coverage = known[0]
        found.member = _member(known[0])
        found.insurer = _insurer(sources, found, known[0])
    else:
        what = "one of several active coverages: which one pays" if known else "an active coverage of the patient"
        found.lack(what, REGISTRATION, "Coverage")
    if found.coverage is not None and found.member is None:
        found.lack("the member number of the coverage", REGISTRATION, "Coverage.identifier (type MB)")
    found.provider = _provider(sources, found, order)
    return found


def organization_of(sources: Sources, provider: Raw | None) -> Raw | None:
    """The organization that a provider is or works for."""
    if provider is None or provider.get("resourceType") == "Organization":
        return provider
    return sources.find(reference_of(provider.get("organization")), provider)


def _member(coverage: Raw) -> Raw | None:
    for identifier in items(coverage.get("identifier")):
        kinds = [(item.get("system"), item.get("code")) for item in codings(identifier.get("type"))]
        if MEMBER in kinds and identifier.get("value"):
            return identifier
    return None


def _insurer(sources: Sources, found: Parties, coverage: Raw) -> Raw | None:
    payors = items(coverage.get("payor"))
    insurers = [sources.find(reference_of(item), coverage) for item in payors]
    known = [item for item in insurers if item is not None and item.get("resourceType") == "Organization"]
    if len(payors) != 1 or len(known) != 1:
        found.lack("the insurer as an organization that the coverage refers to", REGISTRATION, "Coverage.payor")
        return None
    _check_organization(found, known[0], "insurer", REGISTRATION)
    return known[0]


def _provider(sources: Sources, found: Parties, order: Raw) -> Raw | None:
    requester = sources.find(reference_of(order.get("requester")), order)
    kind = requester.get("resourceType") if requester else ""
    if requester is not None and kind == "Practitioner":
        roles = [role for role in sources.of("PractitionerRole") if _is(sources, role, requester)]
        requester, kind = (roles[0], "PractitionerRole") if len(roles) == 1 else (None, "")
    if requester is None or kind not in ("Organization", "PractitionerRole"):
        found.lack(
            "the requesting practice, or the role in which the clinician asks", CLINICIAN, "ServiceRequest.requester"
        )
        return None
    organization = organization_of(sources, requester)
    if organization is None:
        found.lack("the organization that the clinician works for", REGISTRATION, "PractitionerRole.organization")
    else:
        _check_organization(found, organization, "requesting practice", BILLING)
    if kind == "PractitionerRole" and sources.find(reference_of(requester.get("practitioner")), requester) is None:
        found.lack("the clinician of the role", REGISTRATION, "PractitionerRole.practitioner")
    return requester


def _is(sources: Sources, role: Raw, practitioner: Raw) -> bool:
    return sources.find(reference_of(role.get("practitioner")), role) is practitioner


def _check_organization(found: Parties, organization: Raw, who: str, supplier: str) -> None:
    if not identified(organization):
        found.lack(f"an identifier of the {who}, such as its NPI", supplier, "Organization.identifier")
    if not organization.get("name"):
        found.lack(f"the name of the {who}", supplier, "Organization.name")
    if organization.get("active") is not True:
        found.lack(f"that the {who} is active", supplier, "Organization.active")
