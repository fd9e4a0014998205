"""Questionnaires of prior authorization: the forms, which name nobody, and the operation that drafts answers to one."""

from __future__ import annotations

from flask import Blueprint, Response, request

from service.api import body, scopes
from service.api.admission import Admission
from service.api.outcome import FHIR_JSON, json_response
from service.api.ports import PacketKeeper, Service
from service.caller import EXPORT
from service.settings import Settings

FORM = "/Questionnaire/<name>"
PACKAGE = "/Questionnaire/$questionnaire-package"


def forms(service: Service) -> Blueprint:
    """The route of one form, open as the rules are."""
    routes = Blueprint("questionnaires", __name__)

    @routes.get(FORM)
    def form(name: str) -> Response:
        return json_response(service.questionnaire(name), mimetype=FHIR_JSON)

    return routes


def package(settings: Settings, service: Service, keeper: PacketKeeper | None, admission: Admission) -> Blueprint:
    """The route of the operation; what it hands out holds a patient's data, so it needs the scope for that."""
    routes = Blueprint("questionnaire_package", __name__)
    if keeper is not None:
        scopes.install(routes, keeper)

    @routes.post(PACKAGE)
    def give() -> Response:
        scopes.need(EXPORT, "questionnaire-package")
        with admission.place():
            text = body.received(request, settings)
            with admission.turn():
                sent = body.parsed(text, request, settings)
                return json_response(service.questionnaire_package(sent), mimetype=FHIR_JSON)

    return routes
