"""GET /openapi.json: every route, built from the models that also check the wire, so that both are one."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response
from pydantic import BaseModel

from service.api import examples, openapi_packets
from service.api.openapi_schemas import all_schemas
from service.api.operations import TEXT, asking, content, operation
from service.api.outcome import json_response
from service.api.ports import Service
from service.settings import Settings

CALL_REFUSALS = ("400", "401", "403", "404", "408", "412", "413", "415", "422", "500", "503")
FEEDBACK_REFUSALS = ("400", "401", "403", "404", "408", "413", "415", "500", "503")
TOKEN = "clientToken"
PACKET_PAGE = "/prior-auth/packets/new"
CLOSED = ("/cds-services", "/prior-auth", openapi_packets.PACKAGE)


def document(
    settings: Settings, service: Service, *, checked: bool = False, feedback: type[BaseModel] | None = None
) -> dict[str, Any]:
    """The OpenAPI 3.1 description of every route.

    `checked` says that callers must show a token; `feedback` is the model of a feedback body, None without that route.
    """
    ids = sorted({entry.id for entry in service.entries})
    paths = {**_cds_services(ids, feedback), **openapi_packets.paths(), **_rules(), **_about_itself()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "spine-cds",
            "version": "1",
            "summary": "CDS Hooks 2.0 and 3.0-ballot",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": settings.public_url or "/"}],
        "paths": {path: _secured(methods, path, checked) for path, methods in paths.items()},
        "components": {"schemas": all_schemas(feedback), "securitySchemes": {TOKEN: _token()}},
    }


def _cds_services(ids: list[str], feedback: type[BaseModel] | None) -> dict[str, Any]:
    service_id = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "enum": ids or [""]}}
    call = asking("Ask a service for cards", "CdsRequest", CALL_REFUSALS, "CdsResponse", examples.REQUEST)
    call["responses"]["200"]["content"]["application/json"]["example"] = examples.RESPONSE
    discovery = operation("List the CDS services", ("401", "403", "503"), content("application/json", "Discovery"))
    discovery["responses"]["200"]["headers"] |= {"ETag": {"schema": TEXT}}
    discovery["responses"]["304"] = {"description": "what the client has still holds (If-None-Match)"}
    found = {"/cds-services": {"get": discovery}, "/cds-services/{id}": {"post": call, "parameters": [service_id]}}
    if feedback:
        told = asking("Tell what became of cards", feedback.__name__, FEEDBACK_REFUSALS, "", examples.FEEDBACK)
        found["/cds-services/{id}/feedback"] = {"post": told, "parameters": [service_id]}
    return found


def _rules() -> dict[str, Any]:
    rule_id = {
        "name": "id",
        "in": "path",
        "required": True,
        "description": "folder and name of a rule; the slash between them may be sent as it is",
        "schema": TEXT,
    }
    shown = {
        "/rules/{id}": "Show one rule with its values in force",
        "/rules/{id}/source-attributes": "Show where one rule comes from",
    }
    one = {path: {"get": operation(text, ("404",)), "parameters": [rule_id]} for path, text in shown.items()}
    return {"/rules": {"get": operation("List the rules")}, **one}


def _about_itself() -> dict[str, Any]:
    return {
        "/healthz": {"get": operation("Whether the process lives")},
        "/readyz": {"get": operation("Whether it can answer", ("503",))},
        "/metrics": {"get": operation("Counts and times, for Prometheus", (), {"text/plain": {"schema": TEXT}})},
        "/openapi.json": {"get": operation("This document")},
    }


def _secured(methods: dict[str, Any], path: str, checked: bool) -> dict[str, Any]:
    """The token is asked for by services and packets, where it is asked for at all; elsewhere nobody is."""
    needed: list[dict[str, list[str]]] = [{TOKEN: []}] if checked else [{TOKEN: []}, {}]
    security = needed if path.startswith(CLOSED) and path != PACKET_PAGE else []
    return {name: {**it, "security": security} if isinstance(it, dict) else it for name, it in methods.items()}


def _token() -> dict[str, str]:
    text = "The client's JWT as CDS Hooks has it: ES384 or RS384, aud is the URL called, each jti once."
    return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": text}


def blueprint(
    settings: Settings, service: Service, *, checked: bool = False, feedback: type[BaseModel] | None = None
) -> Blueprint:
    """The route /openapi.json; the arguments are those of `document`."""
    routes = Blueprint("openapi", __name__)

    @routes.get("/openapi.json")
    def openapi() -> Response:
        return json_response(document(settings, service, checked=checked, feedback=feedback))

    return routes
