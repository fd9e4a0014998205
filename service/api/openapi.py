"""GET /openapi.json, built from the models that also check the wire, so that it cannot differ from them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response
from pydantic.json_schema import models_json_schema

from service.api.outcome import FHIR_JSON, json_response
from service.api.ports import Service
from service.hooks.request import CdsRequest
from service.hooks.response import CdsResponse
from service.settings import Settings

SCHEMA = "#/components/schemas/{model}"
REFUSALS = {
    "400": "malformed, or the wrong hook",
    "404": "unknown id",
    "412": "needed data neither sent nor fetchable",
    "413": "body too large",
    "415": "not JSON",
    "500": "no answer; nothing was concluded",
    "503": "not ready",
}
TEXT: dict[str, Any] = {"type": "string"}
OUTCOME: dict[str, Any] = {
    "type": "object",
    "required": ["resourceType", "issue"],
    "properties": {
        "resourceType": {"const": "OperationOutcome"},
        "issue": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["severity", "code", "details"],
                "properties": {"severity": TEXT, "code": TEXT, "details": {"type": "object"}},
            },
        },
    },
}


def document(settings: Settings, service: Service) -> dict[str, Any]:
    """The OpenAPI 3.1 description of every route of the CDS Hooks surface."""
    _, schemas = models_json_schema([(CdsRequest, "validation"), (CdsResponse, "serialization")], ref_template=SCHEMA)
    ids = sorted({entry.id for entry in service.entries})
    service_id = {"name": "id", "in": "path", "required": True, "schema": {"enum": ids}}
    call = _operation("Ask a service for cards", ("400", "404", "412", "413", "415", "500", "503"), "CdsResponse")
    call |= {
        "parameters": [service_id],
        "requestBody": {"required": True, "content": _content("application/json", "CdsRequest")},
    }
    rule_id = {"name": "id", "in": "path", "required": True, "schema": TEXT}
    return {
        "openapi": "3.1.0",
        "info": {"title": "spine-cds", "version": "1"},
        **({"servers": [{"url": settings.public_url}]} if settings.public_url else {}),
        "paths": {
            "/cds-services": {"get": _operation("List the CDS services")},
            "/cds-services/{id}": {"post": call},
            "/rules": {"get": _operation("List the rules")},
            "/rules/{id}": {"get": {**_operation("Show one rule", ("404",)), "parameters": [rule_id]}},
            "/rules/{id}/source-attributes": {
                "get": {**_operation("Show where one rule comes from", ("404",)), "parameters": [rule_id]}
            },
            "/healthz": {"get": _operation("Whether the process lives")},
            "/readyz": {"get": _operation("Whether it can answer", ("503",))},
        },
        "components": {"schemas": {**schemas.get("$defs", {}), "OperationOutcome": OUTCOME}},
    }


def _operation(summary: str, refusals: tuple[str, ...] = (), model: str = "") -> dict[str, Any]:
    good = {"description": "the answer", "content": _content("application/json", model)}
    bad = {
        code: {"description": REFUSALS[code], "content": _content(FHIR_JSON, "OperationOutcome")} for code in refusals
    }
    return {"summary": summary, "responses": {"200": good, **bad}}


def _content(mimetype: str, model: str) -> dict[str, Any]:
    return {mimetype: {"schema": {"$ref": SCHEMA.format(model=model)} if model else {"type": "object"}}}


def blueprint(settings: Settings, service: Service) -> Blueprint:
    """The route /openapi.json."""
    routes = Blueprint("openapi", __name__)

    @routes.get("/openapi.json")
    def openapi() -> Response:
        return json_response(document(settings, service))

    return routes
