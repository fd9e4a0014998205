"""Drugs under their codes and their names: what is recognised, what is said of it, and what must not be taken for it.

The texts stand in drug_spellings.yaml; other_drugs.txt lists names that are none of ours.
"""

from __future__ import annotations

import csv
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.rules.load import read_yaml
from service.terminology.words import one_slip, words_of
from tests.support.reading import RXNORM, Read, codes, read, reader, resource

SPELLINGS: dict[str, list[Any]] = read_yaml(Path(__file__).with_name("drug_spellings.yaml"))
PRODUCTS = Path(__file__).parents[3] / "shared" / "evidence" / "rxnorm_products.csv"
OURS = ("antithrombotics", "nsaids", "steroids", "serotonergics", "herbals")
LETTERS = "abcdefghijklmnopqrstuvwxyz"
# Ingredients that stand under the name of their class.
CLASSES = {
    "clarithromycin": "clarithromycin",
}
FLUSHES = frozenset({"1658690", "1658692"})


def statement(text: str, **more: Any) -> Read:
    concept = more.pop("concept", {"text": text})
    base = {"status": "active", "dateAsserted": "2026-11-02", "medicationCodeableConcept": concept}
    return read(resource("MedicationStatement", **{**base, **more}))


def drugs(found: Read) -> dict[str, dict[str, Any]]:
    """Facts of our sets by concept."""
    return {item["concept"]: dict(item) for item in found.of("medication") if item["set"] in OURS}


def rows(name: str) -> list[Any]:
    return [pytest.param(row[0], set(row[1:]), id=row[0][:40]) for row in SPELLINGS[name]]


def test_there_are_enough_of_them() -> None:
    assert len(SPELLINGS["taken"]) + len(SPELLINGS["mistyped"]) >= 70
    assert len(SPELLINGS["mistyped"]) >= 25
    assert sum(len(SPELLINGS[name]) for name in ("denied", "stopped", "held", "local", "flush", "nothing")) >= 40


@pytest.mark.parametrize(("text", "concepts"), rows("taken"))
def test_a_drug_is_recognised(text: str, concepts: set[str]) -> None:
    found = drugs(statement(text)).items()
    assert {name for name, item in found if item["state"] != "past" and item["route"] != "local"} == concepts


@pytest.mark.parametrize(("text", "concepts"), rows("mistyped"))
def test_a_mistyped_drug_is_recognised_and_the_card_says_how_it_was_written(text: str, concepts: set[str]) -> None:
    found = statement(text)
    assert set(drugs(found)) == concepts
    assert all(item["via"] == "text" for item in drugs(found).values())
    label = next(fact.sources[0].label for fact in found.facts if fact.kind == "medication")
    assert ", recognised by its words, written '" in label


@pytest.mark.parametrize(("text", "concepts"), rows("denied"))
def test_a_drug_that_its_words_deny_is_no_exposure_and_is_noted(text: str, concepts: set[str]) -> None:
    found = statement(text)
    assert drugs(found) == {}
    noted = {line for line in found.problems if "read as not taken" in line and line.startswith("excluded ")}
    titles = {codes().concept(name, concept).title for name in OURS for concept in concepts & set(concepts_of(name))}
    assert all(any(f" {title}: its words say " in line for line in noted) for title in titles)


@pytest.mark.parametrize(("text", "concepts"), rows("stopped"))
def test_a_drug_that_its_words_say_was_stopped_is_past(text: str, concepts: set[str]) -> None:
    found = statement(text)
    assert {name: item["state"] for name, item in drugs(found).items()} == dict.fromkeys(concepts, "past")
    assert all(item["last_days"] == 20 for item in drugs(found).values())
    assert any("read as past, not active" in line for line in found.problems)
    assert "read as past" not in " ".join(statement(text, status="stopped").problems)


@pytest.mark.parametrize(("text", "concepts"), rows("held"))
def test_a_drug_on_hold_is_held(text: str, concepts: set[str]) -> None:
    assert {name: item["state"] for name, item in drugs(statement(text)).items()} == dict.fromkeys(concepts, "held")


@pytest.mark.parametrize(("text", "concepts"), rows("local"))
def test_a_local_form_is_local(text: str, concepts: set[str]) -> None:
    assert {name: item["route"] for name, item in drugs(statement(text)).items()} == dict.fromkeys(concepts, "local")


@pytest.mark.parametrize("text", SPELLINGS["flush"])
def test_a_flush_is_a_flush(text: str) -> None:
    assert set(drugs(statement(text))) == {"heparin-flush"}


@pytest.mark.parametrize("text", SPELLINGS["nothing"])
def test_a_near_miss_is_nothing(text: str) -> None:
    assert drugs(statement(text)) == {}


@pytest.mark.parametrize("text", [row[0] for row in SPELLINGS["taken"]])
def test_case_and_surroundings_do_not_matter(text: str) -> None:
    plain = drugs(statement(text))
    for made in (text.upper(), text.lower(), f"  {text}  ", f"{text}.", f"*{text}*"):
        assert drugs(statement(made)) == plain, made


def concepts_of(name: str) -> list[str]:
    return list(codes().sets[name].concepts)


def test_no_other_drug_is_read_as_one_of_ours() -> None:
    lines = Path(__file__).with_name("other_drugs.txt").read_text("utf-8").splitlines()
    names = {name for line in lines if not line.startswith("#") for name in line.split()}
    phrases, spellings = codes().phrases("medication"), codes().spellings("medication")
    known = set(phrases.single())
    assert len(names) > 1500
    wrong = {
        name: [item.hit.concept for item in found]
        for name in names
        if known.isdisjoint(words_of(name)) and (found := reader().drugs.read(name, phrases, spellings))
    }
    assert wrong == {}


# Codes


@pytest.mark.shared
def test_every_product_is_its_ingredients() -> None:
    if not PRODUCTS.exists():
        pytest.skip("no shared data")
    with PRODUCTS.open(encoding="utf-8") as file:
        products = list(csv.DictReader(file))
    assert len(products) == 721
    wrong: list[tuple[str, str, list[str], list[str]]] = []
    for product in products:
        hits = [
            hit
            for of in ("medication", "allergy")
            for hit in codes().by_coding(of, [{"system": RXNORM, "code": product["rxcui"]}])
        ]
        found = {hit.concept for hit in hits}
        wanted = {CLASSES.get(name, name) for name in product["ingredients"].split("|")}
        if product["rxcui"] in FLUSHES:
            wanted = {"heparin-flush"}
        # Class sets (analgesics, insulin beside a GLP-1 agonist) name more than the list does.
        if not wanted <= found and not (wanted <= {"venlafaxine"} and found):
            wrong.append((product["rxcui"], product["rxnorm_name"], sorted(wanted), sorted(found)))
        if not all(hit.set not in OURS or hit.concept in wanted for hit in hits):
            wrong.append((product["rxcui"], product["rxnorm_name"], ["no more"], sorted(found)))
    assert wrong == []


@pytest.mark.parametrize(
    ("system", "code", "concept"),
    [
        ("http://hl7.org/fhir/sid/ndc", "0003-0894-21", "apixaban"),
        ("http://hl7.org/fhir/sid/ndc", "00003-0894-21", "apixaban"),
        ("http://hl7.org/fhir/sid/ndc", "00003089421", "apixaban"),
        ("http://hl7.org/fhir/sid/ndc", "0003-0894", "apixaban"),
        ("http://hl7.org/fhir/sid/ndc", "NDC 0003-0894-21", "apixaban"),
        ("urn:oid:2.16.840.1.113883.6.69", "50458-580-30", "rivaroxaban"),
        ("http://hl7.org/fhir/sid/ndc", "50458058030", "rivaroxaban"),
        ("http://hl7.org/fhir/sid/ndc", "63653-1171-1", "clopidogrel"),
        ("", "0056-0172-70", "warfarin"),
        ("http://www.whocc.no/atc", "B01AF", "antithrombotic-unnamed"),
        ("http://www.whocc.no/atc", "B01AB06", "antithrombotic-unnamed"),
        ("http://www.whocc.no/atc", "b01af02", "apixaban"),
        ("", "B01AF", "antithrombotic-unnamed"),
        ("http://www.whocc.no/atc", "N06AB07", "antidepressant-unnamed"),
    ],
)
def test_other_codes_of_a_drug(system: str, code: str, concept: str) -> None:
    found = statement("", concept={"coding": [{"system": system, "code": code}]})
    assert {name: item["via"] for name, item in drugs(found).items()} == {concept: "code"}


@pytest.mark.parametrize("code", ["0003089421", "0003-0895-21", "3-894-21-5", "B01", "B01AB02"])
def test_codes_that_are_none_of_ours(code: str) -> None:
    system = "http://www.whocc.no/atc" if code.startswith("B") else "http://hl7.org/fhir/sid/ndc"
    assert drugs(statement("", concept={"coding": [{"system": system, "code": code}]})) == {}


def test_a_mistyped_name_beside_a_drug_code_is_left_alone() -> None:
    concept = {"coding": [{"system": RXNORM, "code": "197361"}], "text": "Xeralto"}
    assert drugs(statement("", concept=concept)) == {}
    local = {"coding": [{"system": "urn:local", "code": "197361"}], "text": "Xeralto"}
    assert set(drugs(statement("", concept=local))) == {"rivaroxaban"}


def test_a_code_whose_words_say_stopped_stays_an_exposure_and_is_asked_about() -> None:
    concept = {"coding": [{"system": RXNORM, "code": "11289"}], "text": "warfarin - not taking"}
    found = statement("", concept=concept)
    assert drugs(found)["warfarin"]["state"] == "active"
    assert found.gap("its words say 'not taking'; taken as active").kind == "contradiction"


@pytest.mark.parametrize("form", ["Ophthalmic Solution", "Topical Gel"])
def test_an_ingredient_code_takes_its_form_from_the_words_beside_it(form: str) -> None:
    coding = {"system": RXNORM, "code": "3264"}
    concept = {"coding": [{**coding, "display": f"dexamethasone {form}"}]}
    assert drugs(statement("", concept=concept))["dexamethasone"]["route"] == "local"
    drug = {"resourceType": "Medication", "id": "m", "form": {"text": form}, "code": {"coding": [coding]}}
    found = statement("", concept=None, medicationReference={"reference": "#m"}, contained=[drug])
    assert drugs(found)["dexamethasone"]["route"] == "local"


@pytest.mark.parametrize(
    ("dosage", "route"),
    [
        ({"text": "apply to knee twice daily"}, "local"),
        ({"route": {"text": "Ophthalmic"}}, "local"),
        ({"text": "instill 1 drop into both eyes"}, "local"),
        ({"text": "50 mg by mouth twice daily"}, "oral"),
        ({"text": "75 mg IM once"}, "im"),
        ({"route": {"text": "Rectal"}}, ""),
        ({"route": {"coding": [{"system": "http://snomed.info/sct", "code": "6064005"}]}}, "local"),
        ({"route": {"coding": [{"system": "http://snomed.info/sct", "code": "26643006"}]}}, "oral"),
        ({"route": {"coding": [{"code": "IM"}]}}, "im"),
    ],
)
def test_the_dosage_tells_a_local_form_too(dosage: dict[str, Any], route: str) -> None:
    concept = {"coding": [{"system": RXNORM, "code": "3355"}]}
    assert drugs(statement("", concept=concept, dosage=[dosage]))["diclofenac"]["route"] == route


def test_tablets_beside_a_gel_are_the_exposure() -> None:
    gel = resource("MedicationStatement", "1", status="active", medicationCodeableConcept={"text": "diclofenac 1% gel"})
    tablets = {"status": "completed", "medicationCodeableConcept": {"text": "diclofenac 50 mg tablet"}}
    item = read(gel, resource("MedicationStatement", "2", **tablets)).one("medication", set="nsaids")
    assert (item["state"], item["route"]) == ("past", "oral")


# Properties


@lru_cache(maxsize=1)
def names() -> list[str]:
    """Our words of one phrase that are long enough to be mistyped."""
    alone = codes().phrases("medication").single()
    return sorted(word for word, hits in alone.items() if len(word) >= 7 and word.isalpha() and hits[0].set in OURS)


@st.composite
def slips(draw: st.DrawFn) -> tuple[str, str]:
    """One of our names, and the same with one slip of the keyboard."""
    name = draw(st.sampled_from(names()))
    place, letter = draw(st.integers(0, len(name) - 2)), draw(st.sampled_from(LETTERS))
    kind = draw(st.sampled_from(("more", "less", "other", "swapped")))
    made = {
        "more": name[:place] + letter + name[place:],
        "less": name[:place] + name[place + 1 :],
        "other": name[:place] + letter + name[place + 1 :],
        "swapped": name[:place] + name[place + 1] + name[place] + name[place + 2 :],
    }[kind]
    return name, made


def meanings(text: str) -> set[tuple[str, str]]:
    phrases, spellings = codes().phrases("medication"), codes().spellings("medication")
    return {(item.hit.set, item.hit.concept) for item in reader().drugs.read(text, phrases, spellings)}


@given(slips())
def test_a_slip_is_read_as_what_it_was_or_not_at_all(slip: tuple[str, str]) -> None:
    name, made = slip
    own = codes().phrases("medication").single().get(made)
    expected = {(hit.set, hit.concept) for hit in own} if own else meanings(name)
    assert meanings(made) in (expected, set())


AROUND = st.sampled_from((("", ""), ("5 mg ", " daily"), ("take ", " 5 MG"), ("(", ")"), ("- ", ".")))


@given(slips(), AROUND)
def test_what_stands_around_a_slip_does_not_matter(slip: tuple[str, str], around: tuple[str, str]) -> None:
    assert meanings(slip[1].upper().join(around)) == meanings(slip[1])


@given(st.text(alphabet=LETTERS, min_size=1, max_size=14), st.text(alphabet=LETTERS, min_size=1, max_size=14))
def test_one_slip_is_the_same_both_ways(one: str, other: str) -> None:
    assert one_slip(one, other) == one_slip(other, one)
    assert not one_slip(one, one)
