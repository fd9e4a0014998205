"""What is kept, on both databases: rows, hashes, feedback told again and differently, retention, tokens."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from service.caller import Caller
from service.store.evaluations import evaluation_row
from service.store.kept import Store
from service.store.keys import Keys
from service.store.models import Card, Evaluation, Feedback, Finding
from tests.support.databases import Opened
from tests.support.kept import CARD, NOW, OFFER, call, card, told
from tests.support.rows import count, kept, rows, tell

KEYS = Keys(b"one key of one installation, long enough")


def test_a_call_is_kept_with_all_that_its_cards_showed(store: Store) -> None:
    made = call(card(CARD, "safety/a", "safety/b"), card(uuid4(), "procedures/c"))
    kept(store, made)
    (evaluation,) = rows(store, Evaluation)
    hashed = {name: value for name, value in evaluation.items() if name.endswith("_hash")}
    assert all(len(value) == 64 for value in hashed.values())
    assert {name: value for name, value in evaluation.items() if name not in hashed} == {
        "id": made.evaluation,
        "time": NOW,
        "service": "spine-orders",
        "hook": "order-sign",
        "hook_instance": UUID(made.hook_instance),
        "issuer": "https://ehr.example",
        "tenant": "north",
        "user_type": "Practitioner",
        "status": 200,
        "word": "answered",
        "milliseconds": 12.5,
        "content_version": "1+abc",
        "read": {"patient": {"state": "complete", "count": 1}},
        "policies": ["clinic-default"],
        "cards_by_kind": {"safety-alert": 2},
    }
    first, second = sorted(rows(store, Card), key=lambda row: row["place"])
    assert (first["id"], first["suggestions"]) == (CARD, [{"uuid": OFFER, "label": "Draft it"}])
    assert first["evaluation_id"] == second["evaluation_id"] == made.evaluation
    findings = [(row["card_id"], row["place"], row["rule"]) for row in rows(store, Finding)]
    assert sorted(findings, key=lambda item: item[2]) == [
        (second["id"], 0, "procedures/c"),
        (CARD, 0, "safety/a"),
        (CARD, 1, "safety/b"),
    ]
    assert rows(store, Finding)[0]["values"] == [{"name": "hold_days", "value": 3, "unit": "d", "status": "recalled"}]


def test_a_refused_call_is_kept_without_cards(store: Store) -> None:
    kept(store, call(status=412, word="needed-data-missing", patient="", user=""))
    (evaluation,) = rows(store, Evaluation)
    assert (evaluation["status"], evaluation["word"], evaluation["cards_by_kind"]) == (412, "needed-data-missing", {})
    assert (evaluation["patient_hash"], evaluation["user_hash"], evaluation["user_type"]) == ("", "", "")


def test_one_bad_record_does_not_cost_the_others(store: Store) -> None:
    twice = call(card())
    kept(store, twice, twice, call(), call())
    assert count(store, Evaluation) == 3
    assert store.state() == "ok"


def test_a_hash_joins_one_person_at_one_site_and_nobody_else() -> None:
    def of(keys: Keys = KEYS, **changes: Any) -> tuple[str, str]:
        row = evaluation_row(call(**changes), keys)
        return row["patient_hash"], row["user_hash"]

    assert of() == of(hook="patient-view", encounter="other")
    assert of()[0] != of(patient="p-2")[0]
    assert of()[1] != of(user="Practitioner/u-2")[1]
    elsewhere = of(caller=Caller("https://ehr.example", "ehr", "south"))
    assert not set(of()) & set(elsewhere)
    assert not set(of()) & set(of(Keys(b"another installation's key, also long")))
    same = evaluation_row(call(patient="x", user="x", encounter="x", location="x"), KEYS)
    assert len({same[f"{kind}_hash"] for kind in ("patient", "user", "encounter", "location")}) == 4


@pytest.mark.parametrize(
    ("user", "kind"),
    [
        ("Practitioner/7", "Practitioner"),
        ("PractitionerRole/7", "PractitionerRole"),
        ("https://ehr.example/fhir/Patient/7", "Patient"),
        ("RelatedPerson/7", "RelatedPerson"),
        ("Jane Doe", ""),
        ("Doe/7", ""),
    ],
)
def test_of_a_user_only_a_known_type_is_clear(user: str, kind: str) -> None:
    assert evaluation_row(call(user=user), KEYS)["user_type"] == kind


def test_a_hook_instance_that_is_no_uuid_is_hashed() -> None:
    row = evaluation_row(call(hook_instance="Jane Doe"), KEYS)
    assert isinstance(row["hook_instance"], UUID)
    assert row["hook_instance"] == KEYS.uuid("Jane Doe") != Keys(b"x" * 40).uuid("Jane Doe")


def test_words_are_encrypted_and_only_their_key_opens_them() -> None:
    sealed = KEYS.sealed("Jane Doe")
    assert "Jane" not in sealed
    assert KEYS.opened(sealed) == "Jane Doe"
    assert Keys(b"another installation's key, also long").opened(sealed) is None


def test_J4_told_again_it_is_kept_once(store: Store) -> None:
    assert tell(store, told(), told()) == (1, 1)
    assert tell(store, told()) == (0, 1)
    assert count(store, Feedback) == 1


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(told(outcome="accepted"), id="outcome"),
        pytest.param(told(minutes=1), id="time"),
        pytest.param(told(comment="x"), id="comment"),
        pytest.param(told(reason_code="x"), id="code"),
        pytest.param(told(reason_system="x"), id="system"),
        pytest.param(told(reason_display="x"), id="display"),
        pytest.param(told(uuid4()), id="card"),
    ],
)
def test_J4_told_differently_it_is_kept_beside(store: Store, other: Any) -> None:
    assert tell(store, told()) == (1, 0)
    assert tell(store, other) == (1, 0)
    assert count(store, Feedback) == 2


def test_J4_the_order_of_suggestions_and_the_spelling_of_a_uuid_are_no_difference(store: Store) -> None:
    one, two = str(uuid4()), str(uuid4())
    tell(store, told(outcome="accepted", suggestions=(one, two)))
    again = told(str(CARD).upper(), outcome="accepted", suggestions=(two, one.upper(), two))
    assert tell(store, again) == (0, 1)


def test_two_callers_who_say_the_same_are_two(store: Store) -> None:
    assert tell(store, told()) == (1, 0)
    assert tell(store, told(), caller=Caller("https://other.example")) == (1, 0)


def test_feedback_is_kept_as_told(store: Store) -> None:
    tell(store, told(outcome="accepted", reason_system="s", reason_code="c", reason_display="d", comment="u"))
    (row,) = rows(store, Feedback)
    assert (row["card_id"], row["outcome"], row["at"], row["suggestions"]) == (CARD, "accepted", NOW, [OFFER])
    assert (row["reason_system"], row["reason_code"], row["commented"]) == ("s", "c", True)
    assert store.shelf.words(row["words"]) == {"display": "d", "comment": "u"}
    assert (row["issuer"], row["tenant"]) == ("https://ehr.example", "north")


def test_comments_need_not_be_kept(database_url: str, opened: Opened) -> None:
    store = opened(database_url, keep_comments=False)
    tell(store, told(comment="Jane Doe", reason_display="d"))
    assert tell(store, told(comment="John Doe", reason_display="d")) == (1, 0)
    for row in rows(store, Feedback):
        assert row["commented"]
        assert store.shelf.words(row["words"]) == {"display": "d"}


def test_texts_that_a_database_cannot_hold_are_held_without_it(store: Store) -> None:
    odd = "a\0b\ud800c"
    caller = Caller("https://ehr.example", "", odd)
    assert tell(store, told(reason_code=odd, reason_display=odd, comment=odd), caller=caller) == (1, 0)
    (row,) = rows(store, Feedback)
    assert row["reason_code"] == row["tenant"] == "ab?c"
    assert json.dumps(store.shelf.words(row["words"])).encode()
    kept(store, call(caller=caller, user=odd, hook_instance=odd))
    assert count(store, Evaluation) == 1
