"""Published templates with every kind of token, filled for a request and asked of a FHIR server (E1 to E9, D8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.api.app import create_app
from service.fhir.sent import State
from service.hooks.discovery import ServiceEntry
from service.settings import Settings
from tests.contract.ehr import Ehr, Reply
from tests.contract.fake import FakeService, bundle, order, order_sign

TEMPLATES = {
    "patient": "Patient/{{context.patientId}}",
    "user": "{{context.userId}}",
    "roles": "PractitionerRole?_id={{userPractitionerRoleId}}",
    "observations": "Observation?patient={{context.patientId}}&date=ge{{today() - 90 days}}",
    "devices": "Device?_id={{context.draftOrders.entry.resource.ofType(DeviceRequest).code.resolve().id}}",
    "requesters": "Practitioner?_id={{context.draftOrders.entry.resource.requester.resolve().ofType(Practitioner).id}}",
    "doctors": "Practitioner?_id={{%patient.generalPractitioner.resolve().id}}",
}
PATIENT = {
    "resourceType": "Patient",
    "id": "p1",
    "generalPractitioner": [{"reference": "Practitioner/g1"}, {"reference": "Practitioner/g,2"}],
}


class Templated(FakeService):
    """Publishes one service with templates of every kind, and needs nothing."""

    entries = (ServiceEntry("spine-orders", "order-sign", "Orders", "Looks at orders.", TEMPLATES),)

    def templates(self, service_id: str, hook: str) -> Mapping[str, str]:
        return TEMPLATES

    def needed(self, service_id: str, hook: str) -> frozenset[str]:
        return frozenset()


@pytest.fixture
def service() -> Templated:
    return Templated()


@pytest.fixture
def client(settings: Settings, service: Templated) -> FlaskClient:
    return create_app(settings, service).test_client()


def ask(client: FlaskClient, ehr: Ehr, prefetch: Any = ..., **context: Any) -> list[str]:
    """What the FHIR server was asked for, sorted."""
    ehr.replies["/fhir/Patient/p1"] = Reply(PATIENT)
    drafts = bundle(*(order(name) | {"requester": {"reference": f"Practitioner/{name}"}} for name in ("o1", "o2")))
    body = order_sign(draftOrders=drafts, **context) | {"fhirServer": ehr.base, "prefetch": prefetch}
    body = {name: value for name, value in body.items() if value is not ...}
    assert client.post("/cds-services/spine-orders", json=body).status_code == 200
    return sorted(path.removeprefix("/fhir/") for path in ehr.paths())


def test_D8_E2_E5_E6_E8_the_published_templates_are_what_is_asked(
    client: FlaskClient, service: Templated, ehr: Ehr
) -> None:
    published = client.get("/cds-services").get_json()["services"][0]["prefetch"]
    assert published == TEMPLATES
    assert ask(client, ehr) == [
        "Observation?patient=p1&date=ge2026-08-24",
        "Patient/p1",
        "Practitioner/u1",
        "Practitioner?_id=g1,g%5C%2C2",
        "Practitioner?_id=o1,o2",
    ]
    assert list(service.keys) == list(TEMPLATES)
    for key, words in (("roles", "needs a user who is a PractitionerRole"), ("devices", "lacks a value")):
        assert service.keys[key].state is State.ABSENT
        assert words in service.keys[key].problem


def test_E2_a_user_of_another_type_has_another_token(client: FlaskClient, ehr: Ehr) -> None:
    asked = ask(client, ehr, userId="PractitionerRole/r1")
    assert {"PractitionerRole/r1", "PractitionerRole?_id=r1"} <= set(asked)


def test_E8_what_was_sent_is_looked_into_and_not_asked_again(client: FlaskClient, ehr: Ehr) -> None:
    sent = {key: None for key in TEMPLATES if key not in ("patient", "doctors")} | {"patient": PATIENT}
    assert ask(client, ehr, sent) == ["Practitioner?_id=g1,g%5C%2C2"]


@pytest.mark.parametrize(
    "user", ["../../admin", "Practitioner/../x", "http://evil.example/Practitioner/x", "metadata/x"]
)
def test_E9_a_user_that_is_no_reference_leads_nowhere(client: FlaskClient, ehr: Ehr, user: str) -> None:
    asked = ask(client, ehr, userId=user)
    assert all(path.partition("?")[0] in ("Patient/p1", "Observation", "Practitioner") for path in asked)
