"""One-sided radicular pain → transforaminal epidural injection."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, suggest, when_all
from service.rules.parameters import Values

# Cervical radicular pain goes to procedures/interlaminar-epidural: the cervical foramen is the riskier way in.
CARRIED = {"complete": "suggest", "early": "suggest-early"}
OPEN = {"care": "consider", "reading": "consider-reading", "diagnosis": "consider-provisional"}
# A broader problem of the region, for which another approach leads.
BROADER = ("claudication", "postsurgical")

# Which root hurts is open: a root block answers that (procedures/selective-nerve-root-block).
DOUBTS = {"other-level": "root-elsewhere", "levels-alike": "roots-alike"}


def rules(_: Values) -> Iterator[Rule]:
    yield from _clear()
    late = c.phase << (m.k == "pain-phase") & (m.pattern == "radicular") & (m.phase == "late") & _here()
    rootless = c.pause << (m.k == "pause") & (m.pattern == "radicular") & (m.reason == "distribution") & _here()
    for side in ("left", "right"):
        for state, outcome in CARRIED.items():
            evidence = _evidence((m.state == state) & (m.side == side))
            none = [absent("pain", by="region", pattern=pattern) for pattern in BROADER]
            alone = [getattr(c, f"no_{n}") << item & _here() for n, item in enumerate(none)]
            clear = c.root << (m.k == "root-clear") & (m.side == side) & (m.region == c.evidence.region)
            yield from _suggested(outcome, *evidence, *alone, _free(), clear)
            yield from _suggested("late", *evidence, *alone, late, _free("earlier"), _free("distribution"))
            yield from _suggested("follows-no-root", *evidence, *alone, rootless, _free("earlier"))
            for why, doubt in DOUBTS.items():
                prove = (m.k == "root-to-prove") & (m.why == why) & (m.side == side)
                open_root = c.root << prove & (m.region == c.evidence.region)
                yield from _suggested(doubt, *evidence, *alone, _free(), open_root)
            for pattern in BROADER:
                other = c.other << (m.k == "pain") & (m.pattern == pattern) & _here()
                yield from _suggested("alternative", *evidence, other, _free("earlier"))
        for reason, outcome in OPEN.items():
            yield from _suggested(outcome, *_evidence((m.reason == reason) & (m.side == side)), _free("earlier"))
    yield from _suggested("side-unknown", *_evidence(m.side == ""), _free("earlier"))


def _clear() -> Iterator[Rule]:
    """Nothing in the images speaks of another root, or of two alike."""
    sided = (m.k == "evidence") & (m.pattern == "radicular") & ((m.side == "left") | (m.side == "right"))
    evidence = c.evidence << sided & (m.state != "incomplete")
    agreed = c.named << absent("root-elsewhere", by="region") & _here()
    pressed = (m.k == "statement") & (m.concept == "nerve-root-compression") & (m.negated == 0) & (m.where != "note")
    no_two = c.no_two << absent("roots-alike", by="region", finding="nerve-root-compression") & _here()
    agrees = c.agrees << (m.k == "root-agrees") & _here() & (m.side == c.evidence.side) & (m.root == c.evidence.level)
    single = c.single << absent("roots-alike", by="region") & _here()
    for level, patterns in (
        ("", (agreed, single)),
        # Known with its level besides; a draft takes the level where there is one.
        (c.evidence.level, (agreed, single, agrees)),
        (c.evidence.level, (c.elsewhere << (m.k == "root-elsewhere") & _here(), agrees)),
        # Of several findings alike the one that presses on a root is it.
        ("", (agreed, c.alike << (m.k == "roots-alike") & _here(), c.pressed << pressed & _here(), no_two)),
    ):
        place = {"region": c.evidence.region, "side": c.evidence.side, "level": level}
        yield when_all(evidence, *patterns).derive("root-clear", **place)


def _here() -> Any:
    return m.region == c.evidence.region


def _free(reason: str = "") -> Any:
    """No reason to pause, or not this one; after an earlier epidural procedures/repeat-epidural judges."""
    fixed = {"reason": reason} if reason else {}
    return getattr(c, f"no_{reason or 'pause'}") << absent("pause", by="region", pattern="radicular", **fixed) & _here()


def _evidence(test: Any) -> tuple[Any, Any, Any]:
    return (
        c.evidence << (m.k == "evidence") & (m.pattern == "radicular") & (m.region != "cervical") & test,
        c.hook << (m.k == "hook") & (m.hook == "patient-view"),
        c.calm << absent("red-flag"),
    )


def _suggested(outcome: str, *patterns: Any) -> Iterator[Rule]:
    return suggest(
        outcome,
        *patterns,
        procedure="epidural-transforaminal",
        title="transforaminal epidural injection",
        region=c.evidence.region,
        side=c.evidence.side,
        level=c.evidence.level,
    )
