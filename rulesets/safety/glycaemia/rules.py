"""Diabetes, HbA1c and glucose before a steroid."""

from collections.abc import Iterator

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values


def rules(p: Values) -> Iterator[Rule]:
    info, warn, high = p("hba1c_info"), p("hba1c_warn"), p("hba1c_high")
    hba1c = (m.k == "observation") & (m.concept == "hba1c") & (m.rank == 0)
    fresh = hba1c & (m.age_days <= p("hba1c_age_days"))
    glucose = (m.k == "observation") & (m.concept == "glucose") & (m.rank == 0) & (m.age_days <= p("glucose_age_days"))
    # With or without a diagnosis: many who come for a steroid have diabetes that nobody has named.
    results = {
        "hba1c-raised": fresh & (m.value >= info) & (m.value <= warn),
        "hba1c-high": fresh & (m.value > warn) & (m.value < high),
        "hba1c-very-high": fresh & (m.value > warn) & (m.value >= high),
        "glucose-raised": glucose & (m.value >= p("glucose_info")) & (m.value <= p("glucose_warn")),
        "glucose-very-high": glucose & (m.value > p("glucose_warn")),
    }
    target = c.target << (m.k == "target") & (m.steroid != "no")
    diabetes = c.diabetes << (m.k == "diabetes")
    yield when_all(target, diabetes).conclude("monitor")
    for name in ("insulin", "sulfonylurea"):
        treatment = c.treatment << (m.k == "glucose-treatment") & (m.name == name)
        yield when_all(target, treatment).conclude(name)
    yield when_all(target, diabetes, c.nothing << absent("observation", concept="hba1c")).conclude("hba1c-missing")
    old = c.result << hba1c & (m.age_days > p("hba1c_age_days"))
    yield when_all(target, diabetes, old).conclude("hba1c-old")
    for outcome, result in results.items():
        yield when_all(target, c.result << result).conclude(outcome)
