"""Asking for what a checklist could not find: a Task for each supplier, for an order in hand, naming nobody."""

from __future__ import annotations

import json
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from fhir.resources.R4B.task import Task
from flask.testing import FlaskClient

from fhir_samples.samples import samples
from service.answer import PACKET, answer
from service.api.app import create_app
from service.assembly import SpineService
from service.cards.asks import asked_for
from service.evaluate import Evaluator
from service.files import by_key, question, read_entries
from service.hooks.response import CdsResponse, Suggestion, to_json
from service.rules.finding import CriterionResult, Finding
from service.rules.load import Content
from service.settings import Settings
from tests.conftest import ROOT
from tests.unit.findings import finding

CARD = UUID(int=7)
ORDER = "ServiceRequest/o1"
CRITERIA = (
    CriterionResult("diagnosis", "met"),
    CriterionResult("conservative-care", "not-met", needed="4 wk", found="2 wk", supplier="ordering clinician"),
    CriterionResult("imaging", "not-documented", needed="MRI or CT", supplier="imaging department"),
    CriterionResult("functional-goals", "not-documented", supplier="ordering clinician"),
    CriterionResult("pain-and-function-baseline", "not-documented", needed="a score", supplier="ordering clinician"),
    CriterionResult("levels", "not-documented"),
)


def checklist(*criteria: CriterionResult) -> Finding:
    return finding(
        "documentation", procedure="a-procedure", region="lumbar", laterality="left", criteria=criteria or CRITERIA
    )


def tasks(made: Suggestion | None) -> list[dict[str, Any]]:
    assert made is not None
    return [action.resource or {} for action in made.actions]


def test_each_supplier_has_one_task_with_all_that_it_can_supply() -> None:
    made = asked_for(checklist(), ORDER, "p1", CARD)
    assert made is not None
    assert made.label == "Ask for what is not documented (4 criteria)"
    assert [action.description for action in made.actions] == [
        "Ask imaging department for imaging",
        "Ask ordering clinician for functional goals, pain and function baseline",
        "Ask whoever has it for levels",
    ]
    asked = [[item["valueString"] for item in task["input"]] for task in tasks(made)]
    assert asked == [["imaging"], ["functional-goals", "pain-and-function-baseline"], ["levels"]]
    assert [task.get("performerType") for task in tasks(made)] == [
        [{"text": "imaging department"}],
        [{"text": "ordering clinician"}],
        None,
    ]
    assert "imaging (needed: MRI or CT)" in tasks(made)[0]["description"]
    assert "left lumbar a procedure" in tasks(made)[0]["description"]


def test_a_task_is_a_draft_about_the_order_and_names_no_requester_or_owner() -> None:
    for task in tasks(asked_for(checklist(), ORDER, "p1", CARD)):
        Task.model_validate(task)
        assert (task["status"], task["intent"]) == ("draft", "order")
        assert (task["focus"], task["for"]) == ({"reference": ORDER}, {"reference": "Patient/p1"})
        assert not {"requester", "owner", "id"} & task.keys()


@pytest.mark.parametrize(
    "nothing",
    [
        (checklist(*CRITERIA[:2]), ORDER),
        (checklist(), ""),
        (finding("documentation"), ORDER),
        (finding("safety-alert", criteria=CRITERIA), ORDER),
    ],
    ids=["met and not met", "no order in hand", "no criteria", "another kind"],
)
def test_where_nothing_is_to_be_asked_there_is_no_suggestion(nothing: tuple[Finding, str]) -> None:
    assert asked_for(*nothing, "p1", CARD) is None


def test_one_criterion_is_one() -> None:
    made = asked_for(checklist(CRITERIA[2]), ORDER, "p1", CARD)
    assert made is not None
    assert made.label == "Ask for what is not documented (1 criterion)"


# On the cards of a real order.

FOLDER = ROOT / "fhir_samples" / "s01-apixaban"
PAGE = "https://cds.example/prior-auth/packets/new"


def response(evaluator: Evaluator, hook: str, packets: str = "", **changes: Any) -> CdsResponse:
    entries = [
        entry
        for entry in read_entries(FOLDER / "record.json")
        if entry.resource["resourceType"] not in ("ImagingStudy", "DiagnosticReport")
    ]
    order = json.loads((FOLDER / "order.json").read_text()) | changes
    asked = question(hook, entries, [order] if hook != "patient-view" else [], date(2026, 11, 22))
    made = evaluator.evaluate(asked, by_key(entries, evaluator.content.templates(hook)))
    return answer(made, evaluator.content, UUID(int=1), 10, packets=packets)


def documentation(made: CdsResponse) -> list[Any]:
    return [card for card in made.cards if card.extension["org.spine-cds.finding"]["kind"] == "documentation"]


@pytest.mark.parametrize("hook", ["order-select", "order-sign"])
def test_a_checklist_of_an_order_offers_to_ask_and_links_to_the_packet(evaluator: Evaluator, hook: str) -> None:
    (card,) = documentation(response(evaluator, hook, PAGE))
    (suggestion,) = card.suggestions
    assert all(task["focus"] == {"reference": "ServiceRequest/s01-order"} for task in tasks(suggestion))
    assert "imaging" in [item["valueString"] for task in tasks(suggestion) for item in task["input"]]
    assert [(link.label, link.url, link.type) for link in card.links] == [(PACKET, PAGE, "absolute")]
    body = to_json(response(evaluator, hook, PAGE))
    assert [card for card in body["cards"] if card.get("links")] == [
        card for card in body["cards"] if card["extension"]["org.spine-cds.finding"]["kind"] == "documentation"
    ]


def test_without_a_page_there_is_no_link(evaluator: Evaluator) -> None:
    assert [card.links for card in response(evaluator, "order-sign").cards if card.links] == []


def test_what_is_not_ordered_yet_is_not_asked_for(evaluator: Evaluator) -> None:
    for card in documentation(response(evaluator, "patient-view", PAGE)):
        assert not card.suggestions
        assert not card.links


def test_an_order_without_an_id_cannot_be_pointed_at(evaluator: Evaluator) -> None:
    for card in documentation(response(evaluator, "order-sign", PAGE, id=None)):
        assert not card.suggestions


@pytest.fixture(scope="module")
def services(content: Content) -> dict[str, SpineService]:
    """Services with and without a name for others, and without a store; the engine is not needed."""
    return {
        "named": SpineService(Settings(public_url="https://cds.example"), content),
        "nameless": SpineService(Settings(), content),
        "keeps nothing": SpineService(Settings(public_url="https://cds.example", database="none"), content),
    }


def test_the_link_is_there_only_where_it_leads_somewhere(services: dict[str, SpineService]) -> None:
    assert {name: service.packet_page for name, service in services.items()} == {
        "named": PAGE,
        "nameless": "",
        "keeps nothing": "",
    }


def test_the_page_behind_the_link_is_open_and_names_nobody(content: Content) -> None:
    client: FlaskClient = create_app(
        Settings(public_url="https://cds.example"), SpineService(Settings(), content)
    ).test_client()
    page = client.get("/prior-auth/packets/new?patient=p1")
    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert "https://cds.example/prior-auth/packets" in page.text
    assert "p1" not in page.text
    assert "script" not in page.headers["Content-Security-Policy"]


def test_every_suggestion_of_the_samples_is_a_task_of_fhir(evaluator: Evaluator) -> None:
    found = 0
    for sample in samples():
        if "order-sign" in sample.hooks:
            keys = by_key(sample.entries, evaluator.content.templates("order-sign"))
            made = answer(evaluator.evaluate(sample.question("order-sign"), keys), evaluator.content, UUID(int=1), 10)
            for card in documentation(made):
                for suggestion in card.suggestions:
                    for task in tasks(suggestion):
                        Task.model_validate(task)
                        found += 1
    assert found > 5
