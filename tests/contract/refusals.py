"""What every refusal looks like, asserted in one place."""

from __future__ import annotations

from typing import Any

from werkzeug.test import TestResponse


def assert_refused(response: TestResponse, status: int, word: str) -> dict[str, Any]:
    """Check an OperationOutcome of one error issue (G2) and hand back the issue."""
    assert response.status_code == status, response.text
    assert response.mimetype == "application/fhir+json"
    body = response.get_json()
    assert body["resourceType"] == "OperationOutcome"
    (issue,) = body["issue"]
    assert issue["severity"] == "error"
    assert issue["code"]
    assert issue["details"]["coding"] == [{"code": word}]
    assert issue["details"]["text"]
    assert response.headers["Cache-Control"] == "no-store"
    return dict(issue)
