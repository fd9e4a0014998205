"""The body of a request: declared as JSON, within the limit, and read strictly."""

from __future__ import annotations

from typing import Any

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge

from service.errors import BodyTooLarge, WrongContentType
from service.hooks import json_text
from service.settings import Settings


def read(request: Request, settings: Settings) -> Any:
    """The parsed body; raises WrongContentType, BodyTooLarge or NotJson."""
    if not _is_json(request.mimetype) or request.content_encoding not in (None, "", "identity"):
        raise WrongContentType("The body must be sent uncompressed, with Content-Type application/json.")
    return json_text.read(_bytes(request, settings.max_body_bytes), settings.max_depth)


def _bytes(request: Request, limit: int) -> bytes:
    try:
        text = request.get_data(cache=False)
    except RequestEntityTooLarge:
        text = None
    if text is None or len(text) > limit:
        raise BodyTooLarge(f"The body is larger than {limit} bytes (setting SPINE_CDS_MAX_BODY_BYTES).")
    return text


def _is_json(mimetype: str) -> bool:
    return mimetype == "application/json" or (mimetype.startswith("application/") and mimetype.endswith("+json"))
