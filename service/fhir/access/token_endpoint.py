"""Asking a FHIR server's token endpoint for a token of this service's account.

SMART Backend Services: client_credentials with a signed assertion (private_key_jwt). Source: SMART App Launch 2.2,
"Backend Services" and "Client Authentication: Asymmetric".
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import jwt
from pydantic import BaseModel, SecretStr, ValidationError
from urllib3 import BaseHTTPResponse, PoolManager

from service import log
from service.fhir.access.exchange import Limits, parsed, send, value
from service.fhir.access.line import Line, Unreadable
from service.fhir.access.scopes import Scopes
from service.fhir.access.servers import link
from service.settings.accounts import Account

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_SECONDS = 240  # the profile allows five minutes; what clocks differ by must fit in as well
EARLY_SECONDS = 30.0
SHORTEST_SECONDS = 60.0  # what a token without expires_in is taken to live
LARGEST_ANSWER = 65_536
NO_TOKEN = "the service's own account got no token for the FHIR server"
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json", "Accept-Encoding": "gzip"}
# RFC 6749 5.2: what a token endpoint may answer, and so what may stand in our log.
OAUTH_ERRORS = frozenset(
    {"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type"}
    | {"invalid_scope"}
)


class _Granted(BaseModel):
    """A token endpoint's answer."""

    access_token: SecretStr
    token_type: str
    expires_in: float = SHORTEST_SECONDS
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Token:
    """A token; `seconds` is how long it may be used."""

    word: str = field(repr=False)
    scopes: Scopes | None
    seconds: float


class TokenEndpoint:
    """Where one account gets its tokens; `wall` dates the assertions."""

    def __init__(
        self, account: Account, pool: PoolManager, limits: Limits, wall: Callable[[], float] = time.time
    ) -> None:
        self._account = account
        self._pool = pool
        self._limits = limits
        self._wall = wall
        self._url = account.token_endpoint

    def ask(self, line: Line) -> Token:
        """A new token; raises Unreadable."""
        self._url = self._url or self._discovered(line)
        form = {
            "grant_type": "client_credentials",
            "scope": " ".join(self._account.scopes),
            "client_assertion_type": ASSERTION,
            "client_assertion": self._assertion(self._url),
        }
        response = send(self._pool, "POST", self._url, FORM, line, self._limits.timeout, urlencode(form))
        granted = _granted(self._json(response, line))
        early = min(EARLY_SECONDS, granted.expires_in / 2)
        scopes = Scopes.read(granted.scope or " ".join(self._account.scopes))
        return Token(granted.access_token.get_secret_value(), scopes, granted.expires_in - early)

    def _discovered(self, line: Line) -> str:
        base = self._account.server + "/"
        url = base + ".well-known/smart-configuration"
        response = send(self._pool, "GET", url, {"Accept": "application/json"}, line, self._limits.timeout)
        document = self._json(response, line)
        named = document.get("token_endpoint") if isinstance(document, dict) else None
        endpoint = link(base, base, named, below=False) if isinstance(named, str) and named else ""
        if not endpoint:
            # A signed assertion goes only where the operator sent it: to this server, or to where the file says.
            raise Unreadable(
                f"{NO_TOKEN}: its token endpoint is elsewhere and must be named in SPINE_CDS_FHIR_ACCOUNTS"
            )
        return endpoint

    def _assertion(self, endpoint: str) -> str:
        now = int(self._wall())
        who = self._account.client_id
        claims = {"iss": who, "sub": who, "aud": endpoint, "jti": str(uuid4()), "iat": now}
        claims["exp"] = now + ASSERTION_SECONDS
        return jwt.encode(claims, self._account.key, self._account.alg, headers={"kid": self._account.kid})

    def _json(self, response: BaseHTTPResponse | None, line: Line) -> Any:
        if response is None:
            raise Unreadable(f"{NO_TOKEN}: it could not be reached")
        try:
            if response.status != HTTPStatus.OK:
                log.event("own-token-refused", status=response.status, word=self._error(response, line))
                raise Unreadable(f"{NO_TOKEN} ({response.status})")
            return value(response, line, LARGEST_ANSWER, self._limits.max_depth)[0]
        finally:
            response.close()

    def _error(self, response: BaseHTTPResponse, line: Line) -> str:
        """The stable word of an OAuth error, '' when there is none."""
        try:
            answer = parsed(response, line, LARGEST_ANSWER, self._limits.max_depth)[0]
        except Unreadable:
            return ""
        word = answer.get("error") if isinstance(answer, dict) else None
        return word if isinstance(word, str) and word in OAUTH_ERRORS else ""


def _granted(answer: Any) -> _Granted:
    try:
        granted = _Granted.model_validate(answer)
    except ValidationError:
        raise Unreadable(NO_TOKEN) from None
    word = granted.access_token.get_secret_value()
    right = (
        word.isascii() and word.isprintable() and word and " " not in word and granted.token_type.lower() == "bearer"
    )
    if not right or granted.expires_in <= 0:
        raise Unreadable(NO_TOKEN)
    return granted
