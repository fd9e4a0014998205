"""An ordered sacroiliac injection → whether enough provocation tests of the side are positive."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

SIDES = ("left", "right")


def rules(_: Values) -> Iterator[Rule]:
    order = (m.k == "target") & (m.origin == "order") & (m.procedure == "sacroiliac-joint-injection")
    request = c.request << order
    positive, negative = (c.tests << _cluster(result) for result in ("positive", "negative"))
    for test in ((m.side == c.request.side), (m.side == "")):
        yield when_all(request, c.tests << _cluster("positive") & test).conclude("positive")
    either = c.request << order & (m.side != "left") & (m.side != "right")
    yield when_all(either, positive).conclude("positive")
    both = c.tests << _cluster("positive") & (m.side == "bilateral")
    yield when_all(request, both).conclude("positive")
    yield from _short(order, either, negative)


def _short(order: Any, either: Any, negative: Any) -> Iterator[Rule]:
    """Negative, or not enough tests: of the side that the order names, of any side where it names none."""
    for side in SIDES:
        sided = c.request << order & (m.side == side)
        possible = (side, "", "bilateral")
        unproved = [
            getattr(c, f"no_{n}") << absent("provocation-cluster", result="positive", side=name)
            for n, name in enumerate(possible)
        ]
        refuted = [
            getattr(c, f"un_{n}") << absent("provocation-cluster", result="negative", side=name)
            for n, name in enumerate(possible)
        ]
        for name in possible:
            seen = c.tests << _cluster("negative") & (m.side == name)
            yield when_all(sided, seen, *unproved).conclude("negative")
        yield when_all(sided, *unproved, *refuted).conclude("untested")
    none = c.none << absent("provocation-cluster", result="positive")
    yield when_all(either, negative, none).conclude("negative")
    yield when_all(either, c.untested << absent("provocation-cluster")).conclude("untested")


def _cluster(result: str) -> Any:
    return (m.k == "provocation-cluster") & (m.result == result)
