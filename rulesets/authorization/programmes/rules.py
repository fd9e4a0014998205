"""An ordered procedure and its payers → whether authorization is needed, by programme, place, state and day."""

from collections.abc import Iterator, Sequence
from typing import Any

from service.rules.authoring import Rule, absent, c, lookup, m, when_all
from service.rules.parameters import Values

FACET = ("medial-branch-block", "facet-joint-injection", "medial-branch-radiofrequency")
STIMULATION = "spinal-cord-stimulation"
# Named by neither programme.
UNNAMED = (
    "sacroiliac-joint-injection",
    "lateral-branch-radiofrequency",
    "trigger-point-injection",
    "sympathetic-block",
    "basivertebral-nerve-ablation",
    "epidural-adhesiolysis",
    "discography",
)
OUTPATIENT = "hospital-outpatient"
ORIGINAL, ADVANTAGE = "medicare", "medicare-advantage"
ASKED = "authorization"


def rules(p: Values) -> Iterator[Rule]:
    order = (m.k == "target") & (m.origin == "order") & (m.risk != "none")
    request = c.request << order
    payer = (m.k == "payer") & (m.procedure == c.request.procedure)
    yield from _programmes(p, order)
    states = p.rows("wiser_states")
    yield from _wiser(order, payer)
    yield from _outpatient(request, payer, states)
    yield from _none(order, payer, states)
    # Of a plan that could be taken for Medicare it is said; that any other payer has a list of its own is no news.
    yield when_all(request, c.payer << payer & (m.concept == ADVANTAGE)).conclude("payer-decides")
    yield when_all(request, c.payer << payer & (m.concept == "") & (m.policy == "")).conclude("payer-unknown")
    unused = c.unused << (m.k == "unused-coverage")
    yield when_all(request, unused, c.uncovered << absent("coverage")).conclude("coverage-not-used")


def _programmes(p: Values, order: Any) -> Iterator[Rule]:
    """What each programme asks on the day of the service, where it names the procedure."""
    names = {**dict.fromkeys(FACET, "outpatient_facet"), STIMULATION: "outpatient_stimulator"}
    for procedure, name in names.items():
        programme = {"name": name.replace("_", "-"), "procedure": procedure, "asks": p(name)}
        yield when_all(c.request << order & (m.procedure == procedure)).derive("programme", **programme)
    for procedure in p.rows("wiser_procedures"):
        named = c.request << order & (m.procedure == procedure)
        yield when_all(named).derive("programme", name="wiser", procedure=procedure, asks=p("wiser"))
    for area in p.rows("wiser_states"):
        here = c.payer << (m.k == "payer") & (m.area == area)
        codes = lookup("wiser_states", c.payer.area, "list", part="codes")
        yield when_all(here).derive("programme-area", area=area, codes=codes)


def _programme(name: str) -> Any:
    programme = (m.k == "programme") & (m.name == name) & (m.asks == ASKED)
    return c.programme << programme & (m.procedure == c.request.procedure)


def _wiser(order: Any, payer: Any) -> Iterator[Rule]:
    area = c.area << (m.k == "programme-area") & (m.area == c.payer.area)
    patient, original = c.patient << (m.k == "patient"), c.payer << payer & (m.concept == ORIGINAL)
    plain, lead = c.request << order & (m.procedure != STIMULATION), c.request << order & (m.procedure == STIMULATION)
    yield when_all(plain, original, _programme("wiser"), area, patient).conclude("wiser-needed")
    yield when_all(lead, original, _programme("wiser"), area, patient).conclude("wiser-stimulator")
    nowhere = c.payer << payer & (m.concept == ORIGINAL) & (m.area == "")
    yield when_all(plain, nowhere, _programme("wiser")).conclude("wiser-state-unknown")


def _outpatient(request: Any, payer: Any, states: Sequence[str]) -> Iterator[Rule]:
    """Of facet procedures, and of stimulators where no model of the state asks beside it."""
    original = c.payer << payer & (m.concept == ORIGINAL)
    asking = (
        (original, _programme("outpatient-facet")),
        (c.payer << _outside(payer, states), _programme("outpatient-stimulator")),
        (original, _programme("outpatient-stimulator"), _silent("wiser")),
    )
    place = (m.k == "place") & (m.procedure == c.request.procedure)
    untold = c.untold << absent("place", by="procedure") & (m.procedure == c.request.procedure)
    for asked in asking:
        yield when_all(request, *asked, c.place << place & (m.concept == OUTPATIENT)).conclude("outpatient-needed")
        there = c.place << place & (m.concept != OUTPATIENT)
        yield when_all(request, *asked, there).conclude("outpatient-elsewhere")
        yield when_all(request, *asked, untold).conclude("outpatient-place-unknown")


def _none(order: Any, payer: Any, states: Sequence[str]) -> Iterator[Rule]:
    """No programme names it, asks on that day, or is of that state."""
    request, original = c.request << order, c.payer << payer & (m.concept == ORIGINAL)
    for procedure in UNNAMED:
        yield when_all(c.request << order & (m.procedure == procedure), original).conclude("none-known")
    plain = c.request << order & (m.procedure != STIMULATION)
    yield when_all(plain, original, _silent("wiser")).conclude("none-known")
    elsewhere = c.payer << _outside(payer, states) & (m.area != "")
    yield when_all(plain, elsewhere, _programme("wiser")).conclude("none-known")
    for name in ("outpatient-facet", "outpatient-stimulator"):
        yield when_all(request, original, _silent(name)).conclude("none-known")


def _outside(payer: Any, states: Sequence[str]) -> Any:
    """Original Medicare in no state of the model."""
    pattern = payer & (m.concept == ORIGINAL)
    for state in states:
        pattern = pattern & (m.area != state)
    return pattern


def _silent(name: str) -> Any:
    programme = (m.k == "programme") & (m.name == name) & (m.asks != ASKED)
    return c.silent << programme & (m.procedure == c.request.procedure)
