"""Packets of samples and of records in shorthand, and a packet as text that a person can read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from fhir_samples.samples import Sample, samples
from service.evaluate import Evaluator
from service.fhir.sent import Entry, KeyRead
from service.files import by_key
from service.prior_auth.lines import sections
from service.prior_auth.packet import Packet, alongside, assembled
from service.prior_auth.sources import Sources
from service.prior_auth.summary import counted
from service.question import Question
from tests.support.records import PATIENT, build

HOOK = "order-sign"
TODAY = date(2026, 11, 22)
WHEN = datetime(2026, 11, 22, tzinfo=UTC)
# An order with everything documented for the clinic's checklist.
DOCUMENTED: tuple[Mapping[str, Any], ...] = (
    {"condition": {"icd10cm": "M54.16", "text": "Left lumbar radiculopathy", "since": 60}},
    {"imaging": {"text": "MRI lumbar spine", "days": 40}},
    {
        "report": {
            "text": "MRI lumbar spine",
            "conclusion": "L4-L5 left paracentral disc herniation.",
            "days": 40,
        }
    },
    {"procedure": {"cpt": "97110", "days": 45}},
    {"procedure": {"cpt": "97110", "days": 3}},
    {"observation": {"loinc": "72514-3", "value": 7, "days": 5}},
    {"order": {"cpt": "64483", "text": "Transforaminal epidural steroid injection, left L5", "in": 9}},
)


def sample(name: str) -> Sample:
    """The sample whose folder begins so."""
    return next(sample for sample in samples() if sample.name.startswith(name))


def packet_of(evaluator: Evaluator, name: str, entries: Sequence[Entry] | None = None, policy: str = "") -> Packet:
    """The packet of a sample's order, from its record or another."""
    one = sample(name)
    known = one.known(HOOK) if entries is None else entries
    asked = one.question(HOOK)
    asked = Question(HOOK, asked.patient_id, asked.today, asked.orders, policy)
    return assembled(evaluator, asked, by_key(known, evaluator.content.templates(HOOK)))


def made(
    evaluator: Evaluator,
    record: Sequence[Mapping[str, Any]] = DOCUMENTED,
    *,
    beside: Sequence[Entry] = (),
    orders: Sequence[dict[str, Any]] | None = None,
    policy: str = "",
    known: Mapping[str, KeyRead] | None = None,
) -> Packet:
    """The packet of a record in the shorthand of cases.yaml; `beside` and `orders` are raw resources."""
    entries, drafts = build(list(record), TODAY)
    keys = by_key([*entries, *beside], evaluator.content.templates(HOOK)) | dict(known or {})
    drafts = drafts if orders is None else list(orders)
    asked = Question(HOOK, PATIENT, TODAY, tuple(drafts), policy, beside=alongside(beside))
    return assembled(evaluator, asked, keys)


def order(**changes: Any) -> dict[str, Any]:
    """A raw order for the patient of the shorthand; a member that is None is left out."""
    raw = {
        "resourceType": "ServiceRequest",
        "id": "o1",
        "status": "draft",
        "intent": "order",
        "code": {"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": "64483"}]},
        "bodySite": [{"text": "left lumbar"}],
        "subject": {"reference": f"Patient/{PATIENT}"},
        "occurrenceDateTime": "2026-12-01",
        **changes,
    }
    return {name: value for name, value in raw.items() if value is not None}


def as_text(packet: Packet) -> str:
    """What the packet says, one line for each statement with what it rests on."""
    return "\n".join(_lines(packet)) + "\n"


def _lines(packet: Packet) -> Iterator[str]:
    yield packet.title
    yield from counted(packet)
    for section in sections(packet, Sources(packet)):
        yield from ("", f"## {section.title}")
        for line in section.lines:
            yield f"- {line.text}"
            yield f"  < {', '.join(line.references)}"
