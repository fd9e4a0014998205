"""The rules, for reading: all of them, or one with its values and sources."""

from __future__ import annotations

from flask import Blueprint, Response

from service.api.outcome import json_response
from service.api.ports import Service


def blueprint(service: Service) -> Blueprint:
    """The routes under /rules; a rule's id may hold slashes."""
    routes = Blueprint("catalogue", __name__)

    @routes.get("/rules")
    def rules() -> Response:
        return json_response({"rules": list(service.catalogue())})

    @routes.get("/rules/<path:rule_id>/source-attributes")
    def source_attributes(rule_id: str) -> Response:
        return json_response(service.source_attributes(rule_id))

    @routes.get("/rules/<path:rule_id>")
    def rule(rule_id: str) -> Response:
        return json_response(service.rule(rule_id))

    return routes
