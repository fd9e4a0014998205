"""Ways to point this service at a server that it must not read, and names that mislead."""

from __future__ import annotations

from typing import NamedTuple

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

IN_A_HEADER = {name: row for name, row in LINKS.items() if row.target.isascii()}
