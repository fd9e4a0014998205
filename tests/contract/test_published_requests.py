"""Every published request body, through the whole surface: the broken ones are refused, the rest never crash."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.settings import Settings

pytestmark = pytest.mark.shared
SHARED = Path(os.environ.get("SPINE_CDS_SHARED") or Path(__file__).resolve().parents[3] / "shared")
SERVICE_OF_HOOK = {"order-sign": "spine-orders", "order-select": "spine-orders"}


@pytest.fixture
def settings() -> Settings:
    """Lets no server be read: published bodies name servers on localhost, where anything may be running."""
    return Settings(fhir_servers=("https://ehr.invalid/fhir",))


@pytest.fixture(scope="module")
def bodies() -> dict[str, bytes]:
    folder = SHARED / "data" / "cds_requests"
    if not folder.is_dir():
        pytest.skip("skipped: no shared data")
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.json"))}


def parsed(text: bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def answers(client: FlaskClient, bodies: dict[str, bytes]) -> dict[str, tuple[int, str]]:
    found = {}
    for name, text in bodies.items():
        body = parsed(text)
        hook = body.get("hook", "") if isinstance(body, dict) else ""
        service_id = SERVICE_OF_HOOK.get(hook, "spine-patient-view")
        response = client.post(f"/cds-services/{service_id}", data=text, content_type="application/json")
        issue = response.get_json().get("issue")
        found[name] = (response.status_code, issue[0]["details"]["coding"][0]["code"] if issue else "answered")
    return found


def test_C3_the_34_broken_bodies_are_400(client: FlaskClient, bodies: dict[str, bytes]) -> None:
    broken = {name: text for name, text in bodies.items() if parsed(text) is None}
    assert len(broken) == 34
    assert set(answers(client, broken).values()) == {(400, "not-json")}


def test_no_published_body_crashes(client: FlaskClient, bodies: dict[str, bytes]) -> None:
    assert len(bodies) == 122
    found = Counter(answers(client, bodies).values())
    assert {status for status, _ in found} <= {200, 400, 412}, found
    assert found[(412, "needed-data-missing")] > 40, found


def test_published_requests_that_no_service_of_ours_knows_are_refused_by_name(
    client: FlaskClient, bodies: dict[str, bytes]
) -> None:
    found = answers(client, bodies)
    assert found["inferno_crd/fancy_structure_hook_request.json"] == (400, "hook-not-served")
    assert found["hl7_spec/context_only_order-sign_1.json"] == (400, "malformed-request")
    assert found["hl7_spec/quickstart_1.json"] == (412, "needed-data-missing")


def test_with_the_needed_keys_added_published_order_requests_are_answered(
    client: FlaskClient, bodies: dict[str, bytes]
) -> None:
    empty = {"resourceType": "Bundle", "type": "searchset"}
    statuses: Counter[int] = Counter()
    for text in bodies.values():
        body = parsed(text)
        if not isinstance(body, dict) or body.get("hook") not in SERVICE_OF_HOOK or "userId" not in body["context"]:
            continue
        body["prefetch"] = {"patient": {"resourceType": "Patient"}, "conditions": empty, "medicationStatements": None}
        statuses[client.post("/cds-services/spine-orders", json=body).status_code] += 1
    assert statuses[200] >= 40, statuses
    assert statuses[200] + statuses[400] == statuses.total()
