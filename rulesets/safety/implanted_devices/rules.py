"""Implanted devices and procedures in question → current near a generator, a needle near a lead."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, lookup, m, when_all
from service.rules.parameters import Values

SETS = {
    "device": ("implanted-devices", "implanted-stimulators"),
    "condition": ("implanted-device-status", "implanted-stimulator-status"),
}
PLAIN = ("canal", "elsewhere")


def rules(_: Values) -> Iterator[Rule]:
    yield from _implants()
    heat = c.target << (m.k == "target") & (
        (m.procedure == "medial-branch-radiofrequency")
        | (m.procedure == "lateral-branch-radiofrequency")
        | (m.procedure == "basivertebral-nerve-ablation")
    )
    # A plan counts where the order says it; an old note may be about another day.
    planned = c.plan << (m.k == "statement") & (m.concept == "device-plan") & (m.negated == 0) & (m.where == "order")
    unplanned = c.no_plan << absent("statement", concept="device-plan", negated="0", where="order")
    yield when_all(heat, _group("icd"), unplanned).conclude("icd-without-plan")
    # A defibrillator paces too: what is said of it covers the pacemaker.
    only_paces = (
        c.no_icd << absent("device", concept="icd", active="1"),
        c.no_icd_status << absent("condition", set="implanted-device-status", concept="icd", active="1"),
    )
    blocks = (
        c.block << (m.k == "condition") & (m.set == "pacing-dependence") & (m.active == 1),
        c.no_block << absent("condition", set="pacing-dependence", active="1"),
    )
    for block in blocks:
        yield when_all(heat, _group("heart"), *only_paces, unplanned, block).conclude("pacemaker-heat")
    for group in PLAIN:
        yield when_all(heat, _group(group), unplanned).conclude("stimulator-heat")
    yield when_all(heat, c.implant << (m.k == "implant"), planned).conclude("plan-noted")
    epidural = c.target << (m.k == "target") & ((m.family == "epidural") | (m.family == "adhesiolysis"))
    yield when_all(epidural, _group("canal")).conclude("lead-in-canal")


def _group(name: str) -> Any:
    return c.implant << (m.k == "implant") & (m.group == name)


def _implants() -> Iterator[Rule]:
    """Devices and diagnoses of one device are one implant; a stimulator of unknown kind gives way to a named one."""
    unnamed = (
        c.no_device << absent("device", set="implanted-stimulators", active="1"),
        c.no_status << absent("condition", set="implanted-stimulator-status", active="1"),
    )
    for kind, names in SETS.items():
        for name in names:
            known = (m.k == kind) & (m.set == name) & (m.active == 1)
            yield _implant(c.source << known & (m.concept != "neurostimulator"))
        vague = (m.k == kind) & (m.concept == "neurostimulator") & (m.active == 1)
        yield _implant(c.source << vague, *unnamed)


def _implant(source: Any, *patterns: Any) -> Rule:
    return when_all(source, *patterns).derive(
        "implant",
        device=c.source.concept,
        title=lookup("implant", c.source.concept, "it", part="title"),
        group=lookup("implant", c.source.concept, "it", part="group"),
    )
