"""Diagnoses, notes and report words → red flags."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, c, m, when_all
from service.rules.parameters import Values

# What alarms by itself, whatever else the record says.
ALONE = ("cauda-equina", "myelopathy")
# What lumbar images show that can explain a foot drop or a bladder without a diagnosis beside it.
SHOWN_LOW = ("disc-herniation", "nerve-root-compression", "central-stenosis")
SHOWN = {"cauda-equina-compression": "cauda-equina", "cord-compression": "myelopathy"}
# Weakness, numbness and continence have many causes: they alarm beside a spine problem that can explain them.
LOW, HIGH = ("lumbar", ""), ("cervical", "thoracic")


def rules(p: Values) -> Iterator[Rule]:
    yield from _known(p)
    for concept in ALONE:
        yield when_all(_said(p, concept)).derive("red-flag", flag=concept, region=c.said.region, side=c.said.side)
    for concept, flag in SHOWN.items():
        shown = _said(p, concept) & (m.where != "note")
        yield when_all(shown).derive("red-flag", flag=flag, region=c.said.region, side=c.said.side)
    yield from _cord(p)
    yield from _weakness(p)
    yield from _continence(p)
    yield from _imaged(p)


def _known(p: Values) -> Iterator[Rule]:
    """Diagnoses; a cauda equina syndrome that began long ago is asked about, and no emergency every day."""
    place = {"region": c.condition.region, "side": c.condition.side}
    yield when_all(_coded("myelopathy")).derive("red-flag", flag="myelopathy", **place)
    equina = _coded("cauda-equina")
    for fresh in (m.onset_known == 0, m.latest_days <= p("old_days")):
        yield when_all(equina & fresh).derive("red-flag", flag="cauda-equina", **place)
    old = (m.onset_known == 1) & (m.latest_days > p("old_days"))
    yield when_all(equina & old).derive("red-flag", flag="cauda-equina-old", **place)


def _cord(p: Values) -> Iterator[Rule]:
    """Less than compression, more than nothing: signs in a note, and a cord that an image shows flattened."""
    problem = c.problem << (m.k == "spine-problem")
    yield when_all(problem, _said(p, "myelopathy-signs")).derive(
        "red-flag", flag="myelopathy-signs", region="", side=""
    )
    for region in ("cervical", ""):
        neck = c.problem << (m.k == "spine-problem") & (m.region == region)
        yield when_all(neck, _said(p, "clumsy-hands")).derive("red-flag", flag="myelopathy-signs", region="", side="")
    touched = _said(p, "cord-contact") & (m.where != "note")
    yield when_all(touched).derive("red-flag", flag="cord-contact", region=c.said.region, side="")


def _imaged(p: Values) -> Iterator[Rule]:
    """A foot drop or a new bladder disorder beside what images of the lower back show."""
    new = (m.latest_days >= 0) & (m.latest_days <= p("new_days"))
    for finding in SHOWN_LOW:
        shown = c.shown << (m.k == "abnormal-imaging") & (m.region == LOW[0]) & (m.finding == finding)
        yield when_all(shown, _coded("foot-drop") & (m.latest_days <= p("foot_drop_days"))).derive(
            "red-flag", flag="progressive-motor-deficit", region=LOW[0], side=c.condition.side
        )
        yield when_all(shown, _coded("bladder-bowel-dysfunction") & new).derive(
            "red-flag", flag="cauda-equina", region=LOW[0], side=""
        )


def _weakness(p: Values) -> Iterator[Rule]:
    concept, flag = "progressive-motor-deficit", "progressive-motor-deficit"
    problem = c.problem << (m.k == "spine-problem")
    yield when_all(problem, _coded(concept)).derive(
        "red-flag", flag=flag, region=c.problem.region, side=c.condition.side
    )
    yield when_all(problem, _said(p, concept)).derive("red-flag", flag=flag, region=c.problem.region, side=c.said.side)
    yield when_all(problem, _said(p, concept)).derive("falling-strength", region=c.problem.region)
    for region in LOW:
        low = c.problem << (m.k == "spine-problem") & (m.region == region)
        yield when_all(low, _coded("foot-drop") & (m.latest_days <= p("foot_drop_days"))).derive(
            "red-flag", flag=flag, region=region, side=c.condition.side
        )
        yield when_all(low, _said(p, "foot-drop")).derive("red-flag", flag=flag, region=region, side=c.said.side)


def _continence(p: Values) -> Iterator[Rule]:
    for regions, flag in ((LOW, "cauda-equina"), (HIGH, "myelopathy")):
        for region in regions:
            problem = c.problem << (m.k == "spine-problem") & (m.region == region)
            new = (m.latest_days >= 0) & (m.latest_days <= p("new_days"))
            yield when_all(problem, _coded("bladder-bowel-dysfunction") & new).derive(
                "red-flag", flag=flag, region=region, side=""
            )
    for region in LOW:
        problem = c.problem << (m.k == "spine-problem") & (m.region == region)
        yield when_all(problem, _coded("saddle-numbness") & (m.latest_days <= p("new_days"))).derive(
            "red-flag", flag="cauda-equina", region=region, side=""
        )
        yield when_all(problem, _said(p, "saddle-numbness")).derive(
            "red-flag", flag="cauda-equina", region=region, side=""
        )


def _coded(concept: str) -> Any:
    return c.condition << (m.k == "condition") & (m.concept == concept) & (m.active == 1)


def _said(p: Values, concept: str) -> Any:
    return c.said << (m.k == "statement") & (m.concept == concept) & (m.negated == 0) & (m.age_days <= p("report_days"))
