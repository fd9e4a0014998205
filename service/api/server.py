"""Gunicorn's threaded worker, which refuses as the application does.

What cannot be parsed as HTTP never reaches Flask. Gunicorn's own answer is an HTML page that repeats what the client
sent, and its own log line repeats it too, with the client's address. Ours is an OperationOutcome and a stable word.
"""

from __future__ import annotations

import json
import socket
from http import HTTPStatus
from typing import Any, NamedTuple

from gunicorn.http import errors
from gunicorn.util import write_nonblock
from gunicorn.workers.gthread import ThreadWorker

from service import log
from service.api.outcome import FHIR_JSON, MALFORMED, document
from service.errors import InternalError

Word = tuple[str, str, str]


class Refused(NamedTuple):
    """Status, and word, issue type and text of the outcome."""

    status: HTTPStatus
    outcome: Word


URI_TOO_LONG = Refused(
    HTTPStatus.REQUEST_URI_TOO_LONG, ("address-too-long", "too-long", "The address of the request is too long.")
)
HEADERS_TOO_LARGE = Refused(
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    ("headers-too-large", "too-long", "The request has too many headers, or one that is too long."),
)
EXPECTATION = Refused(
    HTTPStatus.EXPECTATION_FAILED, ("expectation-failed", "not-supported", "Only 100-continue can be expected here.")
)
CODING = Refused(
    HTTPStatus.NOT_IMPLEMENTED,
    ("transfer-coding-unknown", "not-supported", "The body may be sent whole or chunked, and in no other way."),
)
BY_FAULT: dict[type[Exception], Refused] = {
    errors.LimitRequestLine: URI_TOO_LONG,
    errors.LimitRequestHeaders: HEADERS_TOO_LARGE,
    errors.ExpectationFailed: EXPECTATION,
    errors.UnsupportedTransferCoding: CODING,
}
NOT_HTTP = Refused(HTTPStatus.BAD_REQUEST, (*MALFORMED[:2], "This is not a request that HTTP knows."))
OURS = Refused(
    HTTPStatus.INTERNAL_SERVER_ERROR,
    (InternalError.word, InternalError.issue_type, "The service failed while answering; nothing was concluded."),
)


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """As gunicorn's, but for what it says of requests that it could not parse."""

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: Exception) -> None:
        """Answer with an outcome; only the kind of the fault is logged, for its text repeats what was sent."""
        found = refused(exc)
        if found is OURS:
            log.failure("unforeseen", exc)
        log.event("request", status=int(found.status), word=found.outcome[0])
        try:
            write_nonblock(client, answer(found))
        except OSError:
            return  # the client has gone


def refused(fault: Exception) -> Refused:
    """How a fault of parsing is answered; what is no fault of the client's is ours."""
    for kind, answer_ in BY_FAULT.items():
        if isinstance(fault, kind):
            return answer_
    ours = isinstance(fault, errors.InvalidResponseHeader | errors.InvalidResponseHeaderName)
    return NOT_HTTP if isinstance(fault, errors.ParseException | errors.NoMoreData) and not ours else OURS


def answer(found: Refused) -> bytes:
    """A whole HTTP/1.1 response, after which the connection is closed."""
    word, issue_type, text = found.outcome
    body = json.dumps(document(word, issue_type, (text, ""))).encode()
    head = (
        f"HTTP/1.1 {found.status.value} {found.status.phrase}\r\nConnection: close\r\nCache-Control: no-store\r\n"
        f"X-Content-Type-Options: nosniff\r\nContent-Type: {FHIR_JSON}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode("ascii") + body
