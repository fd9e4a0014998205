"""The body of a request: declared as JSON, plain or gzip'ed, within the limit, and read strictly."""

from __future__ import annotations

import gzip
import io
import zlib
from typing import Any

from flask import Request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from service.errors import BodyTooLarge, BodyTooSlow, MalformedRequest, NotJson, WrongContentType
from service.hooks import json_text
from service.settings import Settings

PLAIN = ("", "identity")
GZIP = ("gzip", "x-gzip")
# Where gunicorn hands over the connection, so that a pause in a body can be given an end.
SOCKET = "gunicorn.socket"


def read(request: Request, settings: Settings) -> Any:
    """The parsed body; raises what `received` and `parsed` raise."""
    return parsed(received(request, settings), request, settings)


def received(request: Request, settings: Settings) -> bytes:
    """The body as sent; raises WrongContentType, BodyTooLarge, BodyTooSlow or MalformedRequest."""
    if not _is_json(request.mimetype):
        raise WrongContentType("The body must be sent as JSON, with Content-Type application/json.")
    if _coding(request) not in (*PLAIN, *GZIP):
        raise WrongContentType("The body must be sent plain or with Content-Encoding gzip.")
    if connection := request.environ.get(SOCKET):
        connection.settimeout(settings.body_timeout_ms / 1000)
    try:
        return _within(request.get_data(cache=False), settings.max_body_bytes)
    except RequestEntityTooLarge:
        return _within(None, settings.max_body_bytes)
    except ClientDisconnected as fault:
        if isinstance(fault.__cause__ or fault.__context__, TimeoutError):
            raise BodyTooSlow(
                f"No byte of the body came for {settings.body_timeout_ms} ms (setting SPINE_CDS_BODY_TIMEOUT_MS)."
            ) from None
        raise MalformedRequest("The body ended before it was whole.") from None


def parsed(text: bytes, request: Request, settings: Settings) -> Any:
    """The JSON value of a received body; raises BodyTooLarge or NotJson."""
    if _coding(request) in GZIP:
        text = _inflated(text, settings.max_body_bytes)
    return json_text.read(text, settings.max_depth)


def _inflated(text: bytes, limit: int) -> bytes:
    """The plain bytes, of which never more than the limit and one are made; a checksum that is wrong is a fault."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(text)) as packed:
            return _within(packed.read(limit + 1), limit)
    except (OSError, EOFError, zlib.error):
        raise NotJson("The body is declared as gzip, but is not, or is not whole.") from None


def _within(text: bytes | None, limit: int) -> bytes:
    if text is None or len(text) > limit:
        raise BodyTooLarge(f"The body is larger than {limit} bytes (setting SPINE_CDS_MAX_BODY_BYTES).")
    return text


def _coding(request: Request) -> str:
    return (request.content_encoding or "").strip().lower()


def _is_json(mimetype: str) -> bool:
    return mimetype == "application/json" or (mimetype.startswith("application/") and mimetype.endswith("+json"))
