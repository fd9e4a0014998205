"""The Claim of a request: one item for the ordered procedure, with nothing that the request does not hold."""

from __future__ import annotations

from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from service.prior_auth.exports.claim_parts import DIAGNOSES, PLACES, Request
from service.prior_auth.exports.sources import day, element
from service.prior_auth.exports.wire import PAS, Raw, Resource, concept, extension, name_of

X12 = "https://codesystem.x12.org/005010"
PRIORITIES = "http://terminology.hl7.org/CodeSystem/processpriority"
TYPES = "http://terminology.hl7.org/CodeSystem/claim-type"
# FHIR: an order that says no priority has the normal one.
URGENT = frozenset({"urgent", "asap", "stat"})
WHOLE_DAY = 10


def claim(request: Request, now: datetime) -> Resource:
    """The Claim of a complete request."""
    number = request.billing.number
    name = str(uuid5(NAMESPACE_URL, f"{number['system']}|{number['value']}"))
    known = request.parties
    return {
        "resourceType": "Claim",
        "id": name,
        "meta": {"profile": [f"{PAS}/profile-claim"]},
        "identifier": [dict(number)],
        "status": "active",
        "type": concept(TYPES, request.billing.claim_type),
        "use": "preauthorization",
        "patient": _to(known.patient),
        "created": now.isoformat(timespec="seconds"),
        "insurer": _to(known.insurer),
        "provider": _to(known.provider),
        "priority": concept(PRIORITIES, "stat" if str(request.order.get("priority")) in URGENT else "normal"),
        "diagnosis": [
            {"sequence": number, "diagnosisCodeableConcept": concept(DIAGNOSES, code)}
            for number, code in enumerate(request.diagnoses, start=1)
        ],
        "insurance": [{"sequence": 1, "focal": True, "coverage": _to(known.coverage)}],
        "item": [_item(request)],
    }


def _item(request: Request) -> Resource:
    billing = request.billing
    extensions = [
        extension(f"{PAS}/{name}", "CodeableConcept", concept(f"{X12}/{table}", code))
        for name, table, code in (
            ("extension-serviceItemRequestType", 1525, billing.request_type),
            ("extension-certificationType", 1322, billing.certification_type),
        )
        if code
    ]
    if request.with_order:
        extensions.append(extension(f"{PAS}/extension-requestedService", "Reference", _to(request.order)))
    item: Resource = {
        **({"extension": extensions} if extensions else {}),
        "sequence": 1,
        "diagnosisSequence": list(range(1, len(request.diagnoses) + 1)),
        "category": concept(f"{X12}/1365", billing.service_type),
        "productOrService": {"coding": [dict(request.service)]},
        **_when(request.order),
    }
    if request.place:
        item["locationCodeableConcept"] = concept(PLACES, request.place)
    quantity = element(request.order, "quantityQuantity.value")
    if isinstance(quantity, int | float):
        item["quantity"] = {"value": quantity}
    return item


def _when(order: Raw) -> Resource:
    """The day or the days of the service, only where whole days are given."""
    on = day(order.get("occurrenceDateTime"))
    if len(on) == WHOLE_DAY:
        return {"servicedDate": on}
    start, end = (day(element(order, f"occurrencePeriod.{name}")) for name in ("start", "end"))
    whole = len(start) == len(end) == WHOLE_DAY
    return {"servicedPeriod": {"start": start, "end": end}} if whole else {}


def _to(resource: Raw | None) -> Resource:
    return {"reference": name_of(resource or {})}
