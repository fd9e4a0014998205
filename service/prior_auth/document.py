"""The packet as a FHIR R4 document: Composition, who made it, and the resources it rests on, unchanged."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from service.fhir.sent import Entry
from service.prior_auth.lines import NONE, Section, sections
from service.prior_auth.narrative import narrative, paragraph
from service.prior_auth.packet import Packet
from service.prior_auth.payer import IN_FORCE, covers
from service.prior_auth.raw import Raw, text
from service.prior_auth.sources import Sources, identity
from service.prior_auth.summary import counted

SPACE = UUID("6f1c2c52-8a3e-5a0f-9d0b-1f9a4f6f7f10")
SOFTWARE = "spine-cds"
TITLE = "Prior authorization: {}"
# "Medical records", of the LOINC codes that payers take for attachments (Da Vinci PAS and CDex value sets).
RECORDS = {"system": "http://loinc.org", "code": "11503-0", "display": "Medical records"}
ASSEMBLER = {
    "coding": [{"system": "http://terminology.hl7.org/CodeSystem/provenance-participant-type", "code": "assembler"}]
}
CREATED = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-DataOperation", "code": "CREATE"}]}
UNAVAILABLE = {
    "coding": [{"system": "http://terminology.hl7.org/CodeSystem/list-empty-reason", "code": "unavailable"}],
    "text": NONE,
}
# Where nobody said at which address resources lie, so that relative references still resolve; never a real host.
NOWHERE = "https://record.invalid/fhir"


def document(packet: Packet, when: datetime) -> dict[str, Any]:
    """The Bundle of type document as of `when` (with a zone); resources are the very objects that were received.

    The same packet and `when` give the same document, identifiers included; treat it as read-only.
    """
    if when.tzinfo is None:
        raise ValueError("`when` needs a time zone")
    sources = Sources(packet)
    parts = sections(packet, sources)
    entries = included(packet, sources, parts)
    addressed = Addressed(entries)
    stamp = when.isoformat(timespec="seconds")
    name = str(uuid5(SPACE, _digest(packet, parts, entries, stamp)))
    device = _device(packet)
    composition = _composition(packet, parts, addressed, sources, stamp) | {"id": name}
    provenance = _provenance(addressed, stamp, name, device["id"])
    own = [_own(composition), _own(device), _own(provenance)]
    return {
        "resourceType": "Bundle",
        "id": name,
        "identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{name}"},
        "type": "document",
        "timestamp": stamp,
        "entry": [*own, *({"fullUrl": addressed.url(entry), "resource": entry.resource} for entry in entries)],
    }


def included(packet: Packet, sources: Sources, parts: Iterable[Section]) -> list[Entry]:
    """The resources that the packet rests on and no others: patient, order, who pays, and what its lines cite."""
    patient = packet.evaluation.record.patient
    paying = [cover.reference for cover in covers(packet, sources) if cover.state == IN_FORCE]
    cited = [reference for part in parts for line in part.lines for reference in line.references]
    first = [patient.reference if patient else "", packet.order_reference, *paying]
    return sources.closed(dict.fromkeys([*first, *sorted(set(cited))]))


class Addressed:
    """Full URLs of entries: those they came with where these are good, else made from the server of the others."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._urls: dict[int, str] = {}
        entries = list(entries)
        base, taken = _base(entries), set[str]()
        for entry in entries:
            url = entry.full_url if _is_good(entry.full_url) else _made(entry.resource, base)
            if url in taken:
                url = _made({**entry.resource, "id": ""}, base)
            taken.add(url)
            self._urls[id(entry.resource)] = url

    def url(self, entry: Entry) -> str:
        """The full URL of one of the entries."""
        return self._urls[id(entry.resource)]

    def of(self, entries: Iterable[Entry]) -> list[str]:
        """The full URLs of those of these entries that are in the document."""
        return [self._urls[id(entry.resource)] for entry in entries if id(entry.resource) in self._urls]

    @property
    def all(self) -> list[str]:
        """Every full URL."""
        return list(self._urls.values())


def _is_good(url: str) -> bool:
    return url.startswith(("http://", "https://", "urn:uuid:", "urn:oid:")) and "/_history/" not in url


def _base(entries: Iterable[Entry]) -> str:
    """The server that most of the resources come from."""
    found = Counter(
        entry.full_url.removesuffix(f"/{identity(entry.resource)}")
        for entry in entries
        if entry.full_url.startswith("http") and entry.full_url.endswith(f"/{identity(entry.resource)}")
    )
    return min(found, key=lambda base: (-found[base], base)) if found else NOWHERE


def _made(raw: Raw, base: str) -> str:
    return f"{base}/{identity(raw)}" if text(raw.get("id")) else f"urn:uuid:{uuid5(SPACE, _canonical(raw))}"


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=True, default=str)


def _digest(packet: Packet, parts: Iterable[Section], entries: Iterable[Entry], stamp: str) -> str:
    said = [[part.id, [[line.text, line.references] for line in part.lines]] for part in parts]
    return _canonical([stamp, packet.content_version, packet.title, said, [entry.resource for entry in entries]])


def _own(resource: Mapping[str, Any]) -> dict[str, Any]:
    return {"fullUrl": f"urn:uuid:{resource['id']}", "resource": resource}


def _device(packet: Packet) -> dict[str, Any]:
    """The software as author: a person has yet to read and attest what it put together."""
    return {
        "resourceType": "Device",
        "id": str(uuid5(SPACE, f"{SOFTWARE} {packet.content_version}")),
        "deviceName": [{"name": SOFTWARE, "type": "model-name"}],
        "version": [{"value": packet.content_version}],
    }


def _composition(
    packet: Packet, parts: Iterable[Section], addressed: Addressed, sources: Sources, stamp: str
) -> dict[str, Any]:
    patient = packet.evaluation.record.patient
    assert patient is not None  # an evaluation has one
    order = addressed.of(sources.find(packet.order_reference))
    return {
        "resourceType": "Composition",
        "text": paragraph(" ".join(counted(packet))),
        # Preliminary until somebody has read it; this software attests nothing.
        "status": "preliminary",
        "type": {"coding": [RECORDS]},
        "subject": {"reference": addressed.of(sources.find(patient.reference))[0]},
        "date": stamp,
        "author": [{"reference": f"urn:uuid:{_device(packet)['id']}", "display": f"{SOFTWARE} (software)"}],
        "title": TITLE.format(packet.title),
        "event": [{"detail": [{"reference": url} for url in order]}],
        "section": [_section(part, addressed, sources) for part in parts],
    }


def _section(part: Section, addressed: Addressed, sources: Sources) -> dict[str, Any]:
    def links(cited: str) -> list[str]:
        return addressed.of(sources.find(cited))

    urls = dict.fromkeys(url for line in part.lines for cited in line.references for url in links(cited))
    body: dict[str, Any] = {"title": part.title, "text": narrative(part.lines, links)}
    if urls:
        body["entry"] = [{"reference": url} for url in urls]
    else:
        body["emptyReason"] = UNAVAILABLE
    return body


def _provenance(addressed: Addressed, stamp: str, composition: str, device: str) -> dict[str, Any]:
    return {
        "resourceType": "Provenance",
        "id": str(uuid5(SPACE, f"provenance of {composition}")),
        "target": [{"reference": f"urn:uuid:{composition}"}],
        "recorded": stamp,
        "activity": CREATED,
        "agent": [{"type": ASSEMBLER, "who": {"reference": f"urn:uuid:{device}"}}],
        "entity": [{"role": "source", "what": {"reference": url}} for url in addressed.all],
    }
