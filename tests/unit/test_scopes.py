from __future__ import annotations

from urllib.parse import quote

import pytest

from service.fhir.access.scopes import Cover, Scope, Scopes, interaction, not_covered

WHOLE, PART, NONE = Cover.WHOLE, Cover.PART, Cover.NONE
SEARCH, READ = "Condition?patient=p1", "Condition/c1"
PROBLEMS = "http://terminology.hl7.org/CodeSystem/condition-category|problem-list-item"


def cover(text: str, query: str, *, other_patient: bool = False) -> Cover:
    scopes = Scopes.read(text, other_patient=other_patient)
    assert scopes
    return scopes.cover(query)


@pytest.mark.parametrize(
    ("scope", "search", "read"),
    [
        ("patient/Condition.read", WHOLE, WHOLE),
        ("user/Condition.read", WHOLE, WHOLE),
        ("system/Condition.read", WHOLE, WHOLE),
        ("user/*.read", WHOLE, WHOLE),
        ("patient/*.*", WHOLE, WHOLE),
        ("patient/Condition.*", WHOLE, WHOLE),
        ("patient/Condition.write", NONE, NONE),
        ("patient/Patient.read", NONE, NONE),
        ("patient/Condition.rs", WHOLE, WHOLE),
        ("patient/Condition.sr", WHOLE, WHOLE),
        ("patient/Condition.cruds", WHOLE, WHOLE),
        ("system/*.rs", WHOLE, WHOLE),
        ("patient/Condition.s", WHOLE, NONE),
        ("patient/Condition.r", NONE, WHOLE),
        ("patient/Condition.cud", NONE, NONE),
        ("patient/Conditions.rs", NONE, NONE),
        ("patient/Condition.rs?category=x", PART, WHOLE),
        ("patient/Condition.s?category=x", PART, NONE),
        ("patient/Condition.r?category=x", NONE, WHOLE),
        ("patient/Condition.s?category=x patient/Condition.s", WHOLE, NONE),
        ("patient/Condition.s?category=x patient/Condition.s?category=y", PART, NONE),
        ("patient/Patient.r patient/Condition.s", WHOLE, NONE),
        ("openid fhirUser launch launch/patient", NONE, NONE),
        ("launch/patient patient/Observation.rs offline_access", NONE, NONE),
        ("hospital.own.scope patient/Observation.rs", NONE, NONE),
    ],
)
def test_a_scope_covers_what_it_says(scope: str, search: Cover, read: Cover) -> None:
    assert (cover(scope, SEARCH), cover(scope, READ)) == (search, read)


@pytest.mark.parametrize(
    "text", ["", "   ", "https://auth.example/scope/healthcare", "hospital.own.scope", "patient/x"]
)
def test_a_string_that_says_nothing_we_understand_leaves_it_to_the_server(text: str) -> None:
    assert Scopes.read(text) is None


@pytest.mark.parametrize(
    ("query", "covered"),
    [
        ("Condition?patient=p1&category=a", WHOLE),
        ("Condition?category=a&patient=p1&clinical-status=active", WHOLE),
        ("Condition?patient=p1&category=a,b", PART),
        ("Condition?patient=p1&category=b", PART),
    ],
)
def test_a_restriction_that_the_query_makes_itself_takes_nothing_away(query: str, covered: Cover) -> None:
    assert cover("patient/Condition.s?category=a", query) is covered


def test_restrictions_are_compared_decoded() -> None:
    query = f"Condition?patient=p1&category={quote(PROBLEMS, safe='')}"
    assert cover(f"patient/Condition.rs?category={PROBLEMS}", query) is WHOLE


def test_patient_scopes_are_of_no_use_for_another_patient() -> None:
    assert cover("patient/*.rs", SEARCH, other_patient=True) is NONE
    assert cover("patient/*.rs user/Condition.rs", SEARCH, other_patient=True) is WHOLE


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("Patient/p1", ("Patient", "r")),
        ("Condition", ("Condition", "s")),
        ("Condition?patient=p1", ("Condition", "s")),
        ("Condition/_search?x=1", ("Condition", "s")),
        ("Patient/$match", None),
        ("Patient/p1/$everything", None),
        ("Patient/p1/_history/1", None),
        ("metadata", None),
        ("?patient=p1", None),
        ("", None),
    ],
)
def test_reads_and_searches_are_told_apart(query: str, asked: tuple[str, str] | None) -> None:
    assert interaction(query) == asked


def test_what_is_neither_is_for_the_server_to_judge() -> None:
    assert cover("patient/Condition.s", "Patient/p1/$everything") is WHOLE


def test_the_reason_names_type_and_interaction_only() -> None:
    assert not_covered("Condition?patient=p1").endswith("do not cover it: search Condition")
    assert not_covered("Patient/p1").endswith("do not cover it: read Patient")


def test_a_scope_keeps_its_context() -> None:
    scopes = Scopes.read("system/Patient.r")
    assert scopes
    assert scopes.granted == (Scope("system", "Patient", frozenset("r")),)
