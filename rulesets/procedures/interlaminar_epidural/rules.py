"""A broader segment, both sides, or the neck → interlaminar epidural injection."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

STATES = ("complete", "early")
OPEN = {"care": "consider", "reading": "consider-reading", "diagnosis": "consider-provisional"}
SIDES = ("left", "right", "bilateral")


def rules(_: Values) -> Iterator[Rule]:
    yield from _segment("claudication", m.pattern == "claudication", ())
    # Claudication leads where both are on record: one midline injection, one suggestion.
    first = c.first << absent("pain", by="region", pattern="claudication") & (m.region == c.evidence.region)
    both = (m.pattern == "radicular") & (m.side == "bilateral") & (m.region != "cervical")
    yield from _segment("both-sides", both, (first,))
    for state in STATES:
        # Above the lumbar spine there is no caudal way: several levels change nothing.
        yield from _suggested("both-sides", *_evidence(both & (m.region != "lumbar") & (m.state == state)))
    neck = (m.pattern == "radicular") & (m.region == "cervical")
    for side in SIDES:
        for state in STATES:
            yield from _suggested("cervical", *_evidence(neck & (m.side == side) & (m.state == state)))
        for reason, outcome in OPEN.items():
            yield from _suggested(outcome, *_evidence(neck & (m.side == side) & (m.reason == reason)))
    yield from _suggested("side-unknown", *_evidence(neck & (m.side == "")))


def _segment(outcome: str, pattern: Any, alone: tuple[Any, ...]) -> Iterator[Rule]:
    narrow = c.narrow << absent("wide-target", by="region") & (m.region == c.evidence.region)
    wide = c.wide << (m.k == "wide-target") & (m.region == c.evidence.region)
    for state in STATES:
        carried = pattern & (m.state == state)
        yield from _suggested(outcome, *_evidence(carried & (m.region == "lumbar")), narrow, *alone)
        yield from _suggested("alternative", *_evidence(carried & (m.region == "lumbar")), wide, *alone)
    for reason, open_outcome in OPEN.items():
        yield from _suggested(open_outcome, *_evidence(pattern & (m.reason == reason)), *alone)


def _evidence(test: Any) -> tuple[Any, Any, Any]:
    return (
        c.evidence << (m.k == "evidence") & test,
        c.hook << (m.k == "hook") & (m.hook == "patient-view"),
        c.calm << absent("red-flag"),
    )


def _suggested(outcome: str, *patterns: Any) -> Iterator[Rule]:
    yield when_all(*patterns).conclude(outcome)
    yield when_all(*patterns).derive(
        "proposal",
        procedure="epidural-interlaminar",
        title="interlaminar epidural injection",
        region=c.evidence.region,
        side="",
        level="",
        origin="suggestion",
        date="",
        in_days=-1,
    )
