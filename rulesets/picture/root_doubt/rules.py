"""Findings by level and side, beside the root that the record names → agreement or doubt."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, c, m, when_all
from service.rules.parameters import Values

FINDINGS = ("nerve-root-compression", "disc-herniation", "foraminal-stenosis")
# What a side in a report says of each side; none stated may be either.
SIDES = {"left": ("left",), "right": ("right",), "": ("left", "right"), "bilateral": ("left", "right")}
# Levels at which a root can be touched: passing behind the disc above its exit, or leaving at its own.
# A narrow foramen presses on the root that leaves there: L4-L5 on L4, L5-S1 on L5, C5-C6 on C6.
TOUCHED = {
    "L3": ("L2-L3", "L3-L4", "L3"),
    "L4": ("L3-L4", "L4-L5", "L4"),
    "L5": ("L4-L5", "L5-S1", "L5"),
    "S1": ("L5-S1", "S1"),
    "C5": ("C4-C5", "C5"),
    "C6": ("C5-C6", "C6"),
    "C7": ("C6-C7", "C7"),
    "C8": ("C7-T1", "C8"),
}
PASSED = {"L3": "L2-L3", "L4": "L3-L4", "L5": "L4-L5", "S1": "L5-S1"}
FORAMEN = "foraminal-stenosis"
THORACIC = range(1, 13)


def rules(p: Values) -> Iterator[Rule]:
    for finding in FINDINGS:
        for stated, sides in SIDES.items():
            said = (m.k == "statement") & (m.concept == finding) & (m.negated == 0) & (m.where != "note")
            placed = (m.side == stated) & (m.level != "") & (m.region != "") & (m.age_days <= p("recent_days"))
            for side in sides:
                yield when_all(c.seen << said & placed).derive(
                    "root-finding", region=c.seen.region, side=side, level=c.seen.level, finding=finding
                )
    yield from _alike()
    yield from _named()
    yield from _same()
    fresh = (m.onset_known == 1) & (m.onset_days >= 0) & (m.onset_days < p("test_days"))
    yield when_all(
        c.condition << (m.k == "condition") & (m.concept == "radicular-pain") & (m.active == 1) & fresh
    ).derive("fresh-root-pain", region=c.condition.region, onset_days=c.condition.onset_days)


def _alike() -> Iterator[Rule]:
    """The same kind of finding at two levels, and a record that does not name the root."""
    for finding in FINDINGS:
        first = c.first << _found((m.finding == finding) & (m.level != ""))
        second = c.second << _found(m.finding == finding) & (m.level != c.first.level)
        yield when_all(c.pain << (m.k == "pain") & (m.pattern == "radicular") & (m.level == ""), first, second).derive(
            "roots-alike", region=c.pain.region, side=c.pain.side, finding=finding
        )


def _named() -> Iterator[Rule]:
    for root, touched in TOUCHED.items():
        pain = c.pain << (m.k == "pain") & (m.pattern == "radicular") & (m.level == root)
        leaving = tuple(level for level in touched if level != PASSED.get(root))
        for level in touched:
            pressing = m.level == level if level in leaving else (m.level == level) & (m.finding != FORAMEN)
            yield _agrees(pain, _found(pressing))
        apart = (_beyond(touched) & (m.finding != FORAMEN), _beyond(leaving) & (m.finding == FORAMEN))
        for other in apart if root in PASSED else (_beyond(touched),):
            yield when_all(pain, c.seen << _found(other)).derive(
                "root-elsewhere", region=c.pain.region, side=c.pain.side, root=root, level=c.seen.level
            )


def _same() -> Iterator[Rule]:
    """The level that the record names is the finding's own, or the thoracic root of that number leaves there."""
    pain = c.pain << (m.k == "pain") & (m.pattern == "radicular") & (m.level != "")
    yield _agrees(pain, _found(m.level == c.pain.level))
    for number in THORACIC:
        below = f"T{number + 1}" if number + 1 in THORACIC else "L1"
        root = c.pain << (m.k == "pain") & (m.pattern == "radicular") & (m.level == f"T{number}")
        yield _agrees(root, _found(m.level == f"T{number}-{below}"))


def _agrees(pain: Any, found: Any) -> Rule:
    at = {"region": c.pain.region, "side": c.pain.side, "root": c.pain.level}
    return when_all(pain, c.seen << found).derive("root-agrees", **at, level=c.seen.level)


def _beyond(levels: tuple[str, ...]) -> Any:
    first, *others = levels
    test: Any = m.level != first
    for level in others:
        test = test & (m.level != level)
    return test


def _found(test: Any) -> Any:
    return test & (m.k == "root-finding") & (m.region == c.pain.region) & (m.side == c.pain.side)
