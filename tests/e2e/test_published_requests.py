"""Request bodies that others published, through the real service: broken ones are refused, hooks not served say so."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from service.api.app import create_app
from service.assembly import SpineService
from service.rules.load import Content
from service.settings import Settings

pytestmark = pytest.mark.shared
ORDERS = ("order-select", "order-sign")
# Published bodies name servers on localhost, where anything may be running: none may be read.
SETTINGS = Settings(fhir_servers=("https://ehr.invalid/fhir",), today=date(2026, 11, 22))


def parsed(text: bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def test_each_body_gets_the_status_that_it_deserves(content: Content, shared: Path) -> None:
    service = SpineService(SETTINGS, content)
    service.start()
    client = create_app(SETTINGS, service).test_client()
    words: Counter[tuple[int, str]] = Counter()
    try:
        for path in sorted((shared / "data" / "cds_requests").rglob("*.json")):
            text = path.read_bytes()
            body = parsed(text)
            hook = body.get("hook") if isinstance(body, dict) else None
            address = "spine-orders" if hook in ORDERS else "spine-patient-view"
            answer = client.post(f"/cds-services/{address}", data=text, content_type="application/json")
            document = answer.get_json()
            word = document["issue"][0]["details"]["coding"][0]["code"] if "issue" in document else "answered"
            words[answer.status_code, word] += 1
            if body is None:
                assert (answer.status_code, word) == (400, "not-json"), path.name
            elif hook is None:
                assert (answer.status_code, word) == (400, "malformed-request"), path.name
            elif hook not in (*ORDERS, "patient-view"):
                assert (answer.status_code, word) == (400, "hook-not-served"), path.name
            else:
                # Nothing that the service needs was sent, and no server may be asked: 412; a body without userId: 400.
                assert (answer.status_code, word) in {(412, "needed-data-missing"), (400, "malformed-request")}, (
                    path.name
                )
    finally:
        service.engine.stop()
    assert words[400, "not-json"] == 34
    assert sum(words.values()) == 122
