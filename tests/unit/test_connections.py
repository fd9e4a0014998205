"""The address that was judged is the one that is dialled, and the host's name still goes into TLS and into Host."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from service.fhir.access.connections import Gate, pool
from service.fhir.access.credentials import Anonymous
from service.fhir.access.exchange import Exchange
from service.fhir.access.line import Line
from service.fhir.access.servers import Servers
from service.fhir.client import Fetcher
from service.fhir.prefetch import Wanted
from service.fhir.sent import KeyRead, State
from service.settings import Settings
from tests.contract.ehr import Ehr, Reply, serving
from tests.support.access import HERE, LIMITS, Network, fetcher
from tests.support.certificates import certificate

PATIENT = {"resourceType": "Patient", "id": "p1"}
PUBLIC, PRIVATE = "93.184.216.34", "10.1.2.3"
BASE = "http://ehr.example/fhir"


def servers(*listed: str, private: Sequence[str] = ()) -> Servers:
    return Servers(listed, private, on_loopback=False)


def one(reader: Fetcher, query: str = "Patient/p1") -> KeyRead:
    return reader.all({"k": Wanted(query)})["k"]


@pytest.fixture
def ehr() -> Iterator[Ehr]:
    with serving() as running:
        running.replies["/fhir/Patient/p1"] = Reply(PATIENT)
        yield running


def port(ehr: Ehr) -> int:
    return int(ehr.base.split(":")[2].split("/")[0])


def test_a_name_is_resolved_once_and_what_was_judged_is_dialled(ehr: Ehr) -> None:
    network = Network({"ehr.example": [[PUBLIC], [PRIVATE]]}, leads_to=port(ehr))
    read = one(fetcher(BASE, gate=network.gate(servers(BASE))))
    assert read.state is State.COMPLETE
    assert (network.asked, network.dialled) == (["ehr.example"], [PUBLIC])
    assert ehr.asked[0][1]["host"] == "ehr.example"


def test_an_answer_that_turned_private_is_not_dialled(ehr: Ehr) -> None:
    network = Network({"ehr.example": [[PUBLIC], [PRIVATE]]}, leads_to=port(ehr))
    ehr.replies["/fhir/Patient/p1"] = Reply(PATIENT, headers={"Connection": "close"})
    reader = fetcher(BASE, gate=network.gate(servers(BASE)))
    assert [one(reader).state, one(reader).state] == [State.COMPLETE, State.FAILED]
    assert network.dialled == [PUBLIC]


@pytest.mark.parametrize("addresses", [[PUBLIC, PRIVATE], [PRIVATE, PUBLIC], [PUBLIC, "::1"], []])
def test_one_wrong_address_among_several_refuses_the_name(addresses: list[str]) -> None:
    network = Network({"ehr.example": [addresses]})
    read = one(fetcher(BASE, gate=network.gate(servers(BASE))))
    assert read.state is State.FAILED
    assert "SPINE_CDS_FHIR_PRIVATE_SERVERS" in read.problem
    assert network.dialled == []


def test_further_addresses_are_tried_when_the_first_does_not_answer(ehr: Ehr) -> None:
    class Half(Network):
        def dial(self, address: tuple[str, int], timeout: float, **options: Any) -> Any:
            if address[0] == "93.184.216.35":
                self.dialled.append(address[0])
                raise ConnectionRefusedError
            return super().dial(address, timeout, **options)

    network = Half({"ehr.example": [["93.184.216.35", PUBLIC]]}, leads_to=port(ehr))
    assert one(fetcher(BASE, gate=network.gate(servers(BASE)))).state is State.COMPLETE
    assert network.dialled == ["93.184.216.35", PUBLIC]


@pytest.mark.parametrize(
    ("listed", "private", "address", "reached"),
    [
        pytest.param(BASE, "", PRIVATE, False, id="a listed name at a private address"),
        pytest.param("", BASE, PRIVATE, True, id="a name listed as private"),
        pytest.param("", BASE, "fd12::7", True, id="a name listed as private, IPv6"),
        pytest.param("", BASE, PUBLIC, True, id="a name listed as private at a public address"),
        pytest.param("", BASE, "127.0.0.1", False, id="private is not loopback"),
        pytest.param("", BASE, "169.254.169.254", False, id="private is not link-local"),
        pytest.param("", BASE, "fd00:ec2::254", False, id="private is not metadata"),
        pytest.param("", BASE, "::ffff:127.0.0.1", False, id="private is not loopback in disguise"),
        pytest.param("", "http://ehr.example:8080/fhir", PRIVATE, False, id="private at another port"),
        pytest.param("", "https://ehr.example/fhir", PRIVATE, False, id="private by another scheme"),
    ],
)
def test_only_a_server_listed_as_private_may_be_inside(
    ehr: Ehr, listed: str, private: str, address: str, reached: bool
) -> None:
    network = Network({"ehr.example": [[address]]}, leads_to=port(ehr))
    gate = network.gate(servers(*filter(None, [listed]), private=[*filter(None, [private])]))
    assert (one(fetcher(BASE, gate=gate)).state is State.COMPLETE) is reached
    assert bool(network.dialled) is reached


@pytest.mark.parametrize(
    ("literal", "reached"),
    [("10.1.2.3", True), ("[fd12::7]", True), ("8.8.8.8", True), ("169.254.169.254", False), ("0.0.0.0", False)],
)
def test_a_listed_literal_is_its_own_consent_but_for_what_nobody_serves_from(
    ehr: Ehr, literal: str, reached: bool
) -> None:
    base = f"http://{literal}/fhir"
    network = Network({}, leads_to=port(ehr))
    assert (one(fetcher(base, gate=network.gate(servers(base)))).state is State.COMPLETE) is reached
    assert bool(network.dialled) is reached


@pytest.mark.parametrize("address", [PUBLIC, PRIVATE])
def test_localhost_that_leads_elsewhere_is_not_dialled(address: str) -> None:
    network = Network({"localhost": [[address]]})
    assert one(fetcher("http://localhost/fhir", gate=network.gate(HERE))).state is State.FAILED
    assert network.dialled == []


def test_proxies_of_the_environment_are_not_used(ehr: Ehr, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert one(fetcher(ehr.base)).state is State.COMPLETE


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[tuple[int, Path, list[str | None]]]:
    """A TLS server on loopback that calls itself ehr.example: its port, its authority, the names it was asked by."""
    names: list[str | None] = []
    files = certificate(tmp_path, "ehr.example")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            names.append(self.headers["Host"])
            self.send_response(200)
            self.send_header("Content-Type", "application/fhir+json")
            self.end_headers()
            self.wfile.write(b'{"resourceType": "Patient", "id": "p1"}')

        def log_message(self, format: str, *args: Any) -> None:
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server.server_address[1], files.certificate, names
    server.shutdown()
    server.server_close()


def over_tls(base: str, network: Network, ca_file: Path | None) -> KeyRead:
    return one(Fetcher(Exchange(pool(network.gate(servers(base)), ca_file), base + "/", Anonymous(), LIMITS)))


def test_tls_names_and_verifies_the_host_and_not_the_address(secure: tuple[int, Path, list[str | None]]) -> None:
    tls_port, ca_file, names = secure
    network = Network({"ehr.example": [[PUBLIC]]}, leads_to=tls_port)
    assert over_tls("https://ehr.example/fhir", network, ca_file).state is State.COMPLETE
    assert (network.dialled, names) == ([PUBLIC], ["ehr.example", "ehr.example"])


def test_a_certificate_for_another_name_is_refused(secure: tuple[int, Path, list[str | None]]) -> None:
    tls_port, ca_file, _ = secure
    network = Network({"other.example": [[PUBLIC]]}, leads_to=tls_port)
    assert "certificate" in over_tls("https://other.example/fhir", network, ca_file).problem


def test_an_authority_that_nobody_named_is_refused(secure: tuple[int, Path, list[str | None]]) -> None:
    network = Network({"ehr.example": [[PUBLIC]]}, leads_to=secure[0])
    assert "certificate" in over_tls("https://ehr.example/fhir", network, None).problem


class _Connection:
    def __init__(self, sock: socket.socket) -> None:
        self.line: Line | None = None
        self.sock: socket.socket | None = sock


def test_a_cut_ends_the_read_that_holds_the_connection_and_no_other() -> None:
    ours, theirs = socket.socketpair()
    connection = _Connection(ours)
    first, second = Line(deadline=1e12), Line(deadline=1e12)
    first.take(connection)
    second.take(connection)
    first.cut()
    theirs.sendall(b"x")
    assert ours.recv(1) == b"x"
    second.cut()
    assert ours.recv(1) == b""
    assert second.left == 0
    ours.close()
    theirs.close()


def test_the_gate_of_the_settings_asks_the_real_resolver() -> None:
    gate = Gate(Servers.of(Settings()))
    with serving() as running:
        gate.open("http", "localhost", port(running), 1.0, []).close()
