"""A suggestion to ask for what a checklist could not find: one draft Task for each who can supply some of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid5

from service.hooks.response import Action, Suggestion
from service.rules.finding import CriterionResult, Finding

DOCUMENTATION = "documentation"
NOT_DOCUMENTED = "not-documented"
ANYBODY = "whoever has it"
PURPOSE = "Documentation for prior authorization"


def asked_for(finding: Finding, order: str, patient_id: str, card: UUID) -> Suggestion | None:
    """The suggestion of one checklist on an order in hand (a reference); None when nothing is left to ask for.

    Nobody is named: who acts on a Task is the user's to decide. What was found and is not enough is not asked for.
    """
    wanted = _by_supplier(finding.criteria)
    if finding.kind != DOCUMENTATION or not order or not wanted:
        return None
    actions = tuple(
        Action(type="create", description=f"Ask {supplier} for {_names(items)}", resource=resource)
        for supplier, items, resource in _tasks(wanted, finding, order, patient_id)
    )
    count = sum(len(items) for items in wanted.values())
    label = f"Ask for what is not documented ({count} {'criterion' if count == 1 else 'criteria'})"
    return Suggestion(label=label, uuid=uuid5(card, f"{finding.rule}|{finding.policy}|{order}"), actions=actions)


def _by_supplier(criteria: Sequence[CriterionResult]) -> dict[str, list[CriterionResult]]:
    wanted: dict[str, list[CriterionResult]] = {}
    for item in criteria:
        if item.status == NOT_DOCUMENTED:
            wanted.setdefault(item.supplier or ANYBODY, []).append(item)
    return wanted


def _tasks(
    wanted: Mapping[str, Sequence[CriterionResult]], finding: Finding, order: str, patient_id: str
) -> Iterator[tuple[str, Sequence[CriterionResult], dict[str, Any]]]:
    for supplier, items in wanted.items():
        where = " ".join(part for part in (finding.laterality, finding.region) if part)
        what = " ".join(part for part in (where, finding.procedure.replace("-", " ")) if part)
        lines = [f"{_name(item)}{f' (needed: {item.needed})' if item.needed else ''}" for item in items]
        resource: dict[str, Any] = {
            "resourceType": "Task",
            "status": "draft",
            "intent": "order",
            "code": {"text": PURPOSE},
            "description": f"{PURPOSE}, {what}: please document {'; '.join(lines)}.",
            "focus": {"reference": order},
            "for": {"reference": f"Patient/{patient_id}"},
            "input": [{"type": {"text": "criterion"}, "valueString": item.id} for item in items],
        }
        if supplier != ANYBODY:
            resource["performerType"] = [{"text": supplier}]
        yield supplier, items, resource


def _names(items: Sequence[CriterionResult]) -> str:
    return ", ".join(_name(item) for item in items)


def _name(item: CriterionResult) -> str:
    return item.id.replace("-", " ")
