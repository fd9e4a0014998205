"""Osteoporosis and steroids."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values


def rules(_: Values) -> Iterator[Rule]:
    # A trigger point injection seldom holds a steroid.
    target = c.target << (m.k == "target") & (m.steroid != "no") & (m.family != "trigger-point")
    thin = c.condition << _bone("osteoporosis")
    yield when_all(target, c.condition << _bone("osteoporotic-fracture")).conclude("severe")
    unfractured = c.unfractured << absent("condition", set="osteoporosis", concept="osteoporotic-fracture", active="1")
    broken = c.fracture << (m.k == "statement") & (m.concept == "compression-fracture") & (m.negated == 0)
    yield when_all(target, thin, unfractured, broken).conclude("severe")
    collapsed = c.fracture << (m.k == "condition") & (m.set == "osteoporosis") & (m.concept == "vertebral-fracture")
    yield when_all(target, thin, unfractured, collapsed).conclude("severe")
    whole = (
        c.whole << absent("statement", concept="compression-fracture", negated="0"),
        c.never_broken << absent("condition", set="osteoporosis", concept="vertebral-fracture"),
    )
    yield when_all(target, thin, unfractured, *whole).conclude("osteoporosis")


def _bone(concept: str) -> Any:
    return (m.k == "condition") & (m.set == "osteoporosis") & (m.concept == concept) & (m.active == 1)
