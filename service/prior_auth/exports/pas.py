"""A draft of a prior authorization request (PAS Bundle), only where everything it requires is really there.

It is never sent from here. X12 codes come from the practice's licensed tables (`Billing`); none is chosen by default.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from service.prior_auth.exports.claim import claim
from service.prior_auth.exports.claim_parts import Billing, Request, parts
from service.prior_auth.exports.closure import closure
from service.prior_auth.exports.parties import Lack, parties
from service.prior_auth.exports.sources import Sources
from service.prior_auth.exports.wire import PAS, PasVersion, Raw, Resource

LOST = "a resource that the record refers to, under an address that leads to it from elsewhere too"
PROFILE = f"{PAS}/profile-pas-request-bundle"


@dataclass(frozen=True, slots=True)
class PasDraft:
    """The Bundle, or None and what is missing, in words for whoever can supply it."""

    bundle: Resource | None
    missing: tuple[Lack, ...]


def draft_request(
    order: Raw,
    sources: Sources,
    billing: Billing,
    now: datetime,
    release: PasVersion = "2.2.1",
    *,
    coverage: Raw | None = None,
) -> PasDraft:
    """The draft for an order; `coverage` is the one that pays, where there are several."""
    known = parties(sources, order, coverage)
    request = parts(order, sources, known, billing, release)
    if known.lacks:
        return PasDraft(None, tuple(known.lacks))
    with_order = replace(request, with_order=_fits(order, release))
    resources, open_references = closure(sources, with_order.roots())
    if open_references:
        # The order itself need not go along; what it refers to would have to.
        resources, open_references = closure(sources, request.roots())
    else:
        request = with_order
    for where in open_references:
        known.lack(LOST, "whoever sends the record", where)
    if known.lacks:
        return PasDraft(None, tuple(known.lacks))
    return PasDraft(_bundle(request, claim(request, now), resources, now), ())


def _fits(order: Raw, release: PasVersion) -> bool:
    """Whether the guide takes the order as it stands; the older one knows no order for a day or a span of days."""
    on_a_day = any(order.get(f"occurrence{kind}") for kind in ("DateTime", "Period"))
    return order.get("intent") == "order" and not (on_a_day and release == "2.0.1")


def _bundle(request: Request, body: Resource, resources: list[Raw], now: datetime) -> Resource:
    entries = [{"fullUrl": f"{request.billing.server}/Claim/{body['id']}", "resource": body}]
    for resource in resources:
        where = f"{request.billing.server}/{resource['resourceType']}/{resource['id']}"
        entries.append({"fullUrl": where, "resource": dict(resource)})
    return {
        "resourceType": "Bundle",
        "meta": {"profile": [PROFILE]},
        "identifier": dict(request.billing.number),
        "type": "collection",
        "timestamp": now.isoformat(timespec="seconds"),
        "entry": entries,
    }
