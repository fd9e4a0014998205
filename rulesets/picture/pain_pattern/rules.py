"""Diagnoses → pain patterns."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

PATTERNS = {
    "radicular-pain": "radicular",
    "neurogenic-claudication": "claudication",
    "post-laminectomy": "postsurgical",
    "facet-pain": "facet",
    "axial-spine-pain": "axial",
    "disc-degeneration": "axial",
    "widespread-pain": "widespread",
}
NERVE = ("radicular-pain", "neurogenic-claudication", "post-laminectomy")
SPINE = (*(name for name in PATTERNS if name != "widespread-pain"), "disc-herniation", "spinal-stenosis")


def rules(_: Values) -> Iterator[Rule]:
    for concept, pattern in PATTERNS.items():
        yield when_all(_active(concept)).derive("pain", **_pain(pattern, c.condition.level, c.condition.confirmed))
    for concept in NERVE:
        yield when_all(_active(concept)).derive("nerve-pain", region=c.condition.region)
    for concept in SPINE:
        yield when_all(_active(concept)).derive("spine-problem", region=c.condition.region)
    # Vignette V03: axial pain, facet arthropathy on imaging, no root compression stated. Facet changes are common
    # without pain, so this reading stays unconfirmed until somebody makes the diagnosis.
    yield when_all(
        _active("axial-spine-pain"),
        c.finding << (m.k == "statement")
        & (m.concept == "facet-arthropathy")
        & (m.negated == 0)
        & (m.where != "note")
        & (m.region == c.condition.region),
        c.free << absent("statement", by="region", concept="nerve-root-compression", negated="0")
        & (m.region == c.condition.region),
        c.undiagnosed << absent("condition", by="region", concept="facet-pain", active="1")
        & (m.region == c.condition.region),
    ).derive("pain", **_pain("facet", "", 0))


def _active(concept: str) -> Any:
    return c.condition << (m.k == "condition") & (m.concept == concept) & (m.active == 1)


def _pain(pattern: str, level: Any, confirmed: Any) -> dict[str, Any]:
    return {
        "pattern": pattern,
        "region": c.condition.region,
        "side": c.condition.side,
        "level": level,
        "onset_days": c.condition.onset_days,
        "onset_most": c.condition.onset_most,
        "confirmed": confirmed,
    }
