"""Each limit on both sides; the table that users read is service/api/LIMITS.md."""

from __future__ import annotations

import gzip
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
from tests.contract.fake import FakeService, bundle, order_select, order_sign, patient_view
from tests.contract.refusals import assert_refused

VIEW = "/cds-services/spine-patient-view"
ORDERS = "/cds-services/spine-orders"
LIMIT = 5_000


def client_with(service: FakeService | None = None, **settings: Any) -> FlaskClient:
    return create_app(Settings(**settings), service or FakeService()).test_client()


def padded(size: int) -> bytes:
    text = json.dumps(patient_view()).encode()
    return text + b" " * (size - len(text))


def zipped(text: bytes, coding: str = "gzip") -> dict[str, Any]:
    return {"data": text, "content_type": "application/json", "headers": {"Content-Encoding": coding}}


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "x-gzip"])
def test_A1_a_gzipped_body_is_read(client: FlaskClient, coding: str) -> None:
    assert client.post(VIEW, **zipped(gzip.compress(padded(1000)), coding)).status_code == 200


def test_A1_a_body_of_several_gzip_members_is_read(client: FlaskClient) -> None:
    text = padded(1000)
    assert client.post(VIEW, **zipped(gzip.compress(text[:500]) + gzip.compress(text[500:]))).status_code == 200


@pytest.mark.parametrize("coding", ["deflate", "br", "zstd", "gzip, gzip", "gzip,identity", "nonsense"])
def test_A1_another_coding_is_415_and_says_which_is_taken(client: FlaskClient, coding: str) -> None:
    response = client.post(VIEW, **zipped(gzip.compress(padded(1000)), coding))
    assert_refused(response, 415, "wrong-content-type")
    assert response.headers["Accept-Encoding"] == "gzip"
    assert response.headers["Accept-Post"] == "application/json"


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(padded(1000), id="not gzip at all"),
        pytest.param(b"", id="nothing"),
        pytest.param(gzip.compress(padded(1000))[:-9], id="cut short"),
        pytest.param(gzip.compress(padded(1000))[:-4] + b"\0\0\0\1", id="a length that is wrong"),
        pytest.param(gzip.compress(padded(1000)) + b"x", id="something behind it"),
    ],
)
def test_A1_a_broken_gzip_body_is_400_and_never_half_read(client: FlaskClient, broken: bytes) -> None:
    assert_refused(client.post(VIEW, **zipped(broken)), 400, "not-json")


@pytest.mark.parametrize(("size", "status"), [(LIMIT, 200), (LIMIT + 1, 413), (50_000_000, 413)])
def test_the_size_limit_holds_for_what_comes_out_of_gzip(size: int, status: int) -> None:
    response = client_with(max_body_bytes=LIMIT).post(VIEW, **zipped(gzip.compress(padded(size), 9)[:LIMIT]))
    assert response.status_code == status
    if status == 413:
        assert_refused(response, 413, "body-too-large")


def test_a_bomb_makes_no_more_than_the_limit_and_one_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    whole = gzip.GzipFile.read

    def counted(self: gzip.GzipFile, size: int | None = -1) -> bytes:
        text = whole(self, size)
        made.append(len(text))
        return text

    monkeypatch.setattr(gzip.GzipFile, "read", counted)
    bomb = gzip.compress(b" " * 5_000_000, 9)
    assert len(bomb) < LIMIT
    assert_refused(client_with(max_body_bytes=LIMIT).post(VIEW, **zipped(bomb)), 413, "body-too-large")
    assert made == [LIMIT + 1]


def resources(count: int) -> dict[str, Any]:
    return bundle(*({"resourceType": "Condition", "id": str(number)} for number in range(count)))


def sent(**keys: Any) -> dict[str, Any]:
    return patient_view(prefetch=patient_view()["prefetch"] | keys)


MANY = {"max_resources": 100, "max_entries": 60, "max_orders": 10}
# One patient, and 1 for each key that is empty.
COUNTS: list[tuple[str, str, dict[str, Any], int, str]] = [
    ("60 resources under one key", VIEW, sent(conditions=resources(60)), 200, ""),
    ("61 resources under one key", VIEW, sent(conditions=resources(61)), 413, "MAX_ENTRIES"),
    ("61 resources under a key that nobody asks for", VIEW, sent(other=resources(61)), 413, "MAX_ENTRIES"),
    ("61 resources as a bare list", VIEW, sent(other=resources(61)["entry"]), 413, "MAX_ENTRIES"),
    ("100 resources in all", VIEW, sent(conditions=resources(60), x=resources(39)), 200, ""),
    ("101 resources in all", VIEW, sent(conditions=resources(60), x=resources(40)), 413, "MAX_RESOURCES"),
    ("10 draft orders", ORDERS, order_sign(draftOrders=resources(10)), 200, ""),
    ("11 draft orders", ORDERS, order_sign(draftOrders=resources(11)), 413, "MAX_ORDERS"),
    ("11 selections", ORDERS, order_select(selections=["ServiceRequest/o1"] * 11), 413, "MAX_ORDERS"),
    ("11 entries of an unknown field", VIEW, patient_view(context={"a": [0] * 11}), 413, "MAX_ORDERS"),
]


@pytest.mark.parametrize(("path", "body", "status", "setting"), [row[1:] for row in COUNTS], ids=[r[0] for r in COUNTS])
def test_counts_are_limited(path: str, body: dict[str, Any], status: int, setting: str) -> None:
    service = FakeService()
    response = client_with(service, **MANY).post(path, json=body)
    assert response.status_code == status, response.text
    if status == 413:
        issue = assert_refused(response, 413, "too-many-resources")
        assert f"SPINE_CDS_{setting}" in issue["details"]["text"]
        assert service.question is None


@pytest.mark.parametrize(("more", "status"), [(0, 200), (1, 413)])
def test_prefetch_keys_are_limited(client: FlaskClient, more: int, status: int) -> None:
    keys = {f"key{number}": None for number in range(MAX_KEYS - 2 + more)}
    response = client.post(VIEW, json=sent(**keys))
    assert response.status_code == status
    if more:
        assert_refused(response, 413, "too-many-resources")


@pytest.mark.parametrize("level", [1, 2])
def test_depth_is_limited_and_a_refusal_says_so(level: int) -> None:
    # The body and its field x are two levels themselves.
    deep = "[" * (8 + level) + "]" * (8 + level)
    text = json.dumps(patient_view()).encode()[:-1] + b', "x": ' + deep.encode() + b"}"
    response = client_with(max_depth=10).post(VIEW, data=text, content_type="application/json")
    assert response.status_code == (200 if level == 1 else 400)
    if level == 2:
        assert "nested" in assert_refused(response, 400, "not-json")["details"]["text"]


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
