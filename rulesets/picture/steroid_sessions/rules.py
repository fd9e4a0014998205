"""Earlier procedures → the newest steroid injection by region."""

from collections.abc import Iterator

from service.rules.authoring import Rule, c, m, when_all
from service.rules.parameters import Values

SURE = {"epidural-steroid": "epidural injection", "sacroiliac-steroid": "sacroiliac joint injection"}


def rules(_: Values) -> Iterator[Rule]:
    for concept, title in SURE.items():
        newest = (m.k == "procedure") & (m.set == "steroid-injections") & (m.concept == concept) & (m.rank == 0)
        yield when_all(c.done << newest & (m.age_days >= 0) & (m.region != "")).derive(
            "last-steroid", region=c.done.region, title=title, age_days=c.done.age_days
        )
