"""/openapi.json is OpenAPI, describes every route, and is as strict as the wire."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator, ValidationError
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import BaseModel

from service.api import examples
from service.api.openapi import document
from service.hooks import request as requests_in
from service.hooks.response import CdsResponse
from service.settings import Settings
from tests.contract.fake import FakeService, order_sign, patient_view

VIEW = "/cds-services/spine-patient-view"


class Told(BaseModel):
    """Stands in for a feedback body."""

    feedback: list[str]


@pytest.fixture
def described(client: FlaskClient) -> Any:
    return client.get("/openapi.json").get_json()


def validator(described: Any, model: str) -> Draft202012Validator:
    return Draft202012Validator({**described, "$ref": f"#/components/schemas/{model}"})


def test_the_document_is_openapi_3_1(described: Any) -> None:
    OpenAPIV31SpecValidator(described).validate()
    OpenAPIV31SpecValidator(
        document(Settings(public_url="https://cds.example.org/spine"), FakeService(), checked=True, feedback=Told)
    ).validate()


def test_every_route_is_described_and_no_other(client: FlaskClient, described: Any) -> None:
    served = {
        (rule.rule.replace("<service_id>", "{id}").replace("<path:rule_id>", "{id}"), method.lower())
        for rule in client.application.url_map.iter_rules()
        for method in rule.methods or ()
        if method not in ("OPTIONS", "HEAD")
    }
    found = {(path, name) for path, item in described["paths"].items() for name in item if name != "parameters"}
    assert found == served


def test_every_reference_leads_somewhere(described: Any) -> None:
    named = json.dumps(described).split('"$ref": "#/components/schemas/')[1:]
    assert {part.partition('"')[0] for part in named} <= set(described["components"]["schemas"])


def test_G2_every_refusal_is_an_operation_outcome(described: Any) -> None:
    for path, item in described["paths"].items():
        for name, operation in item.items():
            for code, answer in operation["responses"].items() if name != "parameters" else ():
                if code[0] in "45":
                    assert set(answer["content"]) == {"application/fhir+json"}, (path, code)


def test_H2_the_token_is_asked_for_on_every_cds_route(described: Any) -> None:
    closed = document(Settings(), FakeService(), checked=True, feedback=Told)
    token: dict[str, list[str]] = {"clientToken": []}
    for paths, wanted in ((closed["paths"], [token]), (described["paths"], [token, {}])):
        for path, item in paths.items():
            security = [operation["security"] for name, operation in item.items() if name != "parameters"]
            assert security == [wanted if path.startswith("/cds-services") else []] * len(security), path
    assert "/cds-services/{id}/feedback" in closed["paths"]
    assert "/cds-services/{id}/feedback" not in described["paths"]


def test_the_request_that_is_shown_can_be_answered(client: FlaskClient, described: Any) -> None:
    shown = described["paths"]["/cds-services/{id}"]["post"]["requestBody"]["content"]["application/json"]["example"]
    requests_in.read(shown)
    assert client.post(VIEW, json=shown).status_code == 200
    CdsResponse.model_validate(examples.RESPONSE)


@pytest.mark.parametrize("body", [patient_view(), order_sign()])
def test_A2_the_schema_of_an_answer_is_as_strict_as_the_wire(
    client: FlaskClient, described: Any, body: dict[str, Any]
) -> None:
    path = VIEW if body["hook"] == "patient-view" else "/cds-services/spine-orders"
    answer = client.post(path, json=body).get_json()
    schema = validator(described, "CdsResponse")
    schema.validate(answer)
    card = answer["cards"][0]
    for wrong in (
        {},
        {"cards": None},
        {"cards": [card], "systemActions": []},
        {"cards": [card], "systemActions": None},
        {"cards": [card], "extension": {}},
        {"cards": [{**card, "detail": None}]},
        {"cards": [{**card, "detail": ""}]},
        {"cards": [{**card, "links": []}]},
        {"cards": [{**card, "summary": "x" * 140}]},
        {"cards": [{**card, "selectionBehavior": "all"}]},
    ):
        with pytest.raises(ValidationError):
            schema.validate(wrong)


def test_B2_discovery_is_as_described(client: FlaskClient, described: Any) -> None:
    validator(described, "Discovery").validate(client.get("/cds-services").get_json())
