"""Diagnoses, drugs and results → diabetes, its treatment, and how glucose stands."""

from collections.abc import Iterator

from service.rules.authoring import Rule, absent, c, lookup, m, when_all
from service.rules.parameters import Values

TYPES = {
    "diabetes-type-1": "type 1 diabetes",
    "diabetes-type-2": "type 2 diabetes",
    "diabetes-other": "diabetes",
    "gestational-diabetes": "gestational diabetes",
}
# Taken for nothing but diabetes; others treat weight, the heart or the ovaries too.
CERTAIN = ("insulin", "insulin-releasing", "other")
EVENTS = {
    "ketoacidosis": "ketoacidosis",
    "hyperosmolar-state": "hyperosmolar hyperglycaemic state",
    "hypoglycaemia": "low glucose on record",
    "out-of-control": "diabetes called out of control",
}
EMERGENCIES = ("ketoacidosis", "hyperosmolar-state")
BY_DRUG = "diabetes known from its drugs only"


def rules(p: Values) -> Iterator[Rule]:
    yield from _diagnoses()
    yield from _drugs()
    yield from _hba1c(p)
    yield from _glucose(p)
    yield from _events(p)


def _diagnoses() -> Iterator[Rule]:
    known = (m.k == "condition") & (m.set == "diabetes") & (m.active == 1)
    for concept, title in TYPES.items():
        yield when_all(c.condition << known & (m.concept == concept)).derive("diabetes", type=concept, title=title)
    for concept, title in {"prediabetes": "prediabetes", "raised-glucose": "raised glucose on record"}.items():
        yield when_all(c.condition << known & (m.concept == concept)).derive("prediabetes", title=title)
    yield when_all(c.condition << known & (m.concept == "glucose-lowering-use")).derive(
        "possible-diabetes", title="a code for glucose-lowering drugs"
    )
    yield when_all(c.condition << known & (m.concept == "insulin-use")).derive(
        "glucose-treatment", drug="insulin", title="insulin", group="insulin", state="active"
    )


def _drugs() -> Iterator[Rule]:
    drug = (m.k == "medication") & (m.set == "diabetes-drugs") & (m.state != "past") & (m.state != "planned")
    yield when_all(c.drug << drug).derive(
        "glucose-treatment",
        drug=c.drug.concept,
        title=c.drug.title,
        group=lookup("group", c.drug.concept, "drug", part="is"),
        state=c.drug.state,
    )
    treatment = m.k == "glucose-treatment"
    undiagnosed = [
        getattr(c, f"no_{place}") << absent("condition", concept=concept, active="1")
        for place, concept in enumerate(TYPES)
    ]
    for group in CERTAIN:
        yield when_all(c.treatment << treatment & (m.group == group), *undiagnosed).derive(
            "diabetes", type="by-drug", title=BY_DRUG
        )
    yield when_all(c.treatment << treatment & (m.group == "metformin")).derive("possible-diabetes", title="metformin")
    yield when_all(c.treatment << treatment & (m.group == "insulin")).derive(
        "labile-glucose", reason="insulin", title="insulin"
    )
    yield when_all(c.diabetes << (m.k == "diabetes") & (m.type == "diabetes-type-1")).derive(
        "labile-glucose", reason="type-1", title="type 1 diabetes"
    )


def _hba1c(p: Values) -> Iterator[Rule]:
    info, warn, high, oldest = p("hba1c_info"), p("hba1c_warn"), p("hba1c_high"), p("hba1c_age_days")
    result = (m.k == "observation") & (m.concept == "hba1c") & (m.rank == 0)
    fresh = result & (m.age_days <= oldest)
    grades = {
        "below": fresh & (m.value < info),
        "raised": fresh & (m.value >= info) & (m.value <= warn),
        "high": fresh & (m.value > warn) & (m.value < high),
        "very-high": fresh & (m.value > warn) & (m.value >= high),
        "old": result & (m.age_days > oldest),
    }
    for grade, inside in grades.items():
        yield when_all(c.result << inside).derive(
            "hba1c-reading", grade=grade, value=c.result.value, age_days=c.result.age_days
        )
    yield when_all(c.result << fresh & (m.value >= p("hba1c_diabetes"))).derive(
        "hba1c-in-diabetes-range", value=c.result.value
    )
    above = c.result << fresh & (m.value > warn)
    yield when_all(above).derive("labile-glucose", reason="hba1c", title="high HbA1c")


def _glucose(p: Values) -> Iterator[Rule]:
    low, info, warn = p("glucose_low"), p("glucose_info"), p("glucose_warn")
    today = (m.k == "observation") & (m.concept == "glucose") & (m.rank == 0) & (m.age_days <= p("glucose_age_days"))
    grades = {
        "low": m.value < low,
        "fine": (m.value >= low) & (m.value < info),
        "raised": (m.value >= info) & (m.value <= warn),
        "very-high": (m.value >= info) & (m.value > warn),
    }
    for grade, inside in grades.items():
        yield when_all(c.result << today & inside).derive(
            "glucose-now", grade=grade, value=c.result.value, age_days=c.result.age_days
        )


def _events(p: Values) -> Iterator[Rule]:
    known = (m.k == "condition") & (m.set == "glycaemic-events") & (m.active == 1)
    for concept, title in EVENTS.items():
        yield when_all(c.condition << known & (m.concept == concept)).derive(
            "labile-glucose", reason=concept, title=title
        )
    for concept in EMERGENCIES:
        sure, days = m.confirmed == 1, p("emergency_days")
        states = {
            "yes": [sure & (m.latest_days >= 0) & (m.latest_days <= days)],
            "unsure": [m.confirmed == 0, sure & (m.latest_days < 0), sure & (m.latest_days > days)],
        }
        for recent, tests in states.items():
            for test in tests:
                yield when_all(c.condition << known & (m.concept == concept) & test).derive(
                    "glucose-emergency", title=EVENTS[concept], recent=recent
                )
