"""Criterion findings → one documentation finding for each order or suggestion and policy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from service.rules.finding import CriterionResult, Finding
from service.rules.model import Criterion
from service.rules.parameters import DEFAULT_POLICY
from service.rules.policy import Policy

# The finding that gathers the criteria is named after the folder that says what is asked for.
RULE = "authorization/checklist"
# When several findings answer one criterion, the strongest statement stands; of equals, one that cites evidence.
STRENGTH = ("met", "not-met", "not-documented", "not-applicable")
WORDS = {"met": "met", "not-met": "not met", "not-documented": "not documented", "not-applicable": "not applicable"}
Place = tuple[str, str, str, str]


def checklists(findings: Sequence[Finding], policies: Mapping[str, Policy], order: Sequence[str]) -> list[Finding]:
    """Findings without criteria as they are; those with criteria gathered into one documentation finding for each
    policy, procedure, region and side, whatever rules judged them. `order` is that of criteria on the page."""
    groups: dict[Place, list[Finding]] = {}
    others = []
    for finding in findings:
        if finding.criterion is None:
            others.append(finding)
        else:
            place = (finding.policy, finding.procedure, finding.region, finding.laterality)
            groups.setdefault(place, []).append(finding)
    return others + [_gathered(group, policies, order) for group in groups.values()]


def _gathered(group: Sequence[Finding], policies: Mapping[str, Policy], order: Sequence[str]) -> Finding:
    standing: dict[str, Finding] = {}
    for finding in sorted(group, key=_rank):
        standing.setdefault(_criterion(finding).id, finding)
    criteria = tuple(_result(standing[name]) for name in sorted(standing, key=order.index))
    lead = group[0]
    policy = policies.get(lead.policy)
    title = policy.title if policy else lead.policy
    open_items = {(item.id, item.status) for item in criteria if item.status in ("not-met", "not-documented")}
    summary = f"{title}: {_counted(criteria)}"
    unknown = lead.policy == DEFAULT_POLICY
    intro = ["The payer's criteria are not known; this is the clinic's own checklist.", ""] if unknown else []
    values = {value.name: value for item in criteria for value in item.values}
    asking = [finding for finding in group if (_criterion(finding).id, _criterion(finding).status) in open_items]
    missing = {item.what: item for finding in asking for item in finding.missing}
    return replace(
        lead,
        rule=RULE,
        outcome="checklist",
        indicator=_indicator(criteria),
        summary=summary[:139],
        detail="\n".join([*intro, *_lines(criteria)]),
        because=tuple(dict.fromkeys(source for item in criteria for source in item.because)),
        values=tuple(values[name] for name in sorted(values)),
        missing=tuple(missing[name] for name in sorted(missing)),
        criterion=None,
        criteria=criteria,
        sources=tuple(dict.fromkeys(source for item in criteria for source in standing[item.id].sources)),
        facts=tuple(dict.fromkeys(number for finding in group for number in finding.facts)),
    )


def restated(checklist: Finding, criteria: Sequence[CriterionResult], title: str) -> Finding:
    """The checklist of the policy called `title` with these criteria instead, its texts counted and written anew."""
    intro, _, _ = checklist.detail.partition("- **")
    return replace(
        checklist,
        indicator=_indicator(criteria),
        summary=f"{title}: {_counted(criteria)}"[:139],
        detail=intro + "\n".join(_lines(criteria)),
        because=tuple(dict.fromkeys(source for item in criteria for source in item.because)),
        criteria=tuple(criteria),
    )


def _indicator(criteria: Sequence[CriterionResult]) -> str:
    return "warning" if any(item.status == "not-met" for item in criteria) else "info"


def _lines(criteria: Sequence[CriterionResult]) -> list[str]:
    return [f"- **{item.id.replace('-', ' ')}**: {WORDS[item.status]}{_needed(item)}" for item in criteria]


def _result(finding: Finding) -> CriterionResult:
    criterion = _criterion(finding)
    return CriterionResult(
        criterion.id,
        criterion.status,
        finding.because,
        criterion.needed,
        criterion.found,
        criterion.supplier,
        finding.values,
        finding.rule,
    )


def _criterion(finding: Finding) -> Criterion:
    assert finding.criterion is not None
    return finding.criterion


def _rank(finding: Finding) -> tuple[int, bool, str]:
    return STRENGTH.index(_criterion(finding).status), not finding.because, finding.outcome


def _counted(criteria: Sequence[CriterionResult]) -> str:
    counts = [(sum(1 for item in criteria if item.status == status), WORDS[status]) for status in STRENGTH[:3]]
    return ", ".join(f"{number} {word}" for number, word in counts if number) or "nothing applies"


def _needed(item: CriterionResult) -> str:
    parts = [f"needed {item.needed}" if item.needed else "", f"found {item.found}" if item.found else ""]
    said = "; ".join(part for part in parts if part)
    who = f" (from: {item.supplier})" if item.supplier and item.status != "met" else ""
    return (f": {said}" if said else "") + who
