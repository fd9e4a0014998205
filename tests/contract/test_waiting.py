"""Calls that wait for a place, bodies that stop coming, and the page that names every limit."""

from __future__ import annotations

import io
import json
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.api import admission
from service.api.app import create_app
from service.errors import ServiceError
from service.hooks.counts import MAX_KEYS
from service.settings import Settings
from service.settings.edge import EdgeSettings
from tests.contract.fake import FakeService, patient_view
from tests.contract.limited import VIEW, client_with
from tests.contract.refusals import assert_refused


class Held(FakeService):
    """Answers only once it is let go, and says when it has begun."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.go = threading.Event(), threading.Event()

    def answer(self, *asked: Any) -> Any:
        self.begun.set()
        assert self.go.wait(20)
        return super().answer(*asked)


class Announcing(io.BytesIO):
    """A body that says when it is read: its call has a place then."""

    def __init__(self, text: bytes) -> None:
        super().__init__(text)
        self.asked = threading.Event()

    def readinto(self, buffer: Any) -> int:
        self.asked.set()
        return super().readinto(buffer)


@pytest.fixture
def held() -> Iterator[Held]:
    service = Held()
    yield service
    service.go.set()


def in_background(call: Callable[[], TestResponse]) -> tuple[threading.Thread, list[TestResponse]]:
    answers: list[TestResponse] = []
    thread = threading.Thread(target=lambda: answers.append(call()), daemon=True)
    thread.start()
    return thread, answers


def one_at_work(held: Held, **settings: Any) -> tuple[Any, Callable[[], TestResponse], Any]:
    """An application of one thread whose one turn is taken; what it is answered comes after `held.go`."""
    app = create_app(Settings(threads=1, **settings), held)

    def call() -> TestResponse:
        return app.test_client().post(VIEW, json=patient_view())

    first = in_background(call)
    assert held.begun.wait(20)
    return app, call, first


def test_a_call_beyond_all_places_is_busy_at_once_and_the_next_one_is_not(held: Held) -> None:
    app, call, (thread, answers) = one_at_work(held, queue=0)
    response = call()
    assert_refused(response, 503, "busy")
    assert response.headers["Retry-After"] == "1"
    # Whoever watches the worker, or looks around, is not in the line.
    for path in ("/healthz", "/readyz", "/cds-services", "/metrics"):
        assert app.test_client().get(path).status_code == 200
    held.go.set()
    thread.join(20)
    assert answers[0].status_code == 200
    assert call().status_code == 200


def test_a_call_waits_for_its_turn_and_is_answered(held: Held) -> None:
    app, call, (first, one) = one_at_work(held, queue=1, wait_ms=60_000)
    body = Announcing(json.dumps(patient_view()).encode())
    second, two = in_background(
        lambda: app.test_client().post(
            VIEW, input_stream=body, content_length=len(body.getvalue()), content_type="application/json"
        )
    )
    assert body.asked.wait(20)
    assert_refused(call(), 503, "busy")
    held.go.set()
    for thread in (first, second):
        thread.join(20)
    assert [answers[0].status_code for answers in (one, two)] == [200, 200]


def test_a_call_that_waited_too_long_is_busy_and_gives_its_place_back(held: Held) -> None:
    _, call, (thread, answers) = one_at_work(held, queue=1, wait_ms=0)
    for _ in range(3):
        assert_refused(call(), 503, "busy")
    held.go.set()
    thread.join(20)
    assert answers[0].status_code == 200
    assert call().status_code == 200


@pytest.mark.parametrize("text", [b"{", json.dumps(patient_view(hook="x")).encode(), b"\xff"])
def test_a_refused_call_gives_its_place_and_turn_back(text: bytes) -> None:
    client = client_with(threads=1, queue=0)
    for _ in range(3):
        assert client.post(VIEW, data=text, content_type="application/json").status_code == 400
    assert client.post(VIEW, json=patient_view()).status_code == 200


def test_there_are_threads_for_all_places_and_some_to_refuse_with() -> None:
    assert admission.threads(Settings(threads=4, queue=16)) == 4 + 16 + admission.SPARE_THREADS
    assert admission.SPARE_THREADS >= 1


class Pausing(io.RawIOBase):
    """A body whose sender stops in the middle."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        raise TimeoutError("timed out")


class Connection:
    """Takes note of the time limit that it is given."""

    timeout: float = 0

    def settimeout(self, seconds: float) -> None:
        self.timeout = seconds


def test_a_body_that_stops_coming_is_408() -> None:
    connection = Connection()
    response = client_with(body_timeout_ms=1_500).post(
        VIEW,
        content_length=1000,
        content_type="application/json",
        environ_overrides={"wsgi.input": Pausing(), "gunicorn.socket": connection},
    )
    assert_refused(response, 408, "body-too-slow")
    assert connection.timeout == 1.5


def test_a_body_shorter_than_announced_is_400(client: FlaskClient) -> None:
    response = client.post(VIEW, input_stream=io.BytesIO(b"{}"), content_length=1000, content_type="application/json")
    assert_refused(response, 400, "malformed-request")


def test_the_page_of_limits_names_every_limit_as_it_is() -> None:
    page = Path(admission.__file__).with_name("LIMITS.md").read_text(encoding="utf-8")
    table = page.partition("## Limits")[2].partition("## ")[0]
    named = {name.lower() for name in re.findall(r"`SPINE_CDS_([A-Z_]+)` \|", table)}
    assert named <= set(Settings.model_fields)
    assert named >= {name for name in Settings.model_fields if name.startswith("max_")} - {"max_cards"}
    assert named >= set(EdgeSettings.model_fields) - {"cors_origins", "proxies"}
    words = set(re.findall(r"`([a-z]+(?:-[a-z]+)+|busy)`", table))
    known = {error.word for error in every(ServiceError)} | {"address-too-long", "headers-too-large"}
    assert words <= known
    for shown, value in {
        "20 MB": Settings().max_body_bytes / 1_000_000,
        "10,000": Settings().max_entries,
        "20,000": Settings().max_resources,
        f"| {MAX_KEYS} |": MAX_KEYS,
        "100 levels": Settings().max_depth,
    }.items():
        assert shown in table
        assert int(re.sub(r"\D", "", shown)) == value


def every(kind: type[ServiceError]) -> Iterator[type[ServiceError]]:
    """A class of refusals and all below it."""
    yield kind
    for below in kind.__subclasses__():
        yield from every(below)
