"""Everything in FHIR that leaves this service fits the JSON schema of R4, which notices what the models let pass."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fhir_samples.samples import samples
from service.evaluate import Evaluator
from service.prior_auth.document import document
from tests.support.packets import WHEN, packet_of
from tests.support.prior_auth_forms import PACKAGES, mutated, ours, read_guide
from tests.support.profiles.schema import misfits, schema

# One of each kind of payer and procedure.
PACKETS = ("s01", "s08", "s10", "s11", "s18", "a01", "a03", "a04", "a05-a", "a05-b", "a05-c", "a05-d", "a05-e")
# Published with elements that R4 does not have; standards/davinci.md says the same of another reader.
NOT_R4 = {
    "Bundle-DTRQuestionnairePackageOperationResultComplex.json",
    "Bundle-DTRQuestionnairePackageOperationResultSimple.json",
    "QuestionnaireResponse-home-o2-adaptive-questionnaireresponse.json",
}


def test_the_schema_is_that_of_fhir_4_0() -> None:
    assert schema()["id"] == "http://hl7.org/fhir/json-schema/4.0"
    assert len(schema()["discriminator"]["mapping"]) == len(schema()["oneOf"]) == 146


def test_what_we_export_fits(evaluator: Evaluator) -> None:
    found = {name: misfits(form.resource) for name, form in ours(evaluator).items()}
    assert len(found) > 15
    assert {name: faults for name, faults in found.items() if faults} == {}


@pytest.mark.parametrize("name", PACKETS)
def test_the_document_of_a_packet_fits(name: str, evaluator: Evaluator) -> None:
    assert misfits(as_sent(document(packet_of(evaluator, name), WHEN))) == []


def as_sent(resource: Any) -> Any:
    """As a client reads it."""
    return json.loads(json.dumps(resource))


def drafts() -> Iterator[tuple[str, dict[str, Any]]]:
    """Resources that recorded answers propose to create."""
    for sample in samples():
        for path in sorted(sample.folder.glob("answer*.json")):
            for card in json.loads(path.read_text()).get("cards", ()):
                for suggestion in card.get("suggestions", ()):
                    for action in suggestion.get("actions", ()):
                        if "resource" in action:
                            yield sample.name, action["resource"]


def test_what_cards_propose_to_create_fits() -> None:
    found = list(drafts())
    assert {resource["resourceType"] for _, resource in found} >= {"ServiceRequest", "Task"}
    assert [(name, faults) for name, resource in found if (faults := misfits(resource))] == []


# What is changed in which form, and what stands there instead; nothing: taken away.
CHANGES: dict[str, tuple[str, str, Any]] = {
    "an element that nobody knows": ("our request 2.2.1", "entry.0.resource.urgency", "high"),
    "no insurance": ("our request 2.2.1", "entry.0.resource.insurance", None),
    "a text for a truth": ("our request 2.2.1", "entry.0.resource.insurance.0.focal", "true"),
    "one where there are many": ("our request 2.2.1", "entry.0.resource.item", {"sequence": 1}),
    "a day that is none": ("our request 2.2.1", "entry.0.resource.created", "soon"),
    "an id with a space": ("our request 2.2.1", "entry.1.resource.id", "p 1"),
    "a type that is none": ("our package bundle", "entry.0.resource.resourceType", "Questionaire"),
    "a number for a text": ("our package bundle", "entry.0.resource.title", 7),
    "a code with a space at its end": ("our draft answers", "status", "in-progress "),
    "an element of another type of resource": ("our draft answers", "performer", [{"reference": "Practitioner/1"}]),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_for_the_worse_is_noticed(name: str, evaluator: Evaluator) -> None:
    form, at, to = CHANGES[name]
    resource = ours(evaluator)[form].resource
    assert misfits(resource) == []
    assert misfits(mutated(resource, at, to))


@pytest.mark.shared
def test_published_examples_fit(shared: Path) -> None:
    found = [(name, file, item) for name in PACKAGES for file, item in read_guide(shared, name).examples.items()]
    examples = {(name, file): item for name, file, item in found if "resourceType" in item}
    assert len(examples) > 100
    assert {file for (_, file), item in examples.items() if misfits(item)} == NOT_R4
