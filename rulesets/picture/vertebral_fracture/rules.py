"""Problem list, report words and pain scores → fracture, its age and stability, its pain."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

# Concept → its cause by itself, and how far along its care is by the code.
CODED = {"osteoporotic-vertebral-fracture": ("osteoporotic", "current"), "wedge-fracture": ("unsaid", "current")}
# A collapsed or healing vertebra is osteoporotic where osteoporosis is on record too.
BESIDE = {"vertebral-compression-fracture": "current", "healing-vertebral-fracture": "healing"}
BONE = ("osteoporosis", "osteoporotic-fracture")
SAID = {"fresh-fracture": "fresh", "healed-fracture": "healed", "retropulsion": "unstable"}
WORDS = {"acute-word": "fresh", "old-word": "healed", "fracture-edema": "fresh"}


def rules(p: Values) -> Iterator[Rule]:
    # By the newest entry: an older fracture on the same list does not make the new one old.
    known = (m.k == "condition") & (m.set == "compression-fracture") & (m.active == 1)
    for window, test in _windows(p).items():
        yield when_all(c.entry << known & test).derive(
            "dated-fracture", concept=c.entry.concept, region=c.entry.region, level=c.entry.level, window=window
        )
    yield from _fractures()
    yield from _signs(p)
    yield from _pain(p)
    now = (m.age_days >= 0) & (m.age_days <= p("image_days"))
    yield when_all(c.study << (m.k == "imaging") & (m.concept == "mri") & now).derive(
        "fracture-image", region=c.study.region
    )
    yield when_all(c.done << (m.k == "procedure") & (m.concept == "vertebral-augmentation") & now).derive(
        "recent-augmentation", region=c.done.region
    )


def _windows(p: Values) -> dict[str, Any]:
    known, days = (m.onset_known == 1), p("acute_days")
    return {
        "acute": known & (m.latest_days <= days),
        "subacute": known & (m.latest_days > days) & (m.latest_days <= p("subacute_days")),
        "late": known & (m.latest_days > p("subacute_days")),
        "unknown": m.onset_known == 0,
    }


def _fractures() -> Iterator[Rule]:
    for concept, (cause, care) in CODED.items():
        yield when_all(_dated(concept)).derive("listed-fracture", **_fracture(cause, care))
    for concept, care in BESIDE.items():
        for name in BONE:
            bone = c.bone << (m.k == "condition") & (m.set == "osteoporosis") & (m.concept == name) & (m.active == 1)
            yield when_all(_dated(concept), bone).derive("listed-fracture", **_fracture("osteoporotic", care))
        none = [absent("condition", set="osteoporosis", concept=name, active="1") for name in BONE]
        yield when_all(_dated(concept), *(getattr(c, f"no_{n}") << item for n, item in enumerate(none))).derive(
            "listed-fracture", **_fracture("unsaid", care)
        )


def _dated(concept: str) -> Any:
    return c.fracture << (m.k == "dated-fracture") & (m.concept == concept)


def _fracture(cause: str, care: str) -> dict[str, Any]:
    of_entry = {name: getattr(c.fracture, name) for name in ("region", "level", "window")}
    return {**of_entry, "cause": cause, "care": care}


def _signs(p: Values) -> Iterator[Rule]:
    seen = c.seen << _read(p, "compression-fracture", 0, "reading_days")
    for concept, sign in SAID.items():
        said = c.said << _read(p, concept, 0, "image_days" if sign == "fresh" else "reading_days")
        yield when_all(said).derive("fracture-sign", sign=sign, region=c.said.region, level=c.said.level)
    for concept, sign in WORDS.items():
        age = "image_days" if sign == "fresh" else "reading_days"
        # In the same report, at the same level.
        said = _read(p, concept, 0, age) & (m.age_days == c.seen.age_days) & (m.level == c.seen.level)
        yield when_all(seen, c.said << said & (m.level != "")).derive("fracture-sign", sign=sign, **_seen())
    # Oedema without a level belongs to the fracture, unless end-plate changes may explain it.
    edema = _read(p, "fracture-edema", 0, "image_days") & (m.level == "") & (m.age_days == c.seen.age_days)
    plates = c.no_plates << absent("statement", set="endplate-changes", negated="0")
    yield when_all(seen, c.said << edema, plates).derive("fracture-sign", sign="fresh", **_seen())
    for concept in ("fracture-edema", "fresh-fracture", "acute-word"):
        for place in (m.level == c.seen.level, m.level == ""):
            denied = _read(p, concept, 1, "reading_days") & (m.age_days == c.seen.age_days) & place
            yield when_all(seen, c.said << denied).derive("fracture-sign", sign="not-fresh", **_seen())


def _read(p: Values, concept: str, negated: int, age: str) -> Any:
    """What reports say, not notes or orders; undated reports do not speak for now."""
    said = (m.k == "statement") & (m.concept == concept) & (m.negated == negated)
    return said & (m.where != "note") & (m.where != "order") & (m.age_days >= 0) & (m.age_days <= p(age))


def _seen() -> dict[str, Any]:
    return {"region": c.seen.region, "level": c.seen.level}


def _pain(p: Values) -> Iterator[Rule]:
    score = (m.k == "observation") & (m.concept == "pain-score") & (m.rank == 0)
    now = score & (m.age_days >= 0) & (m.age_days <= p("score_days"))
    yield when_all(c.score << now & (m.value >= p("severe_score"))).derive("fracture-pain", state="severe")
    yield when_all(c.score << now & (m.value < p("severe_score"))).derive("fracture-pain", state="mild")
