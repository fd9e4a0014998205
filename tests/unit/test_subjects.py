"""One number for each subject, named by a fact; sums of two numbers of facts; what only a policy leaves out."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from service.errors import ContentInvalid
from service.facts.fact import Fact, FactSource
from service.rules.finding import Finding
from service.rules.load import load_content
from service.rules.reason import Reasoner
from tests.support.oracle import Oracle
from tests.support.rulesets import folder, plant

DAY = date(2026, 11, 22)
SOURCE = "source: {title: Own, status: clinic}"
LIMITS = f"""\
limit.one:
  title: t
  unit: a
  step: 1
  values: [{{from: 2020-01-01, value: 2, {SOURCE}}}]
  policies: {{payer: [{{from: 2020-01-01, value: none, {SOURCE}}}]}}
limit.two: {{title: t, unit: b, step: 1, values: [{{from: 2020-01-01, value: 5, {SOURCE}}}]}}
"""
POLICY = f"id: payer\ntitle: Payer\nfrom: 2020-01-01\n{SOURCE}\nchecked: 2026-11-22\nnote: Read whole.\n"
RULE = """\
id: authorization/tried
title: Tried
purpose: Has a number for each subject.
hooks: [patient-view]
review: {state: draft}
derives: {summed: {name: str, days: int}}
outcomes:
  said:
    kind: care-plan
    indicator: info
    summary: "{{ summed.days }} of {{ values.most }} {{ units.most }}"
    values: {most: "limit[summed.name]"}
"""
RULES = """\
from service.rules.authoring import c, m, total, when_all


def rules(p):
    for name, most in p.each("limit").items():
        if most == "none":
            continue
        one = c.one << (m.k == "count") & (m.name == name) & (m.window == "a")
        other = c.other << (m.k == "count") & (m.name == name) & (m.window == "b")
        yield when_all(one, other).derive("summed", name=name, days=total(c.one.count, c.other.count))
        yield when_all(c.summed << (m.k == "summed") & (m.name == name) & (m.days > most)).conclude("said")
"""


def content(root: Path, rules: str = RULES) -> Reasoner:
    files = folder(rules, RULE, LIMITS, name="authorization/tried") | {"_policies/payer.yaml": POLICY}
    return Reasoner(load_content(plant(root, files)), Oracle())


def reasoned(root: Path, name: str, *counts: int, policies: tuple[str, ...] = ()) -> list[Finding]:
    facts = [
        Fact("count", {"name": name, "region": "", "window": window, "count": count}, (FactSource("Procedure/1", "x"),))
        for window, count in zip("ab", counts, strict=True)
    ]
    return list(content(root).reason(facts, DAY, policies).findings)


@pytest.mark.parametrize(
    ("name", "counts", "said"),
    [("one", (1, 1), []), ("one", (2, 1), ["3 of 2 a"]), ("two", (2, 3), []), ("two", (3, 3), ["6 of 5 b"])],
)
def test_each_subject_has_its_own_number(tmp_path: Path, name: str, counts: tuple[int, ...], said: list[str]) -> None:
    assert [item.summary for item in reasoned(tmp_path, name, *counts)] == said


def test_a_policy_may_leave_out_what_the_clinic_asks(tmp_path: Path) -> None:
    assert reasoned(tmp_path, "one", 2, 1, policies=("payer",)) == []


def test_what_nobody_ever_concludes_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ContentInvalid, match="outcome 'said' is never concluded"):
        content(tmp_path, "def rules(p):\n    return ()\n").reason([], DAY, ())


@pytest.mark.parametrize(
    ("field", "problem"), [("c.one.name", "field needs int, c.one.name is str"), ("c.none.count", "takes c.none.count")]
)
def test_only_whole_numbers_of_matched_facts_add_up(tmp_path: Path, field: str, problem: str) -> None:
    with pytest.raises(ContentInvalid, match=problem):
        content(tmp_path, RULES.replace("c.other.count", field)).reason([], DAY, ())
