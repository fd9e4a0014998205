"""Third stratum: absence of a derived kind, the same absences once more, cells of a table."""

from collections.abc import Iterator

from service.rules.authoring import Rule, absent, c, lookup, m, when_all
from service.rules.parameters import Values


def rules(_: Values) -> Iterator[Rule]:
    ill = c.ill << (m.k == "condition")
    unmarked = c.unmarked << absent("mark", by="region") & (m.region == c.ill.region)
    again = c.nothing << absent("procedure", by="region") & (m.region == c.ill.region)
    yield when_all(ill, unmarked).conclude("unmarked")
    yield when_all(ill, again, c.none << absent("procedure")).conclude("again")
    yield when_all(unmarked_and(ill), unmarked, again).conclude("both")
    yield when_all(c.mark << (m.k == "mark")).derive(
        "verdict",
        region=c.mark.region,
        grade=lookup("grades", c.mark.concept, c.mark.region, part="grade"),
        word=lookup("grades", "one", c.mark.region, part="word"),
    )


def unmarked_and(ill: object) -> object:
    """The pattern itself; a function may build patterns."""
    return ill
