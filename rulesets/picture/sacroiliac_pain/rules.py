"""Diagnoses and notes → sacroiliac pain; its tests → clusters; relief after its blocks → answers."""

from collections.abc import Iterator
from typing import Any

from service.rules.authoring import Rule, absent, c, m, when_all
from service.rules.parameters import Values

TESTS = ("faber", "thigh-thrust", "compression", "distraction", "gaenslen", "sacral-thrust", "yeoman")
HINTS = {"worse-on-loading": "loading", "after-pregnancy": "pregnancy", "after-trauma": "trauma"}
OPPOSITE = {"positive": "negative", "negative": "positive"}
OTHERS = {"left": ("bilateral", ""), "right": ("bilateral", ""), "bilateral": ("",), "": ("left", "right", "bilateral")}
PROCEDURES = ("sacroiliac-joint-injection", "lateral-branch-radiofrequency")


def rules(p: Values) -> Iterator[Rule]:
    yield from _complaints()
    for concept, reason in HINTS.items():
        yield when_all(c.said << _said(concept)).derive("sacroiliac-hint", reason=reason)
    yield from _pain()
    yield from _sides()
    yield from _tests()
    yield from _clusters(p)
    yield from _answers(p)


def _complaints() -> Iterator[Rule]:
    joint, coccyx = (absent("condition", concept=name, active="1") for name in ("sacroiliac-pain", "coccyx-pain"))
    yield when_all(_active("sacroiliac-pain")).derive("posterior-pelvic-pain", **_complaint(1))
    shared = (_active("sacrococcygeal-disorder"), c.only << joint, c.no_coccyx << coccyx)
    yield when_all(*shared).derive("posterior-pelvic-pain", **_complaint(1))
    unnamed = (c.only << joint, c.unshared << absent("condition", concept="sacrococcygeal-disorder", active="1"))
    yield when_all(_active("buttock-pain"), *unnamed).derive("posterior-pelvic-pain", **_complaint(0))
    uncoded = c.uncoded << absent("condition", concept="buttock-pain", active="1")
    yield when_all(c.said << _said("buttock-pain"), *unnamed, uncoded).derive(
        "posterior-pelvic-pain", side=c.said.side, onset_days=-1, onset_most=-1, diagnosed=0, confirmed=0
    )


def _pain() -> Iterator[Rule]:
    complaint = c.complaint << (m.k == "posterior-pelvic-pain")
    yield when_all(complaint & (m.diagnosed == 1)).derive("pain", **_fields(c.complaint.confirmed))
    cluster = c.cluster << (m.k == "provocation-cluster") & (m.result == "positive") & (m.side == c.complaint.side)
    yield when_all(complaint & (m.diagnosed == 0), cluster).derive("pain", **_fields(0))
    pain = c.pain << (m.k == "pain") & (m.pattern == "sacroiliac")
    # Roots and cauda lie above the joint: red flags are looked for in the lumbar spine.
    yield when_all(pain).derive("spine-problem", region="lumbar")
    yield when_all(pain).derive("specific-pain", region="lumbar")


def _sides() -> Iterator[Rule]:
    """Which side of a finding belongs to a complaint: its own, both or none; a complaint without side takes any."""
    for own, others in OTHERS.items():
        complaint = c.complaint << (m.k == "posterior-pelvic-pain") & (m.side == own)
        for of in (own, *others):
            yield when_all(complaint).derive("belongs", side=own, of=of)


def _tests() -> Iterator[Rule]:
    """Tests as told, unless the same test is told the other way round on that side; then those of the painful side."""
    for rank, test, result in ((rank, test, result) for rank, test in enumerate(TESTS) for result in OPPOSITE):
        contrary = f"{test}-{OPPOSITE[result]}"
        said = c.said << _said(f"{test}-{result}") & (m.region != "cervical") & (m.region != "thoracic")
        told = {"test": test, "result": result, "side": c.said.side, "rank": rank}
        sided = absent("statement", by="side", concept=contrary, negated="0")
        yield when_all(said & (m.side != ""), c.agreed << sided & (m.side == c.said.side)).derive("told-test", **told)
        unsided = absent("statement", concept=contrary, negated="0", side="")
        yield when_all(said & (m.side == ""), c.agreed << unsided).derive("told-test", **told)
    yield when_all(_belongs(), c.told << (m.k == "told-test") & _here()).derive(
        "provocation", side=c.belongs.side, test=c.told.test, result=c.told.result, rank=c.told.rank
    )


def _clusters(p: Values) -> Iterator[Rule]:
    for result, concept in (("positive", "three-positive"), ("negative", "few-positive")):
        tests = [c.test_0 << (m.k == "provocation") & (m.result == result)]
        for number in range(1, p(f"tests_{result}")):
            before = getattr(c, f"test_{number - 1}")
            other = (m.k == "provocation") & (m.result == result) & (m.side == c.test_0.side) & (m.rank > before.rank)
            tests.append(getattr(c, f"test_{number}") << other)
        yield when_all(*tests).derive("provocation-cluster", side=c.test_0.side, result=result)
        yield when_all(_belongs(), c.said << _said(concept) & _here()).derive(
            "provocation-cluster", side=c.belongs.side, result=result
        )


def _answers(p: Values) -> Iterator[Rule]:
    """Earlier procedures of the painful side, and what they relieved; a side that nobody named counts as this one."""
    clear, helped = float(p("relief_clear")), float(p("relief_helped"))
    for procedure in PROCEDURES:
        done = (m.k == "procedure") & (m.set == "spine-procedures") & (m.concept == procedure) & _here()
        of_done = {name: getattr(c.done, name) for name in ("age_days", "rank")}
        yield when_all(_belongs(), c.done << done).derive(
            "sacroiliac-session", procedure=procedure, side=c.belongs.side, **of_done
        )
        relief = (m.k == "relief") & (m.set == "spine-procedures") & (m.concept == procedure)
        answers = {
            "clear": relief & (m.percent >= clear),
            "helped": relief & (m.percent >= helped) & (m.percent < clear),
            "poor": relief & (m.percent < helped),
        }
        of_relief = {name: getattr(c.relief, name) for name in ("percent", "weeks", "age_days", "rank")}
        for answer, told in answers.items():
            yield when_all(_belongs(), c.relief << told & _here()).derive(
                "sacroiliac-answer", procedure=procedure, side=c.belongs.side, answer=answer, **of_relief
            )
    block = (m.k == "sacroiliac-answer") & (m.procedure == "sacroiliac-joint-injection") & (m.answer == "clear")
    second = c.second << block & (m.side == c.first.side) & (m.age_days > c.first.age_days)
    yield when_all(c.first << block, second).derive("clear-blocks", side=c.first.side)


def _belongs() -> Any:
    return c.belongs << (m.k == "belongs")


def _here() -> Any:
    return m.side == c.belongs.of


def _active(concept: str) -> Any:
    return c.condition << (m.k == "condition") & (m.set == "sacroiliac-pain") & (m.concept == concept) & (m.active == 1)


def _said(concept: str) -> Any:
    return (m.k == "statement") & (m.concept == concept) & (m.negated == 0)


def _complaint(diagnosed: int) -> dict[str, Any]:
    fields = {name: getattr(c.condition, name) for name in ("side", "onset_days", "onset_most", "confirmed")}
    return {**fields, "diagnosed": diagnosed}


def _fields(confirmed: Any) -> dict[str, Any]:
    return {
        "pattern": "sacroiliac",
        "region": "sacroiliac",
        "side": c.complaint.side,
        "level": "",
        "onset_days": c.complaint.onset_days,
        "onset_most": c.complaint.onset_most,
        "confirmed": confirmed,
    }
