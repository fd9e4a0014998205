"""Every text that a stratum's rules can say, as the cases make them say it: one page to read from top to bottom."""

from __future__ import annotations

from service.evaluate import Evaluator
from service.rules.finding import Finding
from service.rules.load import STRATA
from tests.support.cases import cases_of, evaluate_case

PLACE = ("procedure", "region", "laterality")


def as_markdown(evaluator: Evaluator, stratum: str) -> str:
    """The first finding of each outcome, in the order of rule.yaml; outcomes of one rule stand together."""
    content = evaluator.content
    lines = [
        f"# What the {stratum} rules say",
        "",
        "One example of every outcome, filled in from the first case that reaches it. Recorded by",
        "`pytest tests/golden --update-golden`; read it whole after a change, for tone, length and truth.",
    ]
    for rule in content.rules.values():
        if STRATA[rule.stratum] != stratum or not rule.file.outcomes:
            continue
        found: dict[str, Finding] = {}
        for case in cases_of(rule.folder / "cases.yaml"):
            if len(found) < len(rule.file.outcomes):
                for finding in evaluate_case(evaluator, case).findings:
                    if finding.rule == rule.id:
                        found.setdefault(finding.outcome, finding)
        lines += ["", f"## {rule.file.title} (`{rule.id}`)"]
        for name in rule.file.outcomes:
            lines += ["", f"### {name}", "", *_told(found[name])] if name in found else []
    return "\n".join(lines) + "\n"


def _told(finding: Finding) -> list[str]:
    place = " ".join(getattr(finding, name) for name in PLACE if getattr(finding, name))
    lines = [f"{finding.indicator} · {finding.topic or finding.kind} · {place}", "", f"**{finding.summary}**"]
    lines += ["", finding.detail] if finding.detail else []
    if finding.missing:
        lines += ["", *(f"- not found: {item.what} ({item.from_}), {item.why}" for item in finding.missing)]
    if finding.values:
        shown = ", ".join(f"{value.name} {value.value} {value.unit}".strip() for value in finding.values)
        lines += ["", f"*{shown}*"]
    return lines
