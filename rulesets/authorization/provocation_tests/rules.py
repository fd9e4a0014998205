"""An ordered sacroiliac injection → whether enough provocation tests of the side are positive."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

OTHER = {"left": "right", "right": "left"}
BOTH = "bilateral"


def rules(_: Values) -> Iterator[Rule]:
    order = (m.k == "target") & (m.origin == "order") & (m.procedure == "sacroiliac-joint-injection")
    yield from _any_side(c.request << order & (m.side == ""))
    yield from _both_sides(c.request << order & (m.side == BOTH))
    for side, other in OTHER.items():
        request = c.request << order & (m.side == side)
        yield when_all(request, c.tests << _cluster("positive") & (m.side != other)).conclude("positive")
        possible = (side, "", BOTH)
        unproved = [getattr(c, f"no_{n}") << _absent("positive", name) for n, name in enumerate(possible)]
        refuted = [getattr(c, f"un_{n}") << _absent("negative", name) for n, name in enumerate(possible)]
        against = c.tests << _cluster("negative") & (m.side != other)
        yield when_all(request, against, *unproved).conclude("negative")
        yield when_all(request, *unproved, *refuted).conclude("untested")


def _any_side(request: Any) -> Iterator[Rule]:
    """An order without a side takes the side that hurts."""
    yield when_all(request, c.tests << _cluster("positive")).conclude("positive")
    none = c.none << absent("provocation-cluster", result="positive")
    yield when_all(request, c.tests << _cluster("negative"), none).conclude("negative")
    yield when_all(request, c.untested << absent("provocation-cluster")).conclude("untested")


def _both_sides(request: Any) -> Iterator[Rule]:
    """An order for both sides needs tests of both; those of one side are not enough."""
    yield when_all(request, c.tests << _cluster("positive") & (m.side == BOTH)).conclude("positive")
    yield when_all(request, c.none << _absent("positive", BOTH)).conclude("untested")


def _absent(result: str, side: str) -> Any:
    return absent("provocation-cluster", result=result, side=side)


def _cluster(result: str) -> Any:
    return (m.k == "provocation-cluster") & (m.result == result)
