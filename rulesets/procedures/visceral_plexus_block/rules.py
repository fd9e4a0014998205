"""A visceral plexus block on a draft order → what is checked of it, and what is not."""

from collections.abc import Iterator

from service.rules.authoring import Rule, c, m, when_all
from service.rules.parameters import Values


def rules(_: Values) -> Iterator[Rule]:
    order = (m.k == "target") & (m.procedure == "visceral-plexus-block") & (m.origin == "order")
    yield when_all(c.order << order).conclude("not-judged")
