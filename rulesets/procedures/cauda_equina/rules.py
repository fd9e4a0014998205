"""Cauda equina features → emergency."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values


def rules(_: Values) -> Iterator[Rule]:
    flag = c.flag << (m.k == "red-flag") & (m.flag == "cauda-equina")
    view = c.hook << (m.k == "hook") & (m.hook == "patient-view")
    old = c.flag << (m.k == "red-flag") & (m.flag == "cauda-equina-old")
    new = c.new << absent("red-flag", flag="cauda-equina")
    yield when_all(old, c.hook << (m.k == "patient-in-view"), new).conclude("long-known")
    yield when_all(old, c.order << (m.k == "proposal") & (m.origin != "suggestion"), new).conclude("long-known")
    yield when_all(flag, c.hook << (m.k == "patient-in-view")).conclude("emergency")
    # On an order only beside a spine order: a drug for the bladder is no place to say it again.
    yield when_all(flag, c.order << (m.k == "proposal") & (m.origin != "suggestion")).conclude("emergency")
    problem = c.problem << (m.k == "spine-problem") & (m.region == "lumbar")
    calm = c.calm << absent("red-flag")
    undated = c.condition << _trouble("condition") & (m.active == 1) & (m.onset_days < 0)
    told = c.said << _trouble("statement") & (m.negated == 0)
    uncoded = c.uncoded << absent("condition", concept="bladder-bowel-dysfunction", active="1")
    yield when_all(problem, view, calm, undated).conclude("ask-onset")
    yield when_all(problem, view, calm, told, uncoded).conclude("ask-onset")


def _trouble(kind: str) -> Any:
    return (m.k == kind) & (m.concept == "bladder-bowel-dysfunction")
