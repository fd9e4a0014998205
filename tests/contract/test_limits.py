"""Each limit on both sides; the table that users read is service/api/LIMITS.md."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.hooks.counts import MAX_KEYS
from tests.contract.fake import FakeService, bundle, order_select, order_sign, patient_view
from tests.contract.limited import VIEW, client_with
from tests.contract.refusals import assert_refused

ORDERS = "/cds-services/spine-orders"


LIMIT = 5_000


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
