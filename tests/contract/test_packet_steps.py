"""Packets over HTTP: the list, the steps of a packet, new data, and what is recorded of it all."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import settings as given_settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from service.api.app import create_app
from service.errors import StoreUnavailable
from service.settings import Settings
from service.store.kept import Store
from service.store.packet_records import Access
from service.store.states import STATES, STEPS
from tests.contract.fake import FakeService, bundle
from tests.contract.packets import NOBODY, ORDER, PATH, PATIENT, RECORD
from tests.contract.refusals import assert_refused


@pytest.fixture
def store(sqlite_store: Store) -> Store:
    return sqlite_store


@pytest.fixture
def client(settings: Settings, service: FakeService, store: Store) -> FlaskClient:
    return create_app(settings, service, store, keeper=store).test_client()


@pytest.fixture
def made(client: FlaskClient) -> dict[str, Any]:
    """One packet, fresh."""
    return dict(client.post(PATH, json=RECORD).get_json())


def step(client: FlaskClient, packet: dict[str, Any], state: str, **more: Any) -> TestResponse:
    body = {"state": state, "version": packet["version"], "reason": "because", **more}
    return client.post(f"{PATH}/{packet['id']}/state", json=body)


def test_the_list_has_pages_and_filters(client: FlaskClient) -> None:
    assert client.get(PATH).get_json() == {"total": 0, "offset": 0, "packets": []}
    made = [client.post(PATH, json=RECORD).get_json() for _ in range(3)]
    step(client, made[1], "ready")
    found = client.get(f"{PATH}?limit=2").get_json()
    assert (found["total"], [item["id"] for item in found["packets"]]) == (3, [item["id"] for item in made[:2]])
    assert [item["id"] for item in client.get(f"{PATH}?offset=2").get_json()["packets"]] == [made[2]["id"]]
    for query, total in [
        ("state=ready", 1),
        ("state=draft&payer=medicare", 2),
        ("payer=nobody", 0),
        ("missing=imaging", 3),
        ("missing=diagnosis", 0),
        ("procedure=epidural-transforaminal", 3),
        ("policy=medicare-epidural", 3),
        ("olderThanDays=1", 0),
        ("newerThanDays=1", 3),
        ("state=", 3),
    ]:
        assert client.get(f"{PATH}?{query}").get_json()["total"] == total, query


@pytest.mark.parametrize(
    "query",
    [
        "state=done",
        "patient=p1",
        "limit=0",
        "limit=201",
        "limit=x",
        "limit=1.5",
        "offset=-1",
        "missing=A%20B",
        "olderThanDays=-1",
        "olderThanDays=x",
        "olderThanDays=99999999999",
        "state=draft&state=ready",
    ],
)
def test_a_query_that_cannot_be_used_is_400_and_lists_nothing(client: FlaskClient, query: str) -> None:
    text = assert_refused(client.get(f"{PATH}?{query}"), 400, "malformed-request")["details"]["text"]
    assert "p1" not in text


def test_a_packet_goes_its_way_and_its_history_tells(client: FlaskClient, made: dict[str, Any]) -> None:
    packet = made
    for state in ("ready", "submitted"):
        packet = step(client, packet, state, user="Practitioner/7").get_json()
    given = {"number": "A-1", "expires": "2027-02-01"}
    response = step(client, packet, "approved", authorization=given)
    packet = response.get_json()
    assert (packet["state"], packet["version"], packet["authorization"]) == ("approved", 4, given)
    assert response.headers["ETag"] == 'W/"4"'
    told = client.get(f"{PATH}/{made['id']}/history").get_json()["history"]
    assert [(item.get("from"), item["to"]) for item in told] == [
        (None, "draft"),
        ("draft", "ready"),
        ("ready", "submitted"),
        ("submitted", "approved"),
    ]
    assert told[1]["reason"] == "because"
    assert (told[1]["userType"], len(told[1]["user"])) == ("Practitioner", 64)
    assert told[-1]["authorization"] == given


def test_a_step_names_the_version_that_was_seen(client: FlaskClient, made: dict[str, Any]) -> None:
    path = f"{PATH}/{made['id']}/state"
    assert_refused(client.post(path, json={"state": "ready"}), 400, "malformed-request")
    for match in ("1", '"x"', '"1", "2"', "*", 'W/"0"'):
        refused = client.post(path, json={"state": "ready"}, headers={"If-Match": match})
        assert_refused(refused, 400, "malformed-request")
    both = client.post(path, json={"state": "ready", "version": 2}, headers={"If-Match": 'W/"1"'})
    assert_refused(both, 400, "malformed-request")
    assert_refused(client.post(path, json={"state": "ready", "version": 2}), 409, "packet-changed")
    assert client.post(path, json={"state": "ready"}, headers={"If-Match": 'W/"1"'}).status_code == 200
    stale = client.post(path, json={"state": "submitted"}, headers={"If-Match": '"1"'})
    assert_refused(stale, 409, "packet-changed")


def test_a_step_that_the_table_does_not_have_is_409(client: FlaskClient, made: dict[str, Any]) -> None:
    assert_refused(step(client, made, "approved"), 409, "step-not-allowed")
    assert_refused(step(client, made, "draft"), 409, "step-not-allowed")


STEPS_REFUSED: dict[str, dict[str, Any]] = {
    "no state": {"version": 1},
    "a state that is none": {"state": "done", "version": 1},
    "a version in words": {"state": "ready", "version": "1"},
    "a version that was never": {"state": "ready", "version": 0},
    "a reason over the limit": {"state": "ready", "version": 1, "reason": "x" * 2001},
    "an authorization without approval": {"state": "ready", "version": 1, "authorization": {"number": "A"}},
    "a day that is none": {"state": "ready", "version": 1, "authorization": {"expires": "soon"}},
    "a misspelt field": {"state": "ready", "version": 1, "reasn": "x"},
}


@pytest.mark.parametrize("name", STEPS_REFUSED)
def test_a_step_that_cannot_be_understood_is_400_and_changes_nothing(
    client: FlaskClient, made: dict[str, Any], name: str
) -> None:
    refused = client.post(f"{PATH}/{made['id']}/state", json=STEPS_REFUSED[name])
    assert_refused(refused, 400, "malformed-request")
    assert client.get(f"{PATH}?state=draft").get_json()["packets"][0]["version"] == 1


@given(way=st.lists(st.sampled_from(STATES), max_size=12))
@given_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_order_of_steps_ends_where_the_table_says(client: FlaskClient, way: list[str]) -> None:
    packet = client.post(PATH, json=RECORD).get_json()
    for wanted in way:
        allowed = wanted in {item.to for item in STEPS[packet["state"]]}
        response = step(client, packet, wanted)
        assert response.status_code == (200 if allowed else 409)
        packet = response.get_json() if allowed else packet
        assert packet["state"] == (wanted if allowed else packet["state"])
    told = client.get(f"{PATH}/{packet['id']}/history").get_json()["history"]
    assert len(told) == packet["version"]
    assert told[-1]["to"] == packet["state"]


def test_new_data_give_a_new_content(client: FlaskClient, service: FakeService, made: dict[str, Any]) -> None:
    ready = step(client, made, "ready").get_json()
    response = client.post(f"{PATH}/{made['id']}/evaluate", json={"record": bundle(PATIENT), "version": 2})
    after = response.get_json()
    assert (response.status_code, after["content"], after["version"]) == (200, 2, ready["version"] + 1)
    assert after["state"] == "draft"
    assert service.question is not None
    assert service.question.orders == (ORDER,)  # the packet's own
    for number in (1, 2):
        shown = client.get(f"{PATH}/{made['id']}?content={number}", headers={"Accept": "application/json"}).get_json()
        assert shown["content"] == number
    stale = client.post(f"{PATH}/{made['id']}/evaluate", json={"record": bundle(PATIENT), "version": 2})
    assert_refused(stale, 409, "packet-changed")


def test_another_patients_data_are_refused(client: FlaskClient, made: dict[str, Any]) -> None:
    sent = {"record": bundle({"resourceType": "Patient", "id": "p2"}), "version": 1}
    refused = client.post(f"{PATH}/{made['id']}/evaluate", json=sent)
    assert_refused(refused, 422, "order-of-another-patient")
    assert client.get(PATH).get_json()["packets"][0]["content"] == 1


def test_where_nothing_is_kept_there_are_no_packets(settings: Settings, service: FakeService) -> None:
    client = create_app(settings, service).test_client()
    assert_refused(client.post(PATH, json=RECORD), 404, "packets-not-kept")
    assert service.question is None
    for path in (PATH, f"{PATH}/{NOBODY}", f"{PATH}/{NOBODY}/history"):
        assert_refused(client.get(path), 404, "packets-not-kept")


def test_an_access_that_cannot_be_recorded_is_not_allowed(
    settings: Settings, service: FakeService, store: Store, made: dict[str, Any]
) -> None:
    class Forgetful:
        packets = store.packets

        def accessed(self, access: Access) -> None:
            raise StoreUnavailable("no room")

    client = create_app(settings, service, keeper=Forgetful()).test_client()
    response = client.get(f"{PATH}/{made['id']}")
    assert_refused(response, 503, "store-unavailable")
    assert "canary" not in response.text


def test_no_line_of_the_log_names_packet_or_patient(
    client: FlaskClient, made: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    client.get(f"{PATH}/{made['id']}")
    client.get(f"{PATH}/{NOBODY}")
    step(client, made, "ready")
    said = capsys.readouterr().err
    assert made["id"] not in said
    assert NOBODY not in said
    assert "p1" not in said
