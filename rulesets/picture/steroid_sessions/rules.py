"""Earlier procedures → the newest steroid injection by region, and regions at their yearly limit."""

from collections.abc import Iterator

from service.rules.authoring import Rule, c, m, when_all
from service.rules.parameters import Values

SURE = {"epidural-steroid": "epidural injection", "sacroiliac-steroid": "sacroiliac joint injection"}


def rules(p: Values) -> Iterator[Rule]:
    for concept, title in SURE.items():
        newest = (m.k == "procedure") & (m.set == "steroid-injections") & (m.concept == concept) & (m.rank == 0)
        yield when_all(c.done << newest & (m.age_days >= 0) & (m.region != "")).derive(
            "last-steroid", region=c.done.region, title=title, age_days=c.done.age_days
        )
    told = (m.k == "relief") & (m.set == "spine-procedures") & (m.region == c.last.region)
    same_day = c.relief << told & (m.age_days == c.last.age_days)
    yield when_all(c.last << (m.k == "last-steroid"), same_day).derive("steroid-relief", region=c.last.region)
    year = (m.k == "count") & (m.name == "sure-steroid-sessions") & (m.window == "year")
    yield when_all(c.count << year & (m.count >= p("year_limit")) & (m.region != "")).derive(
        "year-limit", region=c.count.region, sessions=c.count.count
    )
