"""An ordered stimulator → whether it is the implant, and what its trial relieved."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

STIMULATION = "spinal-cord-stimulation"


def rules(p: Values) -> Iterator[Rule]:
    request = c.request << (m.k == "target") & (m.origin == "order") & (m.procedure == STIMULATION)
    stage = m.k == "stimulator-order"
    implant, trial = stage & (m.stage == "implant"), c.stage << stage & (m.stage == "trial")
    no_trial = c.no_trial << absent("stimulator-order", stage="trial")
    coded = (request, c.stage << implant & (m.how == "code"))
    told = (request, c.stage << implant & (m.how == "words"), no_trial)
    for ordered in (coded, told):
        yield from _implant(p("trial_relief"), *ordered)
    yield when_all(request, trial, c.no_implant << absent("stimulator-order", stage="implant")).conclude("is-the-trial")
    # Words of both, and no code that settles it.
    uncoded = c.uncoded << absent("stimulator-order", stage="implant", how="code")
    yield when_all(request, trial, c.both << implant & (m.how == "words"), uncoded).conclude("stage-unclear")
    yield when_all(request, c.unsaid << absent("stimulator-order")).conclude("stage-unclear")


def _implant(least: int, *ordered: Any) -> Iterator[Rule]:
    relief = (m.k == "relief") & (m.concept == STIMULATION) & (m.rank == 0)
    yield when_all(*ordered, c.relief << relief & (m.percent >= float(least))).conclude("relieved")
    yield when_all(*ordered, c.relief << relief & (m.percent < float(least))).conclude("little")
    done = c.done << (m.k == "procedure") & (m.concept == STIMULATION) & (m.rank == 0)
    unknown = c.unknown << absent("relief", concept=STIMULATION, rank="0")
    yield when_all(*ordered, done, unknown).conclude("unmeasured")
    yield when_all(*ordered, c.untried << absent("procedure", concept=STIMULATION)).conclude("untried")
