"""Diagnoses and notes → signs of the hip."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values


def rules(_: Values) -> Iterator[Rule]:
    rotation = c.said << _said("hip-rotation-pain")
    yield when_all(rotation & (m.negated == 0)).derive("hip-sign", reason="rotation", side=c.said.side)
    yield when_all(rotation & (m.negated == 1)).derive("free-hip", how="examined")
    yield when_all(c.said << _said("hip-rotation-free") & (m.negated == 0)).derive("free-hip", how="examined")
    own = c.own << absent("condition", concept="hip-replaced", active="1")
    yield when_all(_active("hip-disease"), own).derive("hip-sign", reason="disease", side=c.condition.side)
    for concept, reason in (("hip-pain", "pain"), ("groin-pain", "groin")):
        yield when_all(_active(concept)).derive("hip-sign", reason=reason, side=c.condition.side)
    groin = c.said << _said("groin-pain") & (m.negated == 0)
    yield when_all(groin).derive("hip-sign", reason="groin", side=c.said.side)


def _active(concept: str) -> Any:
    return c.condition << (m.k == "condition") & (m.set == "hip-pain") & (m.concept == concept) & (m.active == 1)


def _said(concept: str) -> Any:
    return (m.k == "statement") & (m.set == "hip-findings") & (m.concept == concept)
