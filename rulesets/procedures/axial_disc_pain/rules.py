"""Discogenic pain with worn discs on imaging, or with a needle in question → a plan."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

PLANS = {"lumbar": "plan", "thoracic": "plan", "cervical": "neck-plan"}
DISCS = (("discogenic-pain", "discogenic-pain"), ("axial-spine-pain", "disc-degeneration"))
NERVE = ("disc-herniation", "spinal-stenosis", "disc-and-leg-pain")


def rules(_: Values) -> Iterator[Rule]:
    for region, outcome in PLANS.items():
        for disc in DISCS:
            yield when_all(*_imaged(region, disc)).conclude(outcome)
    for disc in DISCS:
        yield when_all(*_ordered(disc)).conclude("instead")


def _disc(disc: tuple[str, str]) -> Any:
    return (m.k == "condition") & (m.set == disc[0]) & (m.concept == disc[1]) & (m.active == 1)


def _imaged(region: str, disc: tuple[str, str]) -> tuple[Any, ...]:
    """Worn discs shown, no other finding, and nothing denied that has a card of its own."""
    shown = (m.k == "statement") & (m.concept == "disc-degeneration") & (m.where != "note") & (m.where != "order")
    denied = [
        absent("statement", region=region, concept=finding, negated="1")
        for finding in ("disc-herniation", "nerve-root-compression")
    ]
    return (
        c.axial << (m.k == "plain-axial") & (m.region == region),
        c.disc << _disc(disc) & (m.region == region),
        c.worn << shown & (m.negated == 0) & (m.region == region),
        *(getattr(c, f"no_{n}") << item for n, item in enumerate(denied)),
        c.unusual << absent("normal-imaging", region=region),
        c.no_leg << absent("condition", region=region, concept="disc-and-leg-pain", active="1"),
    )


def _ordered(disc: tuple[str, str]) -> tuple[Any, ...]:
    """An epidural on a draft order for a region where a disc hurts and no nerve does."""
    none = [absent("condition", by="region", concept=name, active="1") for name in NERVE]
    return (
        c.order << (m.k == "target") & (m.family == "epidural") & (m.origin == "order") & (m.region != ""),
        c.disc << _disc(disc) & (m.region == c.order.region),
        c.no_nerve << absent("nerve-pain", by="region") & (m.region == c.order.region),
        c.no_stray << absent("nerve-pain", region=""),
        c.calm << absent("red-flag"),
        *(getattr(c, f"no_{n}") << item & (m.region == c.order.region) for n, item in enumerate(none)),
    )
