"""The words of rule folders: what a suggestion leads to."""

from __future__ import annotations

from service.rules.authoring import c, m, one_of, suggest, when_all


def test_a_suggestion_reports_its_outcome_and_proposes_the_procedure_from_the_same_patterns() -> None:
    pain = c.pain << (m.k == "pain")
    told, proposed = suggest("fits", pain, procedure="test", title="a test", region=c.pain.region, side="left")
    assert told.action.outcome == "fits"
    assert proposed.definition == told.definition
    assert proposed.action.kind == "proposal"
    assert dict(proposed.action.fields) == {
        "procedure": ("lit", "test"),
        "title": ("lit", "a test"),
        "region": ("ref", "pain", "region"),
        "side": ("lit", "left"),
        "level": ("lit", ""),
        "origin": ("lit", "suggestion"),
        "date": ("lit", ""),
        "in_days": ("lit", -1),
        "without": ("lit", ""),
    }


def test_one_of_is_a_test_for_each_value_joined_by_or() -> None:
    named = when_all(c.fact << (m.k == "a") & one_of("name", ("x", "y"))).conclude("found")
    spelled = when_all(c.fact << (m.k == "a") & ((m.name == "x") | (m.name == "y"))).conclude("found")
    alone = when_all(c.fact << (m.k == "a") & one_of("name", ("x",))).conclude("found")
    assert named.definition == spelled.definition
    assert alone.definition == when_all(c.fact << (m.k == "a") & (m.name == "x")).conclude("found").definition
