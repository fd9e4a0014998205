"""The packet routes in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from service.api.operations import SCHEMA, TEXT, asking, content, operation
from service.api.outcome import FHIR_JSON
from service.api.packet_body import AttachmentBody, EvaluateBody, RecordBody, RequestBody, StateBody
from service.api.packet_query import MOST, Query

MODELS = (AttachmentBody, EvaluateBody, RecordBody, RequestBody, StateBody)
PATH = "/prior-auth/packets"
PACKAGE = "/Questionnaire/$questionnaire-package"
READING = ("400", "401", "403", "404", "500", "503")
WRITING = ("400", "401", "403", "404", "408", "409", "413", "415", "422", "500", "503")
EVALUATING = ("400", "401", "403", "404", "408", "409", "412", "413", "415", "422", "500", "503")
FHIR: dict[str, Any] = {"type": "object", "required": ["resourceType"], "properties": {"resourceType": TEXT}}
BUNDLE: dict[str, Any] = {**FHIR, "description": "a record by itself, with one draft order in it"}
PACKET: dict[str, Any] = {
    "type": "object",
    "required": ["id", "version", "state", "content", "created", "changed", "title", "patient", "order"],
    "properties": {
        **{name: {"type": "string", "minLength": 1} for name in ("state", "title", "patient", "order", "procedure")},
        "id": {"type": "string", "format": "uuid"},
        **{name: {"type": "integer", "minimum": 1} for name in ("version", "content")},
        **{name: {"type": "string", "format": "date-time"} for name in ("created", "changed")},
        **{name: {"type": "array", "minItems": 1} for name in ("policies", "checklists", "notes")},
        "authorization": {"type": "object", "minProperties": 1},
    },
}
PACKET_ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "description": "ETag of the version that was seen; or `version` in the body",
    "schema": {"type": "string", "pattern": '^W/"[1-9][0-9]{0,8}"$'},
}
CONTENT = {
    "name": "content",
    "in": "query",
    "description": "an earlier evaluation, from 1",
    "schema": {"type": "integer"},
}


def paths() -> dict[str, Any]:
    """The routes by path."""
    one = {"parameters": [PACKET_ID]}
    form = operation("A questionnaire of prior authorization", ("404",), {FHIR_JSON: {"schema": FHIR}})
    name = {"name": "id", "in": "path", "required": True, "schema": TEXT}
    state = asking("Move a packet to another state", "StateBody", WRITING, "Packet")
    evaluate = asking("Evaluate a packet again, from new data", "EvaluateBody", EVALUATING, "Packet")
    history = operation("What happened to a packet, and who did it", READING)
    return {
        PATH: {"post": _make(), "get": _list()},
        PATH + "/{id}": {"get": _read(), **one},
        PACKAGE: {"post": _package()},
        "/Questionnaire/{id}": {"get": form, "parameters": [name]},
        PATH + "/new": {"get": operation("What a packet is, for a browser", (), {"text/html": {"schema": TEXT}})},
        PATH + "/{id}/history": {"get": history, **one},
        PATH + "/{id}/state": {"post": _tagged(state) | {"parameters": [IF_MATCH]}, **one},
        PATH + "/{id}/pas-request": {"post": _export("Draft a request to the payer (PAS)", "RequestBody"), **one},
        PATH + "/{id}/submit-attachment": {
            "post": _export("Put the document into the Parameters of $submit-attachment (CDex)", "AttachmentBody"),
            **one,
        },
        PATH + "/{id}/evaluate": {"post": _tagged(evaluate) | {"parameters": [IF_MATCH]}, **one},
    }


def _make() -> dict[str, Any]:
    made = _tagged(asking("Make a packet for an order", "RecordBody", EVALUATING, "Packet"))
    either = [{"$ref": SCHEMA.format(model="RecordBody")}, BUNDLE]
    made["requestBody"]["content"] = {kind: {"schema": {"anyOf": either}} for kind in ("application/json", FHIR_JSON)}
    made["responses"]["201"] = made["responses"].pop("200")
    made["responses"]["201"]["headers"] |= {"Location": {"schema": TEXT}}
    return made


def _package() -> dict[str, Any]:
    refused = tuple(code for code in EVALUATING if code not in ("404", "409"))
    parameters = {FHIR_JSON: {"schema": FHIR}}
    given = operation("Questionnaires with draft answers for orders (DTR)", refused, parameters)
    sent = {kind: {"schema": FHIR} for kind in (FHIR_JSON, "application/json")}
    return given | {"requestBody": {"required": True, "content": sent, "description": "FHIR Parameters"}}


def _export(summary: str, model: str) -> dict[str, Any]:
    """Something for the payer's system; 422 with an issue for each part that is missing."""
    refused = tuple(code for code in WRITING if code != "409")
    made = asking(summary, model, refused, "")
    made["responses"]["200"]["content"] = {FHIR_JSON: {"schema": FHIR}}
    made["responses"]["422"]["description"] = "what is missing, an issue for each part, or of no meaning here"
    return made | {"parameters": [CONTENT]}


def _list() -> dict[str, Any]:
    known = Query.model_json_schema()["properties"]
    asked = [{"name": name, "in": "query", "schema": _plain(schema)} for name, schema in known.items()]
    listed = operation(
        f"List packets, oldest first, at most {MOST} at once", READING, content("application/json", "PacketList")
    )
    return listed | {"parameters": asked}


def _read() -> dict[str, Any]:
    forms = {
        FHIR_JSON: {"schema": FHIR},
        "text/html": {"schema": TEXT},
        "application/pdf": {"schema": {"type": "string", "format": "binary"}},
        **content("application/json", "Packet"),
    }
    read = _tagged(operation("A packet by Accept: FHIR document, page, PDF, or checklist", (*READING, "406"), forms))
    return read | {"parameters": [CONTENT]}


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """Without the default and without null, which no query can spell."""
    kept = {name: value for name, value in schema.items() if name not in ("default", "title")}
    options = [option for option in kept.get("anyOf", ()) if option != {"type": "null"}]
    return options[0] if len(options) == 1 else kept


def _tagged(described: dict[str, Any]) -> dict[str, Any]:
    described["responses"]["200"]["headers"] |= {"ETag": {"schema": TEXT}}
    return described


def schemas() -> dict[str, Any]:
    """The answers."""
    listed = {
        "type": "object",
        "required": ["total", "offset", "packets"],
        "properties": {
            "total": {"type": "integer", "minimum": 0},
            "offset": {"type": "integer", "minimum": 0},
            "packets": {"type": "array", "items": {"$ref": SCHEMA.format(model="Packet")}},
        },
    }
    return {"Packet": PACKET, "PacketList": listed}
