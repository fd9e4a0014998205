"""Adrenals, eyes and mood: what a steroid by needle can upset, and what it once did."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

# Outcome by condition, with the condition that says more and speaks in its place.
NOW = {
    ("adrenal", "adrenal-insufficiency"): ("adrenal-insufficiency", ""),
    ("adrenal", "cushing"): ("steroid-excess", ""),
    ("eye-risk", "glaucoma"): ("eye-pressure", "steroid-responder"),
    ("eye-risk", "steroid-responder"): ("steroid-responder", ""),
    ("eye-risk", "central-serous"): ("central-serous", ""),
    ("steroid-psychiatric", "mania"): ("mania", ""),
    ("steroid-psychiatric", "bipolar"): ("bipolar", "mania"),
}


def rules(p: Values) -> Iterator[Rule]:
    target = c.target << (m.k == "target") & (m.steroid != "no")
    for (set_id, concept), (outcome, graver) in NOW.items():
        found = (target, c.condition << _condition(set_id, concept) & (m.active == 1))
        more = (c.less << absent("condition", set=set_id, concept=graver, active="1"),) if graver else ()
        yield when_all(*found, *more).conclude(outcome)
    # What was once a reaction to a steroid counts though it is over.
    psychosis = c.condition << _condition("steroid-psychiatric", "steroid-psychosis")
    yield when_all(target, psychosis).conclude("steroid-psychosis")
    reaction = c.condition << _condition("steroid-psychiatric", "steroid-reaction")
    unnamed = c.unnamed << absent("condition", set="steroid-psychiatric", concept="steroid-psychosis")
    yield when_all(target, reaction, unnamed).conclude("earlier-reaction")
    yield from _long(target)
    surgery = (m.k == "order") & (m.set == "surgical-procedures") & (m.concept != "surgery-mentioned")
    soon = surgery & (m.in_days >= 0) & (m.in_days <= p("surgery_ahead_days"))
    after = c.surgery << soon & (m.in_days >= c.ordered.in_days)
    ordered = c.ordered << (m.k == "target") & (m.steroid == "yes") & (m.origin != "suggestion")
    yield when_all(ordered, after).conclude("operation-after")


def _long(target: Any) -> Iterator[Rule]:
    # Where the adrenals are known to be insufficient, the long course is the same story.
    sound = c.sound << absent("condition", set="adrenal", concept="adrenal-insufficiency", active="1")
    named = c.drug << (m.k == "systemic-steroid") & (m.term == "long")
    yield when_all(target, named, sound).conclude("long-term-steroid")
    coded = c.drug << (m.k == "systemic-steroid") & (m.term == "coded")
    alone = c.alone << absent("systemic-steroid", term="long")
    yield when_all(target, coded, alone, sound).conclude("long-term-steroid")


def _condition(set_id: str, concept: str) -> Any:
    return (m.k == "condition") & (m.set == set_id) & (m.concept == concept)
