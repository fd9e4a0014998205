from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from service.api.app import create_app
from service.assembly import SpineService
from service.errors import ContentInvalid
from service.hooks.discovery import ServiceEntry, remarks
from service.rules.load import Content
from service.settings import Settings
from tests.contract.fake import TEMPLATES, FakeService


def test_B1_discovery_is_at_cds_services(client: FlaskClient) -> None:
    response = client.get("/cds-services")
    assert response.status_code == 200
    assert response.mimetype == "application/json"
    assert len(response.get_json()["services"]) == 7


def test_B1_no_service_is_an_empty_list(settings: Settings, service: FakeService) -> None:
    service.entries = ()
    response = create_app(settings, service).test_client().get("/cds-services")
    assert (response.status_code, response.get_json()) == (200, {"services": []})


def test_B2_each_service_has_hook_description_id_title_and_prefetch(client: FlaskClient) -> None:
    first = client.get("/cds-services").get_json()["services"][0]
    assert first == {
        "hook": "patient-view",
        "title": "View",
        "description": "Looks at a record.",
        "id": "spine-patient-view",
        "prefetch": TEMPLATES,
        "usageRequirements": "Works best with FHIR.",
        "version": "3.0.0-ballot",
        "hookVersion": "1.0",
    }


def test_A2_an_empty_field_is_left_out_of_discovery(settings: Settings, service: FakeService) -> None:
    service.entries = (ServiceEntry("a", "patient-view", "", "Does."),)
    (found,) = create_app(settings, service).test_client().get("/cds-services").get_json()["services"]
    assert set(found) == {"hook", "description", "id", "version", "hookVersion"}


def test_B3_versions_of_specification_and_hook_are_told(client: FlaskClient) -> None:
    services = client.get("/cds-services").get_json()["services"]
    assert {entry["version"] for entry in services} == {"3.0.0-ballot"}
    versions = {entry["hook"]: entry["hookVersion"] for entry in services}
    assert versions.pop("order-dispatch") == "1.1"
    assert set(versions.values()) == {"1.0"}


def test_B4_one_id_may_be_listed_for_two_hooks(client: FlaskClient) -> None:
    services = client.get("/cds-services").get_json()["services"]
    assert [entry["hook"] for entry in services if entry["id"] == "spine-orders"] == ["order-select", "order-sign"]


def test_B4_the_encounter_hooks_share_one_id(client: FlaskClient) -> None:
    services = client.get("/cds-services").get_json()["services"]
    hooks = [entry["hook"] for entry in services if entry["id"] == "spine-encounters"]
    assert hooks == ["encounter-start", "encounter-discharge"]


def test_B4_the_same_id_and_hook_twice_is_refused_at_start(settings: Settings, service: FakeService) -> None:
    service.entries = (*service.entries, service.entries[0])
    with pytest.raises(ContentInvalid, match="spine-patient-view on patient-view is listed twice"):
        create_app(settings, service)


def test_B6_discovery_has_an_etag_that_holds(client: FlaskClient) -> None:
    first = client.get("/cds-services")
    again = client.get("/cds-services", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert first.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("token", ["context.draftOrders", "context.nothing", "user", "%patient.id", "today()"])
def test_E1_a_template_with_an_unknown_token_is_refused_at_start(
    settings: Settings, service: FakeService, token: str
) -> None:
    service.entries = (ServiceEntry("a", "order-sign", "A", "Does.", {"key": f"Patient/{{{{{token}}}}}"}),)
    with pytest.raises(ContentInvalid, match="uses the token"):
        create_app(settings, service)


def test_E3_a_template_outside_the_recommended_queries_is_refused_at_start(
    settings: Settings, service: FakeService
) -> None:
    odd = {"key": "Condition?patient={{context.patientId}}&_include=Condition:encounter"}
    service.entries = (ServiceEntry("a", "patient-view", "A", "Does.", odd),)
    with pytest.raises(ContentInvalid, match="a on patient-view: prefetch key uses _include"):
        create_app(settings, service)


def test_B7_keys_are_published_in_the_order_in_which_they_depend(settings: Settings, service: FakeService) -> None:
    first, second = ("patient", "Patient/{{context.patientId}}"), ("doctor", "Practitioner?_id={{%patient.link.id}}")
    service.entries = (ServiceEntry("a", "patient-view", "A", "Does.", dict([first, second])),)
    (found,) = create_app(settings, service).test_client().get("/cds-services").get_json()["services"]
    assert list(found["prefetch"]) == ["patient", "doctor"]
    service.entries = (ServiceEntry("a", "patient-view", "A", "Does.", dict([second, first])),)
    with pytest.raises(ContentInvalid, match="no earlier key has that name"):
        create_app(settings, service)


def test_L2_it_is_said_what_is_lost_without_access_to_the_fhir_server(content: Content) -> None:
    usage = content.services.usage
    assert "Without fhirServer and fhirAuthorization" in usage
    assert "could-not-check" in usage


def test_B7_a_template_from_the_rules_is_checked_before_it_is_published(
    settings: Settings, content: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Content, "templates", lambda *_: {"patient": "Patient/{{context.nobody}}"})
    with pytest.raises(ContentInvalid, match=r"uses the token context\.nobody"):
        SpineService(settings, content)


def test_a_template_that_only_some_clients_can_fill_is_remarked() -> None:
    dated = {"o": "Observation?patient={{context.patientId}}&date=ge{{today() - 90 days}}"}
    (found,) = remarks([ServiceEntry("a", "patient-view", "A", "Does.", dated)])
    assert found == "a on patient-view: prefetch o needs a client of CDS Hooks 3.0 for today() - 90 days"


def test_a_hook_that_is_not_known_is_refused_at_start(settings: Settings, service: FakeService) -> None:
    service.entries = (ServiceEntry("a", "no-such-hook", "A", "Does."),)
    with pytest.raises(ContentInvalid, match="no-such-hook"):
        create_app(settings, service)


def etag(client: FlaskClient) -> str:
    return str(client.get("/cds-services").headers["ETag"])


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        pytest.param("{tag}", 304, id="the one that holds"),
        pytest.param("W/{tag}", 304, id="the same as a weak one, as proxies that compress make of it"),
        pytest.param('"other", {tag}', 304, id="one of several"),
        pytest.param("*", 304, id="any"),
        pytest.param('"other"', 200, id="another"),
        pytest.param("nonsense", 200, id="none at all"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_B6_a_conditional_get_is_answered_by_the_etag(
    client: FlaskClient, method: str, asked: str, status: int
) -> None:
    tag = etag(client)
    answer = client.open("/cds-services", method=method, headers={"If-None-Match": asked.replace("{tag}", tag)})
    assert (answer.status_code, answer.headers["ETag"]) == (status, tag)
    assert answer.headers["Cache-Control"] == "no-cache"
    assert bool(answer.data) is (status == 200 and method == "GET")


def test_B6_the_etag_changes_with_what_is_published(client: FlaskClient, service: FakeService) -> None:
    first = etag(client)
    assert etag(client) == first
    service.entries = service.entries[:1]
    assert etag(client) != first


@pytest.mark.parametrize("accept", ["application/json", "*/*", "text/html", "image/png", "x;;"])
def test_A1_the_answer_is_json_whatever_was_asked_for(client: FlaskClient, accept: str) -> None:
    answer = client.get("/cds-services", headers={"Accept": accept})
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
