"""Chronic nerve pain that other care did not settle → a trial of stimulation; a trial that relieved → an implant."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, suggest, when_all
from service.rules.parameters import Values

STIMULATION = "spinal-cord-stimulation"
NERVE_DRUGS = ("gabapentinoid", "snri")


def rules(p: Values) -> Iterator[Rule]:
    yield from _candidates(p)
    view = (c.hook << (m.k == "hook") & (m.hook == "patient-view"), c.calm << absent("red-flag"))
    none = c.none << absent("stimulated")
    evaluated, unevaluated = c.evaluated << (m.k == "psych-evaluated"), c.unevaluated << absent("psych-evaluated")
    candidate = (c.candidate << (m.k == "stimulation-candidate"), *view, none)
    untried = c.untried << absent("procedure", concept=STIMULATION)
    yield from _suggested("trial", "candidate", *candidate, untried, evaluated)
    yield from _suggested("trial-screening", "candidate", *candidate, untried, unevaluated)
    pain = (c.pain << (m.k == "neuropathic-pain"), *view, none)
    enough, little = _relief(m.percent >= float(p("trial_relief"))), _relief(m.percent < float(p("trial_relief")))
    yield from _suggested("implant", "pain", *pain, enough, evaluated)
    yield from _suggested("implant-screening", "pain", *pain, enough, unevaluated)
    yield when_all(*pain, little).conclude("trial-failed")
    yield when_all(*pain, _done(), _unknown()).conclude("trial-relief-unknown")
    yield from _orders(p, little)


def _candidates(p: Values) -> Iterator[Rule]:
    """Long enough, and what comes before stimulation was tried."""
    long, care = (m.onset_days >= p("pain_days")), c.care << (m.k == "conservative-care")
    pain = (m.k == "neuropathic-pain") & (m.confirmed == 1) & long
    fields = {name: getattr(c.pain, name) for name in ("source", "region", "side", "onset_days")}
    yield when_all(
        c.pain << pain & (m.source == "surgery") & (m.region != ""),
        care,
        c.failed << (m.k == "epidural-failed") & (m.region == c.pain.region),
        c.since << absent("epidural-helped-since", by="region") & (m.region == c.pain.region),
        c.clear << (m.k == "clear-canal") & (m.region == c.pain.region),
        c.free << absent("compression", by="region") & (m.region == c.pain.region),
    ).derive("stimulation-candidate", **fields)
    spent = c.spent << (m.k == "blocks-spent") & (m.region == c.pain.region)
    crps = c.pain << pain & (m.source == "crps") & (m.region != "")
    yield when_all(crps, care, spent).derive("stimulation-candidate", **fields)
    for drug in NERVE_DRUGS:
        tried = c.drug << (m.k == "medication") & (m.concept == drug)
        yield when_all(c.pain << pain & (m.source == "diabetes"), tried).derive("stimulation-candidate", **fields)


def _orders(p: Values, little: Any) -> Iterator[Rule]:
    no_pain = (
        c.no_pain << absent("neuropathic-pain"),
        c.no_neuropathy << absent("limb-neuropathy"),
        c.no_surgery << absent("operated-spine"),
    )
    root = c.pain << (m.k == "pain") & (m.pattern == "radicular")
    disc = c.pain << (m.k == "condition") & (m.concept == "disc-herniation") & (m.active == 1)
    no_root = c.no_root << absent("pain", pattern="radicular")
    no_disc = c.no_disc << absent("condition", concept="disc-herniation", active="1")
    yield when_all(_order(), root, *no_pain).conclude("order-herniation")
    yield when_all(_order(), disc, no_root, *no_pain).conclude("order-herniation")
    yield when_all(_order(), no_root, no_disc, *no_pain).conclude("order-no-diagnosis")
    after = c.pain << (m.k == "neuropathic-pain") & (m.source == "surgery") & (m.region != "")
    pressed = c.compression << (m.k == "compression") & (m.region == c.pain.region)
    yield when_all(_order(), after, pressed).conclude("order-compression")
    young = (m.onset_days >= 0) & (m.onset_days < p("pain_days"))
    yield when_all(_order(), c.pain << (m.k == "neuropathic-pain") & young).conclude("order-young")
    yield when_all(_order(), c.unevaluated << absent("psych-evaluated")).conclude("order-no-evaluation")
    yield when_all(_order(), c.unsaid << absent("stimulator-order")).conclude("order-stage-unknown")
    implant = c.stage << (m.k == "stimulator-order") & (m.stage == "implant")
    by_code = (_order(), implant & (m.how == "code"))
    by_words = (_order(), implant & (m.how == "words"), c.no_trial << absent("stimulator-order", stage="trial"))
    sent = (m.k == "sent") & (m.key == "procedures")
    for ordered in (by_code, by_words):
        untried = c.untried << absent("procedure", concept=STIMULATION)
        yield when_all(*ordered, untried, c.sent << sent & (m.state == "complete")).conclude("order-untried")
        # Procedures that were not all there to read leave open what was done.
        yield when_all(*ordered, untried, c.sent << sent & (m.state != "complete")).conclude("order-trial-not-read")
        yield when_all(*ordered, _done(), _unknown()).conclude("order-relief-unknown")
        yield when_all(*ordered, little).conclude("order-failed")


def _relief(test: Any) -> Any:
    return c.relief << (m.k == "relief") & (m.concept == STIMULATION) & (m.rank == 0) & test


def _done() -> Any:
    return c.done << (m.k == "procedure") & (m.concept == STIMULATION)


def _unknown() -> Any:
    return c.unknown << absent("relief", concept=STIMULATION, rank="0")


def _order() -> Any:
    return c.order << (m.k == "target") & (m.origin == "order") & (m.procedure == STIMULATION)


def _suggested(outcome: str, of: str, *patterns: Any) -> Iterator[Rule]:
    return suggest(
        outcome,
        *patterns,
        procedure=STIMULATION,
        title="spinal cord stimulation",
        region=getattr(c, of).region,
    )
