"""Allergies: one fact for each allergen, as grave as its gravest reaction; what is refuted is said and not used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.support.reading import ICD, SNOMED, Read, coded, read, resource

LATEX = coded(SNOMED, "111088007")


def allergy(number: str = "1", **elements: Any) -> dict[str, Any]:
    return resource("AllergyIntolerance", number, **{"code": LATEX, **elements})


def status(code: str) -> dict[str, Any]:
    return {"coding": [{"code": code}]}


def reaction(text: str = "rash", **elements: Any) -> dict[str, Any]:
    return {"manifestation": [{"text": text}], **elements}


def latex(found: Read) -> Mapping[str, Any]:
    return found.one("allergy", concept="latex")


def test_an_allergy_that_says_no_more_than_its_allergen() -> None:
    found = read(allergy())
    assert found.problems == []
    assert latex(found) == {
        "set": "allergens",
        "concept": "latex",
        "title": "latex",
        "active": 1,
        "confirmed": 1,
        "criticality": "",
        "severity": "",
        "type": "",
        "via": "code",
    }
    (fact,) = [fact for fact in found.facts if fact.kind == "allergy"]
    assert [tuple(source) for source in fact.sources] == [("AllergyIntolerance/all1", "latex")]


@pytest.mark.parametrize(
    ("clinical", "active"),
    [("active", 1), ("inactive", 0), ("resolved", 0), ("Resolved", 0), ("INACTIVE", 0), ("made-up", 1)],
)
def test_what_is_over_is_known_as_over(clinical: str, active: int) -> None:
    for written in (status(clinical), {"text": clinical}, clinical):
        assert latex(read(allergy(clinicalStatus=written)))["active"] == active


@pytest.mark.parametrize(
    ("verification", "confirmed"),
    [("confirmed", 1), ("Confirmed", 1), ("unconfirmed", 0), ("presumed", 0), ("made-up", 0)],
)
def test_what_is_not_confirmed_is_still_known(verification: str, confirmed: int) -> None:
    assert latex(read(allergy(verificationStatus=status(verification))))["confirmed"] == confirmed


@pytest.mark.parametrize("verification", ["refuted", "entered-in-error", "Refuted", "ENTERED-IN-ERROR"])
def test_what_is_refuted_is_excluded_and_said(verification: str) -> None:
    found = read(allergy(verificationStatus=status(verification)))
    assert found.of("allergy") == []
    gap = found.gap("not used")
    assert (gap.kind, gap.where, gap.matters) == ("excluded", "AllergyIntolerance/all1", False)
    assert verification.lower() in gap.problem


@pytest.mark.parametrize(
    ("reactions", "severity"),
    [
        ([reaction(severity="mild")], "mild"),
        ([reaction(severity="Severe")], "severe"),
        ([reaction(severity="mild"), reaction(severity="moderate")], "moderate"),
        ([reaction(severity="moderate"), reaction(severity="severe"), reaction(severity="mild")], "severe"),
        ([reaction(severity="awful")], ""),
        ([reaction()], ""),
        ([], ""),
        # What threatens life is severe whatever severity stands beside it.
        ([reaction("Anaphylaxis", severity="mild")], "severe"),
        ([reaction("anaphylactic shock")], "severe"),
        ([{"manifestation": [coded(SNOMED, "39579001")]}], "severe"),
        ([{"manifestation": [coded(ICD, "T78.2XXA")]}], "severe"),
        ([reaction(), {"manifestation": [{"text": "hives"}, {"text": "bronchospasm"}]}], "severe"),
        ([reaction(description="throat swelling within minutes")], "severe"),
        ([reaction("possible anaphylaxis")], "severe"),
        ([reaction(description="history of anaphylaxis")], "severe"),
        ([reaction(description="hives, no anaphylaxis")], ""),
        ([reaction("no anaphylaxis", severity="mild", description="angioedema")], "severe"),
        # How it showed is often left out; how grave it was must not go with it.
        ([{"severity": "severe"}], "severe"),
        ([{}, {"severity": "severe"}], "severe"),
        ([{"manifestation": [], "severity": "severe"}], "severe"),
        ([{}], ""),
    ],
    ids=str,
)
def test_an_allergy_is_as_grave_as_its_gravest_reaction(reactions: list[dict[str, Any]], severity: str) -> None:
    assert latex(read(allergy(reaction=reactions)))["severity"] == severity


def test_a_reaction_that_does_not_say_how_it_showed_is_repaired_and_said() -> None:
    found = read(allergy(reaction=[reaction(), {"severity": "mild"}]))
    assert found.gap("reaction.1.manifestation").problem == "missing; the rest of the reaction was read"


@pytest.mark.parametrize("name", ["criticality", "type"])
def test_codes_of_no_known_meaning_say_nothing(name: str) -> None:
    assert latex(read(allergy(**{name: "made-up"})))[name] == ""


def test_of_several_entries_the_gravest_stands_in_any_order() -> None:
    made = [
        allergy("1", criticality="low", type="intolerance", reaction=[reaction(severity="mild")]),
        allergy("2", criticality="HIGH", type="allergy", verificationStatus=status("unconfirmed")),
        allergy("3", code={"text": "latex gloves"}, criticality="unable-to-assess", reaction=[reaction("anaphylaxis")]),
    ]
    for order in (made, made[::-1]):
        item = latex(read(*order))
        assert (item["criticality"], item["severity"], item["type"]) == ("high", "severe", "allergy")
        assert (item["confirmed"], item["via"]) == (1, "code")
    assert latex(read(made[0], made[2]))["criticality"] == "unable-to-assess"
    assert latex(read(made[0], allergy("4")))["type"] == ""
    (fact,) = [fact for fact in read(*made).facts if fact.kind == "allergy"]
    assert len(fact.sources) == 3


def test_an_entry_that_is_over_does_not_speak_for_one_that_is_not() -> None:
    over = allergy("1", clinicalStatus=status("resolved"), reaction=[reaction("anaphylaxis")])
    found = read(over, allergy("2"))
    assert found.one("allergy", active=1)["severity"] == ""
    assert found.one("allergy", active=0)["severity"] == "severe"


def test_a_label_says_what_a_card_must_say() -> None:
    made = allergy(
        code={"text": "Latex"},
        criticality="high",
        clinicalStatus=status("inactive"),
        verificationStatus=status("unconfirmed"),
        reaction=[reaction(severity="severe")],
    )
    (fact,) = [fact for fact in read(made).facts if fact.kind == "allergy"]
    said = "latex, severe reaction, criticality high, inactive, unconfirmed, recognised by its words"
    assert fact.sources[0].label == said


# --- how it is recognised


@pytest.mark.parametrize(
    ("code", "concepts"),
    [
        ({"text": "Latex gloves and chlorhexidine"}, ["chlorhexidine", "latex"]),
        ({"text": "No latex allergy"}, []),
        ({"text": "history of latex allergy"}, ["latex"]),
        ({"text": "Strawberries"}, []),
        (coded("urn:local", "A17", "Latex"), ["latex"]),
        (coded(SNOMED, "111088007", "Latex"), ["latex"]),
    ],
    ids=str,
)
def test_codes_first_then_words(code: dict[str, Any], concepts: list[str]) -> None:
    found = read(allergy(code=code))
    assert found.concepts("allergy") == concepts
    assert found.problems == []


def test_the_substance_of_a_reaction_is_an_allergen_too() -> None:
    other = reaction(substance=coded(SNOMED, "373568007"))
    assert read(allergy(reaction=[other])).concepts("allergy") == ["chlorhexidine", "latex"]
    assert read(allergy(code=None, reaction=[other])).concepts("allergy") == ["chlorhexidine"]


@pytest.mark.parametrize("code", [None, {}, {"coding": []}, {"coding": [{"code": "x"}]}, 5], ids=str)
def test_an_allergy_to_nothing_that_can_be_known_is_reported(code: Any) -> None:
    """It may be the one that matters."""
    found = read(allergy(code=code, reaction=[reaction("anaphylaxis")]))
    assert found.of("allergy") == []
    assert found.gap("neither a code nor words").matters


def test_another_patients_allergy_is_not_used() -> None:
    found = read(allergy(patient={"reference": "Patient/p2"}))
    assert found.of("allergy") == []
    assert found.gap("another patient").matters
    assert read(allergy(patient=None)).gap("names no patient").matters


def test_an_allergy_survives_everything_but_its_allergen() -> None:
    junks: list[Any] = [5, "x", [], {}, [5], [[]], [{"coding": 5}], True]
    for name in ("clinicalStatus", "verificationStatus", "criticality", "type", "reaction", "note", "meta"):
        for junk in junks:
            assert read(allergy(**{name: junk})).concepts("allergy") == ["latex"], (name, junk)
