"""Runs one case of a cases.yaml through the whole pipeline and compares what it expects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from service.evaluate import Evaluation, Evaluator
from service.fhir.sent import KeyRead, State
from service.files import by_key
from service.question import Question
from service.rules.finding import Finding
from service.rules.load import read_yaml
from tests.support.records import PATIENT, PERFORMER, build

TODAY = date(2026, 11, 22)
STATES = {"not_sent": State.ABSENT, "failed": State.FAILED, "partial": State.PARTIAL}
KNOWN = {"name", "on", "hook", "policy", "record", "dispatched", "visit", *STATES}
KNOWN |= {"expect", "expect_not", "facts", "facts_not", "criteria"}
PLAIN = ("outcome", "indicator", "procedure", "region", "laterality", "topic", "kind", "policy")


def evaluate_case(evaluator: Evaluator, case: Mapping[str, Any]) -> Evaluation:
    """The evaluation of a case's record; the hook is order-sign when the record holds an order.

    `dispatched` names orders and performer of order-dispatch where they are not those of the record, `visit` the
    encounter of the encounter hooks.
    """
    unknown = case.keys() - KNOWN
    if unknown:
        raise AssertionError(f"case has unknown members {sorted(unknown)}")
    today = case.get("on", TODAY)
    entries, orders = build(case["record"], today)
    hook = case.get("hook", "order-sign" if orders else "patient-view")
    keys = by_key(entries, evaluator.content.templates(hook))
    for member, state in STATES.items():
        # What was cut short has what came before the cut.
        kept = {
            key: keys[key].entries if state is State.PARTIAL and key in keys else () for key in case.get(member, ())
        }
        keys |= {key: KeyRead(key, state, entries) for key, entries in kept.items()}
    sent = case.get("dispatched", {})
    sent_out = [f"ServiceRequest/d{n}" for n, item in enumerate(case["record"]) if "dispatched" in item]
    question = Question(
        hook,
        PATIENT,
        today,
        tuple(orders),
        case.get("policy", ""),
        dispatched=tuple(sent.get("orders", sent_out)),
        performer=sent.get("performer", PERFORMER) if hook == "order-dispatch" else "",
        encounter=case.get("visit", "") if hook.startswith("encounter") else None,
    )
    return evaluator.evaluate(question, keys)


def cases_of(path: Path) -> list[dict[str, Any]]:
    """The cases of a cases.yaml; `each` makes one case of every row (`add` to the record, policy, expected)."""
    found: list[dict[str, Any]] = []
    for case in read_yaml(path) if path.exists() else ():
        rows = case.get("each")
        shared = {name: value for name, value in case.items() if name != "each"}
        for row in rows or ():
            told = [str(value) for item in row["add"] for shorthand in item.values() for value in shorthand.values()]
            told += [
                str(row.get("policy", "")),
                *(f"{name} {row['criteria'][name]}" for name in row.get("criteria", ())),
            ]
            name = f"{case['name']}: {' '.join(filter(None, told))}"
            made = {**shared, "name": name, "record": [*case["record"], *row["add"]]}
            found.append(made | {key: row[key] for key in ("expect", "expect_not", "criteria", "policy") if key in row})
        found += [] if rows else [case]
    return found


def complaints(rule: str, case: Mapping[str, Any], evaluation: Evaluation) -> list[str]:
    """What differs from the case's expectation; [] when all holds."""
    found = [finding for finding in evaluation.findings if _of(finding, rule)]
    lines = [
        f"expected {wanted}, got {[_short(finding) for finding in found]}"
        for wanted in case.get("expect", ())
        if not any(_fits(finding, wanted) for finding in found)
    ]
    lines += [
        f"did not expect {name}, got {_short(finding)}"
        for name in case.get("expect_not", ())
        for finding in found
        if finding.outcome == name or name == "anything"
    ]
    facts = list(evaluation.reasoning.facts.values())
    for wanted in case.get("facts", ()):
        if not any(fact.kind == wanted["kind"] and _holds(fact.fields, wanted, ("kind",)) for fact in facts):
            near = [dict(fact.fields) for fact in facts if fact.kind == wanted["kind"]]
            lines.append(f"expected fact {wanted}, got {near}")
    for unwanted in case.get("facts_not", ()):
        if any(fact.kind == unwanted["kind"] and _holds(fact.fields, unwanted, ("kind",)) for fact in facts):
            lines.append(f"did not expect fact {unwanted}")
    if "criteria" in case:
        results = {item.id: item.status for finding in found for item in finding.criteria}
        for name, status in case["criteria"].items():
            if results.get(name) != status:
                lines.append(f"criterion {name}: expected {status}, got {results.get(name)}")
    return lines


def fingerprint(evaluation: Evaluation, rule: str) -> tuple[Any, ...]:
    """What a changed number must change: the rule's findings and all derived facts, without texts."""
    findings = sorted(
        (f.outcome, f.indicator, f.procedure, f.region, tuple((v.name, v.value) for v in f.values), f.summary, f.detail)
        for f in evaluation.findings
        if _of(f, rule)
    )
    facts = sorted(repr((fact.kind, sorted(fact.fields.items()))) for fact in evaluation.reasoning.facts.values())
    return tuple(findings), tuple(facts)


def _of(finding: Finding, rule: str) -> bool:
    """Whether the rule made the finding, or judged a criterion of it."""
    return finding.rule == rule or any(item.rule == rule for item in finding.criteria)


def _fits(finding: Finding, wanted: Mapping[str, Any]) -> bool:
    if any(name in wanted and getattr(finding, name) != wanted[name] for name in PLAIN):
        return False
    values = {value.name: value.value for value in finding.values}
    if any(str(values.get(name)) != str(value) for name, value in wanted.get("values", {}).items()):
        return False
    missing = {item.what for item in finding.missing}
    return set(wanted.get("missing", ())) <= missing and all(
        text in finding.summary + finding.detail for text in wanted.get("says", ())
    )


def _holds(fields: Mapping[str, Any], wanted: Mapping[str, Any], skip: Iterable[str]) -> bool:
    return all(fields.get(name) == value for name, value in wanted.items() if name not in skip)


def _short(finding: Finding) -> dict[str, Any]:
    values = {value.name: value.value for value in finding.values}
    shown = {name: getattr(finding, name) for name in PLAIN if getattr(finding, name)}
    return {**shown, "values": values, "missing": [item.what for item in finding.missing]}
