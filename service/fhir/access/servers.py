"""Which FHIR servers may be read, at what kind of address, and which links stay at a server.

A listed name is trusted to name the right server, not to lead anywhere: what it resolves to must be public, so that a
changed or hijacked record cannot turn this service on its own network. A hospital's server usually has a private
address; its operator says so by listing it under SPINE_CDS_FHIR_PRIVATE_SERVERS. A literal address in either list is
its own consent, because nothing stands between it and the connection. Loopback is for literal loopback URLs only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from urllib.parse import unquote, urljoin

from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

from service.fhir.access.addresses import Reach, reach
from service.settings import BASE_URL, Settings, is_loopback

NOT_ALLOWED = (
    "the FHIR server of the request is not one that may be read"
    " (settings SPINE_CDS_FHIR_SERVERS and SPINE_CDS_FHIR_PRIVATE_SERVERS)"
)
LONGEST_URL = 8_192
PORTS = {"http": 80, "https": 443}

Origin = tuple[str, str, int]


class Servers:
    """The servers that an operator allows; with none listed, those of this machine, while only it can call us."""

    def __init__(
        self, listed: Iterable[str], private: Collection[str], on_loopback: bool, inside: Iterable[str] = ()
    ) -> None:
        """`inside` are further URLs that may be at private addresses: where tokens for private servers are had."""
        self._private = {origin(parse_url(url)) for url in (*private, *inside)}
        self._listed = {canonical(url) for url in (*listed, *private)}
        self._loopback = on_loopback and not self._listed

    @classmethod
    def of(cls, settings: Settings) -> Servers:
        """Those of the settings."""
        private = {canonical(url) for url in settings.fhir_private_servers}
        accounts = settings.own_accounts().servers
        inside = [one.token_endpoint for one in accounts if one.token_endpoint and canonical(one.server) in private]
        return cls(settings.fhir_servers, settings.fhir_private_servers, settings.on_loopback, inside)

    def allowed(self, base: str) -> bool:
        """Whether a server may be read: its scheme, host, port and path are those of a listed one."""
        if len(base) > LONGEST_URL or not BASE_URL.fullmatch(base):
            return False
        try:
            return (self._loopback and is_loopback(parse_url(base).host or "")) or canonical(base) in self._listed
        except LocationParseError:
            return False

    def reaches(self, scheme: str, host: str, port: int) -> frozenset[Reach]:
        """The kinds of address that a connection to this origin may use."""
        if is_loopback(host):
            return frozenset({Reach.LOOPBACK})
        # A literal only gets where the list of servers let it: its own kind, but never the ones nobody serves from.
        literal = reach(host.strip("[]"))
        if literal is not Reach.NEVER:
            return frozenset({literal})
        if (scheme, host.lower(), port) in self._private:
            return frozenset({Reach.PUBLIC, Reach.INSIDE})
        return frozenset({Reach.PUBLIC})


def origin(url: Url) -> Origin:
    """Scheme, host and port in one spelling."""
    scheme = (url.scheme or "").lower()
    return scheme, (url.host or "").lower(), PORTS.get(scheme, 0) if url.port is None else url.port


def canonical(base: str) -> tuple[str, str, int, str]:
    """A base URL in one spelling; raises LocationParseError."""
    url = parse_url(base)
    return (*origin(url), (url.path or "").rstrip("/"))


def link(base: str, current: str, target: str, *, below: bool) -> str:
    """Where a server's link or redirect leads; '' when that is not at the server, or not `below` its base URL.

    Read by the parser that also connects: two readers of one URL would be a way around the check.
    """
    if len(target) > LONGEST_URL or not (target.isascii() and target.isprintable()) or {" ", "\\"} & set(target):
        return ""
    try:
        url, home = parse_url(urljoin(current, target)), parse_url(base)
    except (LocationParseError, ValueError):
        return ""
    if origin(url) != origin(home) or url.auth or url.fragment is not None or len(url.url) > LONGEST_URL:
        return ""
    return url.url if not below or _below(home.path or "", url.path or "") else ""


def below(base: str, url: str) -> bool:
    """Whether a URL lies at or below a base URL, however it is spelt."""
    try:
        home, there = parse_url(base), parse_url(url)
    except LocationParseError:
        return False
    return origin(home) == origin(there) and not there.auth and _below(home.path or "", there.path or "")


def _below(home: str, path: str) -> bool:
    if ".." in unquote(unquote(path)).replace("\\", "/").split("/"):
        return False
    home = home.rstrip("/")
    return path == home or path.startswith(home + "/")
