"""The engine alone: all content loaded, facts of a real sample, filled up to a round number."""

from __future__ import annotations

import time
from datetime import date
from statistics import median
from zoneinfo import ZoneInfo

from service.evaluate import Evaluator
from service.files import by_key, patient_id, read_entries
from service.question import Question
from service.rules.engine_process import EngineProcess
from service.rules.load import load_content
from tests.bench.bodies import SAMPLES

DAY = date(2026, 11, 22)
COUNTS = (10, 50, 100)


def engine_microseconds(rounds: int) -> dict[int, float]:
    """Median microseconds of one evaluation, pipe included, by number of facts."""
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
            # Further facts of the same kinds, made different by their age.
            facts = [
                (kind, {n: v + place if n.endswith("_days") and v > 0 else v for n, v in fields.items()})
                for place in range(count // len(base) + 1)
                for kind, fields in base
            ][:count]
            times = []
            for _ in range(rounds):
                started = time.perf_counter()
                engine.run(program, facts)
                times.append(time.perf_counter() - started)
            found[count] = median(times) * 1e6
        return found
    finally:
        engine.stop()
