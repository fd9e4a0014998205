"""Callers whose client certificate was checked by a proxy, which tells their name in a header.

Only the proxy's own address makes the header true: from any other peer it is not read.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator

from service.caller import Caller
from service.callers.refusal import NO_CERTIFICATE, Refused
from service.settings import Settings

ISSUER = "mtls"
VERIFIED = "SUCCESS"
ENVOY_HEADER = "x-forwarded-client-cert"
ENVOY_NAMES = frozenset({"subject", "uri", "dns"})
# One pair of Envoy's header; a value in quotes may hold the separators, and escapes its own quotes.
ENVOY_PAIR = re.compile(r'([A-Za-z]+)=("(?:[^"\\]|\\.)*"|[^";,]*)(?:;|\Z)')
LONGEST = 4_000


class Certificates:
    """Believes the named proxies, for the named subjects; nobody at all where none is set."""

    def __init__(self, settings: Settings) -> None:
        self._proxies = [ipaddress.ip_network(address) for address in settings.mtls_proxies]
        self._subjects = frozenset(settings.mtls_subjects)
        self._scopes = frozenset(settings.mtls_scopes)
        self._subject_header = settings.mtls_subject_header
        self._verify_header = settings.mtls_verify_header

    def believed(self, peer: str) -> bool:
        """Whether a request comes from one of the proxies; `peer` is the address at the other end of the connection."""
        try:
            address = ipaddress.ip_address(peer)
        except ValueError:
            return False
        address = getattr(address, "ipv4_mapped", None) or address
        return any(address in network for network in self._proxies)

    def caller(self, header: Callable[[str], str]) -> Caller:
        """The caller whom a believed proxy names; raises Refused."""
        if self._verify_header and header(self._verify_header) != VERIFIED:
            raise Refused("certificate-not-verified", NO_CERTIFICATE, token_sent=False)
        told = header(self._subject_header)
        names = _envoy_names(told) if self._subject_header.lower() == ENVOY_HEADER else (told,)
        for name in names:
            if name in self._subjects:
                return Caller(ISSUER, name, scopes=self._scopes)
        raise Refused("certificate-not-listed" if told else "no-certificate", NO_CERTIFICATE, token_sent=False)


def _envoy_names(told: str) -> Iterator[str]:
    """Subject, URI and DNS names of the one certificate told; none when there are several, or anything odd."""
    if len(told) > LONGEST:
        return
    at, names = 0, []
    while at < len(told):
        pair = ENVOY_PAIR.match(told, at)
        if pair is None:
            return
        if pair[1].lower() in ENVOY_NAMES:
            names.append(re.sub(r"\\(.)", r"\1", pair[2][1:-1]) if pair[2].startswith('"') else pair[2])
        at = pair.end()
    yield from names
