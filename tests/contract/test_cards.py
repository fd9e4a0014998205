from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from pydantic import ValidationError

from service.hooks.response import Card, CdsResponse, to_json
from tests.contract.fake import FakeService, patient_view
from tests.contract.refusals import assert_refused

RESOURCE = {"resourceType": "Task", "id": "t1", "_x": [None, {"id": "a"}], "note": []}
CODING = {"code": "c", "system": "http://example.org/codes"}


def card(**changes: Any) -> dict[str, Any]:
    """A right card in wire form."""
    return {"uuid": str(UUID(int=1)), "summary": "S", "indicator": "info", "source": {"label": "L"}} | changes


def suggestion(**changes: Any) -> dict[str, Any]:
    return {"label": "Do", "uuid": str(UUID(int=2))} | changes


def with_action(**action: Any) -> dict[str, Any]:
    return card(suggestions=[suggestion(actions=[action])], selectionBehavior="any")


@pytest.mark.parametrize(
    "good",
    [
        card(summary="x" * 139),
        card(source={"label": "L", "url": "https://example.org/a", "topic": CODING}),
        card(suggestions=[suggestion()], selectionBehavior="any"),
        card(suggestions=[suggestion(isRecommended=True)] * 2, selectionBehavior="any"),
        card(suggestions=[suggestion(isRecommended=True), suggestion()], selectionBehavior="at-most-one"),
        card(overrideReasons=[{**CODING, "display": "D"}]),
        card(links=[{"label": "L", "url": "https://example.org", "type": "smart", "appContext": "a"}]),
        card(extension={"org.example": {"a": 1}}),
        with_action(type="create", description="D", resource=RESOURCE),
        with_action(type="delete", description="D", resourceId="Task/t1"),
    ],
)
def test_G3_to_G9_a_right_card_goes_out_as_it_is(good: dict[str, Any]) -> None:
    answer = to_json(CdsResponse(cards=(Card.model_validate(good),)))
    assert answer == {"cards": [good]}


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(card(summary="x" * 140), id="G3-140"),
        pytest.param(card(summary=""), id="G3-empty"),
        pytest.param(card(summary="  "), id="G3-blank"),
        pytest.param(card(summary="two\nlines"), id="G3-lines"),
        pytest.param(card(indicator="hard-stop"), id="G3-indicator"),
        pytest.param(card(source={}), id="G3-source"),
        pytest.param(card(uuid=None), id="G3-uuid"),
        pytest.param(card(suggestions=[suggestion()]), id="G4-behaviour-missing"),
        pytest.param(card(selectionBehavior="any"), id="G4-behaviour-alone"),
        pytest.param(card(suggestions=[suggestion()], selectionBehavior="all"), id="G4-behaviour-unknown"),
        pytest.param(
            card(suggestions=[suggestion(isRecommended=True)] * 2, selectionBehavior="at-most-one"), id="G4-two"
        ),
        pytest.param(card(source={"label": "L", "topic": [CODING]}), id="G5-topic-list"),
        pytest.param(card(source={"label": "L", "topic": "c"}), id="G5-topic-text"),
        pytest.param(card(source={"label": "L", "url": "/relative"}), id="G5-url"),
        pytest.param(card(source={"label": "L", "url": "javascript:alert(1)"}), id="G5-scheme"),
        pytest.param(card(source={"label": "L", "icon": "icon.png"}), id="G5-icon"),
        pytest.param(card(source={"label": " "}), id="G5-label"),
        pytest.param(card(suggestions=[{"uuid": str(UUID(int=2))}], selectionBehavior="any"), id="G6-label"),
        pytest.param(card(suggestions=[{"label": "Do"}], selectionBehavior="any"), id="G6-uuid"),
        pytest.param(
            card(suggestions=[suggestion(actionSelectionBehavior="any")], selectionBehavior="any"), id="G6-3.0-only"
        ),
        pytest.param(with_action(type="create", description="D"), id="G7-create"),
        pytest.param(with_action(type="create", resource=RESOURCE), id="G7-description"),
        pytest.param(with_action(type="delete", description="D", resource=RESOURCE), id="G7-delete"),
        pytest.param(with_action(type="delete", description="D"), id="G7-delete-nothing"),
        pytest.param(with_action(type="delete", description="D", resourceId="t1"), id="G7-delete-bare-id"),
        pytest.param(
            with_action(type="delete", description="D", resourceId="https://e.org/Task/t1"), id="G7-delete-absolute"
        ),
        pytest.param(with_action(type="update", description="D", resource={"resourceType": "Task"}), id="G7-update-id"),
        pytest.param(with_action(type="create", description="D", resource={"id": "t1"}), id="G7-create-type"),
        pytest.param(
            with_action(type="create", description="D", resource=RESOURCE, resourceId="Task/t1"), id="G7-both"
        ),
        pytest.param(with_action(type="Create", description="D", resource=RESOURCE), id="G7-case"),
        pytest.param(card(overrideReasons=[CODING]), id="G8-display"),
        pytest.param(card(overrideReasons=[{"code": "c", "display": "D"}]), id="G8-system"),
        pytest.param(
            card(links=[{"label": "L", "url": "https://e.org", "type": "absolute", "appContext": "a"}]), id="G9-context"
        ),
        pytest.param(
            card(links=[{"label": "L", "url": "https://e.org", "type": "smart", "appContext": {}}]), id="G9-object"
        ),
        pytest.param(
            card(links=[{"label": "L", "url": "https://e.org", "type": "smart", "autoLaunchable": True}]), id="G9-case"
        ),
        pytest.param(card(links=[{"label": "L", "url": "app", "type": "smart"}]), id="G9-url"),
        pytest.param(card(links=[{"label": "L", "url": "https://e.org", "type": "web"}]), id="G9-type"),
        pytest.param(card(links=[{"url": "https://e.org", "type": "absolute"}]), id="G9-label"),
        pytest.param(card(source={"label": "L", "topic": {"code": "c"}}), id="G11-system"),
        pytest.param(card(extension=[]), id="A4-extension-list"),
        pytest.param(card(colour="red"), id="A2-unknown"),
    ],
)
def test_G3_to_G11_a_wrong_card_cannot_be_built(bad: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Card.model_validate(bad)


def test_G1_no_guidance_is_an_empty_list_of_cards() -> None:
    assert to_json(CdsResponse()) == {"cards": []}


def test_G7_a_resource_goes_out_untouched() -> None:
    answer = to_json(
        CdsResponse(cards=(Card.model_validate(with_action(type="update", description="D", resource=RESOURCE)),))
    )
    assert answer["cards"][0]["suggestions"][0]["actions"][0]["resource"] == RESOURCE


@pytest.mark.parametrize(
    "extension",
    [
        pytest.param({"org.example": float("nan")}, id="a number that JSON has not"),
        pytest.param({"org.example": object()}, id="something that is no JSON"),
        pytest.param({"org.example": "\ud800"}, id="half a character"),
    ],
)
def test_G1_an_answer_that_cannot_be_written_is_500_and_never_a_part_of_it(
    client: FlaskClient, service: FakeService, extension: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "answer", lambda *_: CdsResponse.model_construct(extension=extension))
    assert_refused(client.post("/cds-services/spine-patient-view", json=patient_view()), 500, "internal-error")


@pytest.mark.parametrize("wrong", [card(summary="x" * 140), card(indicator="hard-stop"), card(selectionBehavior="any")])
def test_G1_a_card_that_cannot_be_built_is_500_and_never_an_empty_answer(
    client: FlaskClient, service: FakeService, wrong: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "answer", lambda *_: CdsResponse.model_validate({"cards": [card(), wrong]}))
    assert_refused(client.post("/cds-services/spine-patient-view", json=patient_view()), 500, "internal-error")


def test_G10_system_actions_need_no_description() -> None:
    response = CdsResponse.model_validate({"systemActions": [{"type": "update", "resource": RESOURCE}]})
    assert to_json(response) == {"cards": [], "systemActions": [{"type": "update", "resource": RESOURCE}]}


def test_A4_a_response_may_carry_an_extension() -> None:
    response = CdsResponse(extension={"org.spine-cds.evaluation": {"id": "1", "gaps": [], "zero": 0, "no": False}})
    assert to_json(response) == {
        "cards": [],
        "extension": {"org.spine-cds.evaluation": {"id": "1", "zero": 0, "no": False}},
    }
