"""Ordered injections and what the order says of imaging → what to name, to correct or to document."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

WORDS = {"set": "order-details", "where": "order"}


def rules(_: Values) -> Iterator[Rule]:
    ordered = (m.k == "target") & (m.origin != "suggestion")
    canal = ordered & (m.family == "epidural")
    joints = ordered & ((m.family == "facet") | (m.family == "sacroiliac"))
    guided = ordered & (
        (m.family == "epidural")
        | (m.family == "facet")
        | (m.family == "sacroiliac")
        | (m.family == "sympathetic")
        | (m.family == "visceral")
        | (m.family == "disc")
    )
    target = c.target << guided
    # A prompt helps while the order is written; for what is scheduled already only what is wrong is said.
    drafted = c.target << guided & (m.origin == "order")
    silent = [_unsaid(concept) for concept in ("fluoroscopy", "image-guidance", "ultrasound", "blind")]
    yield when_all(drafted, _order("") & (m.guidance == ""), *silent).conclude("not-named")
    unguided = _order("without")
    unsaid = [_unsaid(concept, negated="0") for concept in ("fluoroscopy", "image-guidance", "ultrasound", "blind")]
    denied = _unsaid("fluoroscopy", negated="1")
    yield when_all(target, unguided, *unsaid, denied).conclude("code-without")
    for concept in ("fluoroscopy", "image-guidance"):
        yield when_all(target, unguided, _said(concept, 0)).conclude("code-and-words")
    for concept, negated in (("blind", 0), ("fluoroscopy", 1)):
        yield when_all(target, _order(), _said(concept, negated)).conclude("blind")
    for family, outcome in ((canal, "ultrasound-epidural"), (joints, "ultrasound-other")):
        alone = _unsaid("fluoroscopy", negated="0")
        yield when_all(c.target << family, _order(), _said("ultrasound", 0), alone).conclude(outcome)
    for procedure in ("epidural-transforaminal", "selective-nerve-root-block"):
        foramen = c.target << canal & (m.procedure == procedure)
        yield when_all(foramen, _order(), _said("contrast", 1)).conclude("without-contrast")


def _order(guidance: str = "") -> Any:
    """The order behind the target; its code says `guidance`, where one is asked for."""
    order = (m.k == "order") & (m.set == "spine-procedures")
    order = order & (m.guidance == guidance) if guidance else order
    placed = order & (m.concept == c.target.procedure) & (m.region == c.target.region)
    return c.order << placed & (m.side == c.target.side) & (m.origin == c.target.origin)


def _said(concept: str, negated: int) -> Any:
    """Words of an order of the same region."""
    words = (m.k == "statement") & (m.set == "order-details") & (m.where == "order") & (m.concept == concept)
    return c.said << words & (m.negated == negated) & (m.region == c.target.region)


def _unsaid(concept: str, **fixed: str) -> Any:
    alias = f"no_{concept.replace('-', '_')}{fixed.get('negated', '')}"
    return getattr(c, alias) << absent("statement", concept=concept, **WORDS, **fixed)
