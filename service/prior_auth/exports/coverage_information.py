"""CRD `coverage-information` as system actions, in payer mode only: what the payer's own policy states, nothing more.

Only what releases 2.0.1 and 2.2 of the guide share is used. A procedure on which the policy is silent is `conditional`
with that reason; `satisfied` and authorization numbers are never given, because nobody has decided anything here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from service.evaluate import Evaluation
from service.hooks.response import SystemAction
from service.prior_auth.exports.payer import CONDITIONAL, CoverageStatement, Payer
from service.prior_auth.exports.questionnaire import canonical
from service.prior_auth.exports.sources import Sources
from service.prior_auth.exports.wire import CRD, Raw, Resource, coding, codings, extension, items, name_of, reference_of
from service.prior_auth.packet import reference_of as order_name
from service.terminology.systems import system_name, system_uri

URL = f"{CRD}/StructureDefinition/ext-coverage-information"
HOOKS = frozenset({"order-select", "order-sign", "order-dispatch"})
# On these nothing may be said of documentation (hook-19).
WITHOUT_DOCUMENTATION = frozenset({"order-select"})
ORDER = "ServiceRequest"
SILENT = "The policy does not state whether this is covered."
DESCRIPTION = "Add to the order what the payer's policy states about its coverage"


@dataclass(frozen=True, slots=True)
class Assertions:
    """The system actions, and for each order without one why it has none."""

    actions: tuple[SystemAction, ...] = ()
    remarks: tuple[str, ...] = ()


def assertions(evaluation: Evaluation, payer: Payer) -> Assertions:
    """One update for each order in hand that the payer answers for; an order that says it all already gets none."""
    question = evaluation.question
    orders = _orders(evaluation) if question.hook in HOOKS else {}
    if not orders:
        return Assertions()
    sources = Sources.of_evaluation(evaluation)
    own = [item for item in sources.coverages() if _is_of(sources, item, payer)]
    if len(own) != 1:
        how_many = "several active coverages" if own else "no active coverage"
        return Assertions(remarks=(f"coverage information: the record has {how_many} of this payer",))
    actions: list[SystemAction] = []
    remarks: list[str] = []
    for reference, procedures in orders.items():
        order = _raw(evaluation, sources, reference)
        if order is None or not name_of(order):
            remarks.append("coverage information: an order has no id, so it cannot be updated")
            continue
        stated = {payer.policy.states(procedure, question.today) for procedure in procedures}
        if len(stated) > 1:
            remarks.append("coverage information: an order is for several procedures with different rules")
            continue
        added = information(evaluation, order, own[0], stated.pop(), payer, procedures[0])
        changed = _with(order, added)
        if changed is not None:
            actions.append(SystemAction(type="update", description=DESCRIPTION, resource=changed))
    return Assertions(tuple(actions), tuple(remarks))


def information(
    evaluation: Evaluation,
    order: Raw,
    coverage: Raw,
    stated: CoverageStatement | None,
    payer: Payer,
    procedure: str,
) -> Resource:
    """The extension for one order; `stated` is None where the policy is silent on the procedure."""
    question = evaluation.question
    about = name_of(coverage)
    name = uuid5(
        NAMESPACE_URL,
        "|".join((payer.system, payer.value, payer.version, question.patient_id, about, question.today.isoformat())),
    )
    parts = [
        extension("coverage", "Reference", {"reference": about}),
        *_stated(stated, question.hook in WITHOUT_DOCUMENTATION, _questionnaire(payer, procedure)),
        *(extension("billingCode", "Coding", code) for code in _billed(order)),
        extension("date", "Date", question.today.isoformat()),
        extension("coverage-assertion-id", "String", str(name)),
    ]
    return {"url": URL, "extension": parts}


def _stated(stated: CoverageStatement | None, bare: bool, questionnaire: str) -> Iterator[Resource]:
    covered = stated.covered if stated and stated.covered else CONDITIONAL
    authorization = stated.authorization if stated else None
    documentation = stated.documentation if stated and not bare else None
    yield extension("covered", "Code", covered)
    if authorization:
        yield extension("pa-needed", "Code", authorization)
    if documentation:
        yield extension("doc-needed", "Code", documentation)
    if documentation and stated and stated.purpose:
        yield extension("doc-purpose", "Code", stated.purpose)
    if CONDITIONAL in (covered, authorization, documentation):
        for code in (stated.depends_on if stated else ()) or ("OTH",):
            yield extension("info-needed", "Code", code)
    yield extension("reason", "CodeableConcept", {"text": stated.reason if stated else SILENT})
    if documentation and questionnaire:
        yield extension("questionnaire", "Canonical", questionnaire)


def _questionnaire(payer: Payer, procedure: str) -> str:
    publisher = payer.publisher
    family = publisher.forms.family_of(procedure) if publisher else ""
    return f"{canonical(publisher.base, family)}|{publisher.version}" if publisher and family else ""


def _orders(evaluation: Evaluation) -> dict[str, list[str]]:
    """The procedures of each order in hand, by the order's reference; appointments are not orders."""
    found: dict[str, list[str]] = {}
    for fact in evaluation.reasoning.facts.values():
        if fact.kind == "order" and fact.fields["origin"] == "order":
            for source in fact.sources:
                if source.reference.split("/")[0].removeprefix("draft ") == ORDER:
                    found.setdefault(source.reference, []).append(str(fact.fields["concept"]))
    return found


def _raw(evaluation: Evaluation, sources: Sources, reference: str) -> Raw | None:
    """The order as it was received: the draft in hand, else the record's."""
    drafts = [order for order in evaluation.question.orders if order_name(order) == reference]
    return drafts[0] if drafts else sources.find(reference)


def _is_of(sources: Sources, coverage: Raw, payer: Payer) -> bool:
    return any(_names(sources, coverage, payor, payer) for payor in items(coverage.get("payor")))


def _names(sources: Sources, coverage: Raw, payor: Raw, payer: Payer) -> bool:
    organization = sources.find(reference_of(payor), coverage)
    known: list[Any] = [payor.get("identifier"), *items((organization or {}).get("identifier"))]
    wanted = (payer.system, payer.value)
    return any(isinstance(item, dict) and (item.get("system"), item.get("value")) == wanted for item in known)


def _billed(order: Raw) -> Sequence[Resource]:
    """The order's procedure codes, without the words that stand beside them."""
    named = [(system_name(str(item.get("system"))), item.get("code")) for item in codings(order.get("code"))]
    return [coding(system_uri(name), str(code)) for name, code in named if name in ("cpt", "hcpcs") and code]


def _with(order: Raw, added: Resource) -> Resource | None:
    """The order with the extension, in place of an older one for the same coverage; None where it says all that."""
    known = items(order.get("extension"))
    older = [item for item in known if item.get("url") == URL and _part(item, "coverage") == _part(added, "coverage")]
    others = [item for item in known if item not in older]
    if any(_lasting(item) == _lasting(added) for item in older):
        return None
    return {**order, "extension": [*others, added]}


def _part(information: Raw, name: str) -> Any:
    return next((item for item in items(information.get("extension")) if item.get("url") == name), None)


def _lasting(information: Raw) -> list[Any]:
    """What it says, apart from the day it was said and the name of the assertion."""
    passing = ("date", "coverage-assertion-id")
    return [item for item in items(information.get("extension")) if item.get("url") not in passing]
