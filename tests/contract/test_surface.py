from __future__ import annotations

import json

import pytest
from flask.testing import FlaskClient

from service import log
from service.api.metrics import REQUESTS
from tests.contract.fake import FakeService, patient_view
from tests.contract.refusals import assert_refused

VIEW = "/cds-services/spine-patient-view"


def test_healthz_is_200_even_while_not_ready(client: FlaskClient, service: FakeService) -> None:
    service.not_ready = "the rules are being compiled"
    assert client.get("/healthz").status_code == 200


def test_readyz_says_why_not(client: FlaskClient, service: FakeService) -> None:
    assert client.get("/readyz").status_code == 200
    service.not_ready = "the rules are being compiled"
    issue = assert_refused(client.get("/readyz"), 503, "not-ready")
    assert "being compiled" in issue["details"]["text"]


def test_rules_are_listed_and_shown(client: FlaskClient) -> None:
    assert client.get("/rules").get_json() == {"rules": [{"id": "safety/fake"}]}
    assert client.get("/rules/safety/fake").get_json() == {"id": "safety/fake"}
    assert client.get("/rules/safety/fake/source-attributes").get_json() == {"id": "safety/fake", "release": "1"}
    for path in ("/rules/safety/none", "/rules/safety/none/source-attributes"):
        assert_refused(client.get(path), 404, "unknown-rule")


def test_metrics_count_by_service_hook_and_outcome_only(client: FlaskClient) -> None:
    answered = REQUESTS.labels("spine-patient-view", "patient-view", "answered")
    before = answered._value.get()
    client.post(VIEW, json=patient_view())
    client.post("/cds-services/p1-secret", json=patient_view(hook="p1-secret"))
    client.post(VIEW, json=patient_view(hook="p1-secret"))
    assert answered._value.get() == before + 1
    text = client.get("/metrics").text
    assert 'spine_cds_requests_total{hook="",outcome="hook-not-served",service="spine-patient-view"}' in text
    assert "p1" not in text


@pytest.mark.parametrize("path", ["/cds-services", "/healthz", "/rules", "/nowhere"])
def test_every_answer_carries_the_security_headers(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


def test_an_answer_about_a_patient_is_never_cached(client: FlaskClient) -> None:
    assert client.post(VIEW, json=patient_view()).headers["Cache-Control"] == "no-store"


def test_F3_the_log_line_has_its_fields_and_no_id_or_token(
    client: FlaskClient, capsys: pytest.CaptureFixture[str]
) -> None:
    body = patient_view(fhirServer="http://127.0.0.1:1/fhir", fhirAuthorization={"access_token": "secret-token"})
    client.post(VIEW, json=body)
    (line,) = capsys.readouterr().err.splitlines()
    fields = json.loads(line)
    assert {
        "event": "request",
        "service": "spine-patient-view",
        "hook": "patient-view",
        "status": 200,
    }.items() <= fields.items()
    assert (fields["word"], fields["cards"], fields["resources"]) == ("answered", 1, 1)
    assert set(fields) == {
        "event",
        "level",
        "timestamp",
        "service",
        "hook",
        "status",
        "word",
        "ms",
        "cards",
        "resources",
        "request_id",
    }
    assert "p1" not in line
    assert "secret" not in line


def test_a_log_key_that_is_not_listed_is_dropped() -> None:
    fields = {"event": "e", "patient": "p1", "url": "http://x", "word": "w" * 500, "error": {"id": "p1"}}
    assert log.allow_listed(None, "info", fields) == {"event": "e", "word": "w" * 200, "error": "dict"}
