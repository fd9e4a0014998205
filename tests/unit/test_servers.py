from __future__ import annotations

from pathlib import Path

import pytest

from service.fhir.access.addresses import Reach
from service.fhir.access.servers import Servers, below
from service.settings import Settings
from tests.support.access import public_settings
from tests.support.accounts import account_file


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
    assert not Servers.of(public_settings()).allowed(url)


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
    settings = public_settings(fhir_servers=("https://ehr.example/fhir/R4/",))
    assert Servers.of(settings).allowed(url) is good


@pytest.mark.parametrize("setting", ["fhir_servers", "fhir_private_servers"])
def test_both_lists_name_servers_that_may_be_read(setting: str) -> None:
    servers = Servers.of(Settings.load(**{setting: ("https://ehr.example/fhir",)}))
    assert servers.allowed("https://ehr.example/fhir")
    assert not servers.allowed("http://127.0.0.1/fhir"), "a list of servers ends the leave for loopback"


@pytest.mark.parametrize(("listed", "reached"), [("fhir_private_servers", True), ("fhir_servers", False)])
def test_a_private_servers_token_endpoint_may_be_private_too(tmp_path: Path, listed: str, reached: bool) -> None:
    path = account_file(tmp_path, "https://ehr.example/fhir", token_endpoint="https://login.example/token")
    servers = Servers.of(Settings.load(**{listed: ("https://ehr.example/fhir",), "fhir_accounts": path}))
    assert (Reach.INSIDE in servers.reaches("https", "login.example", 443)) is reached
    assert not servers.allowed("https://login.example"), "it is for tokens, not for reading"


@pytest.mark.parametrize(
    ("url", "stays"),
    [
        ("https://ehr.example/fhir/Patient/p1", True),
        ("https://ehr.example/fhir/Observation?code=a|b,c&date=ge2026-01-01", True),
        ("https://ehr.example/fhir", True),
        ("https://EHR.example:443/fhir/x", True),
        ("https://ehr.example/fhir/../admin", False),
        ("https://ehr.example/fhir/%2e%2e/admin", False),
        ("https://ehr.example/fhir/..%2fadmin", False),
        ("https://ehr.example/fhir/..\\admin", False),
        ("https://ehr.example/fhir2", False),
        ("https://ehr.example", False),
        ("http://ehr.example/fhir/x", False),
        ("https://me@ehr.example/fhir/x", False),
        ("https://[", False),
    ],
)
def test_what_lies_below_a_base_url(url: str, stays: bool) -> None:
    assert below("https://ehr.example/fhir/", url) is stays
