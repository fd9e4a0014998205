"""A broader segment, both sides, or the neck → interlaminar epidural injection."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, suggest
from service.rules.parameters import Values

STATES = ("complete", "early")
OPEN = {"care": "consider", "reading": "consider-reading", "diagnosis": "consider-provisional"}


def rules(_: Values) -> Iterator[Rule]:
    yield from _segment("claudication", m.pattern == "claudication", (_free("claudication"),), (_free("claudication"),))
    # Claudication leads where both are on record: one midline injection, one suggestion.
    first = c.first << absent("pain", by="region", pattern="claudication") & _here()
    both = (m.pattern == "radicular") & (m.side == "bilateral") & (m.region != "cervical")
    unpaused, not_again = _free("radicular"), _free("radicular", "earlier")
    yield from _segment("both-sides", both, (first, unpaused), (first, not_again))
    neck = (m.pattern == "radicular") & (m.region == "cervical")
    for state in STATES:
        # Above the lumbar spine there is no caudal way: several levels change nothing.
        yield from _suggested("both-sides", *_evidence(both & (m.region != "lumbar") & (m.state == state)), unpaused)
        yield from _suggested("cervical", *_evidence(neck & (m.side != "") & (m.state == state)), unpaused)
        yield from _paused(neck & (m.side != "") & (m.state == state))
        yield from _paused(both & (m.state == state), first)
    for reason, outcome in OPEN.items():
        yield from _suggested(outcome, *_evidence(neck & (m.side != "") & (m.reason == reason)), not_again)
    yield from _suggested("side-unknown", *_evidence(neck & (m.side == "")), not_again)


def _paused(carried: Any, *alone: Any) -> Iterator[Rule]:
    """Old pain, or pain that follows no root: still possible, not recommended."""
    late = c.phase << (m.k == "pain-phase") & (m.pattern == "radicular") & (m.phase == "late") & _here()
    rootless = c.pause << (m.k == "pause") & (m.pattern == "radicular") & (m.reason == "distribution") & _here()
    not_again = _free("radicular", "earlier")
    yield from _suggested("late", *_evidence(carried), *alone, late, not_again, _free("radicular", "distribution"))
    yield from _suggested("follows-no-root", *_evidence(carried), *alone, rootless, not_again)


def _segment(outcome: str, pattern: Any, alone: tuple[Any, ...], not_again: tuple[Any, ...]) -> Iterator[Rule]:
    narrow = c.narrow << absent("wide-target", by="region") & _here()
    wide = c.wide << (m.k == "wide-target") & _here()
    for state in STATES:
        carried = pattern & (m.state == state)
        yield from _suggested(outcome, *_evidence(carried & (m.region == "lumbar")), narrow, *alone)
        yield from _suggested("alternative", *_evidence(carried & (m.region == "lumbar")), wide, *alone)
    for reason, open_outcome in OPEN.items():
        yield from _suggested(open_outcome, *_evidence(pattern & (m.reason == reason)), *not_again)


def _here() -> Any:
    return m.region == c.evidence.region


def _free(pattern: str, reason: str = "") -> Any:
    """No reason to pause, or not this one; after an earlier epidural procedures/repeat-epidural judges."""
    fixed = {"reason": reason} if reason else {}
    return getattr(c, f"no_{reason or 'pause'}") << absent("pause", by="region", pattern=pattern, **fixed) & _here()


def _evidence(test: Any) -> tuple[Any, Any, Any]:
    return (
        c.evidence << (m.k == "evidence") & test,
        c.hook << (m.k == "hook") & (m.hook == "patient-view"),
        c.calm << absent("red-flag"),
    )


def _suggested(outcome: str, *patterns: Any) -> Iterator[Rule]:
    return suggest(
        outcome,
        *patterns,
        procedure="epidural-interlaminar",
        title="interlaminar epidural injection",
        region=c.evidence.region,
    )
