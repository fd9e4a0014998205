"""Conclusions of one rule about one procedure and place become one plan; the parts stay, each with its own values."""

from __future__ import annotations

from datetime import date
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from service.facts.fact import Fact, FactSource
from service.rules.combine import Concluded, groups, joined
from service.rules.finding import Finding, Value
from service.rules.load import load_content
from service.rules.model import Combine, Missing
from service.rules.reason import Reasoner
from tests.support.oracle import Oracle
from tests.support.rulesets import folder, plant
from tests.unit.findings import LEAFLET, finding

COMBINE = Combine(outcome="one-plan", of=("hold", "ask"), longest=("hold_days", "hold_hours"))
GRAVITY = ("info", "warning", "critical")


def concluded(summary: str, *values: tuple[str, Any, str], **fields: Any) -> Concluded:
    """A conclusion with values (name, value, unit); of outcome `hold` unless told otherwise."""
    made = tuple(Value(name, value, unit, LEAFLET) for name, value, unit in values)
    item = finding(**{"outcome": "hold", "summary": summary, "values": made, **fields})
    return Concluded(item, {"drug": {"title": summary}, "values": {value.name: value.value for value in made}})


def days(summary: str, value: float, unit: str = "d", **fields: Any) -> Concluded:
    return concluded(summary, ("hold_days" if unit == "d" else "hold_hours", value, unit), **fields)


def members(*items: Concluded) -> list[list[str]]:
    """Summaries of the members of each group, which must not depend on the order of arrival."""
    found = [[item.finding.summary for item in group.members] for group in groups(COMBINE, items)]
    for shuffled in permutations(items):
        again = [[item.finding.summary for item in group.members] for group in groups(COMBINE, shuffled)]
        assert sorted(again) == sorted(found)
    return found


def test_the_longest_leads_and_its_values_are_seen() -> None:
    short, long, none = days("a", 3), days("b", 7), concluded("c", outcome="ask")
    assert members(short, none, long) == [["b", "a", "c"]]
    (group,) = groups(COMBINE, [short, none, long])
    assert group.scope["lead"] is long.scope
    assert group.scope["values"] == {"hold_days": 7}
    assert [item["drug"]["title"] for item in group.scope["members"]] == ["b", "a", "c"]


@pytest.mark.parametrize(
    ("first", "second", "leads"),
    [
        (days("a", 3), days("b", 71, "h"), "a"),
        (days("a", 3), days("b", 72, "h"), "a"),
        (days("b", 3), days("a", 72, "h"), "a"),
        (days("a", 3), days("b", 73, "h"), "b"),
        (days("a", 6), concluded("b", ("hold_days", 1, "wk")), "b"),
        (days("a", 0), concluded("b"), "a"),
        (days("b", 0), concluded("a"), "b"),
        (concluded("b"), concluded("a"), "a"),
        # Only the named intervals count, the longest of each, and only where they are times.
        (days("a", 1), concluded("b", ("restart_hours", 999, "h")), "a"),
        (days("a", 1), concluded("b", ("hold_days", 999, "mg")), "a"),
        (days("a", 2), concluded("b", ("hold_days", 1, "d"), ("hold_hours", 49, "h")), "b"),
    ],
)
def test_intervals_are_compared_as_times_and_ties_go_by_summary(
    first: Concluded, second: Concluded, leads: str
) -> None:
    assert members(first, second)[0][0] == leads


def test_one_stays_alone() -> None:
    assert members() == members(days("a", 3)) == []
    assert members(days("a", 3), days("b", 3, outcome="other")) == []


def test_what_says_the_same_counts_once() -> None:
    assert members(days("a", 3), days("a", 3)) == []
    assert members(days("a", 3), days("b", 1), days("a", 3)) == [["a", "b"]]


@pytest.mark.parametrize("member", ["procedure", "region", "laterality"])
def test_another_procedure_or_place_is_another_plan(member: str) -> None:
    here = [days(name, 3, **{member: "x"}) for name in ("a", "b")]
    there = [days(name, 3, **{member: "y"}) for name in ("c", "d")]
    assert members(here[0], there[0]) == []
    assert sorted(members(*here, there[0])) == [["a", "b"]]
    assert sorted(members(*here, *there)) == [["a", "b"], ["c", "d"]]


@pytest.mark.parametrize("first", GRAVITY)
@pytest.mark.parametrize("second", GRAVITY)
def test_the_gravest_indicator_is_seen(first: str, second: str) -> None:
    (group,) = groups(COMBINE, [days("a", 3, indicator=first), days("b", 1, indicator=second)])
    assert group.scope["gravest"] == max((first, second), key=GRAVITY.index)


def test_the_plan_has_the_leads_values_and_everybodys_reasons() -> None:
    one, two = FactSource("MedicationStatement/1", "one"), FactSource("MedicationStatement/2", "two")
    gap = Missing.model_validate({"what": "w", "from": "f", "why": "y"})
    lead = days("a", 7, because=(one,), sources=(LEAFLET,), facts=(1, 3), region="lumbar").finding
    other = days("b", 3, because=(one, two), sources=(LEAFLET,), facts=(2, 3), missing=(gap,)).finding
    plan = joined(lead, [lead, other], outcome="one-plan", indicator="critical", summary="s", detail="d")
    texts = (plan.outcome, plan.indicator, plan.summary, plan.detail)
    assert texts == ("one-plan", "critical", "s", "d")
    assert plan.values == lead.values
    assert (plan.because, plan.sources, plan.facts, plan.missing) == ((one, two), (LEAFLET,), (1, 3, 2), (gap,))
    assert (plan.region, plan.combined, plan.part) == ("lumbar", 2, False)


# --- through a rule folder

FOLDER = """\
id: safety/tried
title: Tried
purpose: Shows how plans are made.
hooks: [patient-view]
review: {state: draft}
combines: [{outcome: one-plan, of: [hold, ask], longest: [hold_days]}]
outcomes:
  hold:
    kind: safety-alert
    topic: held
    indicator: "{{ 'critical' if drug.drafted == 1 else 'info' }}"
    critical_by_fact: true
    summary: "Hold {{ drug.title }}"
    detail: "{{ values.hold_days | span('d') }}"
    procedure: &procedure "{{ plan.concept }}"
    region: &region "{{ plan.region }}"
    laterality: &side "{{ plan.side }}"
    values: {hold_days: "hold[drug.concept]"}
  ask:
    kind: safety-alert
    topic: held
    indicator: info
    summary: "Ask about {{ drug.title }}"
    procedure: *procedure
    region: *region
    laterality: *side
  one-plan:
    kind: safety-alert
    topic: held
    indicator: "{{ gravest }}"
    summary: "One plan for {{ members | map(attribute='drug') | map(attribute='title') | join(', ') }}"
    detail: "First {{ lead.drug.title }}, {{ values.hold_days | span('d') }}"
"""
SOURCE = "source: {title: s, status: clinic}"
TABLE = (
    "hold:\n  title: Hold\n  unit: d\n  rows:\n"
    + "".join(f"    {drug}: {{{SOURCE}, cells: {{value: {{value: {n}}}}}}}\n" for drug, n in (("a", 3), ("b", 7)))
    + f"    c: {{{SOURCE}, cells: {{}}}}\n"
)
RULES = """\
from service.rules.authoring import c, m, when_all


def rules(p):
    drug, plan = (m.k == "medication"), c.plan << (m.k == "order")
    yield when_all(c.drug << drug & (m.state == "active"), plan).conclude("hold")
    yield when_all(c.drug << drug & (m.state == "held"), plan).conclude("ask")
"""


def medication(drug: str, **fields: Any) -> Fact:
    base = {"set": "s", "concept": drug, "title": drug.upper(), "state": "active", "last_days": 0, "started_days": -1}
    base |= {"route": "", "dose": -1.0, "daily": -1.0, "per_kg": 0, "drafted": 0, "via": "code"}
    return Fact("medication", {**base, **fields}, (FactSource(f"MedicationStatement/{drug}", drug),))


def order(**fields: Any) -> Fact:
    base = {
        "set": "s",
        "concept": "needle",
        "title": "needle",
        "region": "lumbar",
        "side": "left",
        "level": "",
        "levels": 0,
        "bones": 0,
        "coded": 0,
    }
    return Fact(
        "order", {**base, "date": "", "in_days": -1, "origin": "order", "guidance": "", "without": "", **fields}
    )


@pytest.fixture
def reasoner(tmp_path: Path) -> Reasoner:
    files = folder(RULES, FOLDER, TABLE, name="safety/tried")
    return Reasoner(load_content(plant(tmp_path, files)), Oracle())


def found(reasoner: Reasoner, *facts: Fact) -> dict[tuple[str, str], Finding]:
    """Findings by summary and side; no two of them are alike."""
    findings = reasoner.reason(facts, date(2026, 11, 22), ()).findings
    made = {(item.summary, item.laterality): item for item in findings}
    assert len(made) == len(findings)
    return made


def test_two_drugs_are_one_plan_and_its_parts(reasoner: Reasoner) -> None:
    made = found(reasoner, medication("a", drafted=1), medication("b"), order())
    assert made.keys() == {(name, "left") for name in ("One plan for B, A", "Hold A", "Hold B")}
    plan = made["One plan for B, A", "left"]
    assert (plan.outcome, plan.detail, plan.indicator) == ("one-plan", "First B, 7 days", "critical")
    assert (plan.procedure, plan.region, plan.combined, plan.part) == ("needle", "lumbar", 2, False)
    assert [value.value for value in plan.values] == [7]
    assert {source.label for source in plan.because} == {"a", "b"}
    parts = made["Hold A", "left"], made["Hold B", "left"]
    assert [(item.part, item.combined) for item in parts] == [(True, 0), (True, 0)]
    assert [value.value for item in parts for value in item.values] == [3, 7]


def test_outcomes_of_several_kinds_combine(reasoner: Reasoner) -> None:
    made = found(reasoner, medication("a"), medication("c", state="held"), order())
    assert "One plan for A, C" in {summary for summary, _ in made}


def test_a_finding_alone_is_no_part(reasoner: Reasoner) -> None:
    (only,) = found(reasoner, medication("a"), order()).values()
    assert (only.summary, only.part, only.combined) == ("Hold A", False, 0)


def test_each_side_has_a_plan_of_its_own(reasoner: Reasoner) -> None:
    made = found(reasoner, medication("a"), medication("b"), order(), order(side="right"))
    plans = [item.laterality for item in made.values() if item.combined]
    assert sorted(plans) == ["left", "right"]
    assert sum(item.part for item in made.values()) == 4


def test_only_what_a_plan_tells_is_its_part(tmp_path: Path) -> None:
    """The same sentence about another side stands there for itself."""
    rules = RULES.replace('plan).conclude("ask")', 'plan & (m.side == "left")).conclude("ask")')
    content = load_content(plant(tmp_path, folder(rules, FOLDER, TABLE, name="safety/tried")))
    facts = [medication("a"), medication("b", state="held"), order(), order(side="right")]
    made = found(Reasoner(content, Oracle()), *facts)
    assert made["Hold A", "left"].part
    assert not made["Hold A", "right"].part
    assert [item.laterality for item in made.values() if item.combined] == ["left"]


def test_the_same_sentence_of_another_folder_is_no_part(tmp_path: Path) -> None:
    alone = FOLDER.replace("safety/tried", "safety/other").replace("combines: [", "combines: []  # [")
    unused = alone[: alone.index("  one-plan:")]
    files = folder(RULES, FOLDER, TABLE, name="safety/tried") | folder(RULES, unused, TABLE, name="safety/other")
    facts = [medication("a"), medication("b"), order()]
    findings = Reasoner(load_content(plant(tmp_path, files)), Oracle()).reason(facts, date(2026, 11, 22), ()).findings
    parts = sorted((item.rule, item.part) for item in findings if item.summary == "Hold A")
    assert parts == [("safety/other", False), ("safety/tried", True)]
