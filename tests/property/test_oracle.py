"""The engine and a plain reading of the same rules agree on random facts: exactly COUNTED sets, each of its own.

Most sets run on a program that holds every shape the linter allows (shapes/), the others on the content itself. The
engine runs in its own process, so that whatever it does it cannot end the tests.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest

from service.rules import expressions
from service.rules.compile import Compiler
from service.rules.engine_process import EngineProcess
from service.rules.load import Content, load_content
from service.rules.program import Program
from tests.support.oracle import Oracle, canonical, firings, saying
from tests.support.random_facts import FactMaker, Given
from tests.support.rulesets import plant

SHAPES = Path(__file__).parent / "shapes"
DAY = date(2026, 11, 22)
SMALL, LARGE, REAL = 17_000, 200, 3_600
COUNTED = SMALL + LARGE + REAL
REGIONS = ("", "north", "south", "east")
SIDES = ("", "left", "right", "bilateral")
CONCEPTS = ("one", "two", "three")
LEVELS = ("", "south", "east", "north", "it's \"Ω\\")
NUMBERS = (0.0, 0.5, 1.25, 4.999999, 5.0, 5.000001, 7.5, 100000.25)


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Program:
    root = tmp_path_factory.mktemp("content") / "rulesets"
    shutil.copytree(SHAPES, root)
    return Compiler(load_content(plant(root, {}))).program(DAY, ())


@pytest.fixture(scope="module")
def seen() -> Iterator[Counter[str]]:
    """What all tests of this module counted; printed at the end (pytest -s)."""
    counts: Counter[str] = Counter()
    yield counts
    print({name: counts[name] for name in ("sets", "firings")}, f"by {len(counts) - 2} rules")


def free_fact(random: Random) -> Given:
    """A fact of a kind that shapes/ asks for, from a small world, so that facts meet."""
    pick = random.choice
    place: dict[str, Any] = {"set": "s", "concept": pick(CONCEPTS), "region": pick(REGIONS)}
    place |= {"side": pick(SIDES), "level": pick(LEVELS)}
    age, flag = random.randint(-1, 4), random.randint(0, 1)
    return pick(
        (
            ("condition", {**place, "active": flag, "confirmed": 1, "onset_days": age, "via": "code"}),
            ("condition", {**place, "active": flag, "confirmed": 0, "onset_days": age, "via": "text"}),
            ("statement", {**place, "negated": flag, "age_days": age, "where": "report"}),
            (
                "procedure",
                {**place, "age_days": age, "rank": flag, "rank_left": flag, "rank_right": -1, "rank_anywhere": 0},
            ),
            (
                "observation",
                {"set": "s", "concept": place["concept"], "value": pick(NUMBERS), "age_days": age, "rank": flag},
            ),
            ("hook", {"hook": "patient-view"}),
        )
    )


class Readings:
    """The engine and the oracle on one program."""

    def __init__(self, engine: EngineProcess, program: Program, seen: Counter[str]) -> None:
        self._engine, self._program, self._seen = engine, program, seen
        self._oracle = Oracle()
        # The engine fires twice where both sides of an `|` hold; all else fires once.
        self._either = {rule.name for rule in program.rules if "$or" in repr(rule.definition)}

    def compare(self, facts: list[Given]) -> None:
        """One set: both readings agree, no fact is derived twice, no rule concludes twice from the same facts."""
        answer = self._engine.run(self._program, facts)
        assert canonical(facts, answer) == canonical(facts, self._oracle.run(self._program, facts)), facts
        said = Counter(saying(kind, fields) for _, kind, fields, _, _ in answer["derived"])
        assert not [fact for fact, times in said.items() if times > 1], facts
        matches = [(rule, sorted(match.items())) for rule, match in answer["concluded"] if rule not in self._either]
        assert not [match for match, times in Counter(map(repr, matches)).items() if times > 1], facts
        self._seen["sets"] += 1
        self._seen["firings"] += firings(answer)
        self._seen.update({rule for rule, _ in answer["concluded"]} | {rule for *_, rule in answer["derived"]})


@pytest.mark.slow
@pytest.mark.parametrize(("sets", "most"), [(SMALL, 12), (LARGE, 40)], ids=["small", "large"])
def test_every_shape_is_read_alike(
    engine: EngineProcess, shapes: Program, seen: Counter[str], sets: int, most: int
) -> None:
    random, readings = Random(f"shapes {most}"), Readings(engine, shapes, seen)
    for _ in range(sets):
        facts = [free_fact(random) for _ in range(random.randint(0 if most <= 12 else 20, most))]
        readings.compare(facts)
    assert {rule.name for rule in shapes.rules} <= seen.keys(), "a shape never fired"


@pytest.mark.slow
@pytest.mark.parametrize("policies", [(), ("medicare-epidural",)], ids=["clinic", "medicare"])
def test_the_content_is_read_alike(
    engine: EngineProcess, content: Content, seen: Counter[str], policies: tuple[str, ...]
) -> None:
    program = Compiler(content).program(DAY, policies)
    make, readings = FactMaker(program, Random(f"content {policies}")), Readings(engine, program, seen)
    before = seen["firings"]
    for number in range(REAL // 2):
        readings.compare(make.facts(25 if number % 20 == 0 else 5))
    fired = sum(rule.name in seen for rule in program.rules)
    assert seen["firings"] - before > 5 * REAL, "the content's rules hardly fired"
    # Each set leads up to one rule, and most do; that every rule fires in some case, tests/content/test_texts.py holds.
    assert fired > 0.7 * min(REAL // 2, len(program.rules)), f"only {fired} of {len(program.rules)} rules ever fired"


@pytest.mark.slow
def test_every_set_was_compared(seen: Counter[str]) -> None:
    assert seen["sets"] == COUNTED
    assert COUNTED >= 20_000
    assert seen["firings"] > 300_000


def test_shapes_hold_what_the_linter_allows(shapes: Program) -> None:
    patterns = [pattern for rule in shapes.rules for pattern in rule.definition["all"]]
    compared = [test for pattern in patterns for test in expressions.tests(next(iter(pattern.values())))]
    operators = {operator for operator, _, _ in compared}
    assert operators >= {"$eq", "$neq", "$lt", "$lte", "$gt", "$gte"}
    assert max(len(rule.definition["all"]) for rule in shapes.rules) == 8
