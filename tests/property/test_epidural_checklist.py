"""Whatever the record holds, an epidural in question has every criterion answered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from random import Random
from typing import Any

import pytest

from service.rules.compile import Compiler
from service.rules.engine_process import EngineProcess
from service.rules.load import Content
from tests.support.random_facts import FactMaker

RULE = "authorization/epidural"
SETS = 900
DISPATCH = {"performer-qualification"}


@pytest.mark.parametrize("policies", [(), ("medicare-epidural",)], ids=["clinic", "medicare"])
def test_every_criterion_is_answered(engine: EngineProcess, content: Content, policies: tuple[str, ...]) -> None:
    program = Compiler(content).program(date(2026, 11, 22), policies)
    criteria = {name: item.criterion for name, item in content.rules[RULE].file.outcomes.items()}
    # Who performs is asked only where an order goes to its performer.
    wanted = {item.id for item in criteria.values() if item is not None} - DISPATCH
    make = FactMaker(program, Random(f"epidural {policies}"), RULE)
    requests, seen = 0, set()
    for number in range(SETS):
        facts = make.facts(20 if number % 5 == 0 else 4)
        # Where there are scores, one is the newest.
        facts = [(kind, {**fields, "rank": 0} if kind == "observation" else fields) for kind, fields in facts]
        facts = [(kind, _as_read(kind, fields)) for kind, fields in facts]
        # A key is always in one state.
        facts = [fact for fact in facts if fact[0] != "sent"]
        state = ("complete", "absent", "failed", "partial")[number % 4]
        facts.append(("sent", {"key": "procedures", "state": state, "entries": int(state == "complete")}))
        answer = engine.run(program, facts)
        answered: dict[int, set[str]] = defaultdict(set)
        for rule, match in answer["concluded"]:
            if rule.startswith(RULE):
                outcome = program.action(rule)["outcome"]
                seen.add(outcome)
                item = criteria[outcome]
                assert item is not None
                answered[match["request"]].add(item.id)
        for number_of, kind, *_ in answer["derived"]:
            if kind == "epidural-request":
                requests += 1
                assert answered[number_of] - DISPATCH == wanted, facts
    assert requests > SETS / 4, "hardly any epidural was asked for"
    assert len(seen) >= len(criteria) - 6, f"never reached: {set(criteria) - seen}"


def _as_read(kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """What reading a record can give: a count counts at least one, and relief was told or comes by scores."""
    if kind == "count":
        return {**fields, "count": max(1, fields["count"])}
    if kind == "relief":
        return {**fields, "how": fields["how"] if fields["how"] == "scores" else "told"}
    return dict(fields)
