"""The machine-readable part of a card: `extension["org.spine-cds.finding"]`, nothing null, nothing empty."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from service.rules.finding import Finding

NAME = "org.spine-cds.finding"


def extension(group: Sequence[Finding], content_version: str, evaluation: str) -> dict[str, Any]:
    """The contract's object for the leading finding; the others of the card under `findings`."""
    body = {**finding_json(group[0]), "content_version": content_version, "evaluation": evaluation}
    if len(group) > 1:
        body["findings"] = [finding_json(finding) for finding in group[1:]]
    return {NAME: body}


def finding_json(finding: Finding) -> dict[str, Any]:
    """One finding in the contract's form."""
    body = {
        "rule": finding.rule,
        "kind": finding.kind,
        "topic": finding.topic,
        "outcome": finding.outcome,
        "indicator": finding.indicator,
        "procedure": finding.procedure,
        "region": finding.region,
        "laterality": finding.laterality,
        "because": [{"reference": item.reference, "fact": item.label} for item in finding.because],
        "values": [value.as_json() for value in finding.values],
        "criteria": [item.as_json() for item in finding.criteria],
        "missing": [{"what": item.what, "from": item.from_, "why": item.why} for item in finding.missing],
        "policy": finding.policy,
    }
    return {name: value for name, value in body.items() if value}
