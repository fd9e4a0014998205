"""Headers of every answer: nothing is kept by caches, guessed by browsers, or framed."""

from __future__ import annotations

from flask import Flask, Response

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}


def install(app: Flask) -> None:
    """Add the headers to every answer of `app`; a route that set Cache-Control keeps its own."""
    app.after_request(_add)


def _add(response: Response) -> Response:
    response.headers.setdefault("Cache-Control", "no-store")
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response
