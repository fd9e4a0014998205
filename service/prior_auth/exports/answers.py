"""An answered QuestionnaireResponse changes the checklist: what persons say fills what the record leaves open.

Where the record is silent, a person's answer stands, with who said it and when. Where the two agree, the checklist says
so. Where they contradict each other both are told, and the criterion is met only if neither denies it: a payer reads
the same record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from service.checklist import WORDS, restated
from service.errors import AnswersOfAnother, MalformedRequest, NotUnderstood, QuestionnaireChanged
from service.facts.fact import FactSource
from service.prior_auth.exports.package import Publisher
from service.prior_auth.exports.questionnaire import canonical
from service.prior_auth.exports.said import Statement, statements, with_id
from service.prior_auth.exports.sources import Sources
from service.prior_auth.exports.wire import DTR, Raw, items, reference_of
from service.prior_auth.packet import Packet
from service.rules.finding import CriterionResult, Finding

FINISHED = frozenset({"completed", "amended"})
OPEN = "not-documented"
SETTLE = "whoever answered, and the record: they contradict each other"


@dataclass(frozen=True, slots=True)
class Answered:
    """The packet with its checklists as answered; `contradicted` names criteria on which record and person differ.

    `remarks` say which answers were not taken, and why.
    """

    packet: Packet
    statements: tuple[Statement, ...]
    contradicted: tuple[str, ...]
    remarks: tuple[str, ...]


def answered(packet: Packet, response: Raw, publisher: Publisher) -> Answered:
    """What the packet becomes with the answers of `response`; neither is changed.

    Raises MalformedRequest (no QuestionnaireResponse), NotUnderstood (not finished, another questionnaire),
    AnswersOfAnother (another patient or order), QuestionnaireChanged (another version).
    """
    families = {publisher.forms.family_of(checklist.procedure) for checklist in packet.checklists}
    _check(packet, response, publisher, families)
    response = with_id(response)
    remarks: list[str] = []
    said = {item.criterion: item for item in statements(response, publisher.forms, remarks)}
    known = {result.id for checklist in packet.checklists for result in checklist.criteria}
    remarks += [
        f"{name}: the checklist does not ask for it, so the answer was not taken." for name in said.keys() - known
    ]
    checklists = tuple(_answered(packet, checklist, said) for checklist in packet.checklists)
    contradicted = {
        result.id for item in packet.checklists for result in item.criteria if _contradicts(result, said.get(result.id))
    }
    question = packet.evaluation.question
    evaluation = replace(packet.evaluation, question=replace(question, beside=(*question.beside, response)))
    return Answered(
        replace(packet, checklists=checklists, evaluation=evaluation),
        tuple(said[name] for name in sorted(said.keys() & known)),
        tuple(sorted(contradicted)),
        tuple(remarks),
    )


def _check(packet: Packet, response: Raw, publisher: Publisher, families: set[str]) -> None:
    if response.get("resourceType") != "QuestionnaireResponse":
        raise MalformedRequest("The body is not a FHIR QuestionnaireResponse.", expression="QuestionnaireResponse")
    if str(response.get("status")) not in FINISHED:
        raise NotUnderstood(
            "The answers are not finished; send them with status completed or amended.",
            expression="QuestionnaireResponse.status",
        )
    url, _, version = str(response.get("questionnaire") or "").partition("|")
    if url not in {canonical(publisher.base, family) for family in families if family}:
        raise NotUnderstood(
            "The answers are to another questionnaire than the one for this procedure; fetch the package again.",
            expression="QuestionnaireResponse.questionnaire",
        )
    if version != publisher.version:
        raise QuestionnaireChanged(
            "The answers are to another version of the questionnaire; fetch the package again and look them through.",
            expression="QuestionnaireResponse.questionnaire",
        )
    _check_whose(packet, response)


def _check_whose(packet: Packet, response: Raw) -> None:
    if not Sources.of_evaluation(packet.evaluation).ours(response.get("subject")):
        raise AnswersOfAnother(
            "The answers are about another patient than the packet.", expression="QuestionnaireResponse.subject"
        )
    contexts = [item for item in items(response.get("extension")) if item.get("url") == f"{DTR}/qr-context"]
    about = [reference_of(item.get("valueReference")) for item in contexts]
    kind = str(packet.order.get("resourceType"))
    orders = ["/".join(name.split("/")[-2:]) for name in about if f"{kind}/" in name]
    if orders and packet.order_reference not in orders:
        raise AnswersOfAnother(
            "The answers are about another order than the packet.", expression="QuestionnaireResponse.extension"
        )


def _answered(packet: Packet, checklist: Finding, said: Mapping[str, Statement]) -> Finding:
    criteria = tuple(_merged(result, said.get(result.id)) for result in checklist.criteria)
    policy = packet.policies.get(checklist.policy)
    settled = {
        new.id for old, new in zip(checklist.criteria, criteria, strict=True) if old.status == OPEN != new.status
    }
    return replace(
        restated(checklist, criteria, policy.title if policy else checklist.policy),
        missing=tuple(item for item in checklist.missing if not _settles(packet, checklist, settled, item.what)),
    )


def _settles(packet: Packet, checklist: Finding, settled: set[str], what: str) -> bool:
    """Whether something missing was asked for by settled criteria only."""
    findings = packet.evaluation.reasoning.findings
    asking = {
        finding.criterion.id
        for finding in findings
        if finding.criterion is not None
        and finding.procedure == checklist.procedure
        and any(item.what == what for item in finding.missing)
    }
    return bool(asking) and asking <= settled


def _contradicts(result: CriterionResult, said: Statement | None) -> bool:
    return said is not None and bool(said.status) and result.status not in (OPEN, said.status)


def _merged(result: CriterionResult, said: Statement | None) -> CriterionResult:
    """The criterion with what a person says of it; neither of two that contradict each other is dropped."""
    if said is None:
        return result
    on = f" on {said.on}" if said.on else ""
    verdict = WORDS[said.status] if said.status else ""
    voice = f"{said.who} says{on}: {'; '.join(filter(None, (verdict, said.words)))}"
    source = FactSource(said.source, f"{said.who}'s answer{on}")
    because = tuple(dict.fromkeys((*result.because, source)))
    if _contradicts(result, said):
        status = "not-met" if "not-met" in (result.status, said.status) else result.status
        found = f"contradiction: the record says {_of_record(result)}, {voice}"
        return replace(result, status=status, found=found, because=because, supplier=SETTLE)
    if result.status == OPEN and said.status:
        return replace(result, status=said.status, found=voice, because=because, supplier="")
    return replace(result, found="; ".join(filter(None, (result.found, voice))), because=because)


def _of_record(result: CriterionResult) -> str:
    return f"{WORDS[result.status]} ({result.found})" if result.found else WORDS[result.status]
