"""The packet: one order, everything found about it, and its checklists; all forms of it are made from this."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.errors import NotUnderstood, OrderMissing, OrderOfAnother, ProcedureNotCovered, SeveralOrders, TooMany
from service.evaluate import Evaluation, Evaluator
from service.facts.fact import Fact
from service.fhir.record import Gap, GapKind
from service.fhir.sent import Entry, KeyRead, Resource
from service.precedence import DOCUMENTATION
from service.question import Question
from service.rules.finding import Finding, Reasoning
from service.rules.policy import Policy

# What a packet can be about; anything else in hand is evidence beside it.
ORDERS = ("ServiceRequest", "Appointment")
CHECKLIST = "checklist"
# Resources that have no patient; they come along only where one of the patient's refers to them.
OF_NOBODY = frozenset({"Organization", "Practitioner", "PractitionerRole", "Medication", "Location"})
MOST_RESOURCES = 20_000
# An order, what it was read as, and its checklists.
Judged = tuple[Mapping[str, Any], tuple[Fact, ...], tuple[Finding, ...]]
# Taken back, or never meant: nothing that a payer should be asked about.
VOID = frozenset({"revoked", "entered-in-error", "cancelled"})


@dataclass(frozen=True, slots=True)
class Packet:
    """`order` as received; one finding in `checklists` for each policy that judges it; `title` in our own words.

    `policies` has the policies of the checklists by id, `content_version` names the rules that judged.
    """

    order: Mapping[str, Any]
    evaluation: Evaluation
    checklists: tuple[Finding, ...]
    title: str
    policies: Mapping[str, Policy]
    content_version: str

    @property
    def order_reference(self) -> str:
        """The order as findings cite it."""
        return reference_of(self.order)

    @property
    def served(self) -> str:
        """The day that a payer looks at: of the order's service, or today where that is later."""
        return max([self.evaluation.question.today.isoformat(), *(str(fact.fields["date"]) for fact in self.ordered)])

    @property
    def ordered(self) -> tuple[Fact, ...]:
        """What the order was read as, one fact for each procedure in it."""
        return tuple(ordered(self.evaluation.reasoning, self.order_reference))


def assembled(
    evaluator: Evaluator, question: Question, keys: Mapping[str, KeyRead], most: int = MOST_RESOURCES
) -> Packet:
    """The packet for the one order among `question.orders`, on hook order-sign, from the resources under `keys`.

    Raises OrderMissing, SeveralOrders, ProcedureNotCovered, OrderOfAnother, NotUnderstood, NeededDataMissing without
    the patient, TooMany over `most` resources, EngineFailure.
    """
    orders = [order for order in question.orders if order.get("resourceType") in ORDERS]
    if not orders:
        raise OrderMissing("a packet is about an order: send the draft ServiceRequest", expression="order")
    received = sum(len(key.entries) for key in keys.values())
    if received > most:
        raise TooMany(f"{received} resources are more than {most}; send what belongs to the order")
    evaluation = evaluator.evaluate(question, keys)
    _refuse_another_patients(evaluation, orders)
    order, facts, checklists = _one(evaluation, orders)
    known = evaluator.content.policies
    policies = {item.policy: known[item.policy] for item in checklists if item.policy in known}
    return Packet(order, evaluation, checklists, _title(facts), policies, evaluator.content.version)


def alongside(entries: Iterable[Entry]) -> tuple[Resource, ...]:
    """What no prefetch key of an order carries and others refer to, for `Question.beside`: people and clinics."""
    return tuple(entry.resource for entry in entries if entry.resource.get("resourceType") in OF_NOBODY)


def reference_of(order: Mapping[str, Any]) -> str:
    """`ServiceRequest/id`, or `draft ServiceRequest` for one without id, as the facts of an order cite it."""
    kind = str(order.get("resourceType"))
    return f"{kind}/{order['id']}" if order.get("id") else f"draft {kind}"


def ordered(reasoning: Reasoning, reference: str) -> Iterator[Fact]:
    """What an order in hand was read as."""
    for fact in reasoning.facts.values():
        if fact.kind == "order" and any(source.reference == reference for source in fact.sources):
            yield fact


def ancestry(reasoning: Reasoning, numbers: Sequence[int]) -> dict[int, Fact]:
    """The facts of these numbers and everything they rest on, by number."""
    found: dict[int, Fact] = {}
    waiting = [number for number in numbers if number in reasoning.facts]
    while waiting:
        number = waiting.pop()
        if number not in found:
            found[number] = reasoning.facts[number]
            waiting.extend(parent for parent in found[number].parents if parent in reasoning.facts)
    return dict(sorted(found.items()))


def _refuse_another_patients(evaluation: Evaluation, orders: Sequence[Mapping[str, Any]]) -> None:
    if any(_gaps(evaluation, order, GapKind.OTHER_PATIENT) for order in orders):
        raise OrderOfAnother("the order is for another patient than the record", expression="order.subject")


def _one(evaluation: Evaluation, orders: Sequence[Mapping[str, Any]]) -> Judged:
    """The only order that there are criteria for; raises what says why there is not exactly one."""
    known = [(order, tuple(ordered(evaluation.reasoning, reference_of(order)))) for order in orders]
    known = [(order, facts) for order, facts in known if facts]
    judged = [(order, facts, checklists_of(evaluation, {fact.number for fact in facts})) for order, facts in known]
    covered = [item for item in judged if item[2]]
    if len(covered) > 1:
        raise SeveralOrders(
            f"{len(covered)} orders to authorize were sent; a packet is about one: send each alone", expression="order"
        )
    if covered and covered[0][0].get("status") in VOID:
        raise NotUnderstood("the order has been taken back; nothing is to be authorized", expression="order.status")
    if covered:
        return covered[0]
    raise _nothing_to_judge(evaluation, orders, [fact for _, facts in known for fact in facts])


def _nothing_to_judge(
    evaluation: Evaluation, orders: Sequence[Mapping[str, Any]], facts: Sequence[Fact]
) -> NotUnderstood:
    for fact in facts:
        return ProcedureNotCovered(
            f"no authorization criteria are held for {fact.fields['title']}", expression="order.code"
        )
    for order in orders:
        for gap in _gaps(evaluation, order, GapKind.UNREAD):
            problem = " ".join(filter(None, [gap.element, gap.problem]))
            return NotUnderstood(f"the order cannot be read: {problem}", expression="order")
    return ProcedureNotCovered(
        "the order is for no procedure that is known here: check its code", expression="order.code"
    )


def _gaps(evaluation: Evaluation, order: Mapping[str, Any], kind: GapKind) -> list[Gap]:
    where = reference_of(order)
    return [gap for gap in evaluation.record.gaps if gap.kind is kind and gap.where == where and not gap.key]


def checklists_of(evaluation: Evaluation, numbers: set[int]) -> tuple[Finding, ...]:
    """The checklists that rest on the order and are about what it orders, by policy; not those of other open orders."""
    facts = evaluation.reasoning.facts
    asked = {facts[number].fields["concept"] for number in numbers}
    found = [
        finding
        for finding in evaluation.findings
        if finding.kind == DOCUMENTATION
        and finding.outcome == CHECKLIST
        and finding.procedure in asked
        and numbers & ancestry(evaluation.reasoning, finding.facts).keys()
    ]
    # Who pays first comes first.
    rank = {policy: place for place, policy in enumerate(evaluation.policies)}
    return tuple(
        sorted(
            found,
            key=lambda item: (
                rank.get(item.policy, len(rank)),
                item.policy,
                item.procedure,
                item.region,
                item.laterality,
            ),
        )
    )


def _title(facts: Sequence[Fact]) -> str:
    names = dict.fromkeys(
        f"{fact.fields['title']}, {fact.fields['side']} {fact.fields['region']}".strip().rstrip(",") for fact in facts
    )
    text = "; ".join(" ".join(name.replace(",  ", ", ").split()) for name in names)
    return text[:1].upper() + text[1:]
