"""A request and the relief after earlier blocks of its side → whether they carry it.

A bilateral block, or one whose side nobody recorded, speaks for either side; a bilateral request needs both sides' own.
"""

from collections.abc import Iterator
from functools import reduce
from operator import and_
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

MEDIAL_BRANCH, JOINT = "medial-branch-block", "sacroiliac-joint-injection"
BLOCKS = {
    MEDIAL_BRANCH: MEDIAL_BRANCH,
    "facet-joint-injection": MEDIAL_BRANCH,
    "medial-branch-radiofrequency": MEDIAL_BRANCH,
    "lateral-branch-radiofrequency": JOINT,
}
ABLATIONS = ("medial-branch-radiofrequency", "lateral-branch-radiofrequency")
# No diagnostic block is asked for.
NOT_ASKED = "none"
SIDES = (("left", "right"), ("right", "left"))


def rules(p: Values) -> Iterator[Rule]:
    blocks = p.each("blocks")
    for procedure, percent in p.each("percent").items():
        if percent == NOT_ASKED:
            continue
        request = (m.k == "request") & (m.procedure == procedure)
        yield when_all(c.request << request & (m.region == "")).conclude("without-region")
        sent = c.sent << (m.k == "sent") & (m.key == "procedures") & (m.state != "complete")
        yield when_all(c.request << request & (m.region != ""), sent).conclude("unknown")
        for side, other in (*SIDES, ("", "")):
            placed = _of_side(request & (m.region != ""), side)
            yield from _of(procedure, placed, side, other, float(percent))
        yield from _enough(procedure, request & (m.region != ""), float(percent), blocks[procedure])


def _of_side(request: Any, side: str) -> Any:
    return c.request << request & ((m.side == side) if side else (m.side != "left") & (m.side != "right"))


def _of(procedure: str, placed: Any, side: str, other: str, percent: float) -> Iterator[Rule]:
    """What single blocks of the side say, unless an earlier ablation speaks for them."""
    here = m.region == c.request.region
    of_side = [here, m.side != other] if side else [here]
    relief, unmeasured = (_blocks(procedure, kind) for kind in ("relief", "unmeasured"))
    fresh = _without(procedure, side, here) if procedure in ABLATIONS else []
    yield when_all(placed, c.block << _with(relief & (m.percent >= percent), of_side), *fresh).conclude("few")
    yield when_all(placed, c.block << _with(relief & (m.percent < percent), of_side), *fresh).conclude("poor")
    yield when_all(placed, c.block << _with(unmeasured, of_side), *fresh).conclude("unmeasured")
    complete = c.sent << (m.k == "sent") & (m.key == "procedures") & (m.state == "complete")
    unblocked = _without(BLOCKS[procedure], side, here)
    none = "first-block" if procedure == MEDIAL_BRANCH else "none"
    if fresh:
        yield when_all(placed, *unblocked, *fresh).conclude(none)
        done = (m.k == "procedure") & (m.set == "spine-procedures") & (m.concept == procedure)
        yield when_all(placed, c.ablation << _with(done, of_side)).conclude("ablated")
    else:
        yield when_all(placed, complete, *unblocked).conclude(none)


def _blocks(procedure: str, kind: str) -> Any:
    return (m.k == kind) & (m.set == "spine-procedures") & (m.concept == BLOCKS[procedure])


def _with(fact: Any, tests: list[Any]) -> Any:
    return reduce(and_, tests, fact)


def _without(concept: str, side: str, here: Any) -> list[Any]:
    """No such procedure of the side, of both sides or of an unknown one; for a wide request none at all."""
    of = {"by": "region", "set": "spine-procedures", "concept": concept}
    alias = f"no_{concept.replace('-', '_')}"
    if not side:
        return [getattr(c, alias) << absent("procedure", **of) & here]
    return [
        getattr(c, f"{alias}_{name or 'unknown'}") << absent("procedure", **of, side=name) & here
        for name in (side, "bilateral", "")
    ]


def _enough(procedure: str, request: Any, percent: float, needed: int) -> Iterator[Rule]:
    """As many sessions as are needed for each side in question, a wide session counting for both."""
    good = _blocks(procedure, "relief") & (m.percent >= percent) & (m.region == c.request.region)
    for side, other in SIDES:
        yield when_all(_of_side(request, side), *_row(side, good & (m.side != other), needed)).conclude("met")
        # Of a request without a side nobody knows which blocks it needs: those of either will do.
        yield when_all(c.request << request & (m.side == ""), *_row(side, good & (m.side != other), needed)).conclude(
            "met"
        )
    both = c.request << request & (m.side == "bilateral")
    for wide in range(needed + 1):
        rows = _row("both", good & (m.side != "left") & (m.side != "right"), wide)
        for side, _ in SIDES:
            rows += _row(side, good & (m.side == side), needed - wide)
        yield when_all(both, *rows).conclude("met")


def _row(alias: str, test: Any, number: int) -> list[Any]:
    """So many sessions, the later ones first."""
    row: list[Any] = []
    for place in range(number):
        before = test & (m.rank > getattr(c, f"{alias}_{place - 1}").rank) if place else test
        row.append(getattr(c, f"{alias}_{place}") << before)
    return row
