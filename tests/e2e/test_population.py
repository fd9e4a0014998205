"""All 166 published patients through patient-view over HTTP, against a real gunicorn."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import requests

from service.cards.extension import NAME
from service.files import read_entries
from tests.e2e.population import Answered, ask, patients, table

pytestmark = pytest.mark.shared
# What a person reading the problem list would call a spine problem; independent of our value sets.
SPINE = re.compile(r"back pain|neck pain|fibromyalg|spin(e|al)|disc|radicul|sciatic|stenosis of|spondyl", re.IGNORECASE)
# Patients whose record holds an open entry of back or neck pain, and nothing that tells its source.
ASKED = 22
KNOWN = {"exf_california": 86, "smart_generated_r4": 80}


@pytest.fixture(scope="module")
def answers(server: str, shared: Path) -> dict[str, Answered]:
    session = requests.Session()
    found = {str(path): ask(server, path, session) for path in patients(shared)}
    print(table(list(found.values())))
    return found


def spine_problem(path: str) -> bool:
    conditions = [e.resource for e in read_entries(Path(path)) if e.resource["resourceType"] == "Condition"]
    return any(SPINE.search(json.dumps(condition.get("code"))) for condition in conditions)


def test_every_patient_is_answered(answers: dict[str, Answered]) -> None:
    assert len(answers) == sum(KNOWN.values())
    assert {answer.status for answer in answers.values()} == {200}


def test_nothing_is_dropped_unsaid(answers: dict[str, Answered]) -> None:
    """These records are clean: whatever is left out has its place and its reason in the answer."""
    for answer in answers.values():
        gaps = answer.reading.get("gaps", [])
        assert all(gap["where"] and gap["problem"] and gap["kind"] for gap in gaps)
        assert not [gap for gap in gaps if gap["kind"] in ("unread", "other-patient", "incomplete")]
        assert not answer.reading.get("not_complete")


def test_a_patient_without_a_spine_problem_gets_no_card(answers: dict[str, Answered]) -> None:
    carded = [path for path, answer in answers.items() if answer.kinds]
    assert carded, "no patient of the population has a card; the test would prove nothing"
    assert not [path for path in carded if not spine_problem(path)]


def test_nobody_is_alarmed_on_opening_a_chart_without_a_procedure_in_question(answers: dict[str, Answered]) -> None:
    """None of these patients has a spine order or plan: nothing about safety is said, and nothing is critical."""
    cards = [card for answer in answers.values() for card in answer.body["cards"]]
    assert not [card["summary"] for card in cards if card["indicator"] == "critical"]
    assert not [path for path, answer in answers.items() if answer.kinds["safety-alert"]]


def test_a_bare_code_of_pain_gets_no_needle_and_is_asked_about_once(answers: dict[str, Answered]) -> None:
    """Low back and neck pain alone carry no injection: one card says what would tell, whatever regions hurt."""
    asked = 0
    for path, answer in answers.items():
        cards = answer.body["cards"]
        assert not answer.kinds["suggestion"], path
        assert not [card for card in cards for offer in card.get("suggestions", ()) if offer.get("isRecommended")], path
        found = [card for card in cards if card["extension"][NAME]["rule"] == "procedures/source-unknown"]
        assert len(found) <= 1, path
        assert all(card["indicator"] == "info" and len(cards) == 1 for card in found), path
        asked += len(found)
    assert asked == ASKED
