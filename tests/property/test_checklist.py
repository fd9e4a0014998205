"""Whatever the record holds, an ordered procedure has every criterion of its kind answered."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from random import Random
from typing import Any

import pytest

from service.rules.compile import Compiler
from service.rules.engine_process import EngineProcess
from service.rules.load import Content
from tests.support.random_facts import FactMaker

STRATUM = "authorization/"
MEDICARE = ("medicare-epidural", "medicare-facet", "medicare-sacroiliac", "medicare-trigger-point")
SETS = 900
ALWAYS = {"diagnosis", "conservative-care", "pain-and-function-baseline"}
IMAGED = {"imaging", "concordance", "pain-duration", "prior-response", "frequency-limit"}
WANTED = {
    "epidural": ALWAYS | IMAGED,
    "root-block": ALWAYS | IMAGED,
    "facet": ALWAYS | {"pain-duration", "axial-pain", "frequency-limit"},
    "sacroiliac": ALWAYS | {"pain-duration"},
    "trigger-point": ALWAYS | {"frequency-limit"},
    "sympathetic": ALWAYS,
}
# Of a request that is an order, as its words and codes say how it will be done.
ORDERED = {
    "epidural": {"region-per-session", "sedation", "image-guidance"},
    "root-block": {"region-per-session", "sedation", "image-guidance", "levels"},
    "facet": {"region-per-session", "sedation", "image-guidance", "levels"},
    "sacroiliac": {"sedation", "image-guidance"},
    "trigger-point": {"sedation", "repeat-interval"},
    "sympathetic": {"sedation"},
}


@pytest.mark.parametrize("policies", [(), MEDICARE, ("commercial-generic",)], ids=["clinic", "medicare", "commercial"])
def test_every_criterion_is_answered(engine: EngineProcess, content: Content, policies: tuple[str, ...]) -> None:
    program = Compiler(content).program(date(2026, 11, 22), policies)
    criteria = {
        (name, outcome): item.criterion.id
        for name, rule in content.rules.items()
        for outcome, item in rule.file.outcomes.items()
        if item.criterion is not None
    }
    folders = sorted({name for name, _ in criteria})
    makers = [FactMaker(program, Random(f"{folder} {policies}"), folder) for folder in folders]
    requests: dict[str, int] = defaultdict(int)
    for number in range(SETS):
        facts = _facts(makers[number % len(makers)], number)
        answer = engine.run(program, facts)
        behind = _requests_behind(answer)
        answered: dict[int, set[str]] = defaultdict(set)
        for rule, match in answer["concluded"]:
            name = criteria.get((rule.split("#")[0], program.action(rule)["outcome"]))
            if name is not None:
                for place in behind[match.get("request", 0)]:
                    answered[place].add(name)
        for place, kind, fields, *_ in answer["derived"]:
            if kind == "request" and fields["family"] in WANTED:
                family = fields["family"]
                requests[family] += 1
                wanted = WANTED[family] | (set() if policies == MEDICARE else {"functional-goals"})
                wanted |= ORDERED[family] if fields["origin"] == "order" else set()
                assert wanted <= answered[place], (fields, wanted - answered[place], facts)
    assert requests.keys() == WANTED.keys(), f"never asked for: {WANTED.keys() - requests.keys()}"
    assert min(requests.values()) > SETS / 300, requests


def _requests_behind(answer: Any) -> dict[int, set[int]]:
    """The requests that each derived fact is about: itself, or those that it was derived from, in whichever way."""
    parents: dict[int, set[int]] = defaultdict(set)
    for place, _, _, first, *_ in answer["derived"]:
        parents[place] |= set(first)
    for place, more, *_ in answer["also"]:
        parents[place] |= set(more)
    behind: dict[int, set[int]] = defaultdict(set)
    for place, kind, *_ in answer["derived"]:
        own = {place} if kind == "request" else set()
        behind[place] = own or set().union(*(behind[parent] for parent in parents[place]))
    return behind


def _facts(maker: FactMaker, number: int) -> list[Any]:
    facts = maker.facts(20 if number % 5 == 0 else 4)
    # Where there are scores or goals, one is the first; a key is always in one state.
    facts = [(kind, {**fields, "rank": 0} if kind in ("observation", "goal") else fields) for kind, fields in facts]
    # A question has a hook and a day; what was tried is always said, be it that nothing was.
    facts = [fact for fact in facts if fact[0] not in ("sent", "span", "hook")]
    facts = [(kind, _on_its_day(fields) if "in_days" in fields else fields) for kind, fields in facts]
    facts.append(("hook", {"hook": "order-sign", "today": "2026-11-22"}))
    tried = {"contacts": number % 3, "kinds": "physical therapy", "listed": "", "start": "2026-05-22", "bound": "onset"}
    facts.append(("span", {"name": "conservative-care", "weeks": number % 9, "last_days": 3, **tried}))
    state = ("complete", "absent", "failed", "partial")[number % 4]
    return [*facts, ("sent", {"key": "procedures", "state": state, "entries": int(state == "complete")})]


def _on_its_day(fields: dict[str, Any]) -> dict[str, Any]:
    """What is for a day has its date, and nothing else has one."""
    days = fields["in_days"]
    return {**fields, **({"date": f"day {days}" if days >= 0 else ""} if "date" in fields else {})}
