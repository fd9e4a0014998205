"""A packet as it is filed: its forms, what a team may search it by, and what its reader should be told about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from service.evaluate import Evaluation
from service.fhir.record import GapKind
from service.fhir.sent import State
from service.prior_auth.packet import Packet
from service.rules.parameters import DEFAULT_POLICY
from service.store.packet_records import CriterionLine, Filing, Note

WHEN = ("occurrenceDateTime", "start")
UNKNOWN_PAYER = "The payer's criteria are not known; this is the clinic's own checklist."
SEVERAL_PAYERS = "The record has {} payers; each has its checklist. Name one as `policy` to have it alone."
EXPIRED = "A coverage is over or cancelled; it was not used."
ANOTHERS_COVERAGE = "A coverage belongs to another patient; it was not used."
ANOTHERS = "{} resources belong to other patients; they were not used."
INCOMPLETE = "Parts of the record could not be read ({}); what they hold counts as not documented."


class Forms(NamedTuple):
    """The forms of a packet: FHIR document, HTML page, checklist."""

    document: Mapping[str, Any]
    page: str
    checklist: Mapping[str, Any]


def filing(packet: Packet, forms: Forms) -> Filing:
    """The packet with its forms, ready to be kept."""
    evaluation, lead = packet.evaluation, packet.checklists[0]
    return Filing(
        order=packet.order_reference,
        patient=f"Patient/{evaluation.question.patient_id}",
        raw_order=packet.order,
        title=packet.title,
        procedure=lead.procedure,
        region=lead.region,
        laterality=lead.laterality,
        service_date=service_date(packet.order),
        policies=tuple(dict.fromkeys(item.policy for item in packet.checklists)),
        lines=tuple(_lines(packet)),
        content_version=packet.content_version,
        day=evaluation.question.today,
        document=forms.document,
        page=forms.page,
        checklist=forms.checklist,
        notes=tuple(notes(packet)),
    )


def service_date(order: Mapping[str, Any]) -> date | None:
    """The day an order names, None where it names none or not a whole one."""
    period = order.get("occurrencePeriod")
    values = [order.get(name) for name in WHEN] + [period.get("start") if isinstance(period, Mapping) else None]
    for value in values:
        try:
            return date.fromisoformat(str(value)[:10])
        except ValueError:
            continue
    return None


def notes(packet: Packet) -> Iterator[Note]:
    """What is odd about payer or record, each with a stable word; nothing that names anybody."""
    evaluation = packet.evaluation
    if not evaluation.question.policy:
        yield from _payers(packet)
    gaps = [gap for gap in evaluation.record.gaps if gap.kind is GapKind.OTHER_PATIENT]
    coverages = [gap for gap in gaps if gap.where.startswith("Coverage")]
    if coverages:
        yield Note("coverage-of-another-patient", ANOTHERS_COVERAGE)
    if len(gaps) > len(coverages):
        yield Note("other-patient", ANOTHERS.format(len(gaps) - len(coverages)))
    if unread := sorted(_incomplete(evaluation)):
        yield Note("record-incomplete", INCOMPLETE.format(", ".join(unread)))


def _payers(packet: Packet) -> Iterator[Note]:
    evaluation = packet.evaluation
    payers = {fact.fields["concept"] for fact in evaluation.reasoning.facts.values() if fact.kind == "coverage"}
    if all(item.policy == DEFAULT_POLICY for item in packet.checklists):
        yield Note("payer-unknown", UNKNOWN_PAYER)
    if len(payers) > 1:
        yield Note("several-payers", SEVERAL_PAYERS.format(len(payers)))
    excluded = (gap for gap in evaluation.record.gaps if gap.kind is GapKind.EXCLUDED)
    if any(gap.where.startswith("Coverage") for gap in excluded):
        yield Note("coverage-expired", EXPIRED)


def _incomplete(evaluation: Evaluation) -> Iterable[str]:
    return (key for key, known in evaluation.record.keys.items() if known.state is not State.COMPLETE)


def _lines(packet: Packet) -> Iterator[CriterionLine]:
    """Every criterion of every checklist, once."""
    known: set[tuple[str, str]] = set()
    for checklist in packet.checklists:
        policy = packet.policies.get(checklist.policy)
        for item in checklist.criteria:
            if (checklist.policy, item.id) not in known:
                known.add((checklist.policy, item.id))
                yield CriterionLine(checklist.policy, policy.payer if policy else "", item.id, item.status)
