from __future__ import annotations

import pytest

from service.fhir.access.servers import Servers
from service.settings import Settings


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("http://localhost:8080/fhir", True),
        ("http://127.0.0.1:9/fhir/", True),
        ("http://127.8.8.8", True),
        ("http://[::1]:80/fhir", True),
        ("https://ehr.example/fhir", False),
        ("http://localhost.evil.example/fhir", False),
        ("http://127.0.0.1@evil.example/fhir", False),
        ("http://127.0.0.1\\@evil.example/fhir", False),
        ("http://127.0.0.1/fhir?x=1", False),
        ("http://127.0.0.1/fhir#x", False),
        ("http://127.0.0.1/fhir\n", False),
        ("file:///etc/passwd", False),
        ("ftp://127.0.0.1/", False),
        ("//127.0.0.1/fhir", False),
        ("http://0x7f000001/fhir", False),
        ("http://2130706433/fhir", False),
        ("http://0.0.0.0/fhir", False),
        ("http://169.254.169.254/latest", False),
    ],
)
def test_without_a_list_only_loopback_may_be_read(url: str, good: bool) -> None:
    assert Servers.of(Settings()).allowed(url) is good
    assert not Servers.of(Settings(host="0.0.0.0")).allowed(url)


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://ehr.example/fhir/R4", True),
        ("https://EHR.example:443/fhir/R4/", True),
        ("http://ehr.example/fhir/R4", False),
        ("https://ehr.example:8443/fhir/R4", False),
        ("https://ehr.example/fhir", False),
        ("https://ehr.example/fhir/R4/other", False),
        ("https://ehr.example.evil.example/fhir/R4", False),
        ("http://127.0.0.1/fhir", False),
    ],
)
def test_with_a_list_only_its_servers_may_be_read(url: str, good: bool) -> None:
    settings = Settings(host="0.0.0.0", fhir_servers=("https://ehr.example/fhir/R4/",))
    assert Servers.of(settings).allowed(url) is good


@pytest.mark.parametrize("setting", ["fhir_servers", "fhir_private_servers"])
def test_both_lists_name_servers_that_may_be_read(setting: str) -> None:
    servers = Servers.of(Settings.load(**{setting: ("https://ehr.example/fhir",)}))
    assert servers.allowed("https://ehr.example/fhir")
    assert not servers.allowed("http://127.0.0.1/fhir"), "a list of servers ends the leave for loopback"
