"""The answer as a whole: silence only where it is true, and every gap listed up to a bound that is said."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from service.answer import LISTED, LONGEST, READING, answer
from service.evaluate import Evaluation
from service.fhir.record import Gap, GapKind, Record
from service.fhir.sent import KeyRead, State
from service.hooks.response import to_json
from service.question import Question
from service.rules.finding import Finding, Reasoning
from service.rules.load import Content
from tests.support.reading import TODAY
from tests.unit.findings import finding, suggested

WHOLE = {"patient": KeyRead("patient", State.COMPLETE), "conditions": KeyRead("conditions", State.COMPLETE)}


def evaluation(*findings: Finding, gaps: int = 0, **keys: KeyRead) -> Evaluation:
    record = Record(keys={**WHOLE, **keys}, received=7)
    record.gaps += [Gap(GapKind.REPAIRED, f"Condition/{number}", "note", "dropped") for number in range(gaps)]
    return Evaluation(Question("patient-view", "p1", TODAY), record, Reasoning({}, ()), findings, ())


def body(content: Content, made: Evaluation, unknown: tuple[str, ...] = ()) -> dict[str, Any]:
    return to_json(answer(made, content, UUID(int=1), 10, unknown))


def test_silence_is_exactly_no_cards(content: Content) -> None:
    assert body(content, evaluation()) == {"cards": []}


@pytest.mark.parametrize("state", [State.ABSENT, State.FAILED, State.PARTIAL])
def test_a_key_that_is_not_whole_breaks_the_silence(content: Content, state: State) -> None:
    made = evaluation(observations=KeyRead("observations", state))
    assert body(content, made)["extension"][READING]["not_complete"] == {"observations": state.value}


def test_gaps_and_unknown_keys_break_the_silence(content: Content) -> None:
    said = body(content, evaluation(gaps=1))["extension"][READING]
    assert said["gaps"] == [
        {"where": "Condition/0", "element": "note", "problem": "dropped", "kind": "repaired"},
    ]
    assert said["count_repaired"] == 1
    assert body(content, evaluation(), ("weather",))["extension"][READING]["ignored_keys"] == ["weather"]


def test_the_list_of_gaps_is_bounded_and_says_so(content: Content) -> None:
    said = body(content, evaluation(gaps=LISTED + 5))["extension"][READING]
    assert len(said["gaps"]) == LISTED
    assert (said["gaps_not_listed"], said["count_repaired"]) == (5, LISTED + 5)
    whole = body(content, evaluation(gaps=LISTED))["extension"][READING]
    assert "gaps_not_listed" not in whole


def test_counts_of_what_was_read(content: Content) -> None:
    said = body(content, evaluation(finding()))["extension"][READING]
    assert (said["resources"], said["used"], said["content_version"]) == (7, 0, content.version)


def test_the_same_evaluation_gives_the_same_bytes(content: Content) -> None:
    made = evaluation(finding(), finding("suggestion", suggest=suggested(), region="lumbar"))
    assert body(content, made) == body(content, made)


def test_cards_are_capped_and_no_finding_is_lost(content: Content) -> None:
    many = [finding(topic=f"t{number}", summary=f"Number {number}") for number in range(15)]
    cards = body(content, evaluation(*many))["cards"]
    assert len(cards) == 10
    inner = [card["extension"]["org.spine-cds.finding"] for card in cards]
    assert sum(1 + len(item.get("findings", [])) for item in inner) == 15
    assert len({card["uuid"] for card in cards}) == 10


def test_the_draft_is_for_the_patient_of_the_question(content: Content) -> None:
    made = evaluation(finding("suggestion", suggest=suggested(), region="lumbar"))
    made = replace(made, question=Question("patient-view", "someone-else", TODAY))
    (card,) = body(content, made)["cards"]
    resource = card["suggestions"][0]["actions"][0]["resource"]
    assert resource["subject"] == {"reference": "Patient/someone-else"}


def test_what_was_noticed_about_a_whole_key_is_said(content: Content) -> None:
    made = evaluation(observations=KeyRead("observations", State.COMPLETE, problem="the FHIR server added a remark"))
    said = body(content, made)["extension"][READING]
    assert said["remarks"] == {"observations": "the FHIR server added a remark"}
    assert "not_complete" not in said


def test_names_of_ignored_keys_are_bounded(content: Content) -> None:
    many = tuple(f"{number:03}" + "x" * 500 for number in range(LISTED + 5))
    said = body(content, evaluation(), many)["extension"][READING]["ignored_keys"]
    assert (len(said), {len(name) for name in said}) == (LISTED, {LONGEST})
