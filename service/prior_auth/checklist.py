"""Criterion findings → one documentation finding for each order or suggestion and policy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from service.rules.finding import CriterionResult, Finding
from service.rules.policy import Policy

# When several findings answer one criterion, the strongest statement stands.
STRENGTH = ("met", "not-met", "not-documented", "not-applicable")
WORDS = {"met": "met", "not-met": "not met", "not-documented": "not documented", "not-applicable": "not applicable"}
Place = tuple[str, str, str, str, str]


def checklists(findings: Sequence[Finding], policies: Mapping[str, Policy], payer_known: bool) -> list[Finding]:
    """Findings without criteria as they are; those with criteria gathered into one documentation finding each."""
    groups: dict[Place, list[Finding]] = {}
    others = []
    for finding in findings:
        if finding.criterion is None:
            others.append(finding)
        else:
            place = (finding.rule, finding.policy, finding.procedure, finding.region, finding.laterality)
            groups.setdefault(place, []).append(finding)
    return others + [_gathered(group, policies, payer_known) for group in groups.values()]


def _gathered(group: Sequence[Finding], policies: Mapping[str, Policy], payer_known: bool) -> Finding:
    results: dict[str, CriterionResult] = {}
    for finding in sorted(group, key=lambda item: (_strength(item), item.outcome)):
        result = _result(finding)
        results.setdefault(result.id, result)
    criteria = tuple(results[name] for name in sorted(results))
    lead = min(group, key=lambda item: item.outcome)
    policy = policies.get(lead.policy)
    title = policy.title if policy else lead.policy
    open_items = [item for item in criteria if item.status in ("not-met", "not-documented")]
    summary = f"{title}: {_counted(criteria)}"
    lines = [f"- **{item.id.replace('-', ' ')}**: {WORDS[item.status]}{_needed(item)}" for item in criteria]
    intro = [] if payer_known else ["The payer's criteria are not known; this is the clinic's own checklist.", ""]
    values = {value.name: value for finding in group for value in finding.values}
    missing = {item.what: item for finding in group for item in finding.missing if _open(finding, open_items)}
    return replace(
        lead,
        outcome="checklist",
        indicator="warning" if any(item.status == "not-met" for item in criteria) else "info",
        summary=summary[:139],
        detail="\n".join([*intro, *lines]),
        because=tuple(dict.fromkeys(source for item in criteria for source in item.because)),
        values=tuple(values[name] for name in sorted(values)),
        missing=tuple(missing[name] for name in sorted(missing)),
        criterion=None,
        criteria=criteria,
        sources=tuple(dict.fromkeys(source for finding in group for source in finding.sources)),
        facts=tuple(dict.fromkeys(number for finding in group for number in finding.facts)),
    )


def _result(finding: Finding) -> CriterionResult:
    criterion = finding.criterion
    assert criterion is not None
    return CriterionResult(
        criterion.id,
        criterion.status,
        finding.because,
        criterion.needed,
        criterion.found,
        criterion.supplier,
        finding.values,
    )


def _strength(finding: Finding) -> int:
    return STRENGTH.index(finding.criterion.status) if finding.criterion else len(STRENGTH)


def _open(finding: Finding, items: Sequence[CriterionResult]) -> bool:
    return finding.criterion is not None and finding.criterion.id in {item.id for item in items}


def _counted(criteria: Sequence[CriterionResult]) -> str:
    counts = [(sum(1 for item in criteria if item.status == status), WORDS[status]) for status in STRENGTH[:3]]
    return ", ".join(f"{number} {word}" for number, word in counts if number) or "nothing applies"


def _needed(item: CriterionResult) -> str:
    parts = [f"needed {item.needed}" if item.needed else "", f"found {item.found}" if item.found else ""]
    said = "; ".join(part for part in parts if part)
    who = f" (from: {item.supplier})" if item.supplier and item.status != "met" else ""
    return (f": {said}" if said else "") + who
