"""Operations of the OpenAPI document: what is asked, what is answered, and every way to be refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from service.api.outcome import FHIR_JSON

SCHEMA = "#/components/schemas/{model}"
TEXT: dict[str, Any] = {"type": "string"}
REFUSALS = {
    "400": "malformed, not JSON, or a hook that this service does not answer",
    "401": "nobody vouches for the caller",
    "403": "the caller may not do this",
    "404": "unknown id",
    "406": "none of the forms that there are is accepted",
    "408": "the body stopped coming",
    "409": "changed since it was read, or no step leads there",
    "412": "needed data neither sent nor fetchable",
    "413": "body, or what is in it, too large",
    "415": "not JSON, or a coding other than gzip",
    "422": "well-formed, but of no meaning here",
    "500": "no answer; nothing was concluded",
    "503": "busy or not ready; Retry-After says when to ask again",
}
REQUEST_ID = {"X-Request-Id": {"description": "names this request in the log", "schema": TEXT}}
RETRY_AFTER = {"Retry-After": {"description": "seconds", "schema": {"type": "string", "pattern": "^[0-9]+$"}}}


def operation(summary: str, refusals: Sequence[str] = (), answer: dict[str, Any] | None = None) -> dict[str, Any]:
    """One method of a path; `answer` is the content of its 200, any JSON object if left out."""
    good = {
        "description": "the answer",
        "headers": dict(REQUEST_ID),
        "content": answer or content("application/json"),
    }
    return {"summary": summary, "responses": {"200": good, **{code: _refusal(code) for code in refusals}}}


def asking(
    summary: str, model: str, refusals: Sequence[str], answer: str, example: dict[str, Any] | None = None
) -> dict[str, Any]:
    """A method that takes a body of `model` and answers with `answer` (a model, '' for any object)."""
    taken = content("application/json", model)
    if example:
        taken["application/json"]["example"] = example
    body = {"required": True, "content": taken, "description": "plain, or with Content-Encoding gzip"}
    return {**operation(summary, refusals, content("application/json", answer)), "requestBody": body}


def content(mimetype: str, model: str = "") -> dict[str, Any]:
    """One media type holding a model, or any object."""
    return {mimetype: {"schema": {"$ref": SCHEMA.format(model=model)} if model else {"type": "object"}}}


def _refusal(code: str) -> dict[str, Any]:
    headers = {**REQUEST_ID, **(RETRY_AFTER if code == "503" else {})}
    return {
        "description": REFUSALS[code],
        "headers": headers,
        "content": content(FHIR_JSON, "OperationOutcome"),
    }
