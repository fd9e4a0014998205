"""One-sided radicular pain → transforaminal epidural injection."""

from collections.abc import Iterator

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

# Cervical radicular pain goes to procedures/interlaminar-epidural: the cervical foramen is the riskier way in.
REGIONS = ("thoracic", "lumbar")
OUTCOMES = {"complete": "suggest", "early": "suggest-early", "incomplete": "consider"}


def rules(_: Values) -> Iterator[Rule]:
    for region in REGIONS:
        for side in ("left", "right"):
            for state, outcome in OUTCOMES.items():
                patterns = (
                    c.evidence
                    << (m.k == "evidence")
                    & (m.pattern == "radicular")
                    & (m.region == region)
                    & (m.side == side)
                    & (m.state == state),
                    c.hook << (m.k == "hook") & (m.hook == "patient-view"),
                    c.calm << absent("red-flag"),
                )
                yield when_all(*patterns).conclude(outcome)
                yield when_all(*patterns).derive(
                    "proposal",
                    procedure="epidural-transforaminal",
                    title="transforaminal epidural injection",
                    region=c.evidence.region,
                    side=c.evidence.side,
                    level=c.evidence.level,
                    origin="suggestion",
                    date="",
                    in_days=-1,
                )
