"""Where something comes before any procedure, a suggestion beside it is an option and not recommended."""

from __future__ import annotations

from dataclasses import replace

from service.precedence import tempered
from service.rules.model import Suggested
from tests.unit.findings import finding

OFFER = Suggested(procedure="epidural-transforaminal", label="Draft", recommended=True)


def test_a_suggestion_is_not_recommended_beside_what_comes_first() -> None:
    offer = replace(finding("suggestion"), suggest=OFFER)
    alone, first = tempered([offer, finding("documentation")])[0], replace(finding("documentation"), comes_first=True)
    beside = tempered([offer, first])[0]
    assert alone.suggest is not None
    assert alone.suggest.recommended
    assert beside.suggest is not None
    assert not beside.suggest.recommended


def test_what_else_is_offered_stays_recommended() -> None:
    surgeon = replace(finding("red-flag"), suggest=OFFER)
    kept = tempered([surgeon, replace(finding("documentation"), comes_first=True)])[0]
    assert kept.suggest is not None
    assert kept.suggest.recommended


def test_what_comes_before_one_procedure_leaves_the_others() -> None:
    offer = replace(finding("suggestion"), suggest=OFFER, region="lumbar", laterality="left")
    alert = replace(finding("safety-alert"), comes_first=True, region="lumbar", laterality="left")
    for procedure, kept in (("epidural-transforaminal", False), ("sacroiliac-joint-injection", True)):
        offered = tempered([offer, replace(alert, procedure=procedure)])[0].suggest
        assert offered is not None
        assert offered.recommended is kept
    for place in ({"region": "cervical"}, {"laterality": "right"}):
        elsewhere = replace(alert, procedure="epidural-transforaminal", **place)  # type: ignore[arg-type]
        offered = tempered([offer, elsewhere])[0].suggest
        assert offered is not None
        assert offered.recommended
