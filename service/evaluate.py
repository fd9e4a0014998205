"""One way through the house: what was sent → record → facts → four strata of rules → findings.

The day, the resources, the content and the engine are arguments; there is no clock, network or global in between.
Cards, prior authorization and population reviews are faces of the `Evaluation` that comes out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfo

from service.checklist import checklists
from service.errors import NeededDataMissing, NotUnderstood
from service.facts.extract import Context, CountWindow, extract, service_day
from service.facts.fact import Fact
from service.facts.recognise import Recogniser
from service.fhir.intake import read_record
from service.fhir.record import Record
from service.fhir.sent import KeyRead
from service.payers import Choice, Payer
from service.precedence import ADVICE, COVERAGE, OPEN_QUESTIONS, not_twice, tempered
from service.question import Question
from service.rules.finding import Finding, Reasoning
from service.rules.load import Content
from service.rules.model import Parameter
from service.rules.parameters import DEFAULT_POLICY
from service.rules.reason import Engine, Reasoner
from service.unchecked import unchecked


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything one evaluation found, with the record it rests on."""

    question: Question
    record: Record
    reasoning: Reasoning
    findings: tuple[Finding, ...]
    policies: tuple[str, ...]


class Evaluator:
    """Content, engine and zone, ready to evaluate; one for each process."""

    def __init__(self, content: Content, engine: Engine, zone: ZoneInfo) -> None:
        self.content = content
        self.reasoner = Reasoner(content, engine)
        self._zone = zone
        self._windows = lru_cache(maxsize=8)(self._counting)
        self._factors = lru_cache(maxsize=8)(self._weighing)
        self._relief_days = _around(content.extraction["relief_days"])
        self._wanted_keys = {hook: tuple(content.templates(hook)) for hook in content.hooks}
        self._recognise = Recogniser(content.index, content.anatomy, content.reader, content.sets)

    def evaluate(self, question: Question, keys: Mapping[str, KeyRead]) -> Evaluation:
        """Findings for one question about one patient.

        Raises NeededDataMissing without the patient's own resource among `keys`, EngineFailure when the engine died.
        """
        record = read_record(keys, question.patient_id, self._recognise)
        if record.patient is None:
            raise NeededDataMissing(
                "the patient resource is missing, unreadable or another patient's", expression="patient"
            )
        context = self._context(question, record)
        facts = extract(context, self._recognise)
        choice = self._choice(facts, service_day(context))
        payers = self._payers(question, choice, facts)
        ordered = [
            str(fact.fields["concept"]) for fact in facts if fact.kind == "order" and fact.fields["origin"] == "order"
        ]
        facts += choice.facts(payers, ordered)
        first, *others = dict.fromkeys(payer.policies for payer in payers) or ((),)
        reasoning = self._reasoned(question, facts, self._speaking(question, first, ordered), choice.day)
        found = self._judged(question, reasoning, first)
        for policies in others:
            again = self._reasoned(question, facts, self._speaking(question, policies, ordered), choice.day)
            also = [finding for finding in self._judged(question, again, policies) if finding.criteria]
            # What is derived is numbered anew in each reasoning, the record's own facts alike in all.
            found += [replace(finding, facts=again.received(finding.facts)) for finding in also]
        is_open = any(finding.criteria or finding.kind in ADVICE for finding in found) or any(
            fact.kind in OPEN_QUESTIONS for fact in reasoning.facts.values()
        )
        found += unchecked(record, self._wanted_keys.get(question.hook, ()), is_open)
        policies = tuple(dict.fromkeys(name for payer in payers for name in payer.policies))
        return Evaluation(question, record, reasoning, tuple(found), policies)

    def _choice(self, facts: list[Fact], served: date) -> Choice:
        area = next((str(fact.fields["area"]) for fact in facts if fact.kind == "patient"), "")
        return Choice(self.content.policies, self.content.jurisdictions, area, served)

    def _payers(self, question: Question, choice: Choice, facts: list[Fact]) -> tuple[Payer, ...]:
        """The payers to judge by: of the policy that was asked for, else of the record's coverage."""
        known = self.content.policies
        if not question.policy:
            return choice.payers(facts)
        if question.policy not in known:
            raise NotUnderstood(f"there is no policy {question.policy[:64]!r}; known are {', '.join(sorted(known))}")
        return () if question.policy == DEFAULT_POLICY else (choice.asked_for(question.policy),)

    def _speaking(self, question: Question, policies: tuple[str, ...], ordered: Sequence[str]) -> tuple[str, ...]:
        """The policies that speak of what is ordered: no other's numbers belong on its checklist.

        Without an order in hand procedures may be suggested, of which any policy may speak.
        """
        known = self.content.policies
        return tuple(name for name in policies if not question.orders or set(ordered) & set(known[name].procedures))

    def _reasoned(self, question: Question, facts: list[Fact], policies: tuple[str, ...], served: date) -> Reasoning:
        turned = self.reasoner.compiler.turning(question.today, served)
        return self.reasoner.reason(facts, question.today, policies, turned if turned > question.today else None)

    def _judged(self, question: Question, reasoning: Reasoning, policies: tuple[str, ...]) -> list[Finding]:
        """What is shown, with one checklist for each policy."""
        shown = [finding for finding in not_twice(reasoning) if self._shown(finding, question)]
        placed = [self._placed(finding, policies) for finding in tempered(shown)]
        return checklists(placed, self.content.policies, self.content.services.criteria)

    def _context(self, question: Question, record: Record) -> Context:
        content = self.content
        reading = content.reading(question.today)
        return Context(
            record=record,
            question=question,
            index=content.index,
            anatomy=content.anatomy,
            reader=content.reader,
            zone=self._zone,
            needs=content.needs,
            sets_of=content.sets_of,
            windows=self._windows(question.today),
            stale_days=int(reading("medication_stale_days")),
            look_back_months=int(reading("span_look_back_months")),
            order_stale_days=int(reading("order_stale_days")),
            factors=self._factors(question.today),
            relief_days=self._relief_days,
            half_relief=float(reading("half_relief")),
            examination_days=int(reading("examination_days")),
        )

    def _counting(self, day: date) -> dict[str, tuple[CountWindow, ...]]:
        """Counting windows by need, their lengths as in force on the day."""
        windows: dict[str, tuple[CountWindow, ...]] = {}
        for rule in self.content.rules.values():
            values = self.reasoner.compiler.values(rule.id, day, ())
            for need in rule.needs:
                if need.windows:
                    windows[need.count or need.dose] = tuple(
                        CountWindow(w.id, int(values(w.months))) for w in need.windows
                    )
        return windows

    def _weighing(self, day: date) -> dict[str, dict[str, float]]:
        """What one milligram of a drug is worth in milligrams of the reference, by need and drug, on the day."""
        factors: dict[str, dict[str, float]] = {}
        for rule in self.content.rules.values():
            values = self.reasoner.compiler.values(rule.id, day, ())
            for need in rule.needs:
                if need.dose:
                    cells = {row: values.cell(need.equivalents, row, "value") for row in values.rows(need.equivalents)}
                    equal = {drug: float(cell["value"]) for drug, cell in cells.items()}
                    factors[need.dose] = {drug: equal[need.reference] / amount for drug, amount in equal.items()}
        return factors

    def _shown(self, finding: Finding, question: Question) -> bool:
        return question.hook in self.content.rules[finding.rule].file.hooks

    def _placed(self, finding: Finding, policies: tuple[str, ...]) -> Finding:
        """The finding with the policy it was judged under, where it answers a criterion or says what is covered."""
        if finding.criterion is None and finding.kind != COVERAGE:
            return finding
        fitting = [name for name in policies if finding.procedure in self.content.policies[name].procedures]
        return replace(finding, policy=fitting[0] if fitting else DEFAULT_POLICY)


def _around(table: Parameter) -> dict[str, dict[str, int]]:
    """Days around a procedure in which scores tell of relief, by procedure."""
    return {
        name: {column: int(cell["value"]) for column, cell in row.cells.items()} for name, row in table.rows.items()
    }
