"""Requests and attachments of kept packets over HTTP with all rules: whole, or with the list of what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.parameters import Parameters
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.api.app import create_app
from service.assembly import SpineService
from service.rules.load import Content
from service.settings import Settings
from service.store.kept import Store
from tests.contract.ehr import Reply, serving
from tests.contract.fake import bundle
from tests.contract.refusals import assert_refused
from tests.support import prior_auth as made
from tests.support.drafts import instead
from tests.support.prior_auth import TODAY, changed

PATH = "/prior-auth/packets"
TRACKING = {"system": "https://payer.example.org/requests", "value": "T-1"}
# What the practice gives, as the body of the route has it.
GIVEN = {
    "server": made.SERVER,
    "number": made.BILLING.number,
    "claimType": "professional",
    "requestType": "HS",
    "certificationType": "I",
    "serviceType": "2",
    "place": "11",
}
OTHER_PAYER = changed(made.COVERAGE, id="cov2", type={"text": "Aetna PPO"})


@pytest.fixture(scope="module")
def service(content: Content) -> Iterator[SpineService]:
    found = SpineService(Settings(today=TODAY), content)
    found.start()
    yield found
    found.engine.stop()


@pytest.fixture
def client(service: SpineService, sqlite_store: Store) -> FlaskClient:
    settings = Settings(today=TODAY, log_level="error")
    return create_app(settings, service, sqlite_store, keeper=sqlite_store).test_client()


def record(*resources: Any, at: str = "") -> dict[str, Any]:
    """A Bundle of resources, as of the server `at`."""
    entries = [
        {"resource": item, **({"fullUrl": f"{at}/{item['resourceType']}/{item['id']}"} if at else {})}
        for item in resources
    ]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


WHOLE = (*made.RECORD, made.INSURER, made.CLINIC)


def kept(client: FlaskClient, *resources: Any, at: str = "") -> str:
    """The address of a packet of this record."""
    response = client.post(PATH, json={"order": made.ORDER, "record": record(*(resources or WHOLE), at=at)})
    assert response.status_code == 201, response.text
    return f"{PATH}/{response.get_json()['id']}"


def asked(client: FlaskClient, place: str, **changes: Any) -> TestResponse:
    return client.post(f"{place}/pas-request", json=changed(GIVEN, **changes))


def lacks(response: TestResponse) -> dict[str, str]:
    """What is missing by the element that it belongs to; every issue has the one word."""
    assert (response.status_code, response.mimetype) == (422, "application/fhir+json"), response.text
    issues = response.get_json()["issue"]
    assert {issue["details"]["coding"][0]["code"] for issue in issues} == {"request-incomplete"}
    assert {issue["code"] for issue in issues} == {"required"}
    first, *others = issues
    assert "missing" in first["details"]["text"]
    return {issue["expression"][0]: issue["details"]["text"] for issue in others}


@pytest.mark.parametrize("release", ["2.2.1", "2.0.1"])
def test_a_whole_request_is_drafted_from_the_packet_alone(client: FlaskClient, release: str) -> None:
    response = asked(client, kept(client), release=release)
    assert (response.status_code, response.mimetype) == (200, "application/fhir+json"), response.text
    drafted = response.get_json()
    Bundle.model_validate(drafted)
    resources = [entry["resource"] for entry in drafted["entry"]]
    assert resources[0]["resourceType"] == "Claim"
    expected = [made.PATIENT, made.COVERAGE, made.INSURER, made.CLINIC]
    assert all(resource in resources for resource in expected), "unchanged, though it was kept meanwhile"
    # The older release knows no order for a day; then it stays out.
    assert (made.ORDER in resources) is (release == "2.2.1")


def test_with_nothing_given_the_answer_says_what_is_missing_and_who_has_it(client: FlaskClient) -> None:
    found = lacks(client.post(f"{kept(client)}/pas-request", json={}))
    billing = ["Claim.identifier", "Claim.type", "Claim.item.category", "Claim.item.extension", "Claim.item.location"]
    assert set(found) == {*billing, "Bundle.entry.fullUrl"}
    assert all("the billing office" in text for text in found.values())


MISSING: dict[str, tuple[tuple[Any, ...], str]] = {
    "no insurer": ((*made.RECORD, made.CLINIC), "Coverage.payor"),
    "no practice": ((*made.RECORD, made.INSURER), "ServiceRequest.requester"),
    "no member number": (
        (*instead(changed(made.COVERAGE, identifier=None)), made.INSURER, made.CLINIC),
        "Coverage.identifier",
    ),
    "two payers": ((*WHOLE, OTHER_PAYER), "Coverage"),
    "coverage that is over": (
        (*instead(changed(made.COVERAGE, period={"end": "2026-11-21"})), made.INSURER, made.CLINIC),
        "Coverage",
    ),
}


@pytest.mark.parametrize("name", MISSING)
def test_what_the_record_lacks_is_said(client: FlaskClient, name: str) -> None:
    resources, element = MISSING[name]
    assert element in lacks(asked(client, kept(client, *resources)))


def test_a_reference_that_holds_only_inside_the_record_is_said(client: FlaskClient) -> None:
    """The request would come apart: its entries are under the address of the record's server."""
    urn = "urn:uuid:6f1c2c52-8a3e-5a0f-9d0b-1f9a4f6f7f10"
    sent = record(*instead(changed(made.COVERAGE, beneficiary={"reference": urn})), made.INSURER, made.CLINIC)
    sent["entry"] = [entry | ({"fullUrl": urn} if entry["resource"]["id"] == "p1" else {}) for entry in sent["entry"]]
    response = client.post(PATH, json={"order": made.ORDER, "record": sent})
    assert response.status_code == 201, response.text
    assert lacks(asked(client, f"{PATH}/{response.get_json()['id']}")).keys() == {"Coverage.beneficiary"}


def test_of_several_coverages_the_one_that_is_named_pays(client: FlaskClient) -> None:
    place = kept(client, *WHOLE, OTHER_PAYER)
    response = asked(client, place, coverage="Coverage/cov2")
    assert response.status_code == 200, response.text
    claim = response.get_json()["entry"][0]["resource"]
    assert claim["insurance"][0]["coverage"] == {"reference": "Coverage/cov2"}
    assert_refused(asked(client, place, coverage="Coverage/cov9"), 422, "not-understood")


def test_the_address_of_the_record_is_known_where_it_came_with_it(client: FlaskClient) -> None:
    response = asked(client, kept(client, *WHOLE, at=made.SERVER), server=None)
    assert response.status_code == 200, response.text
    assert response.get_json()["entry"][1]["fullUrl"] == f"{made.SERVER}/Patient/p1"


def test_who_asks_and_who_pays_are_read_with_the_record(service: SpineService, sqlite_store: Store) -> None:
    """No query of an order brings organizations, and without them no request can be drafted."""
    people: dict[str, Reply | list[Reply]] = {
        f"/fhir/{item['resourceType']}/{item['id']}": Reply(item) for item in (made.INSURER, made.CLINIC)
    }
    token = {"access_token": "t", "token_type": "Bearer", "patient": "p1"}
    with serving() as ehr:
        ehr.replies = people | searches(service)
        settings = Settings(today=TODAY, log_level="error", fhir_servers=(ehr.base,))
        client = create_app(settings, service, sqlite_store, keeper=sqlite_store).test_client()
        sent = {"order": made.ORDER, "fhirServer": ehr.base, "fhirAuthorization": token}
        response = client.post(PATH, json=sent)
        assert response.status_code == 201, response.text
    drafted = asked(client, f"{PATH}/{response.get_json()['id']}")
    assert drafted.status_code == 200, drafted.text


def searches(service: SpineService) -> dict[str, Reply | list[Reply]]:
    """What a server answers to the queries of a signed order, from the record."""
    found: dict[str, Reply | list[Reply]] = {}
    for text in service.templates("spine-orders", "order-sign").values():
        kind, _, query = text.replace("{{context.patientId}}", "p1").partition("?")
        known = [item for item in made.RECORD if item["resourceType"] == kind]
        found[f"/fhir/{kind}?{query}" if query else f"/fhir/{kind}"] = Reply(bundle(*known))
    return found | {"/fhir/Patient/p1": Reply(made.PATIENT)}


def test_an_attachment_carries_the_document_of_the_packet(client: FlaskClient) -> None:
    place = kept(client)
    body = {"tracking": TRACKING, "loinc": "11503-0", "line": "1", "final": True}
    response = client.post(f"{place}/submit-attachment", json=body)
    assert (response.status_code, response.mimetype) == (200, "application/fhir+json"), response.text
    Parameters.model_validate(response.get_json())
    parts = {item["name"]: item for item in response.get_json()["parameter"]}
    assert parts["TrackingId"]["valueIdentifier"] == TRACKING
    content = next(part for part in parts["Attachment"]["part"] if part["name"] == "Content")
    assert content["resource"] == client.get(place).get_json()
    assert lacks(client.post(f"{place}/submit-attachment", json={})).keys() == {"TrackingId"}


def test_an_earlier_evaluation_can_be_asked_for(client: FlaskClient) -> None:
    place = kept(client, *made.RECORD, made.CLINIC)
    again = client.post(f"{place}/evaluate", json={"record": record(*WHOLE), "version": 1})
    assert again.status_code == 200, again.text
    assert asked(client, place).status_code == 200
    earlier = client.post(f"{place}/pas-request?content=1", json=GIVEN)
    assert "Coverage.payor" in lacks(earlier)
    assert_refused(client.post(f"{place}/pas-request?content=3", json=GIVEN), 400, "malformed-request")


WRONG: dict[str, dict[str, Any]] = {
    "another release": {"release": "1.0.0"},
    "no address": {"server": "ehr.example.org"},
    "no code of a place": {"place": "office"},
    "a number without a value": {"number": {"system": "https://clinic.example.org"}},
    "a coverage that is no reference": {"coverage": "cov1"},
    "a misspelt field": {"claimtype": "professional"},
}


@pytest.mark.parametrize("name", WRONG)
def test_a_body_that_cannot_be_used_is_refused(client: FlaskClient, name: str) -> None:
    response = client.post(f"{kept(client)}/pas-request", json={**GIVEN, **WRONG[name]})
    assert_refused(response, 400, "malformed-request")
