"""What could not be checked: said when it could change an answer, and not said when it could not."""

from __future__ import annotations

import pytest

from service.fhir.record import Gap, GapKind, Record
from service.fhir.sent import KeyRead, State
from service.rules.finding import Finding
from service.unchecked import LISTED, unchecked

WHOLE = {key: KeyRead(key, State.COMPLETE) for key in ("patient", "conditions", "medicationStatements", "observations")}


def key(name: str, state: State, problem: str = "") -> dict[str, KeyRead]:
    return {name: KeyRead(name, state, (), problem)}


def gap(kind: GapKind = GapKind.UNREAD, where: str = "Observation/o1", key: str = "observations") -> Gap:
    return Gap(kind, where, "value", "has no number", True, key)


def found(keys: dict[str, KeyRead], *gaps: Gap, is_open: bool = True) -> list[Finding]:
    return unchecked(Record(keys={**WHOLE, **keys}, gaps=list(gaps)), list({**WHOLE, **keys}), is_open)


def test_all_there_and_all_read_says_nothing() -> None:
    assert found({}) == []
    assert found({}, is_open=False) == []


@pytest.mark.parametrize(
    ("state", "outcome", "indicator", "words"),
    [
        (State.ABSENT, "not-sent", "info", "not sent"),
        (State.FAILED, "not-checked", "warning", "failed"),
        (State.PARTIAL, "not-checked", "warning", "incomplete"),
    ],
)
def test_a_key_that_is_not_whole(state: State, outcome: str, indicator: str, words: str) -> None:
    (one,) = found(key("medicationStatements", state, "it broke off"))
    assert (one.kind, one.outcome, one.indicator) == ("could-not-check", outcome, indicator)
    assert one.summary == f"Could not check: medication statements ({words})"
    assert [(item.what, item.from_, item.why) for item in one.missing] == [
        ("medication statements", "medicationStatements", "it broke off")
    ]


def test_without_an_open_question_only_what_could_hide_one_is_said() -> None:
    for state in (State.ABSENT, State.FAILED, State.PARTIAL):
        assert found(key("observations", state), is_open=False) == []
        assert len(found(key("conditions", state), is_open=False)) == 1
    assert found({}, gap(), is_open=False) == []
    assert len(found({}, gap(key="conditions"), is_open=False)) == 1
    assert len(found({}, gap(GapKind.OTHER_PATIENT), is_open=False)) == 1


def test_a_key_that_no_rule_of_the_hook_asks_for_is_not_missed() -> None:
    record = Record(keys={**WHOLE, **key("observations", State.ABSENT)})
    assert unchecked(record, ["patient", "conditions"], True) == []


def test_gaps_that_do_not_matter_say_nothing_and_incomplete_keys_are_said_once() -> None:
    assert found({}, gap()._replace(matters=False)) == []
    failed = key("observations", State.FAILED, "it broke off")
    (one,) = found(failed, Gap(GapKind.INCOMPLETE, "observations", "", "it broke off", True, "observations"))
    assert one.summary == "Could not check: observations (failed)"
    assert one.because == ()


def test_every_gap_is_cited_and_the_list_is_bounded() -> None:
    gaps = [gap(where=f"Observation/o{number}") for number in range(LISTED + 3)]
    (one,) = found({}, *gaps)
    assert one.summary == f"Could not check: {LISTED + 3} entries of the record"
    assert len(one.because) == LISTED + 3
    assert one.detail.count("\n- Observation/") == LISTED
    assert "and 3 more" in one.detail
    (single,) = found({}, gap())
    assert single.summary == "Could not check: 1 entry of the record"


def test_a_long_list_becomes_a_number() -> None:
    names = [f"madeUpKeyNumber{number}" for number in range(12)]
    keys = {name: KeyRead(name, State.FAILED) for name in names}
    (one,) = found(keys)
    assert one.summary == "Could not check 12 parts of the record; the advice may be incomplete"
    assert len(one.missing) == 12
    assert all(name in one.detail for name in names)


def test_a_single_thing_in_hand_that_could_not_be_read_leads_the_card() -> None:
    gap = Gap(GapKind.UNREAD, "ServiceRequest/o1", "", "the dispatched order was neither sent nor found; so what", True)
    (one,) = unchecked(Record(gaps=[gap]), (), False)
    assert one.summary == "Could not check: the dispatched order was neither sent nor found"
