"""What every refusal looks like, asserted in one place."""

from __future__ import annotations

from typing import Any

from fhir.resources.R4B.operationoutcome import OperationOutcome
from werkzeug.test import TestResponse

# FHIR R4 value set issue-type, the codes that an error may have.
ISSUE_TYPES = """
invalid structure required value invariant security login unknown expired forbidden suppressed processing not-supported
duplicate multiple-matches not-found deleted too-long code-invalid extension too-costly business-rule conflict transient
lock-error no-store exception timeout incomplete throttled
"""


def assert_refused(response: TestResponse, status: int, word: str) -> dict[str, Any]:
    """Check an OperationOutcome of one error issue (G2) and hand back the issue."""
    assert response.status_code == status, response.text
    assert response.mimetype == "application/fhir+json"
    assert response.headers["Cache-Control"] == "no-store"
    return assert_outcome(response.get_json(), word)


def assert_outcome(body: Any, word: str) -> dict[str, Any]:
    """Check that a body is an OperationOutcome of FHIR with this word and hand back its issue."""
    OperationOutcome.model_validate(body)
    assert body["resourceType"] == "OperationOutcome"
    (issue,) = body["issue"]
    assert issue["severity"] == "error"
    assert issue["code"] in ISSUE_TYPES.split()
    assert issue["details"]["coding"] == [{"code": word}]
    assert issue["details"]["text"]
    return dict(issue)
