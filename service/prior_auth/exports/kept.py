"""Requests and attachments of packets that are kept: drafted from the resources that were kept for them.

The record itself is not kept. What a request would refer to is: the patient, who pays, who asks, the order, and what
these refer to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from service.errors import NotUnderstood
from service.fhir.sent import Entry
from service.packet_errors import RequestIncomplete
from service.prior_auth.exports.cdex import submit_attachment
from service.prior_auth.exports.claim_parts import Billing
from service.prior_auth.exports.closure import closure
from service.prior_auth.exports.parties import Lack, parties
from service.prior_auth.exports.pas import draft_request
from service.prior_auth.exports.sources import Sources
from service.prior_auth.exports.wire import PasVersion, Raw, Resource, name_of
from service.prior_auth.packet import Packet
from service.store.packet_records import Content, Kept

REQUEST = "This request cannot be drafted yet; what follows is missing."
ATTACHMENT = "This attachment cannot be put together yet; what follows is missing."


@dataclass(frozen=True, slots=True)
class Attaching:
    """What a caller gives for an attachment: `tracking` is an Identifier, `loinc` a code, `line` a claim item."""

    tracking: Raw | None = None
    loinc: str = ""
    line: str = ""
    final: bool | None = None


def needed(packet: Packet) -> list[Resource]:
    """The resources to keep for later requests, as Bundle entries; the order is kept anyway."""
    sources, order = Sources.of_evaluation(packet.evaluation), packet.order
    provider = parties(sources, order).provider
    roots = [sources.patient, *sources.coverages(), *([provider] if provider is not None else []), order]
    found, _ = closure(sources, [root for root in roots if root])
    return [_entry(sources.url_of(resource), resource) for resource in found if resource is not order]


def request(
    kept: Kept, content: Content, billing: Billing, now: datetime, release: PasVersion, coverage: str
) -> Resource:
    """The draft PAS Bundle of a packet; `coverage` (`Coverage/id`) where there are several.

    Raises RequestIncomplete with all that is missing, NotUnderstood for a coverage that is none of the patient's.
    """
    sources = _sources(kept, content, now)
    paying = _coverage(sources, coverage)
    billing = billing if billing.server else replace(billing, server=_server(sources))
    draft = draft_request(content.raw_order, sources, billing, now, release, coverage=paying)
    if draft.bundle is None:
        raise _incomplete(REQUEST, draft.missing)
    return draft.bundle


def attachment(kept: Kept, content: Content, given: Attaching, now: datetime, coverage: str) -> Resource:
    """The Parameters of `$submit-attachment` around a packet's document; raises as `request` does."""
    sources = _sources(kept, content, now)
    made = submit_attachment(
        content.raw_order,
        sources,
        content.document,
        given.tracking,
        loinc=given.loinc,
        line=given.line,
        final=given.final,
        coverage=_coverage(sources, coverage),
    )
    if made.parameters is None:
        raise _incomplete(ATTACHMENT, made.missing)
    return made.parameters


def _entry(url: str, resource: Raw) -> Resource:
    return {**({"fullUrl": url} if url else {}), "resource": resource}


def _sources(kept: Kept, content: Content, now: datetime) -> Sources:
    entries = [Entry(entry["resource"], entry.get("fullUrl", "")) for entry in content.request]
    patient_id = kept.patient.removeprefix("Patient/")
    patient: Raw = next((entry.resource for entry in entries if name_of(entry.resource) == kept.patient), {})
    return Sources((content.raw_order,), entries, patient_id, patient, now.date())


def _coverage(sources: Sources, name: str) -> Raw | None:
    if not name:
        return None
    found = next((item for item in sources.coverages() if name_of(item) == name), None)
    if found is None:
        raise NotUnderstood("The packet holds no such coverage of the patient that is in force.", expression="coverage")
    return found


def _server(sources: Sources) -> str:
    """The FHIR address that the patient came from, '' where the record did not say."""
    url, name = sources.url_of(sources.patient), name_of(sources.patient)
    return url.removesuffix(f"/{name}") if name and url.startswith("http") and url.endswith(f"/{name}") else ""


def _incomplete(text: str, lacks: Sequence[Lack]) -> RequestIncomplete:
    parts = [(f"{lack.what}; can be supplied by {lack.supplier}", lack.element.split(" ")[0]) for lack in lacks]
    return RequestIncomplete(text, tuple(parts))
