"""Last stratum: long rules, and the same absence for the third time."""

from collections.abc import Iterator

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values


def rules(_: Values) -> Iterator[Rule]:
    for grade in ("steep", "flat", "nowhere", "far", ""):
        yield when_all(c.verdict << (m.k == "verdict") & (m.grade == grade)).conclude("graded")
    here = m.region == c.verdict.region
    yield when_all(
        c.verdict << (m.k == "verdict"),
        c.ill << (m.k == "condition") & here,
        c.mark << (m.k == "mark") & here,
        c.free << absent("procedure", by="region") & here,
        c.silent << absent("statement", by="region", concept="two", negated="1") & here,
        c.seen << (m.k == "observation") & (m.age_days >= c.ill.onset_days),
        c.high << (m.k == "high") & (m.concept == c.seen.concept),
        c.hook << (m.k == "hook"),
    ).conclude("eight")
    yield when_all(c.ill << (m.k == "condition"), c.none << absent("procedure")).conclude("third")
    yield when_all(c.ill << (m.k == "condition"), c.none << absent("verdict", grade="steep")).conclude("ungraded")
