"""An order's codes and words → how many levels, and whether another region is ordered for the same day."""

from collections.abc import Iterator
from functools import reduce
from operator import and_, or_
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

SPINE = [
    *(f"C{number}" for number in range(1, 8)),
    *(f"T{number}" for number in range(1, 13)),
    *(f"L{number}" for number in range(1, 6)),
    "S1",
]
CODES = {"second-level": 2, "third-level": 3}
LONGEST = 4
NECK, BACK = ("cervical", "thoracic"), ("lumbar", "sacroiliac")
# What counts as one region, by family.
REGIONS = {
    "epidural": (("cervical",), ("thoracic",), ("lumbar", "sacroiliac")),
    "root-block": (("cervical",), ("thoracic",), ("lumbar", "sacroiliac")),
    "facet": (NECK, BACK),
}
TARGETS = {"root-block": "epidural"}


def rules(p: Values) -> Iterator[Rule]:
    for procedure, limit in p.each("levels").items():
        ordered = (m.k == "request") & (m.procedure == procedure) & (m.origin == "order")
        yield from _levels(ordered, limit)
    for family, groups in REGIONS.items():
        ordered = (m.k == "request") & (m.family == family) & (m.origin == "order")
        yield when_all(c.request << ordered & (m.region == "")).conclude("without-region")
        for group in groups:
            for region in group:
                others = [name for other in groups if other is not group for name in other]
                yield from _regions(ordered & (m.region == region), TARGETS.get(family, family), others)


def _levels(ordered: Any, limit: int) -> Iterator[Rule]:
    here = m.region == c.request.region
    for concept, levels in CODES.items():
        code = (m.k == "order") & (m.set == "procedure-levels") & (m.concept == concept) & (m.origin == "order") & here
        more = "too-many-by-code" if levels > limit else "by-code"
        patterns = [c.request << ordered, c.code << code]
        if concept == "second-level":
            patterns.append(_no_code("third-level"))
        yield when_all(*patterns).conclude(more)
    order = (m.k == "order") & (m.set == "spine-procedures") & (m.concept == c.request.procedure)
    ordering = order & here & (m.origin == "order")
    no_code = [_no_code(concept) for concept in CODES]
    for levels in range(1, LONGEST + 1):
        named = c.request << ordered & _stretch(levels)
        outcome = "too-many-by-words" if levels > limit else "by-words"
        yield when_all(named, c.order << ordering & (m.levels == 1), *no_code).conclude(outcome)
    yield from _listed(ordered, ordering, no_code, limit)
    # Told of every order; where anything above holds as well, that is the answer.
    yield when_all(c.request << ordered).conclude("unnamed")


def _listed(ordered: Any, ordering: Any, no_code: list[Any], limit: int) -> Iterator[Rule]:
    """Several levels by name; the nerves of a joint are two, so names of nerves alone do not count joints."""
    by_bone = reduce(or_, [m.level == name for name in SPINE])
    by_joint = reduce(and_, [m.level != name for name in ("", *SPINE)])
    several = ordering & (m.levels != 0) & (m.levels != 1)
    yield when_all(c.request << ordered & (m.family == "facet") & by_bone, c.order << several).conclude("several")
    yield when_all(c.request << ordered, c.order << ordering & (m.levels < 0)).conclude("several")
    for test in ((m.family == "facet") & by_joint, m.family != "facet"):
        listed = c.request << ordered & test
        fits, more = (ordering & (m.levels > 1) & within for within in (m.levels <= limit, m.levels > limit))
        yield when_all(listed, c.order << fits, *no_code).conclude("listed")
        yield when_all(listed, c.order << more).conclude("too-many-listed")


def _no_code(concept: str) -> Any:
    return getattr(c, f"no_{concept.replace('-', '_')}") << absent("order", set="procedure-levels", concept=concept)


def _stretch(levels: int) -> Any:
    """One bone or the joint of two is one level; a stretch over two joints is two."""
    names = [f"{first}-{last}" for first, last in zip(SPINE, SPINE[levels:], strict=False)]
    return reduce(or_, [m.level == name for name in (names if levels > 1 else [*SPINE, *names])])


def _regions(ordered: Any, family: str, others: list[str]) -> Iterator[Rule]:
    alone = [
        getattr(c, f"no_{name}") << absent("target", family=family, origin="order", region=name) for name in others
    ]
    yield when_all(c.request << ordered, *alone).conclude("one-region")
    for name in others:
        also = (m.k == "target") & (m.family == family) & (m.origin == "order") & (m.region == name)
        dated, undated = c.request << ordered & (m.in_days >= 0), c.request << ordered & (m.in_days < 0)
        yield when_all(dated, c.target << also & (m.in_days == c.request.in_days)).conclude("two-regions")
        yield when_all(undated, c.target << also & (m.in_days == c.request.in_days)).conclude("days-unknown")
        yield when_all(c.request << ordered, c.target << also & (m.in_days != c.request.in_days)).conclude("other-day")
