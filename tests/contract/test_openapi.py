"""/openapi.json is OpenAPI, describes every route, and is as strict as the wire."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as given_settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, ValidationError
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import BaseModel
from schemathesis import GenerationMode
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from fhir_samples.requests import SERVICE
from service.api import examples
from service.api.app import create_app
from service.api.openapi import document
from service.assembly import SpineService
from service.hooks import request as requests_in
from service.hooks.response import CdsResponse
from service.rules.load import Content
from service.settings import Settings
from service.store.kept import open_store
from tests.contract.fake import FakeService, order_sign, patient_view
from tests.support.calls import bodies

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
        (
            rule.rule.replace("<service_id>", "{id}")
            .replace("<path:rule_id>", "{id}")
            .replace("<uuid:packet>", "{id}")
            .replace("<name>", "{id}"),
            method.lower(),
        )
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
            is_closed = path.startswith(("/cds-services", "/prior-auth", "/Questionnaire/$")) and not path.endswith(
                "/new"
            )
            assert security == [wanted if is_closed else []] * len(security), path
    assert "/cds-services/{id}/feedback" in closed["paths"]


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


# Bodies that can be answered, bodies by the schema alone, and bodies against it; of every other route, some cases.
ANSWERABLE, BY_SCHEMA, AGAINST_SCHEMA, FEEDBACK, ELSEWHERE = 600, 700, 400, 200, 50
CHECKS = [status_code_conformance, content_type_conformance, response_schema_conformance, response_headers_conformance]
SERVED = "https://ehr.invalid/fhir"


@pytest.fixture(scope="module")
def real(content: Content, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The whole service with all rules and a store; no server may be read, as bodies name any."""
    settings = Settings(
        fhir_servers=(SERVED,),
        today=date(2026, 11, 22),
        log_level="error",
        database=f"sqlite:///{tmp_path_factory.mktemp('kept')}/kept.sqlite",
    )
    service, store = SpineService(settings, content), open_store(settings)
    service.start()
    yield create_app(settings, service, store, keeper=store)
    service.engine.stop()
    if store:
        store.close()


def run(strategy: st.SearchStrategy[Any], cases: int) -> Counter[int]:
    """Statuses of so many generated cases, each answer held against the document."""
    statuses: Counter[int] = Counter()

    @given(case=strategy)
    @given_settings(
        max_examples=cases,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def each(case: Any) -> None:
        response = case.call()
        statuses[response.status_code] += 1
        case.validate_response(response, checks=CHECKS)
        # Feedback names cards and suggestions by these.
        named = re.findall(r'"uuid":"([^"]+)"', response.text)
        assert len(named) == len(set(named))

    each()
    return statuses


@pytest.mark.slow
def test_thousands_of_generated_requests_are_answered_as_described(real: Flask) -> None:
    """The service as it is, in this process; requests by schemathesis from the document it publishes."""
    found = schemathesis.openapi.from_wsgi("/openapi.json", real).get_all_operations()
    operations = [operation.ok() for operation in found if isinstance(operation, Ok)]
    (told,) = [operation for operation in operations if operation.path.endswith("/feedback")]
    (call,) = [
        operation for operation in operations if operation.path == "/cds-services/{id}" and operation.method == "post"
    ]
    answerable = st.sampled_from(sorted(set(SERVICE.values()))).flatmap(
        lambda name: bodies([hook for hook in SERVICE if SERVICE[hook] == name]).map(
            lambda body: call.Case(path_parameters={"id": name}, body=body, media_type="application/json")
        )
    )
    deep = run(answerable, ANSWERABLE)
    shallow = run(call.as_strategy(), BY_SCHEMA)
    against = run(call.as_strategy(generation_mode=GenerationMode.NEGATIVE), AGAINST_SCHEMA)
    feedback = run(told.as_strategy(), FEEDBACK)
    refused = run(told.as_strategy(generation_mode=GenerationMode.NEGATIVE), FEEDBACK)
    others = [run(item.as_strategy(), ELSEWHERE) for item in operations if item not in (call, told)]
    every = deep + shallow + against + feedback + refused + sum(others, Counter())
    print(f"\n{every.total()} cases: {dict(every)}; of the answerable ones {dict(deep)}")
    assert every.total() >= 2_000
    assert not [status for status in every if status >= 500], every
    assert deep[200] / deep.total() > 0.85, deep
    assert set(deep) == {200, 412}, deep
    assert 200 not in against
    assert 200 not in refused
    assert feedback[200], feedback
