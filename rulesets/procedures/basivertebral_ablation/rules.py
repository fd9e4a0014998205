"""Chronic axial low back pain with Modic 1 or 2 → basivertebral nerve ablation, and why not."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, suggest, when_all
from service.rules.parameters import Values

UNTYPED = ("endplate-untyped", "inside"), ("endplate-untyped", "unsaid"), ("endplate-type-1-or-2", "unsaid")
READING = (*UNTYPED, ("endplate-type-1-or-2", "outside"))
# What a vertebrogenic diagnosis stands against: end plates that are sclerotic only, or denied.
CONTRARY = {"endplate-type-3": "type-3", "denied": "denied"}


def rules(p: Values) -> Iterator[Rule]:
    yield from _open()
    long, care = c.long << (m.k == "chronic-axial") & (m.region == "lumbar"), c.care << (m.k == "half-year-care")
    yield from _suggested("suggest", *_target(m.confirmed == 1), long, care)
    yield from _suggested("consider-care", *_target(m.confirmed == 1), long, c.care << absent("half-year-care"))
    unsure = c.unsure << absent("axial-source", region="lumbar", confirmed="1")
    yield from _suggested("consider-diagnosis", *_target(m.confirmed == 0), long, unsure)
    short = c.short << absent("chronic-axial", region="lumbar")
    known = c.known << (m.k == "axial-onset") & (m.region == "lumbar")
    yield when_all(*_target(m.confirmed == 1), short, known).conclude("not-yet")
    unknown = c.unknown << absent("axial-onset", region="lumbar")
    yield when_all(*_target(m.confirmed == 1), short, unknown).conclude("onset")
    for kind, place in READING:
        seen = c.plates << (m.k == "endplate") & (m.type == kind) & (m.place == place)
        yield when_all(_axial(m.confirmed == 1), seen, _no_target(), long, care).conclude("reading")
    yield from _diagnosed()
    yield from _ordered()


def _open() -> Iterator[Rule]:
    """Axial low back pain with no more specific pattern in the region, and no red flag."""
    for source in ("unspecified", "discogenic", "vertebrogenic"):
        facet = (
            # Facet pain that only imaging suggests gives way to a diagnosis of the end plates.
            absent("condition", region="lumbar", concept="facet-pain", active="1")
            if source == "vertebrogenic"
            else absent("pain", region="lumbar", pattern="facet")
        )
        yield when_all(
            c.pain << (m.k == "axial-source") & (m.source == source) & (m.region == "lumbar"),
            c.hook << (m.k == "hook") & (m.hook == "patient-view"),
            c.calm << absent("red-flag"),
            c.no_nerve << absent("nerve-pain", region="lumbar"),
            c.no_stray << absent("nerve-pain", region=""),
            c.no_facet << facet,
            c.one_place << absent("pain", pattern="widespread"),
        ).derive("axial-open", source=source, region=c.pain.region, confirmed=c.pain.confirmed)


def _axial(test: Any) -> Any:
    return c.pain << (m.k == "axial-open") & test


def _inside() -> Any:
    return (m.k == "endplate") & (m.type == "endplate-type-1-or-2") & (m.place == "inside")


def _no_target() -> Any:
    return c.no_plates << absent("endplate", type="endplate-type-1-or-2", place="inside")


def _target(test: Any) -> tuple[Any, ...]:
    """End plates that can be treated, and nothing in the region that comes first."""
    return (
        _axial(test),
        c.plates << _inside(),
        c.stable << absent("abnormal-imaging", region="lumbar", finding="instability"),
        c.whole << absent("fracture-sign", region="lumbar", sign="fresh"),
        c.undone << absent("procedure", concept="basivertebral-nerve-ablation"),
    )


def _suggested(outcome: str, *patterns: Any) -> Iterator[Rule]:
    return suggest(
        outcome,
        *patterns,
        procedure="basivertebral-nerve-ablation",
        title="basivertebral nerve ablation",
        region="lumbar",
    )


def _diagnosed() -> Iterator[Rule]:
    """Vertebrogenic pain on the problem list whose end plates nobody has shown; and pain after an ablation."""
    named = c.pain << (m.k == "axial-open") & (m.source == "vertebrogenic")
    for kind, outcome in CONTRARY.items():
        seen = c.plates << (m.k == "endplate") & (m.type == kind)
        untyped = c.typed << absent("endplate", type="endplate-untyped")
        other = c.other << absent("endplate", type="endplate-type-1-or-2")
        yield when_all(named, seen, other, untyped).conclude(outcome)
    silent = c.silent << absent("endplate")
    image = c.image << (m.k == "advanced-imaging") & (m.recent == 1) & (m.region == "lumbar")
    yield when_all(named, image, silent).conclude("silent")
    unseen = c.unseen << absent("advanced-imaging", region="lumbar", recent="1")
    yield when_all(named, unseen, silent).conclude("unimaged")
    done = c.done << (m.k == "procedure") & (m.concept == "basivertebral-nerve-ablation")
    yield when_all(_axial(m.confirmed == 1), c.plates << _inside(), done).conclude("done")


def _ordered() -> Iterator[Rule]:
    order = c.order << (m.k == "target") & (m.family == "basivertebral") & (m.origin == "order")
    pain = c.pain << (m.k == "axial-source") & (m.region == "lumbar")
    for kind, outcome in CONTRARY.items():
        seen = c.plates << (m.k == "endplate") & (m.type == kind)
        untyped = c.typed << absent("endplate", type="endplate-untyped")
        other = c.other << absent("endplate", type="endplate-type-1-or-2")
        yield when_all(order, seen, other, untyped).conclude(f"order-{outcome}")
    for kind, place in READING:
        seen = c.plates << (m.k == "endplate") & (m.type == kind) & (m.place == place)
        yield when_all(order, seen, _no_target()).conclude("order-reading")
    yield when_all(order, c.silent << absent("endplate")).conclude("order-endplates")
    short = c.short << absent("chronic-axial", region="lumbar")
    yield when_all(order, pain & (m.onset_known == 1), short).conclude("order-short")
    yield when_all(order, pain, short, c.undated << absent("axial-onset", region="lumbar")).conclude("order-onset")
    yield when_all(order, c.care << absent("half-year-care")).conclude("order-care")
    axial = c.no_axial << absent("axial-source", region="lumbar")
    nerve = c.nerve << (m.k == "nerve-pain") & (m.region == "lumbar")
    yield when_all(order, axial, nerve).conclude("order-nerve")
    yield when_all(order, axial, c.no_nerve << absent("nerve-pain", region="lumbar")).conclude("order-pain")
    done = c.done << (m.k == "procedure") & (m.concept == "basivertebral-nerve-ablation")
    yield when_all(order, done).conclude("order-done")
