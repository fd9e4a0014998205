"""What a caller chose reaches neither the log nor a metric: both are read by people who may not see patients."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from prometheus_client import REGISTRY

from service import log
from service.api.metrics import REQUESTS
from tests.contract.fake import FakeService, patient_view

VIEW = "/cds-services/spine-patient-view"
MARK = "Jane-Doe-1958"
HEADERS = dict.fromkeys(
    ("X-Request-Id", "X-Correlation-Id", "traceparent", "tracestate", "User-Agent", "Referer", "X-Forwarded-For"), MARK
)
HOSTILE: list[tuple[str, str, dict[str, Any]]] = [
    ("the id of a service", f"/cds-services/{MARK}", {"json": patient_view()}),
    ("an address", f"/{MARK}", {"json": {}}),
    ("a query", f"{VIEW}?patient={MARK}", {"json": patient_view()}),
    ("the id of a rule", f"/rules/{MARK}", {"method": "GET"}),
    ("a hook", VIEW, {"json": patient_view(hook=MARK)}),
    ("a hook with a line break", VIEW, {"json": patient_view(hook=f"\n{MARK}")}),
    ("an instance", VIEW, {"json": patient_view(hookInstance=MARK)}),
    ("a patient", VIEW, {"json": patient_view(context={"userId": f"Practitioner/{MARK}", "patientId": MARK})}),
    ("a prefetch key", VIEW, {"json": patient_view(prefetch={MARK: 1})}),
    ("a server", VIEW, {"json": patient_view(fhirServer=f"https://{MARK}.example/fhir", prefetch=None)}),
    ("an unknown field", VIEW, {"json": patient_view(**{MARK: MARK})}),
    ("broken JSON", VIEW, {"data": f'{{"{MARK}', "content_type": "application/json"}),
    ("a content type", VIEW, {"data": "{}", "content_type": f"text/{MARK}"}),
    ("a method", VIEW, {"method": MARK.upper().replace("-", "")}),
    ("a coding", VIEW, {"data": "{}", "content_type": "application/json", "headers": {"Content-Encoding": MARK}}),
]


@pytest.mark.parametrize(("path", "call"), [row[1:] for row in HOSTILE], ids=[row[0] for row in HOSTILE])
def test_nothing_that_a_caller_chose_is_logged_or_counted_by(
    client: FlaskClient, capfd: pytest.CaptureFixture[str], path: str, call: dict[str, Any]
) -> None:
    asked = {"method": "POST"} | call
    answer = client.open(path, **{**asked, "headers": HEADERS | call.get("headers", {})})
    seen = "".join(capfd.readouterr()) + client.get("/metrics").text + str(answer.headers)
    for spelling in (MARK, MARK.lower(), MARK.upper().replace("-", "")):
        assert spelling not in seen
    assert answer.status_code == 200 or MARK not in answer.text


def test_a_metric_has_no_more_series_after_any_number_of_names(client: FlaskClient) -> None:
    def series() -> int:
        return len({(s.name, *sorted(s.labels.items())) for metric in REGISTRY.collect() for s in metric.samples})

    def ask(number: int) -> None:
        client.post(f"/cds-services/a{number}", json=patient_view())
        client.post(VIEW, json=patient_view(hook=f"b{number}"))
        client.get(f"/c{number}")

    ask(0)
    before = series()
    for number in range(1, 20):
        ask(number)
    assert series() == before
    assert REQUESTS._labelnames == ("service", "hook", "outcome")


def test_every_answer_has_an_id_of_ours_that_its_log_line_has_too(
    client: FlaskClient, capfd: pytest.CaptureFixture[str]
) -> None:
    answers = [client.post(VIEW, json=patient_view()), client.post(VIEW, json={}), client.get("/nowhere")]
    ids = [answer.headers["X-Request-Id"] for answer in answers]
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert [line["request_id"] for line in lines] == ids
    assert len(set(ids)) == 3
    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in ids)


def test_a_failure_is_logged_with_the_id_of_its_request(
    client: FlaskClient, service: FakeService, capfd: pytest.CaptureFixture[str]
) -> None:
    service.fault = RuntimeError(MARK)
    answer = client.post(VIEW, json=patient_view())
    text = capfd.readouterr().err
    lines = [json.loads(line) for line in text.splitlines()]
    assert [line["event"] for line in lines] == ["unforeseen", "request"]
    assert {line["request_id"] for line in lines} == {answer.headers["X-Request-Id"]}
    assert MARK not in text


def test_an_id_is_forgotten_with_its_request(client: FlaskClient, capfd: pytest.CaptureFixture[str]) -> None:
    client.post(VIEW, json=patient_view())
    capfd.readouterr()
    log.event("elsewhere")
    assert "request_id" not in json.loads(capfd.readouterr().err)
