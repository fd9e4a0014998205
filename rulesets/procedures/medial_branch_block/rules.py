"""Facet pain without a nerve in play → two staged diagnostic medial branch blocks."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values


def rules(p: Values) -> Iterator[Rule]:
    long, short = (m.onset_days >= p("pain_days")), (m.onset_days < p("pain_days"))
    enough = c.care << (m.k == "conservative-care") & (m.weeks >= p("care_weeks"))
    little = c.care << (m.k == "conservative-care") & (m.weeks < p("care_weeks"))
    sure, unsure = (m.confirmed == 1), (m.confirmed == 0)
    yield from _suggested("suggest", *_pain(sure & long), enough)
    yield from _suggested("consider-care", *_pain(sure & long), little)
    yield from _suggested("consider-care", *_pain(sure & long), c.care << absent("conservative-care"))
    yield from _suggested("consider-examination", *_pain(unsure & long), enough)
    yield when_all(*_pain(sure & short)).conclude("not-yet")
    done = c.done << (m.k == "procedure") & (m.concept == "medial-branch-block") & (m.region == c.pain.region)
    yield when_all(*_pain(m.confirmed == 1, fresh=False), done).conclude("blocks-on-record")


def _pain(test: Any, fresh: bool = True) -> tuple[Any, ...]:
    """Facet pain of a region where no nerve is in play, and where no block was done yet (`fresh`)."""
    nerves = absent("nerve-pain", by="region"), absent("nerve-pain", region="")
    block = absent("procedure", by="region", concept="medial-branch-block")
    return (
        c.pain << (m.k == "pain") & (m.pattern == "facet") & (m.region != "") & test,
        c.hook << (m.k == "hook") & (m.hook == "patient-view"),
        c.calm << absent("red-flag"),
        c.no_nerve << nerves[0] & (m.region == c.pain.region),
        c.no_other << nerves[1],
        *((c.no_block << block & (m.region == c.pain.region),) if fresh else ()),
    )


def _suggested(outcome: str, *patterns: Any) -> Iterator[Rule]:
    yield when_all(*patterns).conclude(outcome)
    yield when_all(*patterns).derive(
        "proposal",
        procedure="medial-branch-block",
        title="diagnostic medial branch block",
        region=c.pain.region,
        side=c.pain.side,
        level="",
        origin="suggestion",
        date="",
        in_days=-1,
    )
