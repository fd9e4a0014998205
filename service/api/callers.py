"""Asks every caller who he is, at every address but those listed here as open: what is new is closed until listed."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, g, request

from service.api.outcome import refusal
from service.callers.check import Call, CallerCheck
from service.callers.refusal import CallersUncheckable, Refused
from service.callers.replay import SeenTokens
from service.settings import Settings, is_loopback

# Blueprints that say nothing about patients and take nothing in: health, counts, the rules, the description of the API.
OPEN = frozenset({"catalogue", "health", "metrics", "openapi", "packet_page", "questionnaires"})


def install(app: Flask, settings: Settings, seen: SeenTokens) -> None:
    """Set `g.caller` before any view runs and any body is read; raises SettingsInvalid.

    A preflight (OPTIONS) carries no token by its nature and is let pass; CORS answers it. Unknown addresses and methods
    stay 404 and 405 for everybody.
    """
    check = CallerCheck(settings, seen)

    def ask() -> None:
        if request.method != "OPTIONS" and request.url_rule is not None and request.blueprint not in OPEN:
            g.caller = check.caller(Call(_base_url(), request.path, _header, request.remote_addr or ""))

    app.before_request(ask)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(CallersUncheckable, _uncheckable)


def _header(name: str) -> str:
    return request.headers.get(name, "")


def _base_url() -> str:
    """The URL called, as the Host header has it, and only if that is this machine: its writer could name any other."""
    try:
        host = urlsplit(request.root_url).hostname or ""
    except ValueError:
        return ""
    return request.root_url if is_loopback(host) else ""


def _refused(error: Refused) -> Response:
    g.reason = error.reason
    response = refusal(error)
    response.headers["WWW-Authenticate"] = error.challenge
    return response


def _uncheckable(error: CallersUncheckable) -> Response:
    g.reason = error.reason
    return refusal(error)
