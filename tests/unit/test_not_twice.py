"""What is ordered or planned somewhere is not suggested there again, nor looked at twice."""

from __future__ import annotations

import pytest

from service.facts.fact import Fact
from service.precedence import not_twice
from service.rules.finding import Finding, Reasoning
from tests.unit.findings import finding, suggested


def target(
    number: int, origin: str, procedure: str = "epidural-transforaminal", region: str = "lumbar", side: str = ""
) -> Fact:
    fields = {"origin": origin, "procedure": procedure, "region": region, "side": side}
    return Fact("target", fields, (), number)


def left(*facts: Fact, findings: list[Finding]) -> list[Finding]:
    return not_twice(Reasoning({fact.number: fact for fact in facts}, tuple(findings)))


@pytest.mark.parametrize("origin", ["order", "scheduled"])
def test_an_alert_on_the_suggestion_gives_way_to_the_one_on_the_order(origin: str) -> None:
    on_order, on_suggestion = finding(facts=(1,)), finding(facts=(2,))
    both = [on_order, on_suggestion]
    assert left(target(1, origin), target(2, "suggestion"), findings=both) == [on_order]


@pytest.mark.parametrize(
    ("procedure", "region"), [("epidural-caudal", "lumbar"), ("epidural-transforaminal", "cervical")]
)
def test_another_procedure_or_place_is_another_question(procedure: str, region: str) -> None:
    both = [finding(facts=(1,)), finding(facts=(2,))]
    assert left(target(1, "order"), target(2, "suggestion", procedure, region), findings=both) == both


def test_what_is_planned_is_not_suggested_again() -> None:
    offer = finding("suggestion", suggest=suggested(), region="lumbar", facts=(1,))
    elsewhere = finding("suggestion", suggest=suggested(), region="cervical", facts=(1,))
    assert left(target(1, "scheduled"), findings=[offer, elsewhere]) == [elsewhere]
    assert left(target(1, "suggestion"), findings=[offer]) == [offer]


def test_a_plan_of_care_stays_without_the_offer_of_what_is_planned() -> None:
    care = finding("care-plan", suggest=suggested(), region="lumbar", facts=(1,))
    (kept,) = left(target(1, "scheduled"), findings=[care])
    assert (kept.summary, kept.suggest) == (care.summary, None)


@pytest.mark.parametrize(("ordered", "again"), [("left", False), ("", False), ("right", True)])
def test_the_other_side_is_another_question(ordered: str, again: bool) -> None:
    on_order, on_suggestion = finding(facts=(1,)), finding(facts=(2,), laterality="left")
    offer = finding("suggestion", suggest=suggested(), region="lumbar", laterality="left")
    facts = target(1, "order", side=ordered), target(2, "suggestion", side="left")
    kept = left(*facts, findings=[on_order, on_suggestion, offer])
    assert kept == ([on_order, on_suggestion, offer] if again else [on_order])


def test_what_rests_on_a_suggestion_through_other_facts_gives_way_too() -> None:
    plan = Fact("antithrombotic-plan", {"drug": "a"}, (), 3, (2,))
    on_plan = finding(facts=(3,))
    assert left(target(1, "order"), target(2, "suggestion"), plan, findings=[on_plan]) == []
    assert left(target(2, "suggestion"), plan, findings=[on_plan]) == [on_plan]


def test_a_fact_that_only_looks_like_a_plan_is_none() -> None:
    alike = Fact("course", {"origin": "order", "procedure": "epidural-transforaminal", "region": "lumbar"}, (), 1)
    offer = finding("suggestion", suggest=suggested(), region="lumbar")
    assert left(alike, findings=[offer]) == [offer]


def test_what_has_to_be_documented_stays() -> None:
    wanted = finding("documentation", facts=(2,))
    assert left(target(1, "scheduled"), target(2, "suggestion"), findings=[wanted]) == [wanted]
