"""What all rule folders owe: cases that reach every rule and outcome, texts that read well, value sets in use."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from service.answer import answer
from service.evaluate import Evaluator
from service.rules.finding import Finding
from service.rules.load import RULESETS, Content, LoadedRule
from service.rules.program import Numbered
from tests.content.conftest import Ran
from tests.support.cases import TODAY, cases_of
from tests.support.content import everything
from tests.support.coverage_page import Told, as_markdown
from tests.support.drug_table import same

# Value sets that no rule asks for yet, each with its reason.
UNUSED: dict[str, str] = {"severe-reactions": "how grave an allergy is; read with every allergy"}
CITED = frozenset({"red-flag", "safety-alert", "suggestion", "advise-against"})
SUMMARY_LIMIT = 140
MOST_CARDS = 10
FAULTS = {
    "an unfilled template": re.compile(r"\{\{|\}\}|\{%|%\}"),
    "the word None": re.compile(r"\bNone\b"),
    "two spaces": re.compile(r"\S {2,}\S"),
    "a space before a mark": re.compile(r"\w [,.;:](\s|$)"),
    "two marks": re.compile(r"[,;:]\s*[,;:.]|\.\.(?!\.)"),
    "an odd plural": re.compile(r"%s\b"),
    "empty brackets": re.compile(r"\(\s*\)"),
}


def _cases(rule: LoadedRule) -> list[dict[str, Any]]:
    return cases_of(rule.folder / "cases.yaml")


def _folders() -> list[str]:
    return sorted(everything().rules)


@pytest.mark.parametrize("rule", _folders())
def test_cases_have_sentences_of_their_own(content: Content, rule: str) -> None:
    names = [case["name"] for case in _cases(content.rules[rule])]
    assert names, f"{rule} has no cases.yaml"
    assert len(names) == len(set(names)), f"{rule}: two cases have one name"
    short = [name for name in names if len(name.split()) < 3]
    assert not short, f"{rule}: a case's name is a sentence: {short}"


@pytest.mark.parametrize("rule", _folders())
def test_every_rule_fires_in_a_case_and_is_silent_in_another(
    evaluator: Evaluator, runs: dict[str, list[Ran]], rule: str
) -> None:
    ran = [item.fired for of_rule in runs.values() for item in of_rule]
    compiled = [item for item in evaluator.reasoner.compiler.program(TODAY, ()).rules if item.folder == rule]
    never = [item for item in compiled if not any(item.name in fired for fired in ran)]
    always = [item for item in compiled if all(item.name in fired for fired in ran)]
    assert not never, "\n".join(["no case fires", *(_told(item) for item in never)])
    assert not always, "\n".join(["every case fires", *(_told(item) for item in always)])


@pytest.mark.parametrize("rule", _folders())
def test_every_outcome_is_reached_by_a_case(content: Content, runs: dict[str, list[Ran]], rule: str) -> None:
    outcomes = content.rules[rule].file.outcomes
    # Outcomes that answer a criterion are gathered into one checklist; the rules' firing covers them.
    plain = {name for name, outcome in outcomes.items() if outcome.criterion is None}
    reached = {finding.outcome for ran in runs[rule] for finding in ran.findings if finding.rule == rule}
    assert not plain - reached, f"{rule}: no case reaches {', '.join(sorted(plain - reached))}"


@pytest.mark.parametrize("rule", _folders())
def test_texts_read_well(runs: dict[str, list[Ran]], rule: str) -> None:
    problems = {
        f"{finding.outcome}: {problem}"
        for of_rule in runs.values()
        for ran in of_rule
        for finding in ran.findings
        if finding.rule == rule
        for problem in _problems(finding)
    }
    assert not problems, "\n".join([rule, *sorted(problems)])


@pytest.mark.parametrize("rule", _folders())
def test_advice_cites_what_it_rests_on(runs: dict[str, list[Ran]], rule: str) -> None:
    bare = {
        finding.outcome
        for ran in runs[rule]
        for finding in ran.findings
        if finding.rule == rule and finding.kind in CITED and not finding.because
    }
    assert not bare, f"{rule}: advice without a reason from the record: {', '.join(sorted(bare))}"


@pytest.mark.parametrize("rule", _folders())
def test_every_case_can_be_told_in_cards(content: Content, runs: dict[str, list[Ran]], rule: str) -> None:
    for ran in runs[rule]:
        try:
            cards = answer(ran.evaluation, content, UUID(int=1), MOST_CARDS).cards
        except ValueError as error:
            pytest.fail(f"{rule}: {ran.name}: {error}")
        assert len(cards) <= max(MOST_CARDS, len({finding.kind for finding in ran.findings})), f"{rule}: {ran.name}"


def test_every_value_set_is_asked_for_by_a_rule(content: Content) -> None:
    unused = sorted(set(content.index.sets) - content.sets - UNUSED.keys())
    assert not unused, f"no rule needs {', '.join(unused)}"
    assert not UNUSED.keys() & content.sets, "a set that is used needs no excuse"


def test_the_page_of_what_the_cases_reach_is_the_recorded_one(
    content: Content, evaluator: Evaluator, runs: dict[str, list[Ran]], request: pytest.FixtureRequest
) -> None:
    told = [
        Told(rule, ran.fired, frozenset((finding.rule, finding.outcome) for finding in ran.findings))
        for rule, of_rule in runs.items()
        for ran in of_rule
    ]
    made = as_markdown(content, evaluator.reasoner.compiler.program(TODAY, ()).rules, told, UNUSED)
    page = RULESETS / "COVERAGE.md"
    if request.config.getoption("--update-golden"):
        page.write_text(made, encoding="utf-8")
    recorded = page.read_text(encoding="utf-8")
    assert made == recorded, "\n".join(same(made.splitlines(), recorded.splitlines()))


def _problems(finding: Finding) -> Iterator[str]:
    if not finding.summary:
        yield "has no summary"
    if len(finding.summary) >= SUMMARY_LIMIT or finding.summary.endswith("…"):
        yield f"the summary is cut: {finding.summary}"
    if finding.summary.endswith("."):
        yield f"the summary ends with a full stop: {finding.summary}"
    texts = [finding.summary, *finding.detail.split("\n")]
    texts += [text for item in finding.missing for text in (item.what, item.from_, item.why)]
    for text in texts:
        for name, pattern in FAULTS.items():
            if pattern.search(text):
                yield f"{name}: {text}"


def _told(rule: Numbered) -> str:
    """A rule in one line: what it asks, and what it leads to."""
    patterns = [str(next(iter(pattern.values()))) for pattern in rule.definition["all"]]
    return f"{rule.name}: {' & '.join(patterns)} → {rule.action['outcome'] or rule.action['kind']}"
