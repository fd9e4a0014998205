"""E9, F4: a caller names the server that is read, so every way to point this service elsewhere is a row here.

Each row says what the caller saw, and that no connection was opened.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.api import cds_hooks, headers, outcome
from service.fhir.access.servers import Servers
from service.fhir.readers import Readers
from service.settings import Settings
from tests.contract.ehr import Ehr, Reply, serving
from tests.contract.fake import FakeService, bundle, patient_view
from tests.contract.refusals import assert_refused
from tests.contract.ssrf_rows import IN_A_HEADER, LED_INSIDE, LINKS, OTHERS, UNLISTED, Elsewhere
from tests.support.access import Network, public_settings

VIEW = "/cds-services/spine-patient-view"
NOT_LISTED = "is not one that may be read"
INSIDE = "leads to an address of a kind that is not read from"
LISTED = "https://ehr.example/fhir"
TOKEN = "canary-7f3a"


def client(settings: Settings, network: Network | None = None) -> FlaskClient:
    """The CDS Hooks routes alone, over a network of the test's own."""
    app = Flask("service")
    gate = network.gate(Servers.of(settings)) if network else None
    app.register_blueprint(cds_hooks.blueprint(settings, FakeService(), readers=Readers(settings, gate)))
    outcome.install(app)
    headers.install(app)
    return app.test_client()


def asking(server: str) -> dict[str, Any]:
    return patient_view(prefetch=..., fhirServer=server, fhirAuthorization={"access_token": TOKEN})


def refused(server: str, settings: Settings, network: Network) -> str:
    """The text of the 412 for a call that names this server; nothing was dialled, and the URL is not repeated."""
    issue = assert_refused(client(settings, network).post(VIEW, json=asking(server)), 412, "needed-data-missing")
    text = str(issue["details"]["text"])
    assert network.dialled == []
    assert TOKEN not in text
    assert not server or server not in text
    return text


@pytest.mark.parametrize("server", UNLISTED.values(), ids=UNLISTED.keys())
def test_E9_without_a_list_nothing_but_loopback_is_read(server: str) -> None:
    assert NOT_LISTED in refused(server, Settings(), Network({}))


@pytest.mark.parametrize("server", ["http://127.0.0.1/fhir", "http://localhost/fhir", "http://[::1]/fhir"])
def test_E9_without_a_list_loopback_is_read_only_while_the_service_listens_there(server: str) -> None:
    assert NOT_LISTED in refused(server, public_settings(), Network({}))
    network = Network({"localhost": [["127.0.0.1"]]})
    client(Settings(), network).post(VIEW, json=asking(server))
    assert network.dialled, "the row above would prove nothing"


@pytest.mark.parametrize("server", OTHERS.values(), ids=OTHERS.keys())
def test_E9_with_a_list_nothing_beside_it_is_read(server: str) -> None:
    settings = public_settings(fhir_servers=(LISTED,))
    assert NOT_LISTED in refused(server, settings, Network({"ehr.example": [["93.184.216.34"]]}))


@pytest.mark.parametrize("server", [LISTED, "https://EHR.Example:443/fhir/"])
def test_E9_the_listed_server_is_read_in_every_spelling_that_means_it(server: str) -> None:
    network = Network({"ehr.example": [["93.184.216.34"]]})
    client(Settings(fhir_servers=(LISTED,)), network).post(VIEW, json=asking(server))
    assert set(network.dialled) == {"93.184.216.34"}


@pytest.mark.parametrize("address", LED_INSIDE.values(), ids=LED_INSIDE.keys())
def test_E9_a_listed_name_that_leads_inside_is_not_connected_to(address: str) -> None:
    settings = Settings(fhir_servers=(LISTED,))
    assert INSIDE in refused(LISTED, settings, Network({"ehr.example": [[address]]}))
    assert INSIDE in refused(LISTED, settings, Network({"ehr.example": [["93.184.216.34", address]]}))


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1"])
def test_E9_listing_an_odd_spelling_of_loopback_does_not_open_loopback(host: str) -> None:
    server = f"http://{host}/fhir"
    assert INSIDE in refused(server, Settings(fhir_servers=(server,)), Network({}))


def test_E9_a_name_that_turns_private_between_two_answers_is_not_followed_there() -> None:
    network = Network({"ehr.example": [["93.184.216.34"], ["169.254.169.254"]]})
    client(Settings(fhir_servers=(LISTED,)), network).post(VIEW, json=asking(LISTED))
    assert set(network.dialled) <= {"93.184.216.34"}


@pytest.fixture
def ehr() -> Iterator[Ehr]:
    with serving() as running:
        yield running


@pytest.fixture
def other() -> Iterator[Ehr]:
    with serving() as running:
        yield running
        assert running.connections == 0, "the other server was connected to"


def filled(target: str, ehr: Ehr, other: Ehr) -> str:
    port = ehr.base.split(":")[2].split("/")[0]
    host = other.base.split("/")[2]
    return target.format(ehr=ehr.base, other=f"http://{host}", other_host=host, port=port)


@pytest.mark.parametrize("row", LINKS.values(), ids=LINKS.keys())
def test_F4_the_next_page_is_read_only_below_the_base_url(row: Elsewhere, ehr: Ehr, other: Ehr) -> None:
    query = "/fhir/Condition?patient=p1"
    first = bundle({"resourceType": "Condition", "id": "c1"})
    first["link"] = [{"relation": "next", "url": filled(row.target, ehr, other)}]
    ehr.replies = {query: Reply(first), "/fhir/Patient/p1": Reply({"resourceType": "Patient", "id": "p1"})}
    service = FakeService()
    app = Flask("service")
    app.register_blueprint(cds_hooks.blueprint(Settings(today=date(2026, 11, 22)), service))
    assert app.test_client().post(VIEW, json=asking(ehr.base)).status_code == 200
    read = service.keys["conditions"]
    assert read.state == "partial", "the caller is told that pages are missing"
    assert len(read.entries) == 1
    asked = [path for path in ehr.paths() if path not in ("/fhir/Patient/p1", query) and "Medication" not in path]
    assert bool(asked) is row.as_next
    if not row.as_next:
        assert "is not followed" in read.problem


@pytest.mark.parametrize("row", IN_A_HEADER.values(), ids=IN_A_HEADER.keys())
def test_F4_a_redirect_is_followed_only_at_the_server(row: Elsewhere, ehr: Ehr, other: Ehr) -> None:
    location = filled(row.target, ehr, other)
    ehr.replies["/fhir/Patient/p1"] = Reply(status=302, headers={"Location": location})
    body = patient_view(prefetch={"conditions": bundle()}, fhirServer=ehr.base)
    issue = assert_refused(client(Settings()).post(VIEW, json=body), 412, "needed-data-missing")
    followed = [path for path in ehr.paths() if path != "/fhir/Patient/p1" and "Medication" not in path]
    assert bool(followed) is row.as_redirect
    if not row.as_redirect:
        assert "pointed to another server" in issue["details"]["text"]
