"""Templates that may be published, those that may not, and what only some clients can fill."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from fhir.resources.R4B import fhirtypes

from service.cli import commands
from service.hooks import discovery
from service.hooks.fhir_r4 import COMMON, RESOURCE_TYPES, SEARCH_PARAMETERS
from service.hooks.template_check import faults, remarks
from service.rules.load import Content

PATIENT = "patient={{context.patientId}}"


@pytest.mark.parametrize(
    "text",
    [
        "Patient/{{context.patientId}}",
        "{{context.userId}}",
        f"Condition?{PATIENT}",
        f"Condition?{PATIENT}&code=44054006&category=problem-list-item&clinical-status=active,recurrence",
        f"Condition?{PATIENT}&code:in=http%3A%2F%2Fexample.org%2Fset",
        f"Observation?{PATIENT}&code=4548-4&_count=1&_sort=-date",
        f"Observation?{PATIENT}&date=ge2026-01-01",
        f"Observation?{PATIENT}&date=2026",
        "PractitionerRole?_id={{userPractitionerRoleId}}",
    ],
)
def test_E3_recommended_queries_are_published_without_a_remark(text: str) -> None:
    assert faults("order-sign", {"key": text}) == []
    assert remarks("order-sign", {"key": text}) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (f"MedicationRequest?{PATIENT}&_include=MedicationRequest:medication", "uses _include"),
        ("Patient?_id={{context.patientId}}&_revinclude=Provenance:target", "uses _revinclude"),
        (f"Condition?{PATIENT}&encounter.status=finished", "uses encounter.status"),
        ("Patient?_has:Condition:patient:code=x", "uses _has"),
        (f"Condition?{PATIENT}&code:not=x", "modifier not"),
        (f"Condition?{PATIENT}&code:text=x", "modifier text"),
        ("Condition?patient:Patient={{context.patientId}}", "modifier Patient"),
        *((f"Observation?{PATIENT}&date={prefix}2026-01-01", "compares date") for prefix in ("ne", "sa", "eb", "ap")),
        (f"Observation?{PATIENT}&date=yesterday", "compares date"),
        (f"Observation?{PATIENT}&colour=red", "searches by colour, which Observation does not have"),
        (f"ImagingStudy?{PATIENT}&date=ge2026", "searches by date, which ImagingStudy does not have"),
        (f"Observation?{PATIENT}&code=", "gives code no value"),
        (f"Observation?{PATIENT}&_count=many", "gives _count no number"),
        (f"Observation?{PATIENT}&_sort=-colour", "sorts by what Observation does not have"),
        (f"Nonsense?{PATIENT}", "no FHIR R4 resource type"),
        ("metadata", "no FHIR R4 resource type"),
        ("https://evil.example/Patient/{{context.patientId}}", "no FHIR R4 resource type"),
        ("/Patient/{{context.patientId}}", "no FHIR R4 resource type"),
        ("Patient", "neither reads one resource nor searches one type"),
        ("Patient/p1", "neither reads one resource nor searches one type"),
        ("Patient/{{context.patientId}}/$everything", "a character that no query of ours needs"),
        ("Patient/{{context.patientId}}/Condition", "neither reads one resource nor searches one type"),
        ("Patient/x{{context.patientId}}", "neither reads one resource nor searches one type"),
        ("Patient/{{context.patientId", "cannot be read"),
        ("Patient/{{context.nothing}}", "uses the token context.nothing, which the hook does not have"),
        ("Patient/{{context}}", "uses the token context, which"),
        ("Patient/{{user}}", "uses the token user, which"),
        ("Patient/{{context.draftOrders}}", "which holds no simple value"),
        ("Patient/{{context.patientId.id}}", "which has nothing inside"),
        ("Patient/{{userPatientId.id}}", "uses the token userPatientId.id"),
        ("Patient/{{today()}}", "a date is no place"),
        ("Device/{{context.draftOrders.entry.resource.ofType(Resource).id}}", "no FHIR R4 resource type"),
        ("Patient/{{%later.id}}", "no earlier key has that name"),
        ("Patient/{{%key.id}}", "no earlier key has that name"),
        ("Patient /{{context.patientId}}", "a character"),
    ],
)
def test_E1_E3_what_no_client_could_fill_or_is_not_recommended_is_refused(text: str, fault: str) -> None:
    (found,) = faults("order-sign", {"key": text, "later": "Patient/{{context.patientId}}"})
    assert found.startswith("prefetch key ")
    assert fault in found


@pytest.mark.parametrize(
    ("text", "remark"),
    [
        (f"Observation?{PATIENT}&date=ge{{{{today() - 90 days}}}}", "a client of CDS Hooks 3.0 for today() - 90 days"),
        (
            "Device?_id={{context.draftOrders.entry.resource.ofType(DeviceRequest).code.resolve().id}}",
            "3.0 for context",
        ),
        ("Practitioner?_id={{%earlier.generalPractitioner.resolve().id}}", "3.0 for %earlier"),
        ("Patient?_id={{context.patientId|userPatientId}}", "3.0 for context.patientId|userPatientId"),
        (f"Observation?{PATIENT}&_maxresults=5", "3.0 for _maxresults"),
        ("PractitionerRole?practitioner={{context.userId}}", "searches by practitioner, which is outside"),
    ],
)
def test_E4_E5_E7_E8_what_only_some_clients_can_fill_is_remarked(text: str, remark: str) -> None:
    prefetch = {"earlier": "Patient/{{context.patientId}}", "key": text}
    assert faults("order-sign", prefetch) == []
    (found,) = remarks("order-sign", prefetch)
    assert remark in found


def test_B7_E8_a_circle_of_keys_is_refused() -> None:
    circle = {"a": "Condition?_id={{%b.id}}", "b": "Condition?_id={{%a.id}}"}
    assert faults("patient-view", circle) == ["prefetch a uses the token %b.id, and no earlier key has that name"]


def test_B7_a_key_may_not_look_into_a_later_one() -> None:
    texts = ("Patient/{{context.patientId}}", "Practitioner?_id={{%last.link.id}}", "Patient?_id={{%first.id}}")
    (found,) = faults("patient-view", dict(zip(("first", "middle", "last"), texts, strict=True)))
    assert found == "prefetch middle uses the token %last.link.id, and no earlier key has that name"


def test_what_we_publish_is_valid_for_every_client(content: Content) -> None:
    for hook in sorted(content.hooks):
        assert faults(hook, content.templates(hook)) == []
        assert remarks(hook, content.templates(hook)) == []


def test_observations_are_asked_for_by_code(content: Content) -> None:
    """A chart holds thousands of observations; only those that a rule reads are asked for."""
    for hook in sorted(content.hooks):
        assert "&code=" in content.templates(hook)["observations"]


def test_resource_types_are_those_of_r4() -> None:
    """All that R4 and R4B have in common, which is all but the types that R4B took out or brought in."""
    r4b = {name.removesuffix("Type") for name in dir(fhirtypes) if name.endswith("Type")}
    assert len(RESOURCE_TYPES) == 146
    gone = {name for name in RESOURCE_TYPES - r4b if not name.startswith(("MedicinalProduct", "Substance"))}
    assert gone <= {"EffectEvidenceSynthesis", "RiskEvidenceSynthesis", "Evidence", "EvidenceVariable"}
    assert SEARCH_PARAMETERS.keys() <= RESOURCE_TYPES


@pytest.mark.shared
def test_search_parameters_are_of_the_kind_that_us_core_says(shared: Path) -> None:
    file = shared / "standards" / "fixtures" / "ig-packages" / "us_core_700.tgz"
    checked = 0
    for parameter in _parameters(file):
        if "derivedFrom" not in parameter:
            continue  # of US Core, not of FHIR
        for base in set(parameter["base"]) & SEARCH_PARAMETERS.keys():
            name = parameter["code"]
            kind = COMMON.get(name) or SEARCH_PARAMETERS[base].get(name)
            assert kind == parameter["type"], f"{base}?{name}"
            checked += 1
    assert checked > 60


def _parameters(file: Path) -> list[dict[str, Any]]:
    with tarfile.open(file) as package:
        members = [member for member in package.getmembers() if "/SearchParameter-" in member.name]
        return [json.load(stream) for member in members if (stream := package.extractfile(member))]


def test_rules_check_shows_the_remarks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "remarks", lambda _entries: ["prefetch o needs a client of CDS Hooks 3.0"])
    done = CliRunner().invoke(commands, ["rules", "check"])
    assert done.exit_code == 0
    assert "remark: prefetch o needs a client of CDS Hooks 3.0" in done.output.splitlines()
