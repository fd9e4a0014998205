"""First stratum: tests of one fact, joins, chains that feed themselves."""

from collections.abc import Iterator

from service.rules.authoring import Rule, c, m, when_all
from service.rules.parameters import Values


def rules(_: Values) -> Iterator[Rule]:
    yield from _single()
    yield from _joined()
    yield from _chained()


def _single() -> Iterator[Rule]:
    seen = (m.k == "observation") & (m.value > 5.0)
    yield when_all(c.seen << seen).derive("high", concept=c.seen.concept, value=c.seen.value, age=c.seen.age_days)
    yield when_all(c.seen << (m.k == "observation") & (m.value <= 5.0) & (m.rank == 0)).conclude("alpha")
    yield when_all(c.said << (m.k == "statement") & ((m.negated == 0) | (m.concept == "two"))).conclude("either")
    yield when_all(
        c.said << (m.k == "statement")
        & (m.region != "")
        & ((m.side == "left") & (m.level != "") | (m.age_days < 2) | (m.negated == 1) & (m.concept == "three"))
    ).conclude("nested")
    yield when_all(c.said << (m.k == "statement") & (m.level == "it's \"Ω\\")).conclude("written")


def _joined() -> Iterator[Rule]:
    done = c.done << (m.k == "procedure")
    said = c.said << (m.k == "statement") & (m.region == c.done.region)
    yield when_all(done, said).conclude("equal")
    yield when_all(done, said, c.ill << (m.k == "condition") & (m.region == c.said.region)).conclude("three")
    crossed = c.ill << (m.k == "condition") & (m.side == c.done.side) & (m.level == c.said.level) & (m.active == 1)
    yield when_all(done, said, crossed).conclude("crossed")
    later = c.next << (m.k == "procedure") & (m.region == c.done.region) & (m.age_days < c.done.age_days)
    yield when_all(done, later).derive("pair", first=c.done.concept, second=c.next.concept, gap=c.done.age_days)
    # The same kind with its fields named in another order: both must be one fact where they say the same.
    earlier = c.next << (m.k == "procedure") & (m.age_days >= c.done.age_days) & (m.side != c.done.side)
    yield when_all(done, earlier).derive("pair", second=c.next.concept, first=c.done.concept, gap=c.next.age_days)
    yield when_all(
        c.seen << (m.k == "observation"), c.more << (m.k == "observation") & (m.value > c.seen.value)
    ).conclude("later")
    yield when_all(
        c.seen << (m.k == "observation"), c.same << (m.k == "observation") & (m.value == c.seen.value)
    ).conclude("floats")
    yield when_all(
        c.ill << (m.k == "condition"), c.twin << (m.k == "condition") & (m.concept != c.ill.concept)
    ).conclude("other")
    twin = c.twin << (m.k == "condition") & (m.concept == c.ill.concept) & (m.onset_days <= c.ill.onset_days)
    yield when_all(c.ill << (m.k == "condition"), twin).conclude("twins")
    yield when_all(c.ill << (m.k == "condition") & (m.active == 0), c.hook << (m.k == "hook")).conclude("product")


def _chained() -> Iterator[Rule]:
    yield when_all(c.ill << (m.k == "condition") & (m.region != "")).derive(
        "reach", start=c.ill.region, end=c.ill.level
    )
    yield when_all(c.one << (m.k == "reach"), c.two << (m.k == "reach") & (m.start == c.one.end)).derive(
        "reach", start=c.one.start, end=c.two.end
    )
    yield when_all(
        c.high << (m.k == "high") & (m.age <= 3), c.pair << (m.k == "pair") & (m.first == c.high.concept)
    ).derive("reach", start=c.pair.first, end=c.pair.second)
    yield when_all(c.way << (m.k == "reach") & (m.start == "north") & (m.end == "south")).conclude("chained")
