"""Needs: each asks for one thing, and the templates ask a server for all of it and for nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from service.facts.needs import KEYS, NEEDED, RESOURCE_TYPES, need, templates
from service.files import KEY_OF_TYPE
from service.hooks.tokens import token_names
from service.rules.load import Content

ALWAYS = {"patient": "Patient/{{context.patientId}}", "conditions": "Condition?patient={{context.patientId}}"}
CODES = {"loinc": ["4548-4", "8480-6"]}


def asked(raw: dict[str, Any]) -> dict[str, str]:
    """Templates of one need, without those that are always there."""
    made = templates([need(raw)], CODES)
    assert ALWAYS.items() <= made.items()
    return {key: template for key, template in made.items() if key not in ALWAYS}


@pytest.mark.parametrize(
    ("raw", "made"),
    [
        ({"patient": "age"}, {}),
        ({"condition": "pains"}, {}),
        ({"allergy": "allergens"}, {"allergies": "AllergyIntolerance?patient={{context.patientId}}"}),
        ({"device": "devices"}, {"devices": "Device?patient={{context.patientId}}"}),
        ({"immunization": "vaccines"}, {"immunizations": "Immunization?patient={{context.patientId}}"}),
        (
            {"order": "needles"},
            {"serviceRequests": "ServiceRequest?patient={{context.patientId}}&status=active,on-hold"},
        ),
        ({"observation": "results"}, {"observations": "Observation?patient={{context.patientId}}&code=4548-4,8480-6"}),
        (
            {"booking": "words"},
            {"serviceRequests": "ServiceRequest?patient={{context.patientId}}&status=active,on-hold"},
        ),
        ({"performer": "training"}, {"practitionerRoles": "{{context.performer}}"}),
        ({"coverage": "payers"}, {"coverages": "Coverage?patient={{context.patientId}}&status=active"}),
        ({"procedure": "needles"}, {"procedures": "Procedure?patient={{context.patientId}}"}),
        (
            {"medication": "drugs"},
            {
                "medicationStatements": "MedicationStatement?patient={{context.patientId}}",
                "medicationRequests": "MedicationRequest?patient={{context.patientId}}",
            },
        ),
        (
            {"dose": "given", "of": ["drugs"], "equivalents": "equal", "reference": "a"},
            {
                "procedures": "Procedure?patient={{context.patientId}}",
                "medicationRequests": "MedicationRequest?patient={{context.patientId}}",
            },
        ),
    ],
    ids=str,
)
def test_a_need_asks_for_its_own_keys(raw: dict[str, Any], made: dict[str, str]) -> None:
    assert asked(raw) == made


def test_a_key_is_asked_for_once_and_in_one_order() -> None:
    several = [need({name: "x"}) for name in ("device", "allergy", "order", "allergy")]
    assert list(templates(several, CODES)) == [*ALWAYS, "allergies", "devices", "serviceRequests"]
    assert templates(several[::-1], CODES) == templates(several, CODES)


@pytest.mark.parametrize("name", KEYS)
def test_every_kind_of_need_has_keys_that_files_and_servers_know(name: str) -> None:
    made = need({name: "x"})
    assert made.extractor == name
    assert set(made.keys) <= RESOURCE_TYPES.keys()
    assert {KEY_OF_TYPE[RESOURCE_TYPES[key]] for key in made.keys} == set(made.keys)
    assert RESOURCE_TYPES.keys() >= NEEDED


def test_a_need_looks_for_its_sets() -> None:
    assert need({"allergy": "allergens"}).sets == ("allergens",)
    assert need({"dose": "given", "of": ["a", "b"]}).sets == ("a", "b")
    assert need({"patient": "age"}).sets == ()


@pytest.mark.parametrize("raw", [{}, {"gap": "x"}, {"allergy": ""}, {"allergy": "a", "device": "b"}], ids=str)
def test_a_need_is_one_thing(raw: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="names exactly one of"):
        need(raw)


@pytest.mark.parametrize("raw", [{"allergies": "a"}, {"allergy": 5}, {"allergy": ["a"]}], ids=str)
def test_a_need_of_an_unknown_form_is_refused(raw: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        need(raw)


def test_the_services_ask_for_what_their_rules_need(content: Content) -> None:
    for hook in sorted(content.hooks):
        made = content.templates(hook)
        # A visit that ends looks at what was done in it and at red flags only.
        wanted = {"procedures", "medicationStatements", "observations"}
        if hook != "encounter-discharge":
            wanted |= {"allergies", "devices", "immunizations", "serviceRequests"}
        assert wanted <= made.keys(), hook
        roles = made.pop("practitionerRoles", "")
        assert all("{{context.patientId}}" in template for template in made.values())
        assert "context.patientId" in token_names(hook)
        assert bool(roles) == (hook == "order-dispatch")


def test_the_keys_of_a_dispatch_are_what_a_2_0_client_can_fill(content: Content) -> None:
    made = content.templates("order-dispatch")
    assert made["serviceRequests"] == "ServiceRequest?patient={{context.patientId}}&status=draft,active,on-hold"
    assert made["practitionerRoles"] == "{{context.performer}}"
    assert "context.performer" in token_names("order-dispatch")
