"""A discogram on a draft order → warning, milder where the order names an operation; there is no suggestion."""

from collections.abc import Iterator

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values


def rules(_: Values) -> Iterator[Rule]:
    order = c.order << (m.k == "target") & (m.family == "discography") & (m.origin == "order")
    told = (m.k == "statement") & (m.set == "discography-reasons") & (m.where == "order") & (m.negated == 0)
    yield when_all(order, c.reason << told).conclude("for-surgery")
    yield when_all(
        order, c.untold << absent("statement", set="discography-reasons", where="order", negated="0")
    ).conclude("out-of-favour")
