"""Facts in, findings out: the engine's conclusions with their texts, values and reasons filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple, Protocol

from jinja2 import Environment, StrictUndefined, Template, TemplateError

from service.errors import ContentInvalid
from service.facts.fact import Fact, FactSource, check
from service.rules.combine import Concluded, Group, groups, joined
from service.rules.compile import Compiler
from service.rules.finding import Finding, Reasoning, Value
from service.rules.load import Content
from service.rules.model import Criterion, Outcome, Suggested
from service.rules.program import Program
from service.rules.values import resolve

# Most templates only name one field of one fact: looked up, not rendered.
PLAIN = re.compile(r"^\{\{ (\w+)\.(\w+) \}\}$")
SPACES = re.compile(r"[ \t]+")
UNITS = {"d": "day", "h": "hour", "wk": "week", "mo": "month"}
ALIAS_MEMBERS = ("procedure", "region", "laterality")
SUMMARY_LIMIT = 139
LONGEST_SYMBOL = 3


class Terms(NamedTuple):
    """What numbers hold: the day, the policies, and the day of the service where it is a later one."""

    day: date
    policies: tuple[str, ...]
    served: date | None


class Engine(Protocol):
    """Anything that runs a program on facts: the engine process, or the oracle of the tests."""

    def run(self, program: Program, facts: Sequence[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
        """See `service.rules.engine_process.EngineProcess.run`."""


class Reasoner:
    """Content compiled and ready; one for each process."""

    def __init__(self, content: Content, engine: Engine) -> None:
        self.content = content
        self.compiler = Compiler(content)
        self._engine = engine
        self._environment = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
        self._environment.filters["span"] = span
        self._environment.filters["said"] = lambda name: str(name).replace("-", " ")
        self._templates: dict[str, Template] = {}
        concepts = (pair for each in content.index.sets.values() for pair in each.concepts.items())
        self._words = {name: concept.word for name, concept in concepts if concept.word}

    def reason(
        self, facts: Sequence[Fact], day: date, policies: tuple[str, ...], served: date | None = None
    ) -> Reasoning:
        """Everything that follows from the facts on a day under the payer's policies; `served` is their day, if later.

        Raises EngineFailure when the engine died or refused, ContentInvalid when a text or value cannot be filled in.
        """
        for fact in facts:
            check(fact.kind, fact.fields, self.compiler.schemas[fact.kind])
        program = self.compiler.program(day, policies, served)
        terms = Terms(day, policies, served)
        result = self._engine.run(program, [(fact.kind, dict(fact.fields)) for fact in facts])
        known = {number: replace(fact, number=number) for number, fact in enumerate(facts, start=1)}
        for number, kind, fields, parents, rule in result["derived"]:
            real = tuple(parent for parent in parents if parent in known)
            known[number] = Fact(kind, fields, (), number, real, rule)
        for number, parents, _ in result["also"]:
            more = [p for p in parents if p in known and p not in known[number].parents and p < number]
            known[number] = replace(known[number], parents=(*known[number].parents, *more))
        reasoning = Reasoning(known, ())
        concluded = [self._conclude(reasoning, program, name, match, terms) for name, match in result["concluded"]]
        return Reasoning(known, tuple(self._combined(concluded)))

    def _combined(self, concluded: Sequence[Concluded]) -> list[Finding]:
        """The findings, and one plan for those that a rule combines, which are its parts."""
        plans: list[Finding] = []
        told: set[int] = set()
        for rule_id in dict.fromkeys(item.finding.rule for item in concluded):
            rule = self.content.rules[rule_id]
            for combine in rule.file.combines:
                for group in groups(combine, [item for item in concluded if item.finding.rule == rule_id]):
                    plans.append(self._plan(rule_id, rule.file.outcomes[combine.outcome], group))
                    said = {_said(item.finding) for item in group.members}
                    told.update(id(item.finding) for item in concluded if _said(item.finding) in said)
        plain = [replace(item.finding, part=True) if id(item.finding) in told else item.finding for item in concluded]
        return plans + plain

    def _plan(self, rule_id: str, outcome: Outcome, group: Group) -> Finding:
        where, scope = f"{rule_id}/{group.combine.outcome}", group.scope
        texts = {name: self._text(where, name, getattr(outcome, name), scope) for name in ("indicator", "detail")}
        summary = _short(self._text(where, "summary", outcome.summary, scope))
        members = [item.finding for item in group.members]
        return joined(members[0], members, outcome=group.combine.outcome, summary=summary, **texts)

    def _conclude(
        self, reasoning: Reasoning, program: Program, name: str, match: Mapping[str, int], terms: Terms
    ) -> Concluded:
        rule_id = name.split("#")[0]
        rule = self.content.rules[rule_id]
        outcome_name = str(program.action(name)["outcome"])
        outcome = rule.file.outcomes[outcome_name]
        aliases = {alias: number for alias, number in match.items() if number in reasoning.facts}
        bound = {alias: reasoning.facts[number].fields for alias, number in aliases.items()}
        day = self.compiler.day_for(rule_id, terms.day, terms.served)
        values = resolve(rule_id, outcome, self.compiler.values(rule_id, day, terms.policies), bound)
        scope = {**bound, "values": {value.name: value.value for value in values}, "units": _units(values)}
        where = f"{rule_id}/{outcome_name}"
        indicator = self._text(where, "indicator", outcome.indicator, scope)
        texts: dict[str, Any] = {member: self._member(where, member, outcome, scope) for member in ALIAS_MEMBERS}
        finding = Finding(
            rule=rule_id,
            outcome=outcome_name,
            kind=outcome.kind,
            topic=outcome.topic,
            indicator=_graded(indicator, outcome, values),
            summary=_short(self._text(where, "summary", outcome.summary, scope)),
            # A criterion's line in the checklist is its `needed` and `found`; its detail is never shown.
            detail="" if outcome.criterion else self._text(where, "detail", outcome.detail, scope),
            because=_because(reasoning, outcome, aliases, self.content.aside - set(rule.file.cites)),
            values=values,
            missing=outcome.missing,
            criterion=self._criterion(where, outcome.criterion, scope),
            suggest=self._suggested(where, outcome.suggest, scope),
            leads=outcome.leads,
            comes_first=outcome.comes_first,
            sources=tuple(rule.file.sources[key] for key in outcome.sources),
            facts=tuple(aliases.values()),
            **texts,
        )
        return Concluded(finding, scope)

    def _member(self, where: str, member: str, outcome: Outcome, scope: dict[str, Any]) -> str:
        template = getattr(outcome, member)
        told = self._text(where, member, template, scope) if template else ""
        return self._words.get(told, told) if member == "procedure" else told

    def _criterion(self, where: str, criterion: Criterion | None, scope: dict[str, Any]) -> Criterion | None:
        if criterion is None:
            return None
        texts = {name: self._text(where, name, getattr(criterion, name), scope) for name in ("needed", "found")}
        return criterion.model_copy(update=texts)

    def _suggested(self, where: str, suggested: Suggested | None, scope: dict[str, Any]) -> Suggested | None:
        if suggested is None or not suggested.level:
            return suggested
        return suggested.model_copy(update={"level": self._text(where, "suggest level", suggested.level, scope)})

    def _text(self, where: str, part: str, source: str, scope: dict[str, Any]) -> str:
        if "{" not in source:
            return source.strip()
        plain = PLAIN.match(source)
        if plain and plain.group(2) in scope.get(plain.group(1), ()):
            return str(scope[plain.group(1)][plain.group(2)])
        key = f"{where}/{part}"
        template = self._templates.get(key)
        try:
            if template is None:
                template = self._templates[key] = self._environment.from_string(source)
            # Nothing global is used in texts; sharing the scope saves copying it for each of them.
            return SPACES.sub(" ", "".join(template.root_render_func(template.new_context(scope, shared=True)))).strip()
        except TemplateError as error:
            raise ContentInvalid(f"{where}: {part}: {error}") from error


def _said(finding: Finding) -> tuple[str, ...]:
    """What makes two findings one: the rule, the procedure and place, and the sentence."""
    return finding.rule, finding.procedure, finding.region, finding.laterality, finding.summary


def span(value: float, unit: str) -> str:
    """A length of time as a person says it: `3 days`, `24 hours`; other units stand as they are."""
    word = UNITS.get(unit, unit)
    if unit not in UNITS and not (unit.isalpha() and len(unit) > LONGEST_SYMBOL):
        return f"{value:g} {unit}".strip()
    if value == 1:
        return f"{value:g} {word.removesuffix('s')}"
    return f"{value:g} {word}" if word.endswith("s") else f"{value:g} {word}s"


def _units(values: Sequence[Value]) -> dict[str, str]:
    return {value.name: value.unit for value in values}


def _graded(indicator: str, outcome: Outcome, values: Sequence[Value]) -> str:
    """A number that nobody verified never makes a card critical by itself; the fact behind it may."""
    unverified = any(value.source.status != "verified" for value in values)
    return "warning" if indicator == "critical" and unverified and not outcome.critical_by_fact else indicator


def _short(summary: str) -> str:
    return summary if len(summary) <= SUMMARY_LIMIT else summary[: SUMMARY_LIMIT - 1].rstrip() + "…"


def _because(
    reasoning: Reasoning, outcome: Outcome, aliases: Mapping[str, int], without: frozenset[str] = frozenset()
) -> tuple[FactSource, ...]:
    """Reasons in the order of the aliases, those of one alias by resource: other rules do not move them."""
    chosen = aliases if outcome.because is None else [alias for alias in outcome.because if alias in aliases]
    found = (sorted(reasoning.sources(aliases[alias], without)) for alias in chosen)
    return tuple(dict.fromkeys(source for sources in found for source in sources))
