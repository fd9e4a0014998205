"""The reasons of a finding stand in one order, whatever other rules made of the same resources, and in which order."""

from __future__ import annotations

from itertools import permutations

from service.facts.fact import Fact, FactSource
from service.rules.finding import Reasoning
from service.rules.model import Outcome
from service.rules.reason import _because

SAYS = Outcome(kind="care-plan", indicator="info", summary="said", because=("drug", "pain"))
NAMES = ("Condition/2", "Condition/10", "Observation/1")


def test_what_only_qualifies_is_a_reason_where_it_is_cited() -> None:
    facts = {
        1: Fact("order", {}, (FactSource("ServiceRequest/1", "x"),), 1),
        2: Fact("modifier", {}, (FactSource("Patient/1", "x"),), 2),
        3: Fact("target", {}, (), 3, (1, 2), "procedures/x"),
    }
    says = SAYS.model_copy(update={"because": ("target",)})
    cited = _because(Reasoning(facts, ()), says, {"target": 3})
    aside = _because(Reasoning(facts, ()), says, {"target": 3}, frozenset({"modifier"}))
    assert [item.reference for item in cited] == ["Patient/1", "ServiceRequest/1"]
    assert [item.reference for item in aside] == ["ServiceRequest/1"]


def test_reasons_do_not_depend_on_the_order_of_derivation() -> None:
    found = set()
    for order in permutations((1, 2, 3)):
        facts = {n: Fact("x", {}, (FactSource(name, "x"),), n) for n, name in enumerate(NAMES, start=1)}
        facts[4] = Fact("pain", {}, (), 4, order, "picture/x")
        facts[5] = Fact("drug", {}, (FactSource("Zinc/1", "x"),), 5)
        found.add(tuple(item.reference for item in _because(Reasoning(facts, ()), SAYS, {"pain": 4, "drug": 5})))
    assert found == {("Zinc/1", "Condition/10", "Condition/2", "Observation/1")}
