"""An ordered injection, its code and words → whether the guidance is named; what denies it outweighs that."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

FAMILIES = ("epidural", "root-block", "facet", "sacroiliac")
NAMED = ("fluoroscopy", "image-guidance")
WORDS = {"set": "order-details", "where": "order"}


def rules(_: Values) -> Iterator[Rule]:
    for family in FAMILIES:
        request = c.request << (m.k == "request") & (m.family == family) & (m.origin == "order")
        undenied = [_unsaid("blind", "0"), _unsaid("fluoroscopy", "1")]
        yield when_all(request, _order("included"), _unsaid("ultrasound", "0"), *undenied).conclude("by-code")
        yield when_all(request, _order("included"), _said("ultrasound", 0), _unsaid("fluoroscopy", "0")).conclude(
            "ultrasound"
        )
        for concept in NAMED:
            yield when_all(request, _order(), _said(concept, 0), *undenied).conclude("by-words")
        yield when_all(request, _order("without"), *(_unsaid(concept, "0") for concept in NAMED)).conclude("without")
        for concept, negated in (("blind", 0), ("fluoroscopy", 1)):
            yield when_all(request, _order(), _said(concept, negated)).conclude("without")
        yield when_all(request, _order(""), _said("ultrasound", 0), _unsaid("fluoroscopy", "0")).conclude("ultrasound")
        # Told of every order; where anything above holds as well, that is the answer.
        yield when_all(request, _order()).conclude("unnamed")


def _order(guidance: str | None = None) -> Any:
    """The order behind the request; its code says `guidance`, where one is asked for."""
    order = (m.k == "order") & (m.set == "spine-procedures") & (m.origin == "order")
    order = order if guidance is None else order & (m.guidance == guidance)
    return c.order << order & (m.concept == c.request.procedure) & (m.region == c.request.region)


def _said(concept: str, negated: int) -> Any:
    """Words of an order of the same region."""
    words = (m.k == "statement") & (m.set == "order-details") & (m.where == "order") & (m.concept == concept)
    return c.said << words & (m.negated == negated) & (m.region == c.request.region)


def _unsaid(concept: str, negated: str) -> Any:
    alias = f"no_{concept.replace('-', '_')}{negated}"
    return getattr(c, alias) << absent("statement", concept=concept, negated=negated, **WORDS)
