"""Whether the process lives, and whether it can answer."""

from __future__ import annotations

from flask import Blueprint, Response

from service.api.outcome import json_response
from service.api.ports import Journal, Service
from service.errors import NotReady


def blueprint(service: Service, journal: Journal | None = None) -> Blueprint:
    """The routes /healthz (200 while the process lives) and /readyz (503 with a reason until it can answer).

    A failing database is said at /readyz, but does not make it 503: answers must not stop because audit does.
    """
    routes = Blueprint("health", __name__)

    @routes.get("/healthz")
    def healthz() -> Response:
        return json_response({"status": "alive"})

    @routes.get("/readyz")
    def readyz() -> Response:
        reason = service.ready()
        if reason:
            raise NotReady(f"The service is not ready: {reason}.")
        return json_response({"status": "ready", "store": journal.state() if journal else "off"})

    return routes
