"""INR, aPTT and fibrinogen out of range without a drug that explains them → find the cause before the needle."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

VITAMIN_K = ("warfarin", "acenocoumarol", "phenprocoumon")


def rules(p: Values) -> Iterator[Rule]:
    target = (m.k == "target") & (m.risk != "none")
    near, away = c.target << target & (m.risk != "low"), c.target << target & (m.risk == "low")
    undrugged = c.undrugged << absent("antithrombotic", group="anticoagulant")
    # What was stopped lately still acts: safety/warfarin-inr speaks of it.
    unstopped = [getattr(c, f"not_{name}") << absent("antithrombotic-stopped", drug=name) for name in VITAMIN_K]
    limit = p("inr_limit_unexplained")
    inr = _result("inr")
    yield when_all(near, c.result << inr & (m.value > limit), undrugged, *unstopped).conclude("inr-raised")
    slightly = c.result << inr & (m.value > p("inr_normal")) & (m.value <= limit)
    yield when_all(near, slightly, undrugged, *unstopped).conclude("inr-slightly-raised")
    much = c.result << inr & (m.value > p("inr_limit_low_risk_unexplained"))
    yield when_all(away, much, undrugged).conclude("inr-raised-low-risk")
    no_antagonist = [getattr(c, f"no_{name}") << absent("antithrombotic", drug=name) for name in VITAMIN_K]
    other = c.drug << (m.k == "antithrombotic") & (m.group == "anticoagulant")
    yield when_all(near, c.result << inr & (m.value > limit), other, *no_antagonist).conclude("inr-on-another-drug")
    every = c.target << target
    aptt = c.result << _result("aptt") & (m.value > p("aptt_limit"))
    yield when_all(every, aptt, undrugged).conclude("aptt-prolonged")
    yield when_all(every, c.result << _result("fibrinogen") & (m.value < p("fibrinogen_limit"))).conclude(
        "fibrinogen-low"
    )
    told = (m.k == "condition") & (m.set == "bleeding-signs") & (m.concept == "abnormal-coagulation") & (m.active == 1)
    no_results = [getattr(c, f"no_{test}") << absent("clotting-result", test=test) for test in ("inr", "aptt")]
    yield when_all(near, c.condition << told, undrugged, *no_results).conclude("abnormal-unknown")


def _result(test: str) -> Any:
    return (m.k == "clotting-result") & (m.test == test)
