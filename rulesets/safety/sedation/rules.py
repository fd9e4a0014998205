"""Sedation ordered for an injection → whether it is needed, and what it adds to."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

DEPTHS = ("moderate-sedation", "deep-sedation")
DRUGS = (("analgesics", "opioid"), ("benzodiazepines", "benzodiazepine"), ("benzodiazepines", "z-drug"))


def rules(_: Values) -> Iterator[Rule]:
    yield from _sedated()
    target = c.target << (m.k == "sedated-procedure")
    moderate, deep = (target & (m.depth == depth) for depth in DEPTHS)
    sober = [
        getattr(c, f"{name}_{state}") << absent("medication", set=name, state=state, **only)
        for name, only in (("analgesics", {"concept": "opioid"}), ("benzodiazepines", {}))
        for state in ("active", "possible")
    ]
    light = [
        c.no_deep_words << absent("statement", set="order-details", where="order", concept=DEPTHS[1], negated="0"),
        c.no_deep_code << absent("order", set="sedation-orders", concept=DEPTHS[1]),
    ]
    yield when_all(moderate, *sober, *light).conclude("optional")
    yield when_all(deep, *sober).conclude("deep")
    for name, concept in DRUGS:
        drug = (m.k == "medication") & (m.set == name) & (m.concept == concept)
        yield when_all(target, c.drug << drug & ((m.state == "active") | (m.state == "possible"))).conclude(
            "with-depressant"
        )


def _sedated() -> Iterator[Rule]:
    """Injections with sedation named in their order's words, or by a code drafted with them or for the same day."""
    injection = (m.k == "target") & (
        (m.family == "epidural")
        | (m.family == "facet")
        | (m.family == "sacroiliac")
        | (m.family == "sympathetic")
        | (m.family == "visceral")
        | (m.family == "trigger-point")
    )
    ordered = c.target << injection & (m.origin != "suggestion")
    words = (m.k == "statement") & (m.set == "order-details") & (m.where == "order") & (m.negated == 0)
    for depth in DEPTHS:
        said = c.said << words & (m.concept == depth) & (m.region == c.target.region)
        yield when_all(ordered, said).derive("sedated-procedure", **_of_target(c.said.concept))
    code = (m.k == "order") & (m.set == "sedation-orders")
    drafted = c.target << injection & (m.origin == "order")
    yield when_all(drafted, c.code << code & (m.origin == "order")).derive(
        "sedated-procedure", **_of_target(c.code.concept)
    )
    dated = c.target << injection & (m.origin == "scheduled") & (m.date != "")
    yield when_all(dated, c.code << code & (m.date == c.target.date)).derive(
        "sedated-procedure", **_of_target(c.code.concept)
    )


def _of_target(depth: Any) -> dict[str, Any]:
    return {name: getattr(c.target, name) for name in ("procedure", "title", "region", "side")} | {"depth": depth}
