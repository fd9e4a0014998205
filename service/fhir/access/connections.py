"""Connections that go only to addresses that were judged: the name is resolved once, and that answer is dialled.

Between a check by name and a connection by name the answer can change (DNS rebinding); here there is no such between.
TLS still names and verifies the host. Proxies of the environment are not used: behind one nobody knows the address.
"""

from __future__ import annotations

import functools
import logging
import socket
import ssl
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import certifi
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NameResolutionError, NewConnectionError
from urllib3.util.connection import create_connection

from service.fhir.access.addresses import reach
from service.fhir.access.line import Line, Unreadable, current
from service.fhir.access.servers import Servers

# urllib3 writes request URLs, and with them patient ids, into its log lines.
logging.getLogger("urllib3").setLevel(logging.CRITICAL)

WRONG_ADDRESS = (
    "the FHIR server's name leads to an address of a kind that is not read from"
    " (setting SPINE_CDS_FHIR_PRIVATE_SERVERS names servers at private addresses)"
)
DIALLED = 4  # addresses of one name that are tried
KEPT = 64  # idle connections to one server

Resolve = Callable[[str, int], Sequence[str]]
Dial = Callable[..., socket.socket]


def resolve(host: str, port: int) -> list[str]:
    """Every address of a name, in the order of preference; raises socket.gaierror or UnicodeError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(info[4][0]) for info in found))


class Gate:
    """Opens sockets for allowed addresses; `resolve` and `dial` are the network, and a test's to replace."""

    def __init__(self, servers: Servers, resolve: Resolve = resolve, dial: Dial = create_connection) -> None:
        self._servers = servers
        self._resolve = resolve
        self._dial = dial

    def open(self, scheme: str, host: str, port: int, timeout: float, options: Any) -> socket.socket:
        """A connected socket; raises Unreadable when any address of the name is of a wrong kind, and OSError."""
        addresses = self._resolve(host.strip("[]"), port)
        allowed = self._servers.reaches(scheme, host, port)
        if not addresses or any(reach(address) not in allowed for address in addresses):
            raise Unreadable(WRONG_ADDRESS)
        failed = OSError("no address")
        for address in addresses[:DIALLED]:
            try:
                return self._dial((address, port), _seconds(timeout), socket_options=options)
            except OSError as error:
                failed = error
        raise failed


def _seconds(most: float) -> float:
    line = current()
    return line.seconds(most) if line else most


class _Plain(HTTPConnection):
    """A connection that its gate dials and that its line may cut."""

    gate: Gate
    line: Line | None = None

    def _new_conn(self) -> socket.socket:
        """As urllib3's own, which raises these two and nothing else."""
        scheme = "https" if isinstance(self, HTTPSConnection) else "http"
        try:
            return self.gate.open(scheme, self.host, self.port, self.timeout or 0, self.socket_options)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except (OSError, UnicodeError) as error:
            raise NewConnectionError(self, "no connection") from error

    def connect(self) -> None:
        _take(self)
        super().connect()

    def putrequest(self, *args: Any, **kwargs: Any) -> None:
        _take(self)
        super().putrequest(*args, **kwargs)


class _Tls(_Plain, HTTPSConnection):
    """The same with TLS."""


def pool(gate: Gate, ca_file: Path | None = None) -> PoolManager:
    """A pool of checked connections, for all threads; it keeps no cookies and reads no environment."""
    plain, secure = type("Plain", (_Plain,), {"gate": gate}), type("Tls", (_Tls,), {"gate": gate})
    manager = PoolManager(num_pools=64, maxsize=KEPT, block=False, ssl_context=_tls(ca_file))
    manager.pool_classes_by_scheme = {
        "http": type("PlainPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
        "https": type("TlsPool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
    }
    return manager


def _take(connection: _Plain) -> None:
    line = current()
    if line:
        line.take(connection)


@functools.cache
def _tls(ca_file: Path | None) -> ssl.SSLContext:
    """The machine's authorities, those of certifi where a slim image has none, and the operator's own."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    if ca_file:
        context.load_verify_locations(ca_file)
    return context
