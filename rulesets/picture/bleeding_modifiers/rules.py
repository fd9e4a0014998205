"""Age, organs, earlier surgery and drugs together → what moves a procedure up one bleeding risk class."""

from collections.abc import Iterator

from service.rules.authoring import Rule, c, m, when_all
from service.rules.parameters import Values

GROUPS = ("anticoagulant", "antiplatelet", "aspirin")
SICK = {
    "liver-disease": ("liver", "liver disease"),
    "bleeding-disorder": ("bleeding-disorder", "a bleeding disorder"),
}


def rules(p: Values) -> Iterator[Rule]:
    old = (m.k == "patient") & (m.age >= p("old_age"))
    yield when_all(c.person << old).derive("bleeding-modifier", reason="age", title="age", region="")
    kidneys = (m.k == "kidney-function") & (m.state == "very-low")
    yield when_all(c.kidneys << kidneys).derive(
        "bleeding-modifier", reason="kidneys", title="failing kidneys", region=""
    )
    for name, (reason, title) in SICK.items():
        sick = (m.k == "condition") & (m.set == name) & (m.active == 1)
        yield when_all(c.condition << sick).derive("bleeding-modifier", reason=reason, title=title, region="")
    operated = (m.k == "condition") & (m.concept == "post-laminectomy")
    yield when_all(c.condition << operated).derive(
        "bleeding-modifier", reason="surgery", title="earlier surgery there", region=c.condition.region
    )
    yield from _several()


def _several() -> Iterator[Rule]:
    """Two drugs of different groups, or two of one group; NSAIDs are weighed where they are combined."""
    drug = (m.k == "antithrombotic") & (m.state == "active")
    fields = {"reason": "several", "title": "several blood thinners at once", "region": ""}
    for place, group in enumerate(GROUPS):
        for other in GROUPS[place:]:
            if group == other == "aspirin":
                continue
            different = (m.drug != c.drug.drug) if other == group else (m.t == c.drug.t)
            pair = (c.drug << drug & (m.group == group), c.other << drug & (m.group == other) & different)
            yield when_all(*pair).derive("bleeding-modifier", **fields)
