"""Codes under every name of their system, in every spelling, and in the wrong place; words as the last resort."""

from __future__ import annotations

from typing import Any

import pytest

from service.facts.extract.examinations import TEXT
from service.terminology.systems import SPELLINGS, other_systems, system_name, system_uri, written
from service.terminology.value_sets import CodeEntry, CodeIndex, Concept, ValueSet
from tests.support.reading import CPT, DICOM, ICD, LOINC, RXNORM, SNOMED, TODAY, coded, codes, read, resource, warfarin

HCPCS = "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
ATC = "http://www.whocc.no/atc"


def small(*sets: tuple[str, dict[str, list[dict[str, Any]]]]) -> CodeIndex:
    """An index of condition sets with the given code entries."""
    return CodeIndex(
        ValueSet(
            id=name,
            title=name,
            of="condition",
            source={},
            licence="",
            reviewed=TODAY,
            concepts={
                concept: Concept(title=concept, codes=tuple(CodeEntry.model_validate(entry) for entry in entries))
                for concept, entries in concepts.items()
            },
        )
        for name, concepts in sets
    )


def found(index: CodeIndex, code: Any, system: str | None = ICD) -> list[tuple[str, str]]:
    return [(hit.set, hit.concept) for hit in index.by_coding("condition", [{"system": system, "code": code}])]


@pytest.mark.parametrize(("name", "spelling"), [(n, s) for n, spellings in SPELLINGS.items() for s in spellings])
def test_every_spelling_of_a_system_is_known(name: str, spelling: str) -> None:
    assert system_name(spelling) == name
    assert system_name(spelling.upper()) == name
    assert system_name(f" {spelling}/ ") == name
    assert system_name(f"{spelling}|2026") == name
    assert system_name(spelling.replace("http://", "https://")) == name


@pytest.mark.parametrize("uri", ["", "urn:oid:1.2.3", "http://example.org/loinc", "loinc.org.example"])
def test_other_systems_are_none_of_ours(uri: str) -> None:
    assert system_name(uri) == ""


@pytest.mark.parametrize("name", SPELLINGS)
def test_what_is_written_is_read_back(name: str) -> None:
    assert system_name(system_uri(name)) == name


@pytest.mark.parametrize(
    ("system", "code", "plain"),
    [
        ("icd10cm", "m5416", "M54.16"),
        ("icd10cm", " M54.16 ", "M54.16"),
        ("icd10cm", "M54", "M54"),
        ("cpt", "64483-LT", "64483"),
        ("hcpcs", "j1030", "J1030"),
        ("atc", "b01aa03", "B01AA03"),
        ("dicom", "mr", "MR"),
        ("loinc", "4548-4", "4548-4"),
    ],
)
def test_a_code_is_compared_in_one_spelling(system: str, code: str, plain: str) -> None:
    assert written(system, code) == plain


@pytest.mark.parametrize(
    ("kind", "element", "concept", "expected"),
    [
        ("Condition", "code", coded(ICD, "m54.16"), "radicular-pain"),
        ("Condition", "code", coded(ICD, "M5416"), "radicular-pain"),
        ("Condition", "code", coded("urn:oid:2.16.840.1.113883.6.90", "M54.16"), "radicular-pain"),
        ("Condition", "code", coded("", "M54.16"), "radicular-pain"),
        ("Condition", "code", coded(SNOMED, "M54.16"), "radicular-pain"),
        ("Condition", "code", coded(ICD, "23056005"), "radicular-pain"),
        ("Procedure", "code", coded(CPT, "64483-50"), "epidural-transforaminal"),
        ("Procedure", "code", coded(HCPCS, "64483"), "epidural-transforaminal"),
        ("Procedure", "code", coded("", "64483"), "epidural-transforaminal"),
        ("Procedure", "code", coded(CPT, 64483), "epidural-transforaminal"),
        ("Observation", "code", coded("", "4548-4"), "hba1c"),
        ("Observation", "code", {"coding": [{"system": LOINC}], "text": "HbA1c"}, "hba1c"),
        ("MedicationStatement", "medicationCodeableConcept", coded(RXNORM, "11289"), "warfarin"),
        ("MedicationStatement", "medicationCodeableConcept", coded(RXNORM, "855332"), "warfarin"),
        ("MedicationStatement", "medicationCodeableConcept", coded(RXNORM, 855332), "warfarin"),
        ("MedicationStatement", "medicationCodeableConcept", coded(ATC, "b01aa03"), "warfarin"),
        ("MedicationStatement", "medicationCodeableConcept", {"text": "Coumadin 5mg tab"}, "warfarin"),
        ("MedicationStatement", "medicationCodeableConcept", "warfarin sodium", "warfarin"),
        (
            "MedicationStatement",
            "medicationCodeableConcept",
            coded("http://hl7.org/fhir/sid/ndc", "00056-0172-70", display="Coumadin 5 MG"),
            "warfarin",
        ),
    ],
)
def test_recognised(kind: str, element: str, concept: Any, expected: str) -> None:
    made = resource(kind, status="completed", performedDateTime="2026-10-01", effectiveDateTime="2026-10-01")
    if kind == "Condition":
        made = resource(kind)
    if kind == "Observation":
        made["valueQuantity"] = {"value": 7.2, "unit": "%"}
    facts = [fact.fields["concept"] for fact in read({**made, element: concept}).facts if "concept" in fact.fields]
    assert expected in facts


@pytest.mark.parametrize(
    "concept",
    [
        {"coding": [{"code": "11289"}]},
        {"coding": [{"system": RXNORM}]},
        {"coding": [{"system": RXNORM, "code": {}}]},
        {"coding": [{"system": RXNORM, "code": " "}]},
        {"coding": "11289"},
        {"coding": [], "text": "  "},
        [],
        11289,
    ],
    ids=str,
)
def test_what_says_nothing_is_reported_not_passed_over(concept: Any) -> None:
    gap = read(warfarin(medicationCodeableConcept=concept)).gap("neither a code nor words")
    assert gap.matters
    assert gap.where == "MedicationStatement/med1"


def test_a_known_drug_of_no_interest_is_not_reported() -> None:
    assert read(warfarin(medicationCodeableConcept=coded(RXNORM, "197361"))).problems == []


def test_words_do_not_speak_where_a_code_does_and_say_so_where_they_do() -> None:
    by_words = read(warfarin(medicationCodeableConcept={"text": "warfarin"}))
    assert by_words.one("medication")["via"] == "text"
    (source,) = next(fact for fact in by_words.facts if fact.kind == "medication").sources
    assert source.label.endswith("recognised by its words")
    assert read(warfarin()).one("medication")["via"] == "code"


def test_a_combination_product_is_each_of_its_drugs() -> None:
    text = read(warfarin(medicationCodeableConcept={"text": "Aspirin / dipyridamole 25-200 mg"}))
    assert {"aspirin", "dipyridamole"} <= set(" ".join(text.concepts("medication")).replace("-", " ").split())
    two = {"coding": [*coded(RXNORM, "11289")["coding"], *coded(RXNORM, "1364430")["coding"]]}
    assert read(warfarin(medicationCodeableConcept=two)).concepts("medication") == ["apixaban", "warfarin"]


def test_the_longest_prefix_wins_in_its_set_and_an_exact_code_over_every_prefix() -> None:
    index = small(
        (
            "one",
            {
                "short": [{"system": "icd10cm", "prefix": "M51"}],
                "long": [{"system": "icd10cm", "prefix": "M51.1"}],
                "exact": [{"system": "icd10cm", "code": "M51.16"}],
            },
        ),
    )
    assert found(index, "M51.16") == [("one", "exact")]
    assert found(index, "M51.17") == [("one", "long")]
    assert found(index, "M51.27") == [("one", "short")]
    assert found(index, "M5") == found(index, "M50.1") == found(index, "") == []


def test_an_exact_code_of_one_set_hides_no_prefix_of_another() -> None:
    index = small(
        ("one", {"exact": [{"system": "icd10cm", "code": "M51.16"}]}),
        ("two", {"prefix": [{"system": "icd10cm", "prefix": "M51.1"}]}),
    )
    assert found(index, "m5116") == [("one", "exact"), ("two", "prefix")]


def test_prefixes_are_of_one_system_only() -> None:
    index = small(("one", {"prefix": [{"system": "icd10cm", "prefix": "M51"}]}))
    assert found(index, "M51.16", DICOM) == []
    assert found(index, "M51.16", SNOMED) == [("one", "prefix")]


@pytest.mark.parametrize(
    ("system", "code", "others"),
    [
        ("icd10cm", "23056005", ("snomed",)),
        ("icd10cm", "M54.16", ()),
        ("snomed", "M54.16", ("icd10cm",)),
        ("cpt", "J1030", ("hcpcs",)),
        ("hcpcs", "64483", ("cpt",)),
        ("", "J1030", ("icd10cm", "hcpcs")),
        ("", "64483", ("cpt",)),
        ("", "0627T", ("cpt",)),
        ("", "4548-4", ("loinc",)),
        ("", "B01AA03", ("icd10cm", "atc")),
        ("", "11289", ("cpt",)),
        ("loinc", "64483", ()),
        ("rxnorm", "23056005", ()),
    ],
)
def test_where_else_a_code_may_belong(system: str, code: str, others: tuple[str, ...]) -> None:
    assert other_systems(system, code) == others


def test_every_code_of_the_repository_is_found_again() -> None:
    index = codes()
    for value_set in index.sets.values():
        for name, concept in value_set.concepts.items():
            for entry in concept.codes:
                uri = entry.uri if entry.system == "other" else system_uri(entry.system)
                hits = index.by_coding(value_set.of, [{"system": uri, "code": entry.code or entry.prefix}])
                assert (value_set.id, name) in {(hit.set, hit.concept) for hit in hits}, (value_set.id, name, entry)


def test_every_result_that_is_converted_has_a_plausible_range() -> None:
    """Without one, a value of any size would reach the engine."""
    for value_set in codes().sets.values():
        if value_set.of == "observation":
            measured = [concept for concept in value_set.concepts.values() if concept.unit != TEXT]
            assert all(concept.plausible and concept.units for concept in measured), value_set.id
