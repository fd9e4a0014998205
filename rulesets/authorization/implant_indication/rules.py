"""An ordered stimulator, vertebral procedure or decompression → diagnosis, length of pain, and care before."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

# Procedure, by the short name of its outcomes and numbers.
PROCEDURES = {
    "stimulator": "spinal-cord-stimulation",
    "basivertebral": "basivertebral-nerve-ablation",
    "decompression": "percutaneous-decompression",
    "augmentation": "vertebral-augmentation",
}


def rules(p: Values) -> Iterator[Rule]:
    lumbar = m.region == "lumbar"
    pains: dict[str, tuple[Any, Any]] = {
        "stimulator": (m.k == "neuropathic-pain", absent("neuropathic-pain")),
        "basivertebral": ((m.k == "axial-source") & lumbar, absent("axial-source", region="lumbar")),
        "decompression": (
            (m.k == "pain") & (m.pattern == "claudication") & lumbar,
            absent("pain", pattern="claudication", region="lumbar"),
        ),
    }
    for name, (found, none) in pains.items():
        yield from _pain(name, found, none, p(f"{name}_days"))
    yield from _fracture()
    yield from _care(p("basivertebral_care_weeks"))


def _ordered(name: str) -> Any:
    return c.request << (m.k == "target") & (m.origin == "order") & (m.procedure == PROCEDURES[name])


def _pain(name: str, found: Any, none: Any, days: int) -> Iterator[Rule]:
    request = _ordered(name)
    yield when_all(request, c.pain << found & (m.confirmed == 1)).conclude(f"{name}-diagnosis")
    yield when_all(request, c.pain << found & (m.confirmed != 1)).conclude(f"{name}-unconfirmed")
    yield when_all(request, c.none << none).conclude(f"{name}-no-diagnosis")
    yield when_all(request, c.pain << found & (m.onset_days >= days)).conclude(f"{name}-long")
    # A first entry may be younger than the pain: too few days on record are not documented, never "not met".
    yield when_all(request, c.pain << found & (m.onset_days < days) & (m.onset_days >= 0)).conclude(f"{name}-short")
    yield when_all(request, c.pain << found & (m.onset_days < 0)).conclude(f"{name}-no-onset")
    yield when_all(request, c.none << none).conclude(f"{name}-no-onset")


def _fracture() -> Iterator[Rule]:
    request = _ordered("augmentation")
    for cause, outcome in (("osteoporotic", "diagnosis"), ("unsaid", "cause")):
        fracture = c.fracture << (m.k == "listed-fracture") & (m.cause == cause)
        yield when_all(request, fracture).conclude(f"augmentation-{outcome}")
    yield when_all(request, c.none << absent("listed-fracture")).conclude("augmentation-no-diagnosis")


def _care(weeks: int) -> Iterator[Rule]:
    care, none = c.care << (m.k == "conservative-care"), c.none << absent("conservative-care")
    for name in ("stimulator", "decompression", "augmentation"):
        yield when_all(_ordered(name), care).conclude("care-tried")
        yield when_all(_ordered(name), none).conclude("care-none")
    request = _ordered("basivertebral")
    yield when_all(request, c.care << (m.k == "conservative-care") & (m.weeks >= weeks)).conclude("basivertebral-care")
    # A drug taken for half a year counts as long as a row of contacts does.
    yield when_all(request, c.care << (m.k == "half-year-care") & (m.weeks >= weeks)).conclude("basivertebral-care")
    short = c.care << (m.k == "conservative-care") & (m.weeks < weeks)
    yield when_all(request, short, c.not_half << absent("half-year-care")).conclude("basivertebral-care-short")
    yield when_all(request, none, c.not_half << absent("half-year-care")).conclude("basivertebral-care-none")
