"""Plans to hold an antithrombotic before an appointment with a day → the lines of its calendar."""

from collections.abc import Iterator

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

WITH_INR = ("warfarin", "acenocoumarol", "phenprocoumon")
THROUGH_KIDNEYS = ("apixaban", "rivaroxaban", "fondaparinux")
SLOW = ("low", "very-low")


def rules(_: Values) -> Iterator[Rule]:
    risks = (
        c.calm << absent("thrombotic-risk", known="yes"),
        c.clot << (m.k == "thrombotic-risk") & (m.known == "yes"),
    )
    today = c.hook << (m.k == "hook") & (m.hook == "appointment-book")
    quick = [getattr(c, f"no_{state.replace('-', '_')}") << absent("kidney-function", state=state) for state in SLOW]
    # Taken, perhaps taken or held; a drug that is only being ordered is settled before its first dose.
    plan = (m.k == "antithrombotic-plan") & (m.origin == "order") & (m.date != "") & (m.state != "planned")
    days = plan & (m.action == "hold")
    other = days
    for drug in (*WITH_INR, *THROUGH_KIDNEYS):
        other = other & (m.drug != drug)
    for clot in risks:
        yield when_all(c.plan << other, clot, today).conclude("held")
        for drug in WITH_INR:
            yield when_all(c.plan << days & (m.drug == drug), clot, today).conclude("held-with-inr")
        for drug in THROUGH_KIDNEYS:
            here = c.plan << days & (m.drug == drug)
            yield when_all(here, clot, today, *quick).conclude("held")
            for slow in SLOW:
                kidneys = c.kidneys << (m.k == "kidney-function") & (m.state == slow)
                yield when_all(here, clot, today, kidneys).conclude("held-with-slow-kidneys")
        yield when_all(c.plan << plan & (m.action == "hold-hours"), clot, today).conclude("held-for-hours")
