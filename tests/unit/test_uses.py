"""Numbers that a folder borrows from another: in its conditions, tables and texts, and only where it says so."""

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
SOURCE = "source: {title: Lent, status: clinic}"
LENT = f"""\
limit: {{title: t, unit: a, step: 1, values: [{{from: 2020-01-01, value: 2, {SOURCE}}}]}}
class:
  title: t
  rows:
    low: {{{SOURCE}, cells: {{is: {{name: mild, value: 5}}}}}}
"""
RULE = """\
id: safety/tried
title: Tried
purpose: Borrows numbers.
hooks: [patient-view]
review: {state: draft}
uses: [picture/lender]
derives: {classed: {name: str}}
outcomes:
  said:
    kind: care-plan
    indicator: info
    summary: "{{ made.name }}, {{ values.most }} {{ units.most }}, {{ values.cell }}"
    values: {most: limit, cell: "class['low'][is]"}
"""
RULES = """\
from service.rules.authoring import c, lookup, m, when_all


def rules(p):
    many = c.count << (m.k == "count") & (m.count > p("limit"))
    yield when_all(many).derive("classed", name=lookup("class", "low", "is", part="name"))
    yield when_all(c.made << (m.k == "classed")).conclude("said")
"""


def reasoned(root: Path, rule: str, count: int) -> tuple[Finding, ...]:
    lender = folder("def rules(p):\n    return ()\n", RULE.split("uses:")[0], LENT, "picture/lender")
    lender["picture/lender/rule.yaml"] = lender["picture/lender/rule.yaml"].replace("safety/tried", "picture/lender")
    content = load_content(plant(root, lender | folder(RULES, rule, name="safety/tried")))
    fact = Fact("count", {"name": "x", "region": "", "window": "w", "count": count}, (FactSource("Procedure/1", "x"),))
    return Reasoner(content, Oracle()).reason([fact], DAY, ()).findings


def test_conditions_tables_and_texts_see_what_is_lent(tmp_path: Path) -> None:
    assert reasoned(tmp_path, RULE, 2) == ()
    (only,) = reasoned(tmp_path, RULE, 3)
    assert only.summary == "mild, 2 a, 5"
    assert [value.source.title for value in only.values] == ["Lent", "Lent"]


def test_nothing_is_lent_unasked(tmp_path: Path) -> None:
    with pytest.raises(ContentInvalid, match=r"safety/tried: .*'limit'"):
        reasoned(tmp_path, RULE.replace("uses: [picture/lender]\n", ""), 3)
