"""Second stratum: absence of what the record and the first stratum know, with and without a grouping field."""

from collections.abc import Iterator

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values


def rules(_: Values) -> Iterator[Rule]:
    ill = c.ill << (m.k == "condition")
    yield when_all(ill, c.nothing << absent("procedure")).conclude("none-at-all")
    yield when_all(ill, c.nothing << absent("procedure", by="region") & (m.region == c.ill.region)).conclude(
        "none-here"
    )
    unsaid = c.nothing << absent("statement", by="region", concept="one", negated="0") & (m.region == c.ill.region)
    yield when_all(ill, unsaid).conclude("none-such")
    yield when_all(ill, c.nothing << absent("reach", start="north")).conclude("none-reached")
    yield when_all(c.nothing << absent("hook"), c.high << absent("high", by="concept")).conclude("none-given")
    yield when_all(ill, unsaid).derive("mark", region=c.ill.region, concept=c.ill.concept, why="unsaid")
    yield when_all(ill, c.pair << (m.k == "pair") & (m.first == c.ill.concept) & (m.gap > 1)).derive(
        "mark", why=c.pair.second, concept=c.pair.first, region=c.ill.region
    )
    yield when_all(
        c.mark << (m.k == "mark") & (m.why == "unsaid"), c.way << (m.k == "reach") & (m.end == c.mark.region)
    ).derive("mark", region=c.way.start, concept=c.mark.concept, why="reached")
