"""Clotting of the patient's own and procedures in question → what has to be known and agreed first."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

TOLD = {
    "haemophilia": "haemophilia",
    "von-willebrand-disease": "von-willebrand",
    "bleeding-disorder": "disorder",
    "acquired-coagulopathy": "acquired",
    "anticoagulant-bleeding": "anticoagulant-bleeding",
}
LIVER = ("cirrhosis", "liver-failure", "portal-hypertension")
TESTS = ("inr", "platelets", "fibrinogen")
YES_OR_NO = (True, False)


def rules(_: Values) -> Iterator[Rule]:
    target = c.target << (m.k == "target") & (m.risk != "none")
    for concept, outcome in TOLD.items():
        yield when_all(target, c.condition << _on_record("bleeding-disorder", concept)).conclude(outcome)
    # Signs and kidneys matter where a bleed does harm, and where somebody means to go ahead.
    planned = (m.k == "target") & (m.risk != "none") & (m.origin != "suggestion")
    tendency = c.condition << _on_record("bleeding-signs", "bleeding-tendency")
    yield when_all(c.target << planned & (m.risk != "low"), tendency).conclude("signs")
    kidneys = c.kidneys << (m.k == "kidney-function") & (m.state == "very-low")
    for base in ("intermediate", "high"):
        yield when_all(c.target << planned & (m.base == base), kidneys).conclude("kidneys")
    yield from _liver()


def _liver() -> Iterator[Rule]:
    """One rule for each choice of tests that are on record, so that the text names them."""
    target = c.target << (m.k == "target") & (m.risk != "none")
    for place, concept in enumerate(LIVER):
        sick = c.condition << _on_record("liver-disease", concept)
        # One liver, one finding: the plainest name leads.
        others = [
            getattr(c, f"no_other_{number}") << absent("condition", concept=other, active="1")
            for number, other in enumerate(LIVER[:place])
        ]
        for there in [(inr, count, clot) for inr in YES_OR_NO for count in YES_OR_NO for clot in YES_OR_NO]:
            tests = [_test(name, known) for name, known in zip(TESTS, there, strict=True)]
            yield when_all(target, sick, *others, *tests).conclude("liver-checked" if all(there) else "liver")


def _test(name: str, known: bool) -> Any:
    if known:
        return getattr(c, name) << (m.k == "clotting-result") & (m.test == name)
    return getattr(c, f"no_{name}") << absent("clotting-result", test=name)


def _on_record(name: str, concept: str) -> Any:
    return (m.k == "condition") & (m.set == name) & (m.concept == concept) & (m.active == 1)
