"""Root pain beside a neuropathy, against its images, or only suspected → nerve tests."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

TEST = "electrodiagnostic-testing"


def rules(_: Values) -> Iterator[Rule]:
    for region in ("lumbar", "cervical"):
        yield from _suggestions(region)
    yield from _orders()


def _suggestions(region: str) -> Iterator[Rule]:
    """The first reason is said: two causes, then a contradiction, then a doubt."""
    here = m.region == region
    seen = (
        c.hook << (m.k == "hook") & (m.hook == "patient-view"),
        c.calm << absent("red-flag"),
        c.untested << absent("procedure", concept=TEST),
        c.ripe << absent("fresh-root-pain", region=region),
    )
    root = (m.k == "pain") & (m.pattern == "radicular") & here
    nerve = c.nerve << (m.k == "limb-neuropathy") & here
    unexplained = c.unexplained << absent("concordant-imaging", region=region, pattern="radicular")
    agrees = c.agrees << (m.k == "concordant-imaging") & (m.pattern == "radicular") & here
    yield when_all(c.pain << root, *seen, nerve, unexplained).conclude("two-causes")
    yield when_all(c.pain << root, *seen, nerve, agrees).conclude("nerve-beside")
    alone = c.alone << absent("limb-neuropathy", region=region)
    yield when_all(c.pain << root, alone, unexplained).derive(
        "unexplained-root", region=region, side=c.pain.side, confirmed=c.pain.confirmed
    )
    pain = (m.k == "unexplained-root") & here
    other = c.other << (m.k == "discordant-side") & here
    yield when_all(c.pain << pain, *seen, other).conclude("discordant")
    one_side = c.one_side << absent("discordant-side", region=region)
    contrary = c.contrary << (m.k == "contrary-imaging") & (m.pattern == "radicular") & here
    yield when_all(c.pain << pain, *seen, contrary, one_side).conclude("denied")
    silent = c.silent << absent("contrary-imaging", region=region, pattern="radicular")
    study = c.imaging << (m.k == "advanced-imaging") & (m.recent == 1) & here
    yield when_all(c.pain << pain & (m.confirmed == 0), *seen, study, silent, one_side).conclude("doubtful")


def _orders() -> Iterator[Rule]:
    order = c.order << (m.k == "target") & (m.origin == "order") & (m.procedure == TEST)
    quiet: tuple[Any, ...] = (
        c.no_nerve << absent("nerve-pain"),
        c.no_neuropathy << absent("limb-neuropathy"),
        c.no_weakness << absent("condition", set="motor-deficit", active="1"),
        c.no_symptom << absent("condition", set="limb-symptoms", active="1"),
    )
    axial = c.pain << (m.k == "pain") & (m.pattern == "axial")
    facet = c.pain << (m.k == "pain") & (m.pattern == "facet")
    no_axial, no_facet = c.no_axial << absent("pain", pattern="axial"), c.no_facet << absent("pain", pattern="facet")
    yield when_all(order, axial, *quiet).conclude("order-axial")
    yield when_all(order, facet, no_axial, *quiet).conclude("order-axial")
    yield when_all(order, no_axial, no_facet, *quiet).conclude("order-no-question")
    yield when_all(order, c.fresh << (m.k == "fresh-root-pain")).conclude("order-early")
