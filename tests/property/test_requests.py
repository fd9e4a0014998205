"""Requests with random damage are answered or refused, never with a fault of ours, and never with an empty body."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from random import Random
from typing import Any

import pytest
from flask.testing import FlaskClient

from fhir_samples.requests import SERVICE
from fhir_samples.samples import samples
from service.api.app import create_app
from service.assembly import SpineService
from service.rules.load import Content
from service.settings import Settings

SETTINGS = Settings(today=date(2026, 11, 22), log_level="error")
DAMAGED = 800
JUNK: tuple[Any, ...] = (
    None,
    "",
    0,
    -1,
    1e30,
    True,
    [],
    {},
    "x" * 300,
    {"a": {"b": [1]}},
    [None],
    "2024-13-45",
    "0001-01-01",
    "9999-12-31T23:59:59+14:00",
    ["a", ["b"]],
    {"resourceType": "Bundle"},
    {"reference": "Patient/another"},
    "\u0000",
)


@pytest.fixture(scope="module")
def client(content: Content) -> Iterator[FlaskClient]:
    service = SpineService(SETTINGS, content)
    service.start()
    yield create_app(SETTINGS, service).test_client()
    service.engine.stop()


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every path into a JSON value."""
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*path, key))


def damage(value: Any, random: Random) -> None:
    """Delete, replace or double one random element in place."""
    path = random.choice(list(places(value)))
    for key in path[:-1]:
        value = value[key]
    what = random.random()
    if what < 0.3:
        del value[path[-1]]
    elif what < 0.9:
        value[path[-1]] = json.loads(json.dumps(random.choice(JUNK)))
    else:
        value[path[-1]] = [value[path[-1]], value[path[-1]]]


def test_damaged_requests_are_answered_or_refused(client: FlaskClient) -> None:
    random = Random(20261122)
    calls = [(sample, hook) for sample in samples() for hook in sample.hooks]
    statuses: Counter[int] = Counter()
    for _ in range(DAMAGED):
        sample, hook = random.choice(calls)
        body = json.loads(json.dumps(sample.request(hook)))
        for _ in range(random.choice((1, 1, 2, 5))):
            damage(body, random)
        answer = client.post(f"/cds-services/{SERVICE[hook]}", json=body)
        statuses[answer.status_code] += 1
        document = answer.get_json()
        assert "cards" in document or document["resourceType"] == "OperationOutcome"
    assert set(statuses) <= {200, 400, 412}, statuses
    assert len(statuses) == 3, "the damage was too mild or too hard to prove anything"
