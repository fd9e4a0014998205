"""The CDS Hooks routes: discovery, and one call from body to cards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, g, request
from werkzeug import Response as AnyResponse

from service.answer import Answered
from service.api import audit, body
from service.api.admission import Admission
from service.api.outcome import json_response
from service.api.ports import Journal, Service
from service.api.questions import question
from service.caller import Caller
from service.errors import NeededDataMissing, UnknownService, UnservedHook, WrongHook
from service.fhir.prefetch import gather, unknown_keys
from service.fhir.readers import Readers
from service.fhir.sent import KeyRead, State
from service.hooks import counts, discovery
from service.hooks import request as requests_in
from service.hooks import response as responses_out
from service.hooks.request import CdsRequest
from service.hooks.tokens import tokens
from service.settings import Settings


def blueprint(
    settings: Settings,
    service: Service,
    journal: Journal | None = None,
    *,
    admission: Admission | None = None,
    readers: Readers | None = None,
) -> Blueprint:
    """The routes under /cds-services; raises ContentInvalid when an entry cannot be published."""
    discovery.check(service.entries)
    routes = Blueprint("cds_hooks", __name__)
    calls, access = admission or Admission.of(settings), readers or Readers(settings)
    if journal is not None:
        audit.install(routes, journal)

    @routes.get("/cds-services")
    def discover() -> AnyResponse:
        response = json_response(discovery.document(service.entries))
        response.add_etag()
        response.cache_control.no_cache = True  # keep, but ask whether it still holds
        return response.make_conditional(request)

    @routes.post("/cds-services/<service_id>")
    def call(service_id: str) -> Response:
        hooks = hooks_of(service, service_id)
        g.service = service_id
        with calls.place():
            text = body.received(request, settings)
            with calls.turn():
                sent = body.parsed(text, request, settings)
                return json_response(_called(settings, access, service, service_id, hooks, sent))

    return routes


def _called(
    settings: Settings, readers: Readers, service: Service, service_id: str, hooks: list[str], sent: Any
) -> dict[str, Any]:
    asked = requests_in.read(sent)
    _check_hook(service, hooks, asked.hook)
    g.hook, g.asked = asked.hook, asked
    counts.check(asked, counts.Counts(settings.max_resources, settings.max_entries, settings.max_orders))
    g.answered = _answer(settings, readers, service, service_id, asked)
    answer = responses_out.to_json(g.answered.response)
    g.cards = len(answer["cards"])
    return answer


def hooks_of(service: Service, service_id: str) -> list[str]:
    """The hooks of a service; raises UnknownService."""
    hooks = [entry.hook for entry in service.entries if entry.id == service_id]
    if not hooks:
        raise UnknownService("There is no CDS service with this id; GET /cds-services lists them.")
    return hooks


def _check_hook(service: Service, hooks: list[str], hook: str) -> None:
    if hook in hooks:
        return
    served = sorted({entry.hook for entry in service.entries})
    if hook in served:
        raise WrongHook(f"This service answers {', '.join(hooks)}; another one answers this hook.", expression="hook")
    raise UnservedHook(f"This hook is not served here; served are {', '.join(served)}.", expression="hook")


def _answer(settings: Settings, readers: Readers, service: Service, service_id: str, asked: CdsRequest) -> Answered:
    asked_for = question(asked, settings.day())
    templates = service.templates(service_id, asked.hook)
    caller: Caller = g.get("caller") or Caller()
    fetch, why_not = readers.reader(asked, asked_for.patient_id, caller.issuer)
    values = tokens(asked.hook, asked.context, asked_for.today, asked.fhir_server or "")
    keys = g.keys = gather(asked.prefetch, templates, values, fetch, unfetchable=why_not)
    g.resources = sum(len(read.entries) for read in keys.values())
    check_needed(service.needed(service_id, asked.hook), keys)
    return service.answer(asked_for, keys, unknown_keys(asked.prefetch, templates))


def check_needed(needed: frozenset[str], keys: Mapping[str, KeyRead]) -> None:
    """Raise NeededDataMissing naming every needed key that was neither sent nor fetched."""
    missing = [
        f"{key} ({read.problem})"
        for key, read in keys.items()
        if key in needed and read.state in (State.ABSENT, State.FAILED)
    ]
    if missing:
        raise NeededDataMissing(f"Without these there is no safe answer: {'; '.join(missing)}.", expression="prefetch")
