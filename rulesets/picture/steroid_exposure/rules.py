"""Words of orders, drafts and drug lists → the planned steroid, steroids taken, strong CYP3A4 inhibitors."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, lookup, m, when_all
from service.rules.parameters import Values

PLAIN = ("triamcinolone", "dexamethasone")
# A draft names the drug; the words beside its code may name a salt that behaves otherwise than the usual one.
SALTS = {"methylprednisolone": "methylprednisolone-succinate", "betamethasone": "betamethasone-phosphate"}
# By mouth even where no route stands; the others are injected as often as swallowed.
TABLETS = ("prednisone", "prednisolone")
TAKEN = {"active": "yes", "possible": "maybe", "held": "maybe", "planned": "planned"}


def rules(p: Values) -> Iterator[Rule]:
    yield from _agents()
    yield from _systemic(p("long_days"))
    inhibitor = (m.k == "medication") & (m.set == "cyp3a4-inhibitors") & (m.concept != "ketoconazole-on-skin")
    systemic = inhibitor & (m.route != "local")
    for state, taken in TAKEN.items():
        yield _inhibitor(systemic & (m.state == state), taken)
    course = systemic & (m.concept == "nirmatrelvir") & (m.state == "past")
    yield _inhibitor(course & (m.last_days >= 0) & (m.last_days < p("course_days")), "ended")


def _agents() -> Iterator[Rule]:
    said = (m.k == "statement") & (m.set == "order-steroids") & (m.where == "order") & (m.negated == 0)
    named = when_all(c.said << said & (m.concept != "avoided"))
    yield named.derive("steroid-agent", **_agent(c.said.concept, c.said.region))
    for planned in (m.drafted == 1, m.state == "planned"):
        needle = (m.k == "medication") & (m.set == "steroids") & planned & (m.route != "oral") & (m.route != "local")
        for name in PLAIN:
            yield when_all(c.drug << needle & (m.concept == name)).derive("steroid-agent", **_agent(name))
        for name, salt in SALTS.items():
            drug = c.drug << needle & (m.concept == name)
            usual = c.usual << absent("medication", set="steroid-salts", concept=salt)
            yield when_all(drug, usual).derive("steroid-agent", **_agent(name))
            other = (m.k == "medication") & (m.set == "steroid-salts") & (m.concept == salt)
            yield when_all(drug, c.salt << other).derive("steroid-agent", **_agent(salt))


def _agent(name: Any, region: Any = "") -> dict[str, Any]:
    texts = {part: lookup("agents", name, "any", part=part) for part in ("title", "form")}
    return {"name": name, "region": region, **texts}


def _systemic(long_days: int) -> Iterator[Rule]:
    taken = (m.k == "medication") & (m.set == "steroids") & (m.state != "past") & (m.state != "planned")
    kinds = [taken & (m.route == "oral")]
    kinds += [taken & (m.route == "") & (m.concept == name) for name in TABLETS]
    terms = {
        "long": m.started_days >= long_days,
        "short": (m.started_days >= 0) & (m.started_days < long_days),
        "unknown": m.started_days < 0,
    }
    for kind in kinds:
        for term, days in terms.items():
            drug = c.drug << kind & days
            yield when_all(drug).derive("systemic-steroid", name=c.drug.concept, title=c.drug.title, term=term)
    coded = (m.k == "condition") & (m.set == "adrenal") & (m.concept == "long-term-steroid") & (m.active == 1)
    unnamed = {"name": "unnamed", "title": "a systemic steroid", "term": "coded"}
    yield when_all(c.coded << coded).derive("systemic-steroid", **unnamed)


def _inhibitor(pattern: Any, taken: str) -> Rule:
    group = lookup("inhibitors", c.drug.concept, "any", part="group")
    made = when_all(c.drug << pattern)
    return made.derive("strong-inhibitor", name=c.drug.concept, title=c.drug.title, group=group, taken=taken)
