"""One call, one caller: who it is, or why he is turned away. The order of the checks is that of what they cost.

First what the token says about itself, with nothing fetched; then the signature; last, and only for a token that is
right in everything else, that it was not used before. Who is not on a list costs no look-up, no fetch and no memory.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime

import jwt
from jwt.api_jws import PyJWS

from service.caller import SCOPES, Caller
from service.callers import claims, token
from service.callers.certificates import Certificates
from service.callers.claims import Claims, Expected, Fault
from service.callers.issuers import Issuer
from service.callers.key_sources import Timer, Times
from service.callers.keys import ALGORITHMS, Key
from service.callers.refusal import NO_CERTIFICATE, Refused
from service.callers.replay import SeenTokens
from service.callers.token import Token
from service.callers.trust import Trust
from service.settings import Settings

# A token for what lies below may also be made out to the address above it: nobody has to know ids to sign.
BELOW = re.compile(r"(/cds-services/[^/]+)/feedback|(/prior-auth/packets)/.+")
SIGNATURES = PyJWS(algorithms=list(ALGORITHMS))


@dataclass(frozen=True, slots=True)
class Call:
    """What the wire knows of a call: base URL and path as called, a header or '' by its name, address of the peer."""

    base_url: str
    path: str
    header: Callable[[str], str]
    peer: str


class CallerCheck:
    """Checks callers as the settings say; makes everybody a nameless caller where they say nothing."""

    def __init__(
        self,
        settings: Settings,
        seen: SeenTokens,
        clock: Callable[[], float] = time.time,
        timer: Timer = time.monotonic,
    ) -> None:
        """Raises SettingsInvalid when a file of issuers or keys cannot be used."""
        self._settings, self._seen, self._clock = settings, seen, clock
        self._trust = Trust(settings.issuers, Times.of(settings), timer) if settings.issuers else None
        self._certificates = Certificates(settings)

    def caller(self, call: Call) -> Caller:
        """The caller; raises Refused, or CallersUncheckable where that is our own trouble.

        A token that was sent decides alone: a bad one is not made good by the proxy that passed it on.
        """
        if not self._settings.callers_checked:
            return Caller(scopes=SCOPES)
        authorization = call.header("Authorization")
        if self._certificates.believed(call.peer) and not (self._trust and authorization):
            return self._certificates.caller(call.header)
        if self._trust is None:
            raise Refused("peer-not-listed", NO_CERTIFICATE, token_sent=False)
        return self._by_token(self._trust, token.read(authorization), call)

    def _by_token(self, trust: Trust, sent: Token, call: Call) -> Caller:
        issuer = trust.issuer(sent.claims.get("iss"))
        if issuer is None:
            raise Refused("issuer")
        if sent.algorithm not in issuer.algorithms:
            raise Refused("algorithm")
        read = claims.read(sent.claims)
        fault = read if isinstance(read, Fault) else claims.fault(read, self._expected(issuer, call))
        self._check_signature(trust, issuer, sent, fault)
        if fault or isinstance(read, Fault):
            raise Refused(*(fault or read))
        self._check_first_use(read)
        subject, tenant = read.sub or "", read.tenant or ""
        return Caller(read.iss, subject, tenant, issuer.scopes(subject, tenant))

    def _expected(self, issuer: Issuer, call: Call) -> Expected:
        return Expected(
            audiences=issuer.audiences or _urls(self._settings.public_url or call.base_url, call.path),
            tenants=issuer.tenants,
            now=self._clock(),
            skew=self._settings.clock_skew_s,
            lifetime=self._settings.token_lifetime_s,
        )

    def _check_signature(self, trust: Trust, issuer: Issuer, sent: Token, fault: Fault | None) -> None:
        """Raises Refused, silent about `fault`, unless the signature is good; nothing is fetched for a faulty token."""
        source = trust.keys(issuer, sent.key_url) if issuer.may_name(sent.key_url) else None
        if source is None:
            raise Refused("key-url")
        keys = source.find(sent.key_id, may_fetch=fault is None)
        if not keys:
            raise Refused(fault.reason if fault else "key-unknown")
        fitting = [key for key in keys if key.fits(sent.algorithm)]
        if not fitting:
            raise Refused("key-unfit")
        if not any(_signed(sent, key) for key in fitting):
            raise Refused("signature")

    def _check_first_use(self, read: Claims) -> None:
        until = datetime.fromtimestamp(read.exp + self._settings.clock_skew_s, UTC)
        if not self._seen.first(read.iss, read.jti, until):
            raise Refused("replay", "The token was used before; each call needs a token of its own (jti).")


def _urls(base: str, path: str) -> Collection[str]:
    """The URLs a token for this call may be made out to; nothing where the base is not known."""
    if not base:
        return ()
    called = base.removesuffix("/") + path.rstrip("/")
    below = BELOW.fullmatch(path.rstrip("/"))
    return (called, base.removesuffix("/") + (below[1] or below[2])) if below else (called,)


def _signed(sent: Token, key: Key) -> bool:
    try:
        SIGNATURES.decode_complete(
            sent.text, key.public, algorithms=[sent.algorithm], options={"enforce_minimum_key_length": True}
        )
    except (jwt.PyJWTError, ValueError):
        return False
    return True
