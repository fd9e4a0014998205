"""POST /cds-services/{id}/feedback: what users did with cards, stored before it is answered.

Of a batch with faults the good items are stored and the answer is 400, which names the bad ones: nothing that was said
well is lost, the client learns what it sends wrong, and as a repeat is stored once, it may send everything again.
"""

from __future__ import annotations

from flask import Blueprint, Response, g, request

from service.api import body
from service.api.admission import Admission
from service.api.audit import caller
from service.api.cds_hooks import hooks_of
from service.api.outcome import json_response
from service.api.ports import Journal, Service
from service.errors import FeedbackNotKept, FeedbackRefused
from service.hooks import feedback
from service.settings import Settings

NAMED = 20


def blueprint(settings: Settings, service: Service, journal: Journal | None, admission: Admission) -> Blueprint:
    """The feedback route of every service."""
    routes = Blueprint("feedback", __name__)

    @routes.post("/cds-services/<service_id>/feedback")
    def tell(service_id: str) -> Response:
        hooks_of(service, service_id)
        g.service, g.hook = service_id, "feedback"
        if journal is None:
            raise FeedbackNotKept("Nothing is kept here (SPINE_CDS_DATABASE is `none`), so feedback is not taken.")
        with admission.place():
            items, faults = feedback.read(body.read(request, settings))
            stored = journal.feedback(service_id, caller(), items)
        if faults:
            raise _refused(faults, len(items))
        return json_response({"stored": stored.stored, "repeated": stored.repeated})

    return routes


def _refused(faults: list[str], kept: int) -> FeedbackRefused:
    more = f" (and {len(faults) - NAMED} more)" if len(faults) > NAMED else ""
    return FeedbackRefused(
        f"Not stored: {'. '.join(faults[:NAMED])}{more}. The other {kept} are stored.",
        expression=faults[0].partition(":")[0],
    )
