"""Schemas of the OpenAPI document: those of the models, and the few that have none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from service.api import openapi_packets
from service.api.operations import SCHEMA, TEXT
from service.hooks.request import CdsRequest
from service.hooks.response import CdsResponse

# The one list that may be empty on the wire (checklist A2, G1).
MAY_BE_EMPTY = "cards"
NULL = {"type": "null"}
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
                "properties": {
                    "severity": {"const": "error"},
                    "code": TEXT,
                    "details": {
                        "type": "object",
                        "required": ["coding", "text"],
                        "properties": {
                            "coding": {
                                "type": "array",
                                "minItems": 1,
                                "items": {"type": "object", "required": ["code"], "properties": {"code": TEXT}},
                            },
                            "text": TEXT,
                        },
                    },
                    "expression": {"type": "array", "minItems": 1, "items": TEXT},
                },
            },
        },
    },
}
SERVICE: dict[str, Any] = {
    "type": "object",
    "required": ["hook", "description", "id"],
    "properties": {
        **{
            name: {"type": "string", "minLength": 1}
            for name in ("hook", "title", "description", "id", "usageRequirements", "version", "hookVersion")
        },
        "prefetch": {"type": "object", "minProperties": 1, "additionalProperties": TEXT},
    },
}
DISCOVERY: dict[str, Any] = {
    "type": "object",
    "required": ["services"],
    "properties": {"services": {"type": "array", "items": SERVICE}},
}


def all_schemas(feedback: type[BaseModel] | None) -> dict[str, Any]:
    """Every schema by name; those of answers say that nothing is null or empty, as `response.to_json` sees to."""
    asked: list[type[BaseModel]] = [CdsRequest, *openapi_packets.MODELS, *([feedback] if feedback else [])]
    answered = _schemas([CdsResponse], "serialization")
    return {
        **_schemas(asked, "validation"),
        **{name: _tight(schema) for name, schema in answered.items()},
        **openapi_packets.schemas(),
        "Discovery": DISCOVERY,
        "OperationOutcome": OUTCOME,
    }


def _schemas(models: list[type[BaseModel]], mode: Literal["validation", "serialization"]) -> dict[str, Any]:
    _, found = models_json_schema([(model, mode) for model in models], ref_template=SCHEMA)
    schemas: dict[str, Any] = found.get("$defs", {})
    return schemas


def _tight(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A model's schema as it is on the wire: optional fields are left out and never null or empty."""
    properties = {name: _filled(name, field) for name, field in schema.get("properties", {}).items()}
    always = [MAY_BE_EMPTY] if MAY_BE_EMPTY in properties else []
    return {**schema, "properties": properties, "required": [*always, *schema.get("required", [])]}


def _filled(name: str, field: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in field.items() if key != "default"}
    options = [option for option in kept.pop("anyOf", []) if option != NULL]
    if len(options) == 1:
        kept |= options[0]
    elif options:
        kept["anyOf"] = options
    if kept.get("type") == "array" and name != MAY_BE_EMPTY:
        kept["minItems"] = 1
    if kept.get("type") == "object":
        kept["minProperties"] = 1
    return kept
