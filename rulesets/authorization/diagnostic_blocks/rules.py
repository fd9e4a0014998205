"""A request and the relief after earlier blocks of its side → whether they carry it.

A bilateral block, or one whose side nobody recorded, speaks for either side; a bilateral request needs both sides' own.
"""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, one_of, when_all
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
    asking = {procedure: float(percent) for procedure, percent in p.each("percent").items() if percent != NOT_ASKED}
    wanting = (m.k == "request") & one_of("procedure", tuple(asking))
    yield when_all(c.request << wanting & (m.region == "")).conclude("without-region")
    sent = c.sent << (m.k == "sent") & (m.key == "procedures") & (m.state != "complete")
    yield when_all(c.request << wanting & (m.region != ""), sent).conclude("unknown")
    numbers = p.each("blocks")
    opposite = c.opposite << (m.k == "opposite") & (m.side == c.request.side)
    for procedure, percent in asking.items():
        request = c.request << (m.k == "request") & (m.procedure == procedure) & (m.region != "")
        asked = {"block": BLOCKS[procedure], "percent": percent, "blocks": numbers[procedure]}
        yield when_all(request, opposite).derive("blocks-asked", **_of_request(), other=c.opposite.other, **asked)
    yield from _decided_by_blocks(tuple(asking))
    yield from _single()
    yield from _unblocked(tuple(asking))
    done = c.ablation << (m.k == "procedure") & (m.set == "spine-procedures") & (m.concept == c.request.procedure)
    ablated = done & (m.region == c.request.region) & (m.side != c.opposite.other)
    repeated = c.request << (m.k == "request") & one_of("procedure", ABLATIONS) & (m.region != "")
    yield when_all(repeated, opposite, ablated).conclude("ablated")
    for number in sorted({numbers[procedure] for procedure in asking}):
        yield from _enough(number)


def _of_request() -> dict[str, Any]:
    return {name: getattr(c.request, name) for name in ("procedure", "region", "side")}


def _placed(procedures: tuple[str, ...], side: str) -> Any:
    of_side = (m.side == side) if side else (m.side != "left") & (m.side != "right")
    return c.request << (m.k == "request") & one_of("procedure", procedures) & (m.region != "") & of_side


def _decided_by_blocks(asking: tuple[str, ...]) -> Iterator[Rule]:
    """Unless an earlier ablation of the side speaks for them."""
    others = tuple(procedure for procedure in asking if procedure not in ABLATIONS)
    request = c.request << (m.k == "request") & one_of("procedure", others) & (m.region != "")
    yield when_all(request).derive("decided-by-blocks", **_of_request())
    for ablation in ABLATIONS:
        for side in ("left", "right", ""):
            fresh = _without(ablation, side)
            yield when_all(_placed((ablation,), side), *fresh).derive("decided-by-blocks", **_of_request())


def _that(alias: Any, kind: str) -> Any:
    here = (m.k == kind) & (m.procedure == c.request.procedure) & (m.region == c.request.region)
    return alias << here & (m.side == c.request.side)


def _single() -> Iterator[Rule]:
    """What single blocks of the side say."""
    before = (c.request << (m.k == "request"), _that(c.decided, "decided-by-blocks"), _that(c.asked, "blocks-asked"))
    relief, unmeasured = (_of_asked(kind) & (m.side != c.asked.other) for kind in ("relief", "unmeasured"))
    yield when_all(*before, c.block << relief & (m.percent >= c.asked.percent)).conclude("few")
    yield when_all(*before, c.block << relief & (m.percent < c.asked.percent)).conclude("poor")
    yield when_all(*before, c.block << unmeasured).conclude("unmeasured")


def _of_asked(kind: str) -> Any:
    of_block = (m.k == kind) & (m.set == "spine-procedures") & (m.concept == c.asked.block)
    return of_block & (m.region == c.request.region)


def _unblocked(asking: tuple[str, ...]) -> Iterator[Rule]:
    complete = c.sent << (m.k == "sent") & (m.key == "procedures") & (m.state == "complete")
    building = tuple(name for name in asking if BLOCKS[name] == MEDIAL_BRANCH and name != MEDIAL_BRANCH)
    on_joint = tuple(name for name in asking if BLOCKS[name] == JOINT)
    decided = _that(c.decided, "decided-by-blocks")
    for procedures, block, outcome in (
        ((MEDIAL_BRANCH,), MEDIAL_BRANCH, "first-block"),
        (building, MEDIAL_BRANCH, "none"),
        (on_joint, JOINT, "none"),
    ):
        for side in ("left", "right", ""):
            yield when_all(_placed(procedures, side), decided, complete, *_without(block, side)).conclude(outcome)


def _without(concept: str, side: str) -> list[Any]:
    """No such procedure of the side, of both sides or of an unknown one; for a wide request none at all."""
    of, here = {"by": "region", "set": "spine-procedures", "concept": concept}, m.region == c.request.region
    if not side:
        return [c.none << absent("procedure", **of) & here]
    return [
        getattr(c, f"no_{name or 'unknown'}") << absent("procedure", **of, side=name) & here
        for name in (side, "bilateral", "")
    ]


def _enough(number: int) -> Iterator[Rule]:
    """As many sessions as are needed for each side in question, a wide session counting for both."""
    request = (m.k == "request") & (m.region != "")
    asked = _that(c.asked, "blocks-asked") & (m.blocks == number)
    good = _of_asked("relief") & (m.percent >= c.asked.percent)
    for side, other in SIDES:
        row = _row(side, good & (m.side != other), number)
        yield when_all(c.request << request & (m.side == side), asked, *row).conclude("met")
        # Of a request without a side nobody knows which blocks it needs: those of either will do.
        yield when_all(c.request << request & (m.side == ""), asked, *row).conclude("met")
    both = c.request << request & (m.side == "bilateral")
    for wide in range(number + 1):
        rows = _row("both", good & (m.side != "left") & (m.side != "right"), wide)
        for side, _ in SIDES:
            rows += _row(side, good & (m.side == side), number - wide)
        yield when_all(both, asked, *rows).conclude("met")


def _row(alias: str, test: Any, number: int) -> list[Any]:
    """So many sessions, the later ones first."""
    row: list[Any] = []
    for place in range(number):
        before = test & (m.rank > getattr(c, f"{alias}_{place - 1}").rank) if place else test
        row.append(getattr(c, f"{alias}_{place}") << before)
    return row
