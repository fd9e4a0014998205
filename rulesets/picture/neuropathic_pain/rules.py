"""Diagnoses, words, blocks and devices → nerve pain beyond one root, and what was tried for it."""

from collections.abc import Iterator
from itertools import combinations
from typing import Any

from service.rules.authoring import Rule, c, m, when_all
from service.rules.parameters import Values

# A block reaches the arm through the neck and the leg through the low back.
LIMBS = {"crps-arm": ("arm", "cervical"), "crps-leg": ("leg", "lumbar"), "crps": ("", "")}
# The four categories of the Budapest criteria; three of them are asked for.
CATEGORIES = ("sensory", "vasomotor", "sudomotor", "motor-trophic")
ENOUGH = 3
NEUROPATHIES = {
    "polyneuropathy": ("lumbar", "polyneuropathy"),
    "leg-neuropathy": ("lumbar", "neuropathy of a leg nerve"),
    "arm-neuropathy": ("cervical", "neuropathy of an arm nerve"),
}
STIMULATORS = ("spinal-cord-stimulator", "drg-stimulator")


def rules(p: Values) -> Iterator[Rule]:
    for concept, (limb, region) in LIMBS.items():
        own = {name: getattr(c.condition, name) for name in ("side", "onset_days", "confirmed")}
        yield when_all(_active(concept)).derive("crps", limb=limb, region=region, **own)
        yield when_all(_active(concept)).derive("neuropathic-pain", source="crps", region=region, **own)
    for first, second, third in combinations(CATEGORIES, ENOUGH):
        yield when_all(c.first << _named(first), c.second << _named(second), c.third << _named(third)).derive(
            "crps-signs", categories=ENOUGH
        )
    for concept, (region, name) in NEUROPATHIES.items():
        yield when_all(_active(concept)).derive("limb-neuropathy", region=region, name=name)
    for concept, source in (("post-laminectomy", "surgery"), ("painful-diabetic-neuropathy", "diabetes")):
        fields = {name: getattr(c.condition, name) for name in ("region", "side", "onset_days", "confirmed")}
        yield when_all(_active(concept)).derive("neuropathic-pain", source=source, **fields)
    yield from _tried(p)


def _tried(p: Values) -> Iterator[Rule]:
    block = (m.concept == "sympathetic-block") & (m.region != "")
    yield when_all(
        c.relief << (m.k == "relief") & block & (m.rank == 0) & (m.percent < float(p("response_percent")))
    ).derive("blocks-spent", region=c.relief.region, reason="no-response")
    yield when_all(c.block << (m.k == "procedure") & block & (m.rank >= p("most_blocks") - 1)).derive(
        "blocks-spent", region=c.block.region, reason="series-over"
    )
    for concept in STIMULATORS:
        yield when_all(c.device << (m.k == "device") & (m.concept == concept) & (m.active == 1)).derive(
            "stimulated", how="device"
        )
        yield when_all(_active(concept)).derive("stimulated", how="diagnosis")
    implant = (m.set == "stimulator-stage") & (m.concept == "implant")
    yield when_all(c.implant << (m.k == "procedure") & implant).derive("stimulated", how="procedure")
    drafted = (m.k == "order") & (m.set == "stimulator-stage") & (m.origin == "order")
    said = (m.k == "statement") & (m.set == "stimulator-stage-told") & (m.where == "order") & (m.negated == 0)
    for stage in ("trial", "implant"):
        yield when_all(c.order << drafted & (m.concept == stage)).derive("stimulator-order", stage=stage, how="code")
        yield when_all(c.said << said & (m.concept == stage)).derive("stimulator-order", stage=stage, how="words")
    yield when_all(c.done << (m.k == "procedure") & (m.set == "psychological-evaluation")).derive(
        "psych-evaluated", how="procedure"
    )
    told = (m.k == "statement") & (m.set == "psychological-clearance") & (m.negated == 0)
    yield when_all(c.told << told).derive("psych-evaluated", how="words")


def _active(concept: str) -> Any:
    return c.condition << (m.k == "condition") & (m.concept == concept) & (m.active == 1)


def _named(category: str) -> Any:
    return (m.k == "statement") & (m.set == "crps-features") & (m.concept == category) & (m.negated == 0)
