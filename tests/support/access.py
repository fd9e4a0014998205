"""Ways to a FHIR server as the service builds them, with a network of the test's own."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from typing import Any

from urllib3.util.connection import create_connection

from service.fhir.access.connections import Gate, pool
from service.fhir.access.credentials import Anonymous, Given
from service.fhir.access.exchange import Exchange, Limits
from service.fhir.access.scopes import Scopes
from service.fhir.access.servers import Servers
from service.fhir.client import Fetcher
from service.settings import Settings

LIMITS = Limits(budget=2.0, timeout=1.0, max_bytes=100_000, max_depth=100, pages=50, resources=1_000)
HERE = Servers((), (), on_loopback=True)


class Network:
    """Names and what their resolver answers, one a question, the last for ever; and every address that was dialled.

    `leads_to` is the port of this machine that a dialled address ends at; without one every dial is refused.
    """

    def __init__(self, names: Mapping[str, Sequence[Sequence[str]]], leads_to: int = 0) -> None:
        self.answers = {name: list(answers) for name, answers in names.items()}
        self.leads_to = leads_to
        self.asked: list[str] = []
        self.dialled: list[str] = []

    def resolve(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        if host not in self.answers:
            return [str(info[4][0]) for info in socket.getaddrinfo(host, port, flags=socket.AI_NUMERICHOST)]
        left = self.answers[host]
        return list(left.pop(0) if len(left) > 1 else left[0])

    def dial(self, address: tuple[str, int], timeout: float, **options: Any) -> socket.socket:
        self.dialled.append(address[0])
        if not self.leads_to:
            raise ConnectionRefusedError
        return create_connection(("127.0.0.1", self.leads_to), timeout, **options)

    def gate(self, servers: Servers) -> Gate:
        return Gate(servers, self.resolve, self.dial)


def fetcher(base: str, token: str = "", limits: Limits = LIMITS, scopes: str = "", gate: Gate | None = None) -> Fetcher:
    """A fetcher for a server on loopback, or for whatever a test's own gate leads to."""
    credential = Given(lambda: token, Scopes.read(scopes)) if token else Anonymous()
    return Fetcher(Exchange(pool(gate or Gate(HERE)), base.rstrip("/") + "/", credential, limits))


def public_settings(**more: Any) -> Settings:
    """Settings of a service that others can reach, behind a proxy that checks who they are."""
    asked: dict[str, Any] = {
        "mtls_proxies": ("10.0.0.1",),
        "mtls_subject_header": "X-Subject",
        "mtls_subjects": ("an-ehr",),
    }
    return Settings(host="0.0.0.0", **asked, **more)
