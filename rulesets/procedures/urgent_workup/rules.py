"""Red flags of infection, cancer and fracture → urgent work-up."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

PLAIN = (
    "spinal-infection",
    "infection-open",
    "bloodstream-infection",
    "spinal-cancer",
    "tumour-suspected",
    "weight-loss",
    "unstable-fracture",
    "pathological-fracture",
)


def rules(_: Values) -> Iterator[Rule]:
    # On an order only beside a spine order.
    asked = (
        c.hook << (m.k == "patient-in-view"),
        c.order << (m.k == "proposal") & (m.origin != "suggestion"),
    )
    for where in asked:
        for flag in PLAIN:
            yield when_all(_flag(flag), where).conclude(flag)
        # What is sure is suspected too: once is enough.
        for flag, graver in (("infection-suspected", "spinal-infection"), ("spinal-tumour", "spinal-cancer")):
            yield when_all(_flag(flag), where, c.milder << absent("red-flag", flag=graver)).conclude(flag)
        yield when_all(_flag("fever"), where, c.unexplained << absent("fever-cause")).conclude("fever")
        yield when_all(_flag("fever"), where, c.cause << (m.k == "fever-cause")).conclude("fever-explained")


def _flag(flag: str) -> Any:
    return c.flag << (m.k == "red-flag") & (m.flag == flag)
