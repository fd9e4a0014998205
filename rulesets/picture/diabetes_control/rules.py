"""Diagnoses and drugs → diabetes and its treatment."""

from collections.abc import Iterator

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

TYPES = {
    "diabetes-type-1": "type 1 diabetes",
    "diabetes-type-2": "type 2 diabetes",
    "diabetes-other": "diabetes",
    "gestational-diabetes": "gestational diabetes",
}
# Taken for nothing but diabetes; others treat weight, the heart or the ovaries too.
TREATMENTS = {"insulin": "insulin", "sulfonylurea": "a sulfonylurea"}


def rules(_: Values) -> Iterator[Rule]:
    for concept, title in TYPES.items():
        known = (m.k == "condition") & (m.set == "diabetes") & (m.concept == concept) & (m.active == 1)
        yield when_all(c.condition << known).derive("diabetes", type=concept, title=title)
    undiagnosed = [
        getattr(c, f"no_{place}") << absent("condition", concept=concept, active="1")
        for place, concept in enumerate(TYPES)
    ]
    for name, title in TREATMENTS.items():
        drug = (m.k == "medication") & (m.set == "diabetes-drugs") & (m.concept == name)
        taken = c.drug << drug & (m.state != "past") & (m.state != "planned")
        yield when_all(taken).derive("glucose-treatment", name=name, title=title)
        yield when_all(taken, *undiagnosed).derive(
            "diabetes", type="by-drug", title="diabetes known from its drugs only"
        )
    use = (m.k == "condition") & (m.concept == "insulin-use") & (m.active == 1)
    yield when_all(c.condition << use).derive("glucose-treatment", name="insulin", title=TREATMENTS["insulin"])
    yield when_all(c.condition << use, *undiagnosed).derive(
        "diabetes", type="by-drug", title="diabetes known from its drugs only"
    )
