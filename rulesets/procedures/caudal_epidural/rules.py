"""Several levels, scar or an operated canal → caudal epidural injection."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, suggest
from service.rules.parameters import Values

OPEN = {"care": "consider", "reading": "consider-reading", "diagnosis": "consider-provisional"}
# One midline suggestion even where several pains call for it: the first of these leads.
LEADS = ("postsurgical", "claudication", "radicular")


def rules(_: Values) -> Iterator[Rule]:
    wide = c.wide << (m.k == "wide-target") & (m.region == "lumbar")
    for place, pattern in enumerate(LEADS):
        of = m.pattern == pattern
        test = of & (m.side == "bilateral") if pattern == "radicular" else of
        led = [absent("pain", region="lumbar", pattern=earlier) for earlier in LEADS[:place]]
        first = [getattr(c, f"no_{n}") << item for n, item in enumerate(led)]
        # After an earlier epidural procedures/repeat-epidural judges; old pain is told with the interlaminar way.
        unpaused = c.unpaused << absent("pause", by="region", pattern=pattern) & (m.region == c.evidence.region)
        for state in ("complete", "early"):
            yield from _suggested("suggest", *_evidence(test & (m.state == state)), wide, *first, unpaused)
    first_one = c.unpaused << absent("pause", by="region", pattern="postsurgical") & (m.region == c.evidence.region)
    for reason, outcome in OPEN.items():
        yield from _suggested(outcome, *_evidence((m.pattern == "postsurgical") & (m.reason == reason)), first_one)


def _evidence(test: Any) -> tuple[Any, Any, Any]:
    return (
        c.evidence << (m.k == "evidence") & (m.region == "lumbar") & test,
        c.hook << (m.k == "hook") & (m.hook == "patient-view"),
        c.calm << absent("red-flag"),
    )


def _suggested(outcome: str, *patterns: Any) -> Iterator[Rule]:
    return suggest(outcome, *patterns, procedure="epidural-caudal", title="caudal epidural injection", region="lumbar")
