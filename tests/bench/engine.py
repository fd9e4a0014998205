"""The engine alone: all content loaded, facts of a real sample, filled up to a round number."""

from __future__ import annotations

import time
from datetime import date
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from service.evaluate import Evaluator
from service.files import by_key, patient_id, read_entries
from service.question import Question
from service.rules.engine_process import EngineProcess
from service.rules.load import load_content
from tests.bench.bodies import SAMPLES

DAY = date(2026, 11, 22)
COUNTS = (10, 50, 100)
Given = tuple[str, dict[str, Any]]


def engine_microseconds(rounds: int) -> dict[tuple[int, str], float]:
    """Median microseconds of one evaluation, pipe included, by number of facts and by whether they were seen before.

    `seen`: the same facts every time, which the engine process remembers. `new`: every age another one each time.
    """
    engine = EngineProcess(timeout=10)
    evaluator = Evaluator(load_content(), engine, ZoneInfo("UTC"))
    try:
        entries = read_entries(next(SAMPLES.glob("s10-*")) / "record.json")
        keys = by_key(entries, evaluator.content.templates("patient-view"))
        reasoning = evaluator.evaluate(Question("patient-view", patient_id(entries), DAY), keys).reasoning
        base = [(fact.kind, dict(fact.fields)) for fact in reasoning.facts.values() if not fact.rule]
        program = evaluator.reasoner.compiler.program(DAY, ())
        found = {}
        for count in COUNTS:
            for name, older in (("seen", 0), ("new", 1)):
                times = []
                for number in range(rounds):
                    facts = _facts(base, count, number * older)
                    started = time.perf_counter()
                    engine.run(program, facts)
                    times.append(time.perf_counter() - started)
                found[count, name] = median(times) * 1e6
        return found
    finally:
        engine.stop()


def _facts(base: list[Given], count: int, older: int) -> list[Given]:
    """So many facts; further ones of the same kinds are made different by their age, and all are older by so much."""
    return [
        (kind, {n: v + place + older if n.endswith("_days") and v > 0 else v for n, v in fields.items()})
        for place in range(count // len(base) + 1)
        for kind, fields in base
    ][:count]
