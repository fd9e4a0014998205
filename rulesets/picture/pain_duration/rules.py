"""Onset of a pain → its phase."""

from collections.abc import Iterator

from service.rules.authoring import Rule, c, m, when_all
from service.rules.parameters import Values

PATTERNS = {"axial-spine-pain": "axial", "radicular-pain": "radicular", "neurogenic-claudication": "claudication"}


def rules(p: Values) -> Iterator[Rule]:
    since = m.onset_days
    phases = {
        "acute": (since >= 0) & (since < p("acute_days")),
        "subacute": (since >= p("acute_days")) & (since < p("chronic_days")),
        "chronic": (since >= p("chronic_days")) & (since < p("late_days")),
        "late": since >= p("late_days"),
    }
    for concept, pattern in PATTERNS.items():
        here = (m.k == "condition") & (m.concept == concept) & (m.active == 1) & (m.onset_known == 1)
        for phase, test in phases.items():
            yield when_all(c.condition << here & test).derive(
                "pain-phase",
                pattern=pattern,
                region=c.condition.region,
                phase=phase,
                days=c.condition.onset_days,
            )
