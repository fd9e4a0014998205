"""Which rules fire in some case and are silent in another, which texts are said, and where a person reads them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from service.rules.load import STRATA, Content
from service.rules.program import Numbered

READ_IN = {"procedures": "[procedures](procedures/TEXTS.md)", "safety": "[safety](safety/TEXTS.md)"}
HEAD = """\
# What the cases reach

Made by `pytest tests/content/test_texts.py --update-golden`, which also fails where a condition never fires or always
does, where no case reaches an outcome, and where no rule asks for a value set. A condition is one rule of the engine;
the cases are those of all folders. Under outcomes stands in how many cases each is said.
"""


class Told(NamedTuple):
    """One case: the folder it stands in, the conditions that fired, the outcomes it says as (rule, outcome)."""

    folder: str
    fired: frozenset[str]
    said: frozenset[tuple[str, str]]


def as_markdown(
    content: Content, compiled: Sequence[Numbered], cases: Sequence[Told], unused: Mapping[str, str]
) -> str:
    """The page: totals, then a line a folder, then the value sets that no rule asks for."""
    fired = Counter(name for case in cases for name in case.fired)
    said = Counter(one for case in cases for one in case.said)
    own = Counter(case.folder for case in cases)
    reached = [rule for rule in compiled if 0 < fired[rule.name] < len(cases)]
    lines = [HEAD, *_totals(content, compiled, len(reached), len(cases), unused)]
    for stratum in STRATA:
        lines += [
            "",
            f"## {stratum}",
            "",
            "| rule | conditions | fire and are silent | cases | outcomes, and in how many cases |",
        ]
        lines += ["|---|---|---|---|---|"]
        for rule in content.rules.values():
            if STRATA[rule.stratum] == stratum:
                mine = [item for item in compiled if item.folder == rule.id]
                both = sum(item in reached for item in mine)
                told = _outcomes(rule.id, rule.file.outcomes, said)
                lines.append(f"| `{rule.id}` | {len(mine)} | {both} | {own[rule.id]} | {told} |")
        if stratum in READ_IN:
            lines += ["", f"Every text as it is said: {READ_IN[stratum]}."]
    return "\n".join(lines) + "\n"


def _totals(
    content: Content, compiled: Sequence[Numbered], reached: int, cases: int, unused: Mapping[str, str]
) -> Iterable[str]:
    outcomes = sum(len(rule.file.outcomes) for rule in content.rules.values())
    yield f"{len(content.rules)} folders, {len(compiled)} conditions, {cases} cases, {outcomes} outcomes."
    yield f"Conditions that fire in some case and are silent in another: {reached} of {len(compiled)}."
    sets = content.index.sets.keys()
    yield f"Value sets that some rule asks for: {len(sets & content.sets)} of {len(sets)}."
    for name, reason in sorted(unused.items()):
        yield f"Not asked for: `{name}`, {reason}."


def _outcomes(rule: str, outcomes: Iterable[str], said: Mapping[tuple[str, str], int]) -> str:
    return ", ".join(f"{name} {said.get((rule, name), 0) or 'in a checklist'}" for name in outcomes) or "derives facts"
