"""Packets over HTTP with all rules: made, read in every form, refused or noted, and secret where they are kept."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from fhir_samples.samples import samples
from service.api.app import create_app
from service.assembly import SpineService
from service.rules.load import Content
from service.settings import Settings
from service.store.kept import Store
from tests.conftest import ROOT
from tests.support.databases import KEY, Opened

PATH = "/prior-auth/packets"
TODAY = date(2026, 11, 22)
FOLDER = ROOT / "fhir_samples" / "s01-apixaban"
RECORD = json.loads((FOLDER / "record.json").read_text())
ORDER = json.loads((FOLDER / "order.json").read_text())
CANARIES = ("s01", "SAMPLE-S01", "1959-06-02")


@pytest.fixture(scope="module")
def service(content: Content) -> Iterator[SpineService]:
    made = SpineService(Settings(today=TODAY), content)
    made.start()
    yield made
    made.engine.stop()


@pytest.fixture
def client(service: SpineService, sqlite_store: Store) -> FlaskClient:
    settings = Settings(today=TODAY, log_level="error")
    return create_app(settings, service, sqlite_store, keeper=sqlite_store).test_client()


def body(change: Any = None) -> dict[str, Any]:
    """The sample's order and record after a change to both."""
    record, order = copy.deepcopy(RECORD), copy.deepcopy(ORDER)
    if change:
        change(record, order)
    return {"order": order, "record": record}


def of(record: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [entry["resource"] for entry in record["entry"] if entry["resource"]["resourceType"] == kind]


def without(record: dict[str, Any], kind: str) -> None:
    record["entry"] = [entry for entry in record["entry"] if entry["resource"]["resourceType"] != kind]


def test_a_packet_is_made_and_read_in_every_form(client: FlaskClient) -> None:
    made = client.post(PATH, json=body())
    assert made.status_code == 201, made.text
    packet = made.get_json()
    assert (packet["procedure"], packet["region"], packet["laterality"]) == (
        "epidural-transforaminal",
        "lumbar",
        "left",
    )
    assert packet["serviceDate"] == "2026-12-01"
    (checklist,) = packet["checklists"]
    assert checklist["payer"] == "medicare"
    assert checklist["counts"]["met"] > 2
    place = f"{PATH}/{packet['id']}"
    document = client.get(place, headers={"Accept": "application/fhir+json"}).get_json()
    assert document["entry"][0]["resource"]["resourceType"] == "Composition"
    assert ORDER in [entry["resource"] for entry in document["entry"]]
    shown = client.get(place, headers={"Accept": "application/json"}).get_json()
    assert {item["id"] for item in shown["checklist"]["checklists"][0]["criteria"]} >= {
        "diagnosis",
        "imaging",
        "conservative-care",
    }
    page = client.get(place, headers={"Accept": "text/html"}).text
    assert page.lower().startswith("<!doctype html>")
    pytest.importorskip("weasyprint", reason="skipped: no WeasyPrint")
    printed = client.get(place, headers={"Accept": "application/pdf"})
    assert (printed.status_code, printed.mimetype, printed.data[:5]) == (200, "application/pdf", b"%PDF-")


def test_the_same_order_and_record_give_the_same_document(client: FlaskClient) -> None:
    places = [f"{PATH}/{client.post(PATH, json=body()).get_json()['id']}" for _ in range(2)]
    one, two = (client.get(place).data for place in places)
    assert one == two


def test_every_sample_with_an_order_gives_a_packet_or_says_why_not(client: FlaskClient) -> None:
    statuses: dict[str, int] = {}
    for sample in samples():
        for number, order in enumerate(sample.orders):
            entries = [{"resource": entry.resource, "fullUrl": entry.full_url} for entry in sample.entries]
            record = {"resourceType": "Bundle", "type": "collection", "entry": entries}
            response = client.post(PATH, json={"order": order, "record": record})
            word = (
                "made"
                if response.status_code == 201
                else response.get_json()["issue"][0]["details"]["coding"][0]["code"]
            )
            statuses[word] = statuses.get(word, 0) + 1
            assert word in ("made", "procedure-not-covered", "order-missing", "not-understood", "several-orders"), (
                sample,
                number,
            )
    print(statuses)
    assert statuses["made"] > 20


def _no_imaging(record: dict[str, Any], order: dict[str, Any]) -> None:
    without(record, "ImagingStudy")
    without(record, "DiagnosticReport")


def test_new_data_change_the_checklist_and_leave_the_old_one(client: FlaskClient) -> None:
    first = client.post(PATH, json=body(_no_imaging)).get_json()
    assert "imaging" in first["checklists"][0]["missing"]
    place = f"{PATH}/{first['id']}"
    after = client.post(f"{place}/evaluate", json={"record": RECORD, "version": 1})
    assert after.status_code == 200, after.text
    assert "imaging" not in after.get_json()["checklists"][0].get("missing", [])
    old = client.get(f"{place}?content=1", headers={"Accept": "application/json"}).get_json()
    statuses = {item["id"]: item["status"] for item in old["checklist"]["checklists"][0]["criteria"]}
    assert statuses["imaging"] == "not-documented"
    assert client.get(f"{PATH}?missing=imaging").get_json()["total"] == 0


@pytest.mark.parametrize(("payer", "total"), [("medicare", 1), ("aetna", 0)])
def test_packets_are_listed_by_the_name_that_their_checklists_have_for_the_payer(
    client: FlaskClient, payer: str, total: int
) -> None:
    client.post(PATH, json=body())
    assert client.get(f"{PATH}?payer={payer}").get_json()["total"] == total


def test_of_two_people_who_change_one_packet_at_once_one_is_told(client: FlaskClient) -> None:
    place = f"{PATH}/{client.post(PATH, json=body()).get_json()['id']}/state"
    app = client.application

    def change(user: str) -> int:
        sent = {"state": "ready", "version": 1, "user": f"Practitioner/{user}"}
        return app.test_client().post(place, json=sent).status_code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(change, ("a", "b"))) == [200, 409]


def test_nobody_is_named_where_packets_are_kept(service: SpineService, tmp_path: Path, opened: Opened) -> None:
    store = opened(f"sqlite:///{tmp_path}/kept/spine.sqlite", hash_key=KEY)
    settings = Settings(today=TODAY, log_level="error")
    client = create_app(settings, service, store, keeper=store).test_client()
    packet = client.post(PATH, json=body() | {"user": "Practitioner/canary-user"}).get_json()
    for state in ("ready", "submitted", "approved"):
        more = {"authorization": {"number": "canary-number"}} if state == "approved" else {}
        sent = {"state": state, "version": packet["version"], "reason": "canary-reason", **more}
        packet = client.post(f"{PATH}/{packet['id']}/state", json=sent).get_json()
    assert packet["authorization"] == {"number": "canary-number"}
    for form in ("application/fhir+json", "text/html", "application/json"):
        assert "s01" in client.get(f"{PATH}/{packet['id']}", headers={"Accept": form}).text.lower()
    found = b"".join(path.read_bytes() for path in (tmp_path / "kept").iterdir()).lower()
    assert b"epidural-transforaminal" in found
    # The shortest name may stand in any cipher.
    words = ("canary", "Patient/s01", *CANARIES[1:], "Sample Pain Clinic", "S01-order", "apixaban")
    assert [word for word in words if word.lower().encode() in found] == []
