"""Allergies and procedures in question → what must not be given, what to ask, what to use instead."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, lookup, m, when_all
from service.rules.parameters import Values

OTHERS, ANAESTHETICS, STEROIDS = "allergens", "anaesthetic-allergens", "steroid-allergens"
GRADES = ("severe", "mild", "unknown")
NEEDLE = c.target << (m.k == "target") & (m.risk != "none")
ORDERED = NEEDLE & (m.origin != "suggestion")
GIVES_STEROID = c.target << (m.k == "target") & (m.steroid != "no")
UNDER_CONTRAST = c.target << (m.k == "contrast-procedure") & (m.contrast != "none")


def rules(_: Values) -> Iterator[Rule]:
    for part in (_graded, _told_by_diagnosis, _contrast, _words_of_the_order, _injected, _around, _asked):
        yield from part()


def _graded() -> Iterator[Rule]:
    """Active entries by how grave the reaction was; a severe one or a high criticality outranks all else."""
    entry = (m.k == "allergy") & (m.active == 1)
    mildly = entry & (m.severity != "severe") & (m.criticality != "high")
    allergy = mildly & (m.type != "intolerance")
    grades = {
        "severe": entry & ((m.severity == "severe") | (m.criticality == "high")),
        "intolerance": mildly & (m.type == "intolerance"),
        "mild": allergy & ((m.severity != "") | (m.criticality == "low")),
        "unknown": allergy & (m.severity == "") & (m.criticality != "low"),
    }
    fields = {name: getattr(c.allergy, name) for name in ("set", "concept", "title", "confirmed")}
    for grade, of_grade in grades.items():
        yield when_all(c.allergy << of_grade).derive("reaction", grade=grade, **fields)


def _told_by_diagnosis() -> Iterator[Rule]:
    """A diagnosis counts where the allergy list does not name the allergen."""
    told = (m.k == "condition") & (m.set == "allergy-status") & (m.active == 1)
    plain = told & (m.concept != "other") & (m.concept != "none-known")
    unlisted = absent("allergy", by="concept", set=OTHERS, active="1") & (m.concept == c.allergy.concept)
    cases = [(OTHERS, plain & (m.concept != "local-anaesthetic") & (m.concept != "steroid"), unlisted)]
    for concept, name in (("local-anaesthetic", ANAESTHETICS), ("steroid", STEROIDS)):
        cases.append((name, told & (m.concept == concept), absent("allergy", set=name, active="1")))
    title = lookup("diagnosed", c.allergy.concept, "value", part="title")
    told_of = {"concept": c.allergy.concept, "title": title, "confirmed": c.allergy.confirmed}
    for name, diagnosis, unlisted in cases:
        matched = when_all(c.allergy << diagnosis, c.unlisted << unlisted)
        yield matched.derive("reaction", set=name, grade="unknown", **told_of)


def _contrast() -> Iterator[Rule]:
    fields = {name: getattr(c.target, name) for name in ("procedure", "title", "region", "side", "origin")}
    given = lookup("contrast", c.target.procedure, "value", part="given")
    yield when_all(NEEDLE).derive("contrast-procedure", contrast=given, **fields)
    reaction = (m.k == "reaction") & (m.concept == "iodinated-contrast")
    undecided = c.undecided << absent("statement", set="order-details", concept="contrast", where="order", negated="1")
    for grade in GRADES:
        of_grade = c.reaction << reaction & (m.grade == grade)
        yield when_all(UNDER_CONTRAST, of_grade, undecided).conclude(f"contrast-{grade}")
    yield when_all(UNDER_CONTRAST, c.reaction << reaction & (m.grade == "intolerance")).conclude("intolerance")
    for concept in ("shellfish", "iodine"):
        other = c.reaction << (m.k == "reaction") & (m.concept == concept)
        yield when_all(UNDER_CONTRAST & (m.origin != "suggestion"), other, *_unknown("iodinated-contrast")).conclude(
            "not-contrast"
        )


def _unknown(concept: str) -> tuple[Any, Any]:
    """Neither the list nor a diagnosis names the allergen."""
    listed = c.unlisted << absent("allergy", set=OTHERS, concept=concept, active="1")
    return listed, c.undiagnosed << absent("condition", set="allergy-status", concept=concept, active="1")


def _words_of_the_order() -> Iterator[Rule]:
    words = (m.k == "statement") & (m.set == "order-details") & (m.where == "order")
    left_out = c.said << words & (m.concept == "contrast") & (m.negated == 1) & (m.region == c.target.region)
    allergic = c.reaction << (m.k == "reaction") & (m.concept == "iodinated-contrast") & (m.grade != "intolerance")
    yield when_all(UNDER_CONTRAST & (m.origin != "suggestion"), allergic, left_out).conclude("contrast-left-out")
    named = c.said << words & (m.concept == "gadolinium") & (m.negated == 0) & (m.region == c.target.region)
    near_canal = ORDERED & ((m.family == "epidural") | (m.family == "adhesiolysis"))
    yield when_all(near_canal, named).conclude("gadolinium-ordered")


def _injected() -> Iterator[Rule]:
    """What goes through the needle: anaesthetic for all, steroid where one is given."""
    amide = (m.k == "reaction") & (m.set == ANAESTHETICS) & (m.concept != "ester-anaesthetic")
    steroid = (m.k == "reaction") & (m.set == STEROIDS)
    for target, reaction, name in ((NEEDLE, amide, "anaesthetic"), (GIVES_STEROID, steroid, "steroid")):
        outcomes = {grade: f"{name}-{grade}" for grade in GRADES} | {"intolerance": "intolerance"}
        for grade, outcome in outcomes.items():
            yield when_all(target, c.reaction << reaction & (m.grade == grade)).conclude(outcome)
    ester = (m.k == "reaction") & (m.concept == "ester-anaesthetic")
    yield when_all(ORDERED, c.reaction << ester).conclude("ester")
    carriers = (m.concept == "benzyl-alcohol") | (m.concept == "polyethylene-glycol") | (m.concept == "polysorbate")
    yield when_all(GIVES_STEROID, c.reaction << (m.k == "reaction") & carriers).conclude("carrier")


def _around() -> Iterator[Rule]:
    """What touches the patient besides."""
    latex, heparin, chlorhexidine, iodine = (
        (m.k == "reaction") & (m.concept == name) for name in ("latex", "heparin", "chlorhexidine", "povidone-iodine")
    )
    yield when_all(NEEDLE, c.reaction << latex).conclude("latex")
    anticoagulant = c.drug << (m.k == "antithrombotic") & (m.group == "anticoagulant")
    yield when_all(NEEDLE & (m.risk != "low"), c.reaction << heparin, anticoagulant).conclude("heparin")
    yield when_all(NEEDLE, c.reaction << chlorhexidine, *_unknown("povidone-iodine")).conclude("chlorhexidine")
    yield when_all(NEEDLE, c.reaction << iodine, *_unknown("chlorhexidine")).conclude("povidone-iodine")
    yield when_all(NEEDLE, c.reaction << chlorhexidine, c.other << iodine).conclude("both-antiseptics")


def _asked() -> Iterator[Rule]:
    """Entries called over, and a list that nobody has kept; asked on an order, not on every suggestion."""
    over = (m.k == "allergy") & (m.active == 0)
    amide = over & (m.set == ANAESTHETICS) & (m.concept != "ester-anaesthetic")
    touching = over & ((m.concept == "latex") | (m.concept == "chlorhexidine") | (m.concept == "povidone-iodine"))
    asked = [(NEEDLE, amide), (NEEDLE, touching), (GIVES_STEROID, over & (m.set == STEROIDS))]
    listed = absent("allergy", by="concept", active="1") & (m.concept == c.allergy.concept)
    diagnosed = absent("condition", by="concept", set="allergy-status", active="1") & (m.concept == c.allergy.concept)
    for target, entry in [*asked, (UNDER_CONTRAST, over & (m.concept == "iodinated-contrast"))]:
        matched = when_all(target & (m.origin != "suggestion"), c.allergy << entry, c.no << listed, c.none << diagnosed)
        yield matched.conclude("resolved")
    nothing = c.list << (m.k == "sent") & (m.key == "allergies") & (m.state == "complete") & (m.entries == 0)
    yield when_all(ORDERED, nothing, c.untold << absent("condition", set="allergy-status")).conclude("list-empty")
