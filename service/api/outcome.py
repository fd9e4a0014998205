"""Every refusal as an OperationOutcome; the one place where an exception becomes an answer."""

from __future__ import annotations

import json
from typing import Any

from flask import Flask, Response, g
from werkzeug import Response as AnyResponse
from werkzeug.exceptions import HTTPException

from service import log
from service.errors import BodyTooLarge, InternalError, MalformedRequest, ServiceError, WrongContentType

FHIR_JSON = "application/fhir+json"
STATUS_TO_ISSUE = {
    404: ("not-found", "not-found", "There is nothing at this address."),
    405: ("method-not-allowed", "not-supported", "This address does not take this method."),
    413: (BodyTooLarge.word, BodyTooLarge.issue_type, "The body is larger than this service accepts."),
    415: (WrongContentType.word, WrongContentType.issue_type, "The body must be sent as JSON."),
}
MALFORMED = (MalformedRequest.word, MalformedRequest.issue_type, "This request cannot be read.")


def json_response(body: Any, status: int = 200, mimetype: str = "application/json") -> Response:
    """A JSON answer in the order the values were given."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Response(text.encode(), status, mimetype=mimetype)


def document(word: str, issue_type: str, *issues: tuple[str, str]) -> dict[str, Any]:
    """An OperationOutcome of errors, each a text for the person who has to act and an element, '' for none.

    `word` is stable and for programs.
    """
    return {"resourceType": "OperationOutcome", "issue": [_issue(word, issue_type, *issue) for issue in issues]}


def _issue(word: str, issue_type: str, text: str, expression: str) -> dict[str, Any]:
    return {
        "severity": "error",
        "code": issue_type,
        "details": {"coding": [{"code": word}], "text": text},
        **({"expression": [expression]} if expression else {}),
    }


def outcome(status: int, word: str, issue_type: str, *issues: tuple[str, str]) -> Response:
    """The answer with these errors."""
    g.word = word
    return json_response(document(word, issue_type, *issues), status, FHIR_JSON)


def refusal(error: ServiceError) -> Response:
    """The answer to a refusal of ours, with the headers that its kind has."""
    response = outcome(error.status, error.word, error.issue_type, (error.text, error.expression), *error.further)
    response.headers.update(error.headers)
    return response


def install(app: Flask) -> None:
    """Answer every exception of `app` with an OperationOutcome."""
    app.register_error_handler(ServiceError, _refused)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unforeseen)


def _refused(error: ServiceError) -> Response:
    if error.status >= 500:
        log.failure("refused", error)
    return refusal(error)


def _http(error: HTTPException) -> AnyResponse:
    status = error.code or 500
    if status < 400:
        return Response.force_type(error.get_response())
    word, issue_type, text = STATUS_TO_ISSUE.get(status, MALFORMED)
    response = outcome(status, word, issue_type, (text, ""))
    for name, value in error.get_headers():
        if name.lower() == "allow":
            response.headers[name] = value
    return response


def _unforeseen(error: Exception) -> Response:
    """The catch-all at the edge; the exception's text may hold patient data, so only its type is logged."""
    log.failure("unforeseen", error)
    return refusal(InternalError("The service failed while answering; nothing was concluded about this patient."))
