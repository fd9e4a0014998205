"""A packet as it is filed: its forms, what a team may search it by, and what its reader should be told about it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from service.evaluate import Evaluation
from service.fhir.record import GapKind
from service.fhir.sent import State
from service.prior_auth.exports.answers import Answered
from service.prior_auth.exports.kept import needed
from service.prior_auth.packet import Packet
from service.prior_auth.payer import remarks
from service.prior_auth.sources import Sources
from service.store.packet_records import CriterionLine, Filing, Note

WHEN = ("occurrenceDateTime", "start")
WORD = re.compile(r"[a-z0-9]+")
ANOTHERS = "Resources that belong to other patients: {}; not used"
CONTRADICTED = "{}: the answer and the record contradict each other; both are told"
INCOMPLETE = "Parts of the record could not be read ({}); what they hold counts as not documented"


class Forms(NamedTuple):
    """The forms of a packet: FHIR document, HTML page, checklist."""

    document: Mapping[str, Any]
    page: str
    checklist: Mapping[str, Any]


def filing(packet: Packet, forms: Forms, said: Answered | None = None) -> Filing:
    """The packet with its forms, ready to be kept; `said` is what became of answers that came with it."""
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
        notes=(*notes(packet), *_about_answers(said)),
        request=tuple(needed(packet)),
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
    """What is odd about payer, order or record, each with a stable word; the texts may name a coverage."""
    for remark in remarks(packet, Sources(packet)):
        yield Note(remark.word, remark.text)
    gaps = [gap for gap in packet.evaluation.record.gaps if gap.kind is GapKind.OTHER_PATIENT]
    if others := [gap for gap in gaps if not gap.where.startswith("Coverage")]:
        yield Note("other-patient", ANOTHERS.format(len(others)))
    if unread := sorted(_incomplete(packet.evaluation)):
        yield Note("record-incomplete", INCOMPLETE.format(", ".join(unread)))


def _about_answers(said: Answered | None) -> Iterator[Note]:
    if said is None:
        return
    for name in said.contradicted:
        yield Note("answer-contradicts-record", CONTRADICTED.format(name.replace("-", " ")))
    for remark in said.remarks:
        yield Note("answer-not-taken", remark)


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
                yield CriterionLine(checklist.policy, name_of(policy.payer if policy else ""), item.id, item.status)


def name_of(payer: str) -> str:
    """A payer's title as a list is asked for it: lower case, words joined by hyphens."""
    return "-".join(WORD.findall(payer.lower()))
