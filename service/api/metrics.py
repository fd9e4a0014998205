"""Counts, times and log lines of requests.

Labels and log fields are a service and a hook of ours, set only once they were found among those published, and the
outcome word: never anything a caller chose. A request's id is ours too: an id or trace that a caller sends could say
who the patient is, so none is taken over.
"""

from __future__ import annotations

import os
import time
import uuid

from flask import Blueprint, Flask, Response, g
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from service import log

REQUESTS = Counter("spine_cds_requests", "Requests by outcome word", ("service", "hook", "outcome"))
SECONDS = Histogram(
    "spine_cds_request_seconds",
    "Time to answer a CDS Hooks call",
    ("service", "hook"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0),
)
CARDS = Counter("spine_cds_cards", "Cards given", ("service", "hook"))


def blueprint() -> Blueprint:
    """The route /metrics; across all workers where they share a directory."""
    routes = Blueprint("metrics", __name__)

    @routes.get("/metrics")
    def metrics() -> Response:
        registry = REGISTRY
        if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    return routes


def install(app: Flask) -> None:
    """Measure, count and log every request of `app`."""
    app.before_request(_start)
    app.after_request(_finish)
    app.teardown_request(lambda _error: log.forget())


def _start() -> None:
    g.started = time.perf_counter()
    g.request_id = uuid.uuid4().hex
    log.remember(request_id=g.request_id)


def _finish(response: Response) -> Response:
    seconds = time.perf_counter() - g.get("started", time.perf_counter())
    response.headers["X-Request-Id"] = g.get("request_id", "")
    service, hook, word = g.get("service", ""), g.get("hook", ""), g.get("word", "answered")
    REQUESTS.labels(service, hook, word).inc()
    if service:
        SECONDS.labels(service, hook).observe(seconds)
        CARDS.labels(service, hook).inc(g.get("cards", 0))
    if service or response.status_code >= 400:
        names = ("service", "hook", "cards", "resources", "reason")
        known = {name: g.get(name) for name in names if g.get(name) is not None}
        log.event("request", status=response.status_code, word=word, ms=round(seconds * 1000, 1), **known)
    return response
