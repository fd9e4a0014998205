"""Our own exports and the published ones, by name, each with the profile and the guide it is to fit."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from service.evaluate import Evaluator
from service.prior_auth.document import document
from service.prior_auth.exports.cdex import submit_attachment
from service.prior_auth.exports.closure import references
from service.prior_auth.exports.coverage_information import assertions
from service.prior_auth.exports.package import PackageRequest, package
from service.prior_auth.exports.pas import draft_request
from service.prior_auth.exports.sources import Sources
from service.prior_auth.exports.wire import DtrVersion, PasVersion
from tests.support import prior_auth as made
from tests.support.payers import payer
from tests.support.profiles.guides import Guide, guide

DTR = "http://hl7.org/fhir/us/davinci-dtr/StructureDefinition"
PAS = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition"
CRD = "http://hl7.org/fhir/us/davinci-crd/StructureDefinition"
CDEX = "http://hl7.org/fhir/us/davinci-cdex/StructureDefinition"
PACKAGES = {
    "dtr-2.0.1": ("davinci_dtr_2.0.1.tgz", "davinci-crd-2.0.1.tgz", "us_core_311.tgz"),
    "pas-2.0.1": ("davinci_pas_2.0.1.tgz", "us_core_311.tgz"),
    "pas-2.2.1": ("davinci_pas_2.2.1.tgz", "us_core_700.tgz"),
    "crd-2.0.1": ("davinci-crd-2.0.1.tgz", "us_core_311.tgz"),
    "crd-2.2": ("davinci_crd_2.2.0-preview.tgz", "us_core_700.tgz"),
    "cdex-2.1": ("davinci_pas_2.2.1.tgz",),
}
CDEX_PROFILE = "standards/fixtures/cdex/structuredefinition-cdex-parameters-submit-attachment.json"
TRACKING = {"system": "https://payer.example.org/requests", "value": "T-1"}


@dataclass(frozen=True, slots=True)
class Form:
    """One resource and what it is to fit."""

    resource: dict[str, Any]
    profile: str
    guide: str


@cache
def read_guide(shared: Path, name: str) -> Guide:
    """A guide by its short name; CDex is published without snapshots, so its differential is completed here."""
    found = guide(shared, *PACKAGES[name])
    if name == "cdex-2.1":
        found.by_url[f"{CDEX}/cdex-parameters-submit-attachment"] = _cdex(shared)
    return found


def ours(evaluator: Evaluator) -> dict[str, Form]:
    """Everything this service exports about one request, by name."""
    packet = made.packet(evaluator)
    sources = Sources.of_evaluation(packet.evaluation)
    found: dict[str, Form] = {}
    old: DtrVersion = "2.0.1"
    answer = package(PackageRequest(), [packet], made.publisher(release=old), made.NOW)
    bundle = answer["parameter"][0]["resource"]
    found["our package"] = Form(answer, f"{DTR}/dtr-qpackage-output-parameters", "dtr-2.0.1")
    found["our package bundle"] = Form(bundle, f"{DTR}/DTR-QPackageBundle", "dtr-2.0.1")
    found["our draft answers"] = Form(bundle["entry"][1]["resource"], f"{DTR}/dtr-questionnaireresponse", "dtr-2.0.1")
    for family in made.publisher().forms.families:
        form = made.publisher(release=old).form(f"prior-authorization-{family}")
        found[f"our questionnaire {family}"] = Form(form, f"{DTR}/dtr-std-questionnaire", "dtr-2.0.1")
    releases: tuple[PasVersion, ...] = ("2.0.1", "2.2.1")
    for release in releases:
        draft = draft_request(packet.order, sources, made.BILLING, made.NOW, release)
        assert draft.bundle is not None, draft.missing
        found[f"our request {release}"] = Form(draft.bundle, f"{PAS}/profile-pas-request-bundle", f"pas-{release}")
    attachment = submit_attachment(
        packet.order, sources, document(packet, made.NOW), TRACKING, loinc="11503-0", line="1", final=True
    )
    assert attachment.parameters is not None, attachment.missing
    found["our attachment"] = Form(attachment.parameters, f"{CDEX}/cdex-parameters-submit-attachment", "cdex-2.1")
    for name, order in updated(evaluator).items():
        for release_of_crd in ("crd-2.0.1", "crd-2.2"):
            found[f"our order {name} {release_of_crd}"] = Form(order, f"{CRD}/profile-servicerequest", release_of_crd)
    return found


def updated(evaluator: Evaluator) -> dict[str, dict[str, Any]]:
    """The order with what each statement of a payer's policy adds to it, by statement."""
    order = made.changed(made.ORDER, requester={"reference": "Practitioner/d1"})
    found = {}
    for name in ("stated", "no authorization", "not covered", "depends", "silent"):
        evaluation = made.evaluation(evaluator, made.asked(order))
        (action,) = assertions(evaluation, payer(name)).actions
        found[name] = dict(action.resource or {})
    return found


def published(shared: Path) -> dict[str, Form]:
    """Published good examples that are changed for the worse."""
    pas, dtr, crd = (read_guide(shared, name) for name in ("pas-2.2.1", "dtr-2.0.1", "crd-2.0.1"))
    request = pas.examples["Bundle-MedicalServicesAuthorizationBundleExample.json"]
    return {
        "published request": Form(request, f"{PAS}/profile-pas-request-bundle", "pas-2.2.1"),
        "published claim": Form(
            pas.examples["Claim-MedicalServicesAuthorizationExample.json"], f"{PAS}/profile-claim", "pas-2.2.1"
        ),
        "published answers": Form(
            dtr.examples["QuestionnaireResponse-home-o2-questionnaireresponse.json"],
            f"{DTR}/dtr-questionnaireresponse",
            "dtr-2.0.1",
        ),
        "published questionnaire": Form(
            dtr.examples["Questionnaire-home-o2-std-questionnaire.json"], f"{DTR}/dtr-std-questionnaire", "dtr-2.0.1"
        ),
        "published order": Form(
            crd.examples["MedicationRequest-annotated-example.json"], f"{CRD}/profile-medicationrequest", "crd-2.0.1"
        ),
    }


def mutated(resource: Mapping[str, Any], path: str, value: Any = None) -> dict[str, Any]:
    """A copy with another value at a dotted path, or without it; a number is a place in a list."""
    made_copy: dict[str, Any] = copy.deepcopy(dict(resource))
    *steps, last = (int(step) if step.isdigit() else step for step in path.split("."))
    node: Any = made_copy
    for step in steps:
        node = node[step]
    if value is not None:
        if isinstance(node, list) and last == len(node):
            node.append(value)
        else:
            node[last] = value
    else:
        del node[last]
    return made_copy


def _cdex(shared: Path) -> dict[str, Any]:
    """The profile of the operation's input with a snapshot made of its differential: Parameters has few elements."""
    definition = json.loads((shared / CDEX_PROFILE).read_text())
    elements = {item["id"]: item for item in definition["differential"]["element"]}
    snapshot = []
    for name, item in elements.items():
        snapshot.append(item)
        names = {
            other.split(name + ".")[1].split(".")[0].split(":")[0] for other in elements if other.startswith(name + ".")
        }
        below = {"Parameters": {"meta", "parameter"}}.get(name, {"name", "value[x]", "resource", "part"})
        if name == "Parameters" or name.rsplit(".", 1)[-1].startswith(("parameter", "part")):
            snapshot += [{"id": f"{name}.{child}", "min": 0, "max": "*"} for child in sorted(below - names)]
    return {**definition, "snapshot": {"element": snapshot}}


def unresolved(bundle: Mapping[str, Any]) -> list[str]:
    """References in a Bundle that lead to none of its entries; a request has to bring everything it refers to."""
    known = {str(entry.get("fullUrl")) for entry in bundle["entry"]}
    known |= {f"{item['resource']['resourceType']}/{item['resource'].get('id')}" for item in bundle["entry"]}
    found = [text for entry in bundle["entry"] for _, text in references(entry["resource"], "")]
    return sorted({text for text in found if text not in known and not text.startswith("#")})
