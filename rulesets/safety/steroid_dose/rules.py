"""Doses by injection in a year and three years, the dose of the order, and steroids by mouth beside it."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

DRUGS = ("methylprednisolone", "triamcinolone", "betamethasone", "dexamethasone")


def rules(p: Values) -> Iterator[Rule]:
    target = c.target << (m.k == "target") & (m.steroid != "no")
    yield from _caps(p, target)
    yield from _untold(p, target)
    for drug in DRUGS:
        above = (m.k == "amount") & (m.name == "injected-steroid") & (m.drug == drug) & (m.mg > p(f"usual_{drug}"))
        yield when_all(target, c.dose << above).conclude(f"{drug}-above-usual")
    coded = c.coded << absent("systemic-steroid", term="coded")
    for term, outcome in {"short": "systemic-steroid", "unknown": "systemic-steroid-since-when"}.items():
        drug = c.drug << (m.k == "systemic-steroid") & (m.term == term)
        yield when_all(target, drug, coded).conclude(outcome)


def _dose(window: str) -> Any:
    return (m.k == "dose") & (m.name == "injected-steroid") & (m.window == window)


def _caps(p: Values, target: Any) -> Iterator[Rule]:
    cap, more = p("year_cap"), p("next_dose")
    year = _dose("year")
    yield when_all(target, c.dose << year & (m.total >= cap)).conclude("year-cap-reached")
    near = year & (m.total > round(cap - more, 1)) & (m.total < cap)
    yield when_all(target, c.dose << near & (m.unknown == 0)).conclude("year-cap-near")
    woman = (m.k == "patient") & (m.sex == "female") & (m.age >= p("menopause_age"))
    full = c.dose << _dose("three-years") & (m.total >= p("three_year_cap"))
    yield when_all(target, c.woman << woman, full).conclude("three-year-cap-reached")


def _untold(p: Values, target: Any) -> Iterator[Rule]:
    """Asked only where the doses that nothing tells could take the year's total to the cap."""
    cap, more = p("year_cap"), p("next_dose")
    counts = 1
    while counts * more < cap:
        least = round(cap - counts * more, 1)
        dose = _dose("year") & (m.unknown == counts) & (m.total >= least) & (m.total < cap)
        yield when_all(target, c.dose << dose).conclude("doses-not-told")
        counts += 1
    yield when_all(target, c.dose << _dose("year") & (m.unknown >= counts) & (m.total < cap)).conclude("doses-not-told")
