"""Diagnoses → pain patterns."""

from collections.abc import Iterator

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

PATTERNS = {
    "radicular-pain": "radicular",
    "neurogenic-claudication": "claudication",
    "facet-pain": "facet",
    "axial-spine-pain": "axial",
    "disc-degeneration": "axial",
    "widespread-pain": "widespread",
}


def rules(_: Values) -> Iterator[Rule]:
    for concept, pattern in PATTERNS.items():
        yield when_all(
            c.condition << (m.k == "condition") & (m.concept == concept) & (m.active == 1),
        ).derive(
            "pain",
            pattern=pattern,
            region=c.condition.region,
            side=c.condition.side,
            level=c.condition.level,
            onset_days=c.condition.onset_days,
            confirmed=c.condition.confirmed,
        )
    # Axial pain with facet arthropathy on imaging and no root compression stated (vignette V03).
    yield when_all(
        c.condition << (m.k == "condition") & (m.concept == "axial-spine-pain") & (m.active == 1),
        c.finding << (m.k == "statement")
        & (m.concept == "facet-arthropathy")
        & (m.negated == 0)
        & (m.region == c.condition.region),
        c.free << absent("statement", by="region", concept="nerve-root-compression", negated="0")
        & (m.region == c.condition.region),
    ).derive(
        "pain",
        pattern="facet",
        region=c.condition.region,
        side=c.condition.side,
        level=c.finding.level,
        onset_days=c.condition.onset_days,
        confirmed=c.condition.confirmed,
    )
