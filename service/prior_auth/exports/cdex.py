"""CDex `$submit-attachment`: the Parameters that carry a packet's document to a payer; nothing is sent from here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from service.prior_auth.exports.parties import BILLING, NPI, Lack, organization_of, parties
from service.prior_auth.exports.sources import Sources, identified
from service.prior_auth.exports.wire import CDEX, Raw, Resource, coding, reference_of

PROFILE = f"{CDEX}/StructureDefinition/cdex-parameters-submit-attachment"
LOINC = "http://loinc.org"


@dataclass(frozen=True, slots=True)
class Attachment:
    """The Parameters, or None and what is missing."""

    parameters: Resource | None
    missing: tuple[Lack, ...]


def submit_attachment(
    order: Raw,
    sources: Sources,
    document: Raw,
    tracking: Raw | None = None,
    *,
    loinc: str = "",
    line: str = "",
    final: bool | None = None,
    coverage: Raw | None = None,
) -> Attachment:
    """The Parameters for `document` (the packet's Bundle); `tracking` is the Identifier that ties it to the request.

    `loinc` names what the document is where the payer asked for one, `line` the item it belongs to.
    """
    known = parties(sources, order, coverage)
    # A request needs all parties; an attachment only the member and what ties it to the request.
    missing = [lack for lack in known.lacks if lack.element.startswith("Coverage") and lack.element != "Coverage.payor"]
    if not (tracking and tracking.get("value")):
        what = "the number that ties the attachment to the request"
        missing.append(Lack(what, f"{BILLING}, or the payer that asked for it", "TrackingId"))
    if missing or known.member is None:
        return Attachment(None, tuple(missing))
    organization = organization_of(sources, known.provider)
    role = known.provider if known.provider is not known.insurer else None
    practitioner = sources.find(reference_of(role.get("practitioner")), role) if role else None
    values: list[Resource] = [
        {"name": "TrackingId", "valueIdentifier": dict(tracking or {})},
        {"name": "AttachTo", "valueCode": "preauthorization"},
        *_named("PayerId", known.insurer),
        *_named("OrganizationId", organization),
        *_named("ProviderId", practitioner),
        {"name": "MemberId", "valueIdentifier": dict(known.member)},
        {"name": "Attachment", "part": _parts(document, loinc, line)},
    ]
    values += [{"name": "Final", "valueBoolean": final}] if final is not None else []
    body = {"resourceType": "Parameters", "meta": {"profile": [PROFILE]}, "parameter": values}
    return Attachment(body, ())


def _named(name: str, resource: Mapping[str, object] | None) -> list[Resource]:
    """The parameter with a party's identifier, its NPI before others; left out where the record has none."""
    known = identified(resource) if resource is not None else []
    known.sort(key=lambda item: item.get("system") != NPI)
    return [{"name": name, "valueIdentifier": dict(known[0])}] if known else []


def _parts(document: Raw, loinc: str, line: str) -> list[Resource]:
    parts: list[Resource] = [{"name": "LineItem", "valueString": line}] if line else []
    parts += [{"name": "Code", "valueCodeableConcept": {"coding": [coding(LOINC, loinc)]}}] if loinc else []
    return [*parts, {"name": "Content", "resource": dict(document)}]
