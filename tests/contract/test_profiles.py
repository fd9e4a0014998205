"""What this service exports fits the published profiles, and the check that says so notices what does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class

from service.evaluate import Evaluator
from service.rules.load import read_yaml
from tests.support.prior_auth_forms import (
    CRD,
    DTR,
    PACKAGES,
    PAS,
    Form,
    mutated,
    ours,
    published,
    read_guide,
    unresolved,
)
from tests.support.profiles.check import faults

pytestmark = pytest.mark.shared
# Its element has a value and an extension beside it; the check reads one or the other.
NOT_READ = {"Subscription-PASSubscriptionExample.json"}
# Examples of a preview that its own profiles do not allow: an extension's URL, and a role where a person has to be.
WRONG = {("crd-2.2", "CommunicationRequest-example.json"), ("crd-2.2", "MedicationRequest-annotated-example.json")}
CHANGES: dict[str, list[dict[str, Any]]] = read_yaml(Path(__file__).with_name("profile_changes.yaml"))
ROWS = [(name, row) for name, rows in CHANGES.items() for row in rows]


@pytest.fixture(scope="module")
def forms(evaluator: Evaluator, shared: Path) -> dict[str, Form]:
    """All forms by name."""
    return {**ours(evaluator), **published(shared)}


def found(form: Form, resource: dict[str, Any], shared: Path) -> list[str]:
    """Faults by the base model of FHIR R4, then by the profile."""
    try:
        get_fhir_model_class(resource["resourceType"]).model_validate(resource)
    except ValueError as error:
        return [f"is no FHIR: {type(error).__name__}"]
    problems = faults(resource, form.profile, read_guide(shared, form.guide))
    if form.profile.endswith("DTR-QPackageBundle"):
        for entry in resource["entry"]:
            profile = entry["resource"]["meta"]["profile"][0]
            problems += faults(entry["resource"], profile, read_guide(shared, form.guide))
    return problems


def test_what_we_export_fits_its_profile(forms: dict[str, Form], shared: Path) -> None:
    problems = {name: found(form, form.resource, shared) for name, form in forms.items()}
    assert {name: listed for name, listed in problems.items() if listed} == {}


@pytest.mark.parametrize("name", sorted(set(PACKAGES) - {"cdex-2.1"}))
def test_published_examples_pass(name: str, shared: Path) -> None:
    guide = read_guide(shared, name)
    problems, checked = {}, 0
    for file, example in guide.examples.items():
        # The guide on coverage names its profiles after the types, and its examples name none.
        by_type = [f"{CRD}/profile-{example['resourceType'].lower()}"] if name.startswith("crd") else []
        for profile in example.get("meta", {}).get("profile", by_type):
            if file not in NOT_READ and (name, file) not in WRONG and guide.find(profile):
                checked += 1
                problems[file] = faults(example, profile, guide)
    assert {file: listed for file, listed in problems.items() if listed} == {}
    assert checked >= 8


def test_at_least_thirty_changes_for_the_worse_are_tried() -> None:
    assert len({(name, row["what"]) for name, row in ROWS}) == len(ROWS) >= 30


@pytest.mark.parametrize(("name", "row"), [pytest.param(name, row, id=f"{name} {row['what']}") for name, row in ROWS])
def test_a_change_for_the_worse_is_noticed(
    name: str, row: dict[str, Any], forms: dict[str, Form], shared: Path
) -> None:
    form = forms[name]
    assert found(form, mutated(form.resource, row["at"], row.get("to")), shared)


@pytest.mark.parametrize(
    ("file", "profile", "guide"),
    [
        ("inferno-pas/nonconformant_pas_bundle_v221.json", f"{PAS}/profile-pas-request-bundle", "pas-2.2.1"),
        ("inferno-pas/nonconformant_pas_bundle_v110.json", f"{PAS}/profile-pas-request-bundle", "pas-2.0.1"),
        (
            "inferno-dtr/questionnaire_package_output_params_non_conformant.json",
            f"{DTR}/dtr-qpackage-output-parameters",
            "dtr-2.0.1",
        ),
        ("inferno-dtr/questionnaire_response_incorrect_origin.json", f"{DTR}/dtr-questionnaireresponse", "dtr-2.0.1"),
    ],
)
def test_what_is_published_as_wrong_is_noticed(file: str, profile: str, guide: str, shared: Path) -> None:
    resource = json.loads((shared / "standards/fixtures" / file).read_text())
    assert found(Form(resource, profile, guide), resource, shared)


@pytest.mark.parametrize("release", ["2.0.1", "2.2.1"])
def test_our_request_brings_everything_that_it_refers_to(release: str, forms: dict[str, Form]) -> None:
    bundle = forms[f"our request {release}"].resource
    assert unresolved(bundle) == []
    for number in range(1, len(bundle["entry"])):
        assert unresolved(mutated(bundle, f"entry.{number}")) or not referred(bundle, number)


def referred(bundle: dict[str, Any], number: int) -> bool:
    """Whether anything but the entry itself refers to it."""
    resource = bundle["entry"][number]["resource"]
    return f'"{resource["resourceType"]}/{resource["id"]}"' in json.dumps(mutated(bundle, f"entry.{number}"))


def test_a_published_request_without_what_it_refers_to_is_noticed(shared: Path) -> None:
    file = shared / "standards/fixtures/inferno-pas/missing_referenced_resource_request_bundle.json"
    assert unresolved(json.loads(file.read_text()))
