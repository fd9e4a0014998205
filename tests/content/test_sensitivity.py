"""Every number of every rule folder is held by a case: moved by its step, up and down, some case answers differently.

The rule: each dated number, each policy's own number and each numeric cell of a table is moved by `step` (1 where a
table names none) in both directions, one at a time, and the folder's findings or derived facts must differ on at least
one case: its own cases first, then those of the folders that build on it, then all. Values named by an outcome count
(they are on the card), so a number that only a text names is held by any case that shows it. A policy's number is
looked for under that policy, in cases whose coverage brings it and, failing that, in all cases judged as if it did.
Text values have no direction and are left out; so are the settings of extraction, which belong to no folder.

No file is touched: the rule is copied with one changed parameter into a copy of the content. The folders below it are
kept without their rules, and what they found once is given as facts, since nothing above them can change it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest

from service.evaluate import Evaluation, Evaluator
from service.facts.fact import Fact
from service.rules.authoring import ABSENT, parse_absence
from service.rules.compile import Compiler
from service.rules.engine_process import EngineProcess
from service.rules.load import Content, LoadedRule
from service.rules.model import Dated, Parameter
from service.rules.program import kinds_of
from service.rules.reason import Reasoner
from tests.content.conftest import Ran
from tests.support.cases import TODAY, evaluate_case, fingerprint
from tests.support.content import everything

DIGITS = 6


class Nudge(NamedTuple):
    """One number moved one step: a dated value (`place`, and `policy` where it is a policy's) or a cell's `part`."""

    rule: str
    name: str
    value: int | float
    step: int | float
    place: int = 0
    policy: str = ""
    cell: tuple[str, str, str] = ("", "", "")

    @property
    def nudged(self) -> int | float:
        """The number after the step, of the same type."""
        moved = self.value + self.step
        return round(moved, DIGITS) if isinstance(self.value, float) else moved

    @property
    def label(self) -> str:
        """The parameter, or the cell of the table, that is moved."""
        row, column, part = self.cell
        return f"{self.name}[{row}][{column}]{'' if part == 'value' else '.' + part}" if row else self.name

    @property
    def sentence(self) -> str:
        """`safety/glycaemia: hba1c_warn + 0.1`."""
        under = f" under {self.policy}" if self.policy else ""
        nth = f" ({self.place + 1}.)" if self.place else ""
        return f"{self.rule}: {self.label}{under}{nth} {'+' if self.step > 0 else '-'} {abs(self.step):g}"

    def applied(self, parameter: Parameter) -> Parameter:
        """The parameter with the one number changed."""
        row, column, part = self.cell
        if row:
            cells = {**parameter.rows[row].cells}
            cells[column] = {**cells[column], part: self.nudged}
            rows = {**parameter.rows, row: parameter.rows[row].model_copy(update={"cells": cells})}
            return parameter.model_copy(update={"rows": rows})
        if self.policy:
            policies = {**parameter.policies, self.policy: self._moved(parameter.policies[self.policy])}
            return parameter.model_copy(update={"policies": policies})
        return parameter.model_copy(update={"values": self._moved(parameter.values)})

    def _moved(self, values: tuple[Dated, ...]) -> tuple[Dated, ...]:
        changed = values[self.place].model_copy(update={"value": self.nudged})
        return (*values[: self.place], changed, *values[self.place + 1 :])


def nudges(content: Content) -> Iterator[Nudge]:
    """All numbers of all rule folders, each up and down."""
    for rule in content.rules.values():
        for name, parameter in rule.parameters.items():
            step = parameter.step or 1
            for found in _numbers(rule.id, name, parameter):
                yield from (found._replace(step=step), found._replace(step=-step))


def _numbers(rule: str, name: str, parameter: Parameter) -> Iterator[Nudge]:
    for policy, values in {"": parameter.values, **parameter.policies}.items():
        for place, dated in enumerate(values):
            if not isinstance(dated.value, str):
                yield Nudge(rule, name, dated.value, 0, place, policy)
    for row, of_row in parameter.rows.items():
        for column, cell in of_row.cells.items():
            for part, value in cell.items():
                if not isinstance(value, str):
                    yield Nudge(rule, name, value, 0, cell=(row, column, part))


@dataclass(frozen=True)
class Witness:
    """One case, read once with the content as it is."""

    rule: str
    case: Mapping[str, Any]
    evaluation: Evaluation


class Bench:
    """The cases, and for one folder at a time its rules with an engine of their own."""

    def __init__(self, content: Content, runs: Mapping[str, Sequence[Ran]], engine: EngineProcess) -> None:
        self._content = content
        self._whole = Reasoner(content, engine)
        self._known: dict[tuple[int, tuple[str, ...]], list[Fact]] = {}
        self._witnesses = [Witness(rule, ran.case, ran.evaluation) for rule, of_rule in runs.items() for ran in of_rule]
        self._below = _below(self._content)
        self._rule = ""
        self._engine = EngineProcess(timeout=20)
        self._base: dict[tuple[int, tuple[str, ...]], Any] = {}

    def stop(self) -> None:
        """End the engine."""
        self._engine.stop()

    def _given(self, witness: Witness, policies: tuple[str, ...]) -> list[Fact]:
        """What the record says and what the folders below find in it under the policies."""
        key = (id(witness), policies)
        if key not in self._known:
            known = witness.evaluation
            facts = list(known.reasoning.facts.values())
            if policies != known.policies:
                read = [fact for fact in facts if not fact.rule]
                facts = [*self._whole.reason(read, known.question.today, policies).facts.values()]
            self._known[key] = [replace(fact, parents=(), sources=()) for fact in facts]
        below = self._below[self._rule] - {self._rule}
        return [fact for fact in self._known[key] if not fact.rule or fact.rule.split("#")[0] in below]

    def noticed(self, nudge: Nudge) -> bool:
        """Whether any case answers differently after the nudge."""
        self._turn_to(nudge.rule)
        # The length of a window and equal doses change what is read from the record: those cases are read anew.
        needs = self._cut.rules[nudge.rule].needs
        if nudge.name in {
            name for need in needs for name in (need.equivalents, *(item.months for item in need.windows))
        }:
            return self._read_anew(self._nudged(self._cut, nudge))
        after = self._reasoner(self._nudged(self._alone, nudge), same_program=bool(nudge.cell[0]))
        native = [item for item in self._order if nudge.policy in ("", *item.evaluation.policies)]
        # A cell is most likely held by a case that names its row.
        native.sort(key=lambda item: nudge.cell[0] not in str(item.case))
        chances = [(item, item.evaluation.policies) for item in native]
        chances += [(item, (nudge.policy,)) for item in self._order if nudge.policy]
        for item, policies in chances:
            key = (id(item), policies)
            if key not in self._base:
                self._base[key] = self._print(self._before, item, policies)
            if self._print(after, item, policies) != self._base[key]:
                # Neighbouring numbers are often held by the same case: try it first next time.
                self._order.remove(item)
                self._order.insert(0, item)
                return True
        return False

    def _read_anew(self, nudged: Content) -> bool:
        both = [Evaluator(content, self._engine, ZoneInfo("UTC")) for content in (self._cut, nudged)]
        pairs = ([fingerprint(evaluate_case(one, item.case), self._rule) for one in both] for item in self._order)
        return any(before != after for before, after in pairs)

    def _reasoner(self, nudged: Content, same_program: bool) -> Reasoner:
        """The folder's reasoner on other numbers; the texts, compiled once, are shared."""
        made = copy(self._before)
        made.content, made.compiler = nudged, Compiler(nudged)
        if same_program:
            # Numbers in cells reach the outcomes' values only, never the engine (the compiler holds that).
            made.compiler.program = self._before.compiler.program
        return made

    def _turn_to(self, rule: str) -> None:
        if rule == self._rule:
            return
        self._engine.stop()
        self._rule, self._engine, self._base = rule, EngineProcess(timeout=20), {}
        keep = self._below[rule]
        rules = {name: item for name, item in self._content.rules.items() if name in keep}
        self._cut = replace(self._content, rules=rules)
        silent = {name: item if name == rule else _silent(item) for name, item in rules.items()}
        # A version of its own: the engine knows programs by version and numbers.
        self._alone = replace(self._content, rules=silent, version=f"{self._content.version} alone")
        self._before = Reasoner(self._alone, self._engine)
        self._order = sorted(self._witnesses, key=lambda item: (item.rule != rule, rule not in self._below[item.rule]))

    def _nudged(self, content: Content, nudge: Nudge) -> Content:
        rule = content.rules[nudge.rule]
        parameters = {**rule.parameters, nudge.name: nudge.applied(rule.parameters[nudge.name])}
        return replace(content, rules={**content.rules, rule.id: replace(rule, parameters=parameters)})

    def _print(self, reasoner: Reasoner, witness: Witness, policies: tuple[str, ...]) -> Any:
        known = witness.evaluation
        reasoning = reasoner.reason(self._given(witness, policies), known.question.today, policies)
        hook = known.question.hook
        shown = [item for item in reasoning.findings if hook in self._cut.rules[item.rule].file.hooks]
        return fingerprint(replace(known, reasoning=reasoning, findings=tuple(shown)), self._rule)


def _silent(rule: LoadedRule) -> LoadedRule:
    """The folder with its kinds and numbers, without its rules."""
    return replace(rule, define=lambda _: (), file=rule.file.model_copy(update={"outcomes": {}}))


def _below(content: Content) -> dict[str, frozenset[str]]:
    """Each folder with all folders whose derived facts or numbers it asks for, directly or through others."""
    producers: dict[str, set[str]] = {}
    for rule in content.rules.values():
        for kind in rule.file.derives:
            producers.setdefault(kind, set()).add(rule.id)
    direct: dict[str, set[str]] = {name: set(rule.file.uses) for name, rule in content.rules.items()}
    for item in Compiler(content).program(TODAY, ()).rules:
        for kind in kinds_of(item.definition):
            name = parse_absence(kind)[0] if kind.startswith(ABSENT) else kind
            direct[item.folder] |= producers.get(name, set())
    return {name: frozenset(_reach(name, direct)) for name in content.rules}


def _reach(start: str, direct: Mapping[str, set[str]]) -> set[str]:
    found, open_ = {start}, [start]
    while open_:
        new = direct[open_.pop()] - found
        found |= new
        open_ += new
    return found


@pytest.fixture(scope="module")
def bench(content: Content, runs: dict[str, list[Ran]], engine: EngineProcess) -> Iterator[Bench]:
    """All cases, read once."""
    made = Bench(content, runs, engine)
    yield made
    made.stop()


@pytest.mark.parametrize("nudge", [pytest.param(item, id=item.sentence) for item in nudges(everything())])
def test_a_case_notices_the_number(bench: Bench, nudge: Nudge) -> None:
    message = f"no case notices {nudge.rule}: {nudge.label} {nudge.value} -> {nudge.nudged}"
    assert bench.noticed(nudge), message
