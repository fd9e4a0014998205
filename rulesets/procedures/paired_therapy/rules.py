"""A needle suggested, planned or just done → the therapy that goes with it."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, lookup, m, one_of, when_all
from service.rules.parameters import Values

DONE = (
    "epidural-transforaminal",
    "epidural-interlaminar",
    "epidural-caudal",
    "selective-nerve-root-block",
    "facet-joint-injection",
    "medial-branch-radiofrequency",
    "sacroiliac-joint-injection",
    "lateral-branch-radiofrequency",
    "trigger-point-injection",
    "sympathetic-block",
    "spinal-cord-stimulation",
    "basivertebral-nerve-ablation",
    "vertebral-augmentation",
    "epidural-adhesiolysis",
    "percutaneous-decompression",
    "disc-decompression",
)
FAMILIES = {
    "sacroiliac": "pelvis",
    "trigger-point": "muscle",
    "sympathetic": "limb",
    "augmentation": "vertebra",
    "basivertebral": "general",
    "stimulator": "general",
}
STIMULATOR = "stimulator"
CANAL = ("epidural", "adhesiolysis", "decompression", "disc")


def rules(p: Values) -> Iterator[Rule]:
    lately = (m.k == "procedure") & (m.set == "spine-procedures") & (m.rank == 0) & (m.age_days >= 0)
    # What was done is asked for its answer only as long as it may still be giving relief (session-answer).
    done = lately & one_of("concept", DONE)
    # What is known not to have helped gives no relief to use, and a headache of the dura comes before loading.
    told = (m.k == "session-answer") & (m.concept == c.done.concept) & (m.region == c.done.region)
    calm = c.no_headache << absent("puncture-headache")
    for regions, clear in _regions():
        here = done & regions
        yield from _window((c.done << here, c.answer << told & (m.answer != "failed"), calm, *clear), c.answer.answer)
        # In the first days the effect is still to come: a poor answer is not yet one.
        early = here & (m.age_days < p("judged_days"))
        yield from _window((c.done << early, c.answer << told & (m.answer == "failed"), calm, *clear), "unknown")
    yield from _canal()
    # A block that is over leaves no window.
    block = (m.procedure == "medial-branch-block") & (m.region != "")
    yield when_all(*_asked(block)).conclude("facet")
    joint = (m.procedure == "facet-joint-injection") | (m.procedure == "medial-branch-radiofrequency")
    yield from _paired(joint & (m.region != ""), "facet-relief")
    for family, outcome in FAMILIES.items():
        # A stimulator that is suggested for painful feet comes with no training of the back.
        placed = (m.region != "") | (m.origin != "suggestion")
        if family == STIMULATOR:
            # Before its screening a trial is one option of several: no therapy is booked with it.
            suggested = (m.family == family) & placed & (m.origin == "suggestion")
            yield when_all(*_asked(suggested), c.screened << (m.k == "psych-evaluated")).conclude(outcome)
            placed = m.origin != "suggestion"
        yield when_all(*_asked((m.family == family) & placed)).conclude(outcome)
        yield when_all(*_open(c.pairing << (m.k == "relief-window") & (m.family == family))).conclude(outcome)


def _window(patterns: tuple[Any, ...], answer: Any) -> Iterator[Rule]:
    yield when_all(*patterns).derive(
        "relief-window",
        procedure=c.done.concept,
        family=lookup("procedure", c.done.concept, c.done.region, part="family"),
        region=c.done.region,
        since=c.done.age_days,
        answer=answer,
    )


def _regions() -> Iterator[tuple[Any, tuple[Any, ...]]]:
    """A code for neck or chest leaves the region open: no therapy is named for either."""
    yield (m.region != "cervical") & (m.region != "thoracic"), ()
    for region, other in (("cervical", "thoracic"), ("thoracic", "cervical")):
        clear = c.clear << absent("procedure", by="concept", region=other) & (m.concept == c.done.concept)
        yield m.region == region, (clear,)


def _canal() -> Iterator[Rule]:
    """Epidurals and their kin; in the low back the diagnosis decides between nerve glides and flexion."""
    for region, outcome in {"thoracic": "chest", "cervical": "neck"}.items():
        yield from _paired((m.family == "epidural") & (m.region == region), outcome)
    narrow, root = (_pain(name) for name in ("claudication", "radicular"))
    here = one_of("family", CANAL) & (m.region == "lumbar")
    wide = c.no_narrow << absent("pain", region="lumbar", pattern="claudication")
    no_root = c.no_root << absent("pain", region="lumbar", pattern="radicular")
    yield from _paired(here, "low-back", wide)
    yield from _paired(here, "low-back", c.narrow << narrow, c.root << root)
    yield from _paired(here, "narrow-canal", c.narrow << narrow, no_root)


def _pain(pattern: str) -> Any:
    return (m.k == "pain") & (m.pattern == pattern) & (m.region == "lumbar")


def _paired(test: Any, outcome: str, *more: Any) -> Iterator[Rule]:
    """What is suggested or planned, and what was done not long ago."""
    yield when_all(*_asked(test), *more).conclude(outcome)
    yield when_all(*_open(c.pairing << (m.k == "relief-window") & test), *more).conclude(outcome)


def _asked(test: Any) -> tuple[Any, ...]:
    return _open(c.pairing << (m.k == "target") & (m.risk != "none") & (m.origin != "order") & test)


def _open(needle: Any) -> tuple[Any, ...]:
    """On opening the chart, without a red flag."""
    return needle, c.hook << (m.k == "hook") & (m.hook == "patient-view"), c.calm << absent("red-flag")
