"""A spine procedure done in the visit that ends → its after-care; procedures that could not be read → the question."""

from collections.abc import Iterator

from service.rules.authoring import Rule, c, lookup, m, when_all
from service.rules.parameters import Values

GROUPS = ("steroid", "block", "ablation", "other")
UNREAD = ("absent", "failed", "partial")


def rules(_: Values) -> Iterator[Rule]:
    done = c.done << (m.k == "done-here") & (m.set == "spine-procedures")
    ending = c.hook << (m.k == "hook") & (m.hook == "encounter-discharge")
    yield when_all(done, ending).derive(
        "aftercare",
        procedure=c.done.concept,
        title=c.done.title,
        region=c.done.region,
        side=c.done.side,
        date=c.done.date,
        how=c.done.how,
        group=lookup("course", c.done.concept, "", part="group"),
        near=lookup("course", c.done.concept, "", part="near"),
        risk=lookup("procedure", c.done.concept, c.done.region, part="risk"),
        raised=lookup("procedure", c.done.concept, c.done.region, part="raised"),
        steroid=lookup("procedure", c.done.concept, c.done.region, part="steroid"),
    )
    for group in GROUPS:
        yield when_all(c.care << (m.k == "aftercare") & (m.group == group)).conclude(group)
    for state in UNREAD:
        problem = c.unread << (m.k == "sent") & (m.key == "procedures") & (m.state == state)
        yield when_all(c.problem << (m.k == "spine-problem"), problem, ending).conclude("procedures-not-read")
