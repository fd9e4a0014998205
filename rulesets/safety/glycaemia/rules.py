"""Diabetes, its drugs, HbA1c and glucose → what to plan, to ask and to put off before a steroid."""

from collections.abc import Iterator

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

GRADES = {"high": "hba1c-high", "very-high": "hba1c-very-high"}
RAISED = {"raised": "glucose-raised", "very-high": "glucose-very-high"}


def rules(p: Values) -> Iterator[Rule]:
    target = c.target << (m.k == "target") & (m.steroid != "no")
    diabetes = c.diabetes << (m.k == "diabetes")
    undiagnosed = c.undiagnosed << absent("diabetes")
    yield when_all(target, diabetes, c.steady << absent("labile-glucose")).conclude("monitor")
    yield when_all(target, diabetes, c.labile << (m.k == "labile-glucose")).conclude("monitor-longer")
    for group, outcome in {"insulin": "insulin", "insulin-releasing": "sulfonylurea"}.items():
        taken = c.treatment << (m.k == "glucose-treatment") & (m.group == group)
        yield when_all(target, taken).conclude(outcome)
    yield when_all(
        target,
        c.possible << (m.k == "possible-diabetes"),
        undiagnosed,
        c.no_prediabetes << absent("prediabetes"),
        c.no_result << absent("hba1c-in-diabetes-range"),
    ).conclude("possible-diabetes")
    planned = c.target << (m.k == "target") & (m.steroid == "yes") & (m.origin != "suggestion")
    near = c.prediabetes << (m.k == "prediabetes")
    yield when_all(planned, near, undiagnosed, c.no_result << absent("hba1c-in-diabetes-range")).conclude("prediabetes")
    yield from _hba1c(p)
    yield from _glucose(p)
    anything = c.target << (m.k == "target") & (m.risk != "none")
    for recent, outcome in {"yes": "emergency", "unsure": "emergency-unsure"}.items():
        emergency = c.emergency << (m.k == "glucose-emergency") & (m.recent == recent)
        yield when_all(anything, emergency).conclude(outcome)


def _hba1c(p: Values) -> Iterator[Rule]:
    """A high result counts with or without a diagnosis: many who come for a steroid have diabetes nobody has named."""
    target = c.target << (m.k == "target") & (m.steroid != "no")
    reading = m.k == "hba1c-reading"
    diabetes = c.diabetes << (m.k == "diabetes")
    for grade, outcome in GRADES.items():
        yield when_all(target, c.result << reading & (m.grade == grade)).conclude(outcome)
    yield when_all(target, c.result << reading & (m.grade == "raised"), diabetes).conclude("hba1c-raised")
    unnamed = (m.k == "hba1c-in-diabetes-range") & (m.value <= p("hba1c_warn"))
    yield when_all(target, c.result << unnamed, c.undiagnosed << absent("diabetes")).conclude("hba1c-undiagnosed")
    yield when_all(target, diabetes, c.nothing << absent("hba1c-reading")).conclude("hba1c-missing")
    yield when_all(target, diabetes, c.result << reading & (m.grade == "old")).conclude("hba1c-old")


def _glucose(p: Values) -> Iterator[Rule]:
    target = (m.k == "target") & (m.steroid != "no")
    planned = m.origin != "suggestion"
    now = m.k == "glucose-now"
    for grade, outcome in RAISED.items():
        yield when_all(c.target << target, c.result << now & (m.grade == grade)).conclude(outcome)
    low = c.result << now & (m.grade == "low")
    yield when_all(c.target << target & planned, low).conclude("glucose-low")
    # Without a steroid low glucose matters when the patient fasts for sedation.
    fasting = c.target << (m.k == "fasting-procedure") & (m.steroid == "no")
    yield when_all(fasting, low).conclude("glucose-low")
    near = planned & (m.in_days >= 0) & (m.in_days <= p("ask_days"))
    yield when_all(
        c.target << target & near, c.diabetes << (m.k == "diabetes"), c.nothing << absent("glucose-now")
    ).conclude("glucose-of-the-day")
