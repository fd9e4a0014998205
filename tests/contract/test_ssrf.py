"""E9, F4: a caller names the server that is read, so every way to point this service elsewhere is a row here.

Each row says what the caller saw, and that no connection was opened.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.api import cds_hooks, headers, outcome
from service.fhir.access.servers import Servers
from service.fhir.readers import Readers
from service.settings import Settings
from tests.contract.ehr import Ehr, Reply, serving
from tests.contract.fake import FakeService, bundle, patient_view
from tests.contract.refusals import assert_refused
from tests.support.access import Network

VIEW = "/cds-services/spine-patient-view"
NOT_LISTED = "is not one that may be read"
INSIDE = "leads to an address of a kind that is not read from"
LISTED = "https://ehr.example/fhir"
TOKEN = "canary-7f3a"


def client(settings: Settings, network: Network | None = None) -> FlaskClient:
    """The CDS Hooks routes alone, over a network of the test's own."""
    app = Flask("service")
    gate = network.gate(Servers.of(settings)) if network else None
    app.register_blueprint(cds_hooks.blueprint(settings, FakeService(), Readers(settings, gate)))
    outcome.install(app)
    headers.install(app)
    return app.test_client()


def asking(server: str) -> dict[str, Any]:
    return patient_view(prefetch=..., fhirServer=server, fhirAuthorization={"access_token": TOKEN})


def refused(server: str, settings: Settings, network: Network) -> str:
    """The text of the 412 for a call that names this server; nothing was dialled, and the URL is not repeated."""
    issue = assert_refused(client(settings, network).post(VIEW, json=asking(server)), 412, "needed-data-missing")
    text = str(issue["details"]["text"])
    assert network.dialled == []
    assert TOKEN not in text
    assert not server or server not in text
    return text


# Nothing is listed, and the service listens on loopback: only servers of this machine may be read.
UNLISTED = {
    "10/8": "http://10.0.0.1/fhir",
    "10/8, its end": "http://10.255.255.255/fhir",
    "172.16/12": "http://172.16.0.1/fhir",
    "172.16/12, its end": "http://172.31.255.255/fhir",
    "192.168/16": "http://192.168.1.1/fhir",
    "carrier-grade NAT": "http://100.64.0.1/fhir",
    "link-local, the metadata of clouds": "http://169.254.169.254/latest/meta-data",
    "unspecified": "http://0.0.0.0/fhir",
    "broadcast": "http://255.255.255.255/fhir",
    "multicast": "http://224.0.0.1/fhir",
    "loopback as a decimal number": "http://2130706433/fhir",
    "loopback in hexadecimal": "http://0x7f000001/fhir",
    "loopback in octal": "http://0177.0.0.1/fhir",
    "loopback in two parts": "http://127.1/fhir",
    "loopback in mixed forms": "http://0x7f.0.0.1/fhir",
    "loopback with zeros in front": "http://127.000.000.001/fhir",
    "loopback mapped into IPv6": "http://[::ffff:127.0.0.1]/fhir",
    "loopback mapped, in hexadecimal": "http://[::ffff:7f00:1]/fhir",
    "unspecified IPv6": "http://[::]/fhir",
    "IPv6 link-local": "http://[fe80::1]/fhir",
    "IPv6 link-local with a zone": "http://[fe80::1%25eth0]/fhir",
    "IPv6 unique local": "http://[fc00::1]/fhir",
    "NAT64": "http://[64:ff9b::7f00:1]/fhir",
    "6to4": "http://[2002:7f00:1::]/fhir",
    "Teredo": "http://[2001:0:7f00:1::1]/fhir",
    "a trailing dot": "http://localhost./fhir",
    "a name that begins like loopback": "http://localhost.evil.example/fhir",
    "an address that begins like loopback": "http://127.0.0.1.evil.example/fhir",
    "user information before the host": "http://127.0.0.1@evil.example/fhir",
    "user information with a password": "http://localhost:80@evil.example/fhir",
    "user information at loopback": "http://me:you@127.0.0.1/fhir",
    "a backslash before the host": "http://127.0.0.1\\@evil.example/fhir",
    "a backslash for a slash": "http:\\\\127.0.0.1\\fhir",
    "a line break": "http://127.0.0.1/fhir\r\nHost: evil.example",
    "a tab in the host": "http://127.0\t.0.1/fhir",
    "a blank in front": " http://127.0.0.1/fhir",
    "a percent sign in the host": "http://127.0.0.1%2eevil.example/fhir",
    "a null byte": "http://127.0.0.1\0.evil.example/fhir",
    "a fragment": "http://127.0.0.1/fhir#@evil.example",
    "a query": "http://127.0.0.1/fhir?url=http://evil.example",
    "the ideographic full stop": "http://127\u30020\u30020\u30021/fhir",
    "full-width digits": "http://\uff11\uff12\uff17.0.0.1/fhir",
    "circled letters": "http://\u24dbocalhost/fhir",
    "no scheme": "127.0.0.1/fhir",
    "no scheme but slashes": "//127.0.0.1/fhir",
    "file": "file:///etc/passwd",
    "ftp": "ftp://127.0.0.1/fhir",
    "gopher": "gopher://127.0.0.1:6379/_INFO",
    "javascript": "javascript:alert(1)",
    "data": "data:application/json,{}",
    "a scheme in capitals that is no other": "HTTP://10.0.0.1/fhir",
    "no host": "http:///fhir",
    "a port that is none": "http://127.0.0.1:99999/fhir",
    "a port in letters": "http://127.0.0.1:x/fhir",
    "a huge URL": "http://127.0.0.1/" + "a" * 100_000,
}

# Listed is https://ehr.example/fhir, and nothing else.
OTHERS = {
    "another host": "https://evil.example/fhir",
    "the name as a prefix": "https://ehr.example.evil.example/fhir",
    "the name as a suffix": "https://evil-ehr.example/fhir",
    "the name as user information": "https://ehr.example@evil.example/fhir",
    "the name in the fragment": "https://evil.example#@ehr.example/fhir",
    "the name in the path": "https://evil.example/ehr.example/fhir",
    "a trailing dot": "https://ehr.example./fhir",
    "another port": "https://ehr.example:8443/fhir",
    "port 0": "https://ehr.example:0/fhir",
    "http for https": "http://ehr.example/fhir",
    "http at the port of https": "http://ehr.example:443/fhir",
    "another path": "https://ehr.example/admin",
    "the path as a prefix": "https://ehr.example/fhir2",
    "the path in capitals": "https://ehr.example/FHIR",
    "a path that climbs": "https://ehr.example/fhir/../admin",
    "a path that climbs in disguise": "https://ehr.example/fhir/%2e%2e/admin",
    "a Cyrillic letter": "https://\u0435hr.example/fhir",
    "the same in Punycode": "https://xn--hr-9lc.example/fhir",
    "a soft hyphen": "https://e\u00adhr.example/fhir",
    "loopback is not listed": "http://127.0.0.1/fhir",
}

# Listed, but the name does not lead where a listed name may.
LED_INSIDE = {
    "10/8": "10.0.0.1",
    "172.16/12": "172.20.0.1",
    "192.168/16": "192.168.0.10",
    "carrier-grade NAT": "100.64.0.1",
    "loopback": "127.0.0.1",
    "all of loopback": "127.9.9.9",
    "link-local, the metadata of clouds": "169.254.169.254",
    "the metadata of another cloud": "168.63.129.16",
    "unspecified": "0.0.0.0",
    "multicast": "239.1.1.1",
    "reserved": "240.0.0.1",
    "documentation": "192.0.2.1",
    "benchmarking": "198.18.0.1",
    "IPv6 loopback": "::1",
    "IPv6 unspecified": "::",
    "IPv6 link-local": "fe80::1%2",
    "IPv6 unique local": "fd00::1",
    "IPv6 site-local": "fec0::1",
    "IPv6 multicast": "ff02::1",
    "IPv4 mapped, loopback": "::ffff:127.0.0.1",
    "IPv4 mapped, public": "::ffff:8.8.8.8",
    "NAT64, inside": "64:ff9b::a00:1",
    "6to4, inside": "2002:a00:1::1",
    "Teredo": "2001:0:a00:1::1",
}


@pytest.mark.parametrize("server", UNLISTED.values(), ids=UNLISTED.keys())
def test_E9_without_a_list_nothing_but_loopback_is_read(server: str) -> None:
    assert NOT_LISTED in refused(server, Settings(), Network({}))


@pytest.mark.parametrize("server", ["http://127.0.0.1/fhir", "http://localhost/fhir", "http://[::1]/fhir"])
def test_E9_without_a_list_loopback_is_read_only_while_the_service_listens_there(server: str) -> None:
    assert NOT_LISTED in refused(server, Settings(host="0.0.0.0"), Network({}))
    network = Network({"localhost": [["127.0.0.1"]]})
    client(Settings(), network).post(VIEW, json=asking(server))
    assert network.dialled, "the row above would prove nothing"


@pytest.mark.parametrize("server", OTHERS.values(), ids=OTHERS.keys())
def test_E9_with_a_list_nothing_beside_it_is_read(server: str) -> None:
    settings = Settings(host="0.0.0.0", fhir_servers=(LISTED,))
    assert NOT_LISTED in refused(server, settings, Network({"ehr.example": [["93.184.216.34"]]}))


@pytest.mark.parametrize("server", [LISTED, "https://EHR.Example:443/fhir/"])
def test_E9_the_listed_server_is_read_in_every_spelling_that_means_it(server: str) -> None:
    network = Network({"ehr.example": [["93.184.216.34"]]})
    client(Settings(fhir_servers=(LISTED,)), network).post(VIEW, json=asking(server))
    assert set(network.dialled) == {"93.184.216.34"}


@pytest.mark.parametrize("address", LED_INSIDE.values(), ids=LED_INSIDE.keys())
def test_E9_a_listed_name_that_leads_inside_is_not_connected_to(address: str) -> None:
    settings = Settings(fhir_servers=(LISTED,))
    assert INSIDE in refused(LISTED, settings, Network({"ehr.example": [[address]]}))
    assert INSIDE in refused(LISTED, settings, Network({"ehr.example": [["93.184.216.34", address]]}))


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1"])
def test_E9_listing_an_odd_spelling_of_loopback_does_not_open_loopback(host: str) -> None:
    server = f"http://{host}/fhir"
    assert INSIDE in refused(server, Settings(fhir_servers=(server,)), Network({}))


def test_E9_a_name_that_turns_private_between_two_answers_is_not_followed_there() -> None:
    network = Network({"ehr.example": [["93.184.216.34"], ["169.254.169.254"]]})
    client(Settings(fhir_servers=(LISTED,)), network).post(VIEW, json=asking(LISTED))
    assert set(network.dialled) <= {"93.184.216.34"}


class Elsewhere(NamedTuple):
    """Where a link leads; `{ehr}` is the server asked, `{other}` one that must never be."""

    target: str
    as_next: bool = False
    as_redirect: bool = False


LINKS = {
    "another server": Elsewhere("{other}/fhir?p=2"),
    "another server without a scheme": Elsewhere("//{other_host}/fhir?p=2"),
    "another port": Elsewhere("http://127.0.0.1:1/fhir?p=2"),
    "another spelling of the host": Elsewhere("http://localhost:{port}/fhir?p=2"),
    "the host as a number": Elsewhere("http://2130706433:{port}/fhir?p=2"),
    "https instead": Elsewhere("https://127.0.0.1:{port}/fhir?p=2"),
    "user information": Elsewhere("http://a:b@127.0.0.1:{port}/fhir?p=2"),
    "the server as user information": Elsewhere("http://127.0.0.1:{port}@{other_host}/fhir?p=2"),
    "a backslash": Elsewhere("http://127.0.0.1:{port}\\@{other_host}/fhir?p=2"),
    "two backslashes": Elsewhere("\\\\{other_host}\\fhir?p=2"),
    "a fragment": Elsewhere("{ehr}?p=2#x"),
    "a blank": Elsewhere("{ehr}?p=2 HTTP/1.1"),
    "a line separator": Elsewhere("{ehr}?p=2\u2028x"),
    "file": Elsewhere("file:///etc/passwd"),
    "ftp": Elsewhere("ftp://127.0.0.1:{port}/fhir"),
    "javascript": Elsewhere("javascript:alert(1)"),
    "an IPv6 host that never ends": Elsewhere("http://[::1/fhir"),
    "a huge URL": Elsewhere("{ehr}?p=" + "x" * 10_000),
    "beside the base URL": Elsewhere("/admin?p=2", as_redirect=True),
    "a longer name than the base URL": Elsewhere("/fhir2?p=2", as_redirect=True),
    "above the base URL": Elsewhere("{ehr}/../admin?p=2", as_redirect=True),
    "above it in disguise": Elsewhere("{ehr}/%2e%2e/admin?p=2", as_redirect=True),
    "above it in a double disguise": Elsewhere("{ehr}/%252e%252e/admin?p=2", as_redirect=True),
    "above it with backslashes": Elsewhere("{ehr}/%2e%2e%5cadmin?p=2", as_redirect=True),
    "the base URL itself": Elsewhere("{ehr}?p=2", as_next=True, as_redirect=True),
    "below the base URL": Elsewhere("{ehr}/pages/2", as_next=True, as_redirect=True),
    "relative": Elsewhere("?p=2", as_next=True, as_redirect=True),
}


@pytest.fixture
def ehr() -> Iterator[Ehr]:
    with serving() as running:
        yield running


@pytest.fixture
def other() -> Iterator[Ehr]:
    with serving() as running:
        yield running
        assert running.connections == 0, "the other server was connected to"


def filled(target: str, ehr: Ehr, other: Ehr) -> str:
    port = ehr.base.split(":")[2].split("/")[0]
    host = other.base.split("/")[2]
    return target.format(ehr=ehr.base, other=f"http://{host}", other_host=host, port=port)


@pytest.mark.parametrize("row", LINKS.values(), ids=LINKS.keys())
def test_F4_the_next_page_is_read_only_below_the_base_url(row: Elsewhere, ehr: Ehr, other: Ehr) -> None:
    query = "/fhir/Condition?patient=p1"
    first = bundle({"resourceType": "Condition", "id": "c1"})
    first["link"] = [{"relation": "next", "url": filled(row.target, ehr, other)}]
    ehr.replies = {query: Reply(first), "/fhir/Patient/p1": Reply({"resourceType": "Patient", "id": "p1"})}
    service = FakeService()
    app = Flask("service")
    app.register_blueprint(cds_hooks.blueprint(Settings(today=date(2026, 11, 22)), service))
    assert app.test_client().post(VIEW, json=asking(ehr.base)).status_code == 200
    read = service.keys["conditions"]
    assert read.state == "partial", "the caller is told that pages are missing"
    assert len(read.entries) == 1
    asked = [path for path in ehr.paths() if path not in ("/fhir/Patient/p1", query) and "Medication" not in path]
    assert bool(asked) is row.as_next
    if not row.as_next:
        assert "is not followed" in read.problem


IN_A_HEADER = {name: row for name, row in LINKS.items() if row.target.isascii()}


@pytest.mark.parametrize("row", IN_A_HEADER.values(), ids=IN_A_HEADER.keys())
def test_F4_a_redirect_is_followed_only_at_the_server(row: Elsewhere, ehr: Ehr, other: Ehr) -> None:
    location = filled(row.target, ehr, other)
    ehr.replies["/fhir/Patient/p1"] = Reply(status=302, headers={"Location": location})
    body = patient_view(prefetch={"conditions": bundle()}, fhirServer=ehr.base)
    issue = assert_refused(client(Settings()).post(VIEW, json=body), 412, "needed-data-missing")
    followed = [path for path in ehr.paths() if path != "/fhir/Patient/p1" and "Medication" not in path]
    assert bool(followed) is row.as_redirect
    if not row.as_redirect:
        assert "pointed to another server" in issue["details"]["text"]
