"""An ordered injection, its code and words → whether the guidance is named; what denies it outweighs that."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, one_of, when_all
from service.rules.parameters import Values

FAMILIES = ("epidural", "root-block", "facet", "sacroiliac")
NAMED = ("fluoroscopy", "image-guidance")
WORDS = {"set": "order-details", "where": "order"}


def rules(_: Values) -> Iterator[Rule]:
    families = one_of("family", FAMILIES)
    ordered = (m.k == "request") & (m.origin == "order") & families
    # What the words of an order deny or name holds for its region.
    for request, unsaid in (
        (c.request << ordered & (m.region != ""), _unsaid_here),
        (c.request << ordered & (m.region == ""), _unsaid_unplaced),
    ):
        undenied = [unsaid("blind", "0"), unsaid("fluoroscopy", "1")]
        yield when_all(request, _order("included"), unsaid("ultrasound", "0"), *undenied).conclude("by-code")
        for concept in NAMED:
            yield when_all(request, _order(), _said(concept, 0), *undenied).conclude("by-words")
        yield when_all(request, _said("ultrasound", 0), unsaid("fluoroscopy", "0")).conclude("ultrasound")
        yield when_all(request, _order("without"), *(unsaid(concept, "0") for concept in NAMED)).conclude("without")
    request = c.request << ordered
    for concept, negated in (("blind", 0), ("fluoroscopy", 1)):
        yield when_all(request, _order(), _said(concept, negated)).conclude("without")
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


def _unsaid_here(concept: str, negated: str) -> Any:
    silent = absent("statement", by="region", concept=concept, negated=negated, **WORDS)
    return _no(concept, negated) << silent & (m.region == c.request.region)


def _unsaid_unplaced(concept: str, negated: str) -> Any:
    return _no(concept, negated) << absent("statement", region="", concept=concept, negated=negated, **WORDS)


def _no(concept: str, negated: str) -> Any:
    return getattr(c, f"no_{concept.replace('-', '_')}{negated}")
