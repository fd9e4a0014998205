"""Draft orders and plans → proposals."""

from collections.abc import Iterator

from service.rules.authoring import Rule, c, m, when_all
from service.rules.parameters import Values


def rules(_: Values) -> Iterator[Rule]:
    yield when_all(c.order << (m.k == "order") & (m.set == "spine-procedures")).derive(
        "proposal",
        procedure=c.order.concept,
        title=c.order.title,
        region=c.order.region,
        side=c.order.side,
        level=c.order.level,
        origin=c.order.origin,
        date=c.order.date,
        in_days=c.order.in_days,
    )
