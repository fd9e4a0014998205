"""Drafts of orders: what is drafted is what was suggested, and our own reader recognises it again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from service.cards.suggestions import Drafts
from service.facts.fact import FactSource
from service.fhir.r4 import validate
from service.rules.finding import Finding
from service.rules.model import Suggested
from tests.support.reading import codes, read
from tests.unit.findings import finding, suggested

CARD = UUID(int=7)


def drafts() -> Drafts:
    """The drafts of one answer."""
    return Drafts(codes(), frozenset({"spine-procedures"}), "p1")


def drafted(procedure: str, **fields: Any) -> dict[str, Any]:
    return drafted_by(finding("suggestion", suggest=suggested(procedure), **fields))


def drafted_by(item: Finding) -> dict[str, Any]:
    made = drafts()(item, CARD)
    assert made is not None
    (action,) = made.actions
    assert action.type == "create"
    assert action.resource is not None
    return action.resource


def test_what_suggests_nothing_drafts_nothing() -> None:
    assert drafts()(finding("suggestion"), CARD) is None


@pytest.mark.parametrize("procedure", sorted(codes().sets["spine-procedures"].concepts))
def test_every_procedure_drafts_an_order_that_is_recognised_as_itself(procedure: str) -> None:
    own = read(orders=[drafted(procedure)]).one("order")["region"]
    for region in [own] if own else ["", "cervical", "thoracic", "lumbar", "sacroiliac"]:
        order = drafted(procedure, region=region, laterality="left")
        validate("ServiceRequest", {name: value for name, value in order.items() if name != "resourceType"})
        found = read(orders=[{**order, "id": "o"}])
        item = found.one("order")
        assert (item["concept"], item["region"], item["side"]) == (procedure, region, "left")
        assert found.problems == []


def test_a_draft_says_the_level_and_is_read_with_it() -> None:
    suggest = suggested("epidural-transforaminal").model_copy(update={"level": "S1"})
    order = drafted_by(finding("suggestion", suggest=suggest, region="lumbar", laterality="right"))
    assert order["code"]["text"] == "right lumbar S1 transforaminal epidural injection"
    assert order["bodySite"] == [{"text": "right lumbar S1"}]
    item = read(orders=[{**order, "id": "o"}]).one("order")
    assert (item["region"], item["side"], item["level"], item["levels"]) == ("lumbar", "right", "S1", 1)


def test_a_draft_names_patient_place_reason_and_care() -> None:
    reasons = (FactSource("Condition/c1", "pain"), FactSource("ImagingStudy/i1", "MRI"))
    suggest = Suggested(procedure="epidural-transforaminal", label="Order it", note="Hold apixaban.", recommended=True)
    item = finding("suggestion", suggest=suggest, region="lumbar", laterality="left", because=reasons)
    made = drafts()(item, CARD)
    assert made is not None
    assert (made.label, made.is_recommended) == ("Order it, left lumbar", True)
    order = made.actions[0].resource or {}
    assert (order["status"], order["intent"], order["subject"]) == ("draft", "order", {"reference": "Patient/p1"})
    assert order["bodySite"] == [{"text": "left lumbar"}]
    assert order["reasonReference"] == [{"reference": "Condition/c1"}]
    assert order["note"] == [{"text": "Hold apixaban."}]


def test_a_draft_for_the_whole_person_has_no_place_and_is_drawn_once() -> None:
    suggest = Suggested(procedure="behavioural-health", label="Draft a referral", placeless=True)
    draw = drafts()
    made = draw(finding("advise-against", suggest=suggest, region="lumbar", laterality="right"), CARD)
    assert made is not None
    assert made.label == "Draft a referral"
    order = made.actions[0].resource or {}
    assert "bodySite" not in order
    assert "lumbar" not in order["code"]["text"]
    assert draw(finding("advise-against", suggest=suggest, region="cervical", laterality="left"), CARD) is None


def test_nothing_is_empty_where_nothing_is_known() -> None:
    order = drafted("epidural-transforaminal")
    assert order.keys() == {"resourceType", "status", "intent", "subject", "code"}
    assert "coding" not in order["code"]


def test_the_code_fits_the_region_and_its_display_is_not_written() -> None:
    (lumbar,) = drafted("epidural-transforaminal", region="lumbar")["code"]["coding"]
    (cervical,) = drafted("epidural-transforaminal", region="cervical")["code"]["coding"]
    assert (lumbar["code"], cervical["code"]) == ("64483", "64479")
    assert lumbar.keys() == {"system", "code"}


def test_uuids_are_stable_and_apart() -> None:
    one = finding("suggestion", suggest=suggested("discography"))
    other = finding("suggestion", suggest=suggested("physical-therapy"))
    first, again, second = drafts()(one, CARD), drafts()(one, CARD), drafts()(other, CARD)
    assert first is not None
    assert again is not None
    assert second is not None
    assert first.uuid == again.uuid != second.uuid


def test_a_procedure_that_no_set_knows_is_drafted_in_words() -> None:
    order = drafted("whole-life-care", region="lumbar")
    assert order["code"] == {"text": "lumbar whole life care"}


def test_one_answer_drafts_an_order_once_for_each_place() -> None:
    draft = drafts()
    therapy = suggested("physical-therapy")
    first, again, elsewhere = (
        draft(finding("care-plan", suggest=therapy, region=region), CARD) for region in ("lumbar", "lumbar", "cervical")
    )
    assert first is not None
    assert again is None
    assert elsewhere is not None


def test_a_region_that_the_procedure_names_is_not_said_twice() -> None:
    joint = drafted("sacroiliac-joint-injection", region="sacroiliac", laterality="left")
    assert joint["code"]["text"] == "left sacroiliac joint injection"
    assert joint["bodySite"] == [{"text": "left sacroiliac"}]
    canal = drafted("percutaneous-decompression", region="lumbar")
    assert canal["code"]["text"] == "minimally invasive lumbar decompression"
