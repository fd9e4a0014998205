"""Browser pages may call the CDS Hooks routes, from origins that the operator listed and from no others (K1).

A preflight carries neither body nor token: it is answered before anybody asks for one. Credentials in the sense of CORS
(cookies) are never allowed; the token that a CDS client sends is an ordinary header.
"""

from __future__ import annotations

import re

from flask import Flask, Response, current_app, request
from flask_cors import CORS

from service.settings import Settings
from service.settings.edge import ANY_ORIGIN

ROUTES = re.compile(r"/cds-services(/.*)?\Z")
METHODS = ("GET", "POST")
HEADERS = ("Authorization", "Content-Type")
# What a page may read of an answer beside its body.
EXPOSED = ("ETag", "Retry-After", "WWW-Authenticate", "X-Request-Id")
MAX_AGE_SECONDS = 3600


def install(app: Flask, settings: Settings) -> None:
    """Answer preflights and mark answers; to be installed before whatever asks callers who they are."""
    app.before_request(_options)
    if not settings.cors_origins:
        return
    everyone = settings.cors_origins == (ANY_ORIGIN,)
    CORS(
        app,
        resources=ROUTES,
        # Compiled, because a text with brackets, as IPv6 addresses have, would be taken for a pattern.
        origins=ANY_ORIGIN if everyone else [re.compile(re.escape(origin) + r"\Z") for origin in settings.cors_origins],
        send_wildcard=everyone,
        methods=METHODS,
        allow_headers=HEADERS,
        expose_headers=EXPOSED,
        max_age=MAX_AGE_SECONDS,
        supports_credentials=False,
        always_send=False,
        vary_header=False,
        intercept_exceptions=False,
    )
    app.after_request(_vary)


def _options() -> Response | None:
    """The answer to OPTIONS at an address that exists: its methods, and no question about the caller."""
    if request.method != "OPTIONS" or request.url_rule is None or not ROUTES.match(request.path):
        return None
    return current_app.make_default_options_response()


def _vary(response: Response) -> Response:
    """Also where the origin was refused or absent: a cache must not give that answer to a page that may have it."""
    if ROUTES.match(request.path):
        response.vary.add("Origin")
    return response
