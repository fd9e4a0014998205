"""The Flask application, put together from its surfaces."""

from __future__ import annotations

from flask import Flask

from service import log
from service.api import (
    callers,
    catalogue,
    cds_hooks,
    cors,
    feedback,
    headers,
    health,
    metrics,
    openapi,
    outcome,
    packet_page,
    packets,
    questionnaires,
)
from service.api.admission import Admission
from service.api.ports import Journal, PacketKeeper, Service
from service.callers.replay import SeenInMemory, SeenTokens
from service.fhir.readers import Readers
from service.hooks.feedback import FeedbackRequest
from service.settings import Settings


def create_app(
    settings: Settings,
    service: Service,
    journal: Journal | None = None,
    seen: SeenTokens | None = None,
    keeper: PacketKeeper | None = None,
) -> Flask:
    """The WSGI application for one service.

    Without a journal nothing is kept, and feedback is refused as such; so are packets without a keeper. `seen`
    remembers used tokens, in this process alone if left out. Raises ContentInvalid when the service cannot be
    published, SettingsInvalid when callers could not be checked.
    """
    log.configure(settings.log_level)
    app = Flask("service", static_folder=None, template_folder=None)
    # One byte more than allowed: a body without a length is cut there in silence, and body.read sees that it was.
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes + 1
    app.url_map.strict_slashes = False
    # In this order: a request gets its id, a preflight its answer, and only then may a caller be asked for a token.
    metrics.install(app)
    cors.install(app, settings)
    admission, readers = Admission.of(settings), Readers(settings)
    for routes in (
        cds_hooks.blueprint(settings, service, journal, admission=admission, readers=readers),
        feedback.blueprint(settings, service, journal, admission),
        packets.blueprint(settings, service, keeper, admission, readers),
        packet_page.blueprint(settings),
        questionnaires.forms(service),
        questionnaires.package(settings, service, keeper, admission),
        catalogue.blueprint(service),
        health.blueprint(service, journal),
        metrics.blueprint(),
        openapi.blueprint(settings, service, checked=settings.callers_checked, feedback=FeedbackRequest),
    ):
        app.register_blueprint(routes)
    outcome.install(app)
    headers.install(app)
    # Last: time is measured, and preflights are answered, before anybody is asked who he is.
    callers.install(app, settings, SeenInMemory() if seen is None else seen)
    return app
