"""An evaluation as CDS Hooks answers it: cards, and what was read, repaired, left out or unread."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from service.cards.asks import asked_for
from service.cards.rank import grouped
from service.cards.render import Draft, card
from service.cards.suggestions import Drafts
from service.evaluate import Evaluation
from service.fhir.sent import State
from service.hooks.response import Card, CdsResponse, Link, Suggestion
from service.precedence import DOCUMENTATION
from service.prior_auth.exports.coverage_information import Assertions, assertions
from service.prior_auth.exports.payer import Payer
from service.prior_auth.packet import ancestry, ordered, reference_of
from service.rules.finding import Finding
from service.rules.load import Content

READING = "org.spine-cds.reading"
PACKET = "The prior-authorization packet of this order"
LISTED = 200
LONGEST = 100  # characters of a name that somebody else chose


@dataclass(frozen=True, slots=True)
class Answered:
    """A response and which evaluation, content and policies it comes from; a silent response does not say so."""

    response: CdsResponse
    evaluation: UUID
    content_version: str = ""
    policies: tuple[str, ...] = ()


def answer(
    evaluation: Evaluation,
    content: Content,
    identifier: UUID,
    most: int,
    unknown: Sequence[str] = (),
    payer: Payer | None = None,
    packets: str = "",
) -> CdsResponse:
    """The response; `identifier` names this evaluation, `most` caps the cards, `unknown` are keys nobody asked for.

    Only a `payer` makes assertions about coverage. `packets` is the page on packets that a checklist of an order links
    to, '' where there is none.
    """
    titles = {rule.id: rule.file.title for rule in content.rules.values()}
    order_of = _orders(evaluation)
    draft = _drafting(evaluation, content, order_of)
    groups = grouped(evaluation.findings, most)
    asserted = assertions(evaluation, payer) if payer else Assertions()
    # No card and nothing to report is exactly {"cards": []}: everything needed was there and nothing applies.
    told = bool(groups or asserted.actions or asserted.remarks)
    report = bool(told or evaluation.record.gaps or unknown or _incomplete(evaluation) or _remarks(evaluation))
    extension = reading(evaluation, content.version, identifier, unknown) if report else {}
    if asserted.remarks:
        extension["not_asserted"] = list(asserted.remarks)
    return CdsResponse(
        cards=tuple(
            _linked(
                card(group, identifier, content.version, titles, draft, content.services.override_reasons),
                packets if any(order_of(finding) for finding in group) else "",
            )
            for group in groups
        ),
        system_actions=asserted.actions,
        extension={READING: extension} if report else {},
    )


def _orders(evaluation: Evaluation) -> Callable[[Finding], str]:
    """For a checklist the reference of the order in hand that it is about, '' for every other finding."""
    references = [reference_of(order) for order in evaluation.question.orders if order.get("id")]
    reasoning = evaluation.reasoning
    numbers = {name: {fact.number for fact in ordered(reasoning, name)} for name in references}

    def order_of(finding: Finding) -> str:
        if finding.kind != DOCUMENTATION or not numbers:
            return ""
        rests_on = ancestry(reasoning, finding.facts).keys()
        return next((name for name, facts in numbers.items() if facts & rests_on), "")

    return order_of


def _drafting(evaluation: Evaluation, content: Content, order_of: Callable[[Finding], str]) -> Draft:
    patient = evaluation.question.patient_id
    drafts = Drafts(content.index, content.sets_of.get("order", frozenset()), patient)

    def draft(finding: Finding, uuid: UUID) -> Suggestion | None:
        return drafts(finding, uuid) or asked_for(finding, order_of(finding), patient, uuid)

    return draft


def _linked(made: Card, packets: str) -> Card:
    return made.model_copy(update={"links": (Link(label=PACKET, url=packets, type="absolute"),)}) if packets else made


def _incomplete(evaluation: Evaluation) -> dict[str, str]:
    keys = evaluation.record.keys.items()
    return {key: known.state.value for key, known in keys if known.state is not State.COMPLETE}


def _remarks(evaluation: Evaluation) -> dict[str, str]:
    """What was noticed about keys that are complete all the same."""
    keys = evaluation.record.keys.items()
    return {key: known.problem for key, known in keys if known.state is State.COMPLETE and known.problem}


def reading(evaluation: Evaluation, version: str, identifier: UUID, unknown: Sequence[str]) -> dict[str, Any]:
    """How the record was read; every repair, exclusion and gap with its place, up to a bound that is said."""
    record = evaluation.record
    body: dict[str, Any] = {
        "evaluation": str(identifier),
        "content_version": version,
        "resources": record.received,
        "used": len(record.resources) + (record.patient is not None),
    }
    for key, count in sorted(Counter(gap.kind for gap in record.gaps).items()):
        body[f"count_{key.value.replace('-', '_')}"] = count
    gaps = [
        {name: value for name, value in (("where", g.where), ("element", g.element), ("problem", g.problem)) if value}
        | {"kind": g.kind.value}
        for g in record.gaps[:LISTED]
    ]
    body["gaps"] = gaps
    if len(record.gaps) > LISTED:
        body["gaps_not_listed"] = len(record.gaps) - LISTED
    body["not_complete"] = _incomplete(evaluation)
    body["remarks"] = _remarks(evaluation)
    body["ignored_keys"] = [name[:LONGEST] for name in unknown[:LISTED]]
    body["policies"] = list(evaluation.policies)
    return {name: value for name, value in body.items() if value not in ([], {}, None)}
