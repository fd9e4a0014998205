"""K1: which pages may call. Browsers decide by our headers, so each row says what they are told."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient

from service.api.app import create_app
from service.settings import Settings, SettingsInvalid
from tests.contract.fake import FakeService, patient_view

CALL = "/cds-services/spine-patient-view"
PATHS = ("/cds-services", CALL)
LISTED = "https://ehr.example.org"
OTHER = "http://[::1]:3000"
ORIGIN, METHODS, HEADERS = (f"Access-Control-Allow-{name}" for name in ("Origin", "Methods", "Headers"))


def app(*origins: str) -> Flask:
    return create_app(Settings(cors_origins=origins), FakeService())


@pytest.fixture
def client() -> FlaskClient:
    return app(LISTED, OTHER).test_client()


def preflight(client: FlaskClient, path: str = CALL, origin: str = LISTED, **more: str) -> Any:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    named = {f"Access-Control-Request-{name.title()}": value for name, value in more.items()}
    return client.options(path, headers={"Origin": origin} | asked | named)


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        pytest.param(LISTED, True, id="as listed"),
        pytest.param(OTHER, True, id="an IPv6 address with a port, as listed"),
        pytest.param("null", False, id="a page without an origin, as from a file or a sandboxed frame"),
        pytest.param(f"{LISTED}.evil.org", False, id="a look-alike that begins like the listed one"),
        pytest.param("https://evil-ehr.example.org", False, id="a look-alike that ends like the listed one"),
        pytest.param("https://ehrxexample.org", False, id="a dot is a dot"),
        pytest.param("http://ehr.example.org", False, id="another scheme"),
        pytest.param(f"{LISTED}:8443", False, id="another port"),
        pytest.param(f"{LISTED}/", False, id="no browser sends a slash"),
        pytest.param(LISTED.upper(), False, id="no browser sends capitals"),
        pytest.param("https://sub.ehr.example.org", False, id="a sub-domain"),
        pytest.param("", False, id="no origin: not a browser page"),
    ],
)
@pytest.mark.parametrize("path", PATHS)
def test_K1_only_listed_origins_are_allowed(client: FlaskClient, path: str, origin: str, allowed: bool) -> None:
    headers = {"Origin": origin} if origin else {}
    answer = client.get(path, headers=headers) if path == PATHS[0] else client.post(path, json={}, headers=headers)
    assert answer.headers.get_all(ORIGIN) == ([origin] if allowed else [])
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Origin" in answer.headers["Vary"]
    asked = preflight(client, path, origin) if origin else client.options(path)
    assert (asked.status_code, asked.data) == (200, b"")
    assert asked.headers.get_all(ORIGIN) == ([origin] if allowed else [])
    assert (METHODS in asked.headers) is allowed
    assert "Origin" in asked.headers["Vary"]


def test_K1_a_preflight_names_methods_headers_and_how_long_it_holds(client: FlaskClient) -> None:
    answer = preflight(client)
    assert answer.headers[METHODS] == "GET, POST"
    assert answer.headers[HEADERS] == "authorization, content-type"
    assert answer.headers["Access-Control-Max-Age"] == "3600"


@pytest.mark.parametrize("path", [*PATHS, f"{CALL}/analytics"])
def test_K1_a_header_or_method_that_is_not_ours_is_not_allowed(client: FlaskClient, path: str) -> None:
    if client.options(path).status_code == 404:
        return
    assert preflight(client, path, headers="x-api-key").headers.get(HEADERS) is None
    assert preflight(client, path, headers="x-api-key,content-type").headers[HEADERS] == "content-type"
    for method in ("DELETE", "PUT", "PATCH"):
        assert method not in preflight(client, path, method=method).headers.get(METHODS, "")


def test_K1_every_route_under_cds_services_is_reachable_from_a_page(client: FlaskClient) -> None:
    paths = {rule.rule for rule in client.application.url_map.iter_rules() if rule.rule.startswith("/cds-services")}
    for path in paths:
        answer = preflight(client, path.replace("<service_id>", "spine-patient-view"))
        assert (answer.status_code, answer.headers[ORIGIN]) == (200, LISTED), path


def test_K1_a_preflight_is_answered_before_anybody_is_asked_who_he_is() -> None:
    made = app(LISTED)
    made.before_request(lambda: abort(401))
    client = made.test_client()
    assert preflight(client).status_code == 200
    assert client.options(CALL).status_code == 200
    assert client.post(CALL, json=patient_view()).status_code == 401


def test_K1_a_refusal_can_be_read_by_the_page(client: FlaskClient) -> None:
    answer = client.post(CALL, data=b"{", content_type="application/json", headers={"Origin": LISTED})
    assert (answer.status_code, answer.headers[ORIGIN]) == (400, LISTED)
    assert {"Retry-After", "WWW-Authenticate", "X-Request-Id"} <= set(
        answer.headers["Access-Control-Expose-Headers"].split(", ")
    )


@pytest.mark.parametrize("path", ["/rules", "/metrics", "/healthz", "/openapi.json", "/cds-services-else"])
def test_K1_other_routes_are_not_for_pages(client: FlaskClient, path: str) -> None:
    for answer in (client.get(path, headers={"Origin": LISTED}), preflight(client, path)):
        assert ORIGIN not in answer.headers


def test_K1_with_no_list_no_page_may_call() -> None:
    client = app().test_client()
    for answer in (client.get(PATHS[0], headers={"Origin": LISTED}), preflight(client)):
        assert answer.status_code == 200
        assert ORIGIN not in answer.headers


def test_K1_everyone_is_a_star_and_never_with_credentials() -> None:
    client = app("*").test_client()
    for answer in (client.get(PATHS[0], headers={"Origin": LISTED}), preflight(client, origin="null")):
        assert answer.headers[ORIGIN] == "*"
        assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize(
    ("origins", "host", "right"),
    [
        ("*", "127.0.0.1", True),
        ("*", "0.0.0.0", False),
        ("*,https://a.example", "127.0.0.1", False),
        ("https://a.example http://[::1]:3000", "127.0.0.1", True),
        ('["https://a.example"]', "127.0.0.1", True),
        ("null", "127.0.0.1", False),
        ("https://a.example/", "127.0.0.1", False),
        ("https://A.example", "127.0.0.1", False),
        ("a.example", "127.0.0.1", False),
        ("https://*.example", "127.0.0.1", False),
        ("https://u:p@a.example", "127.0.0.1", False),
    ],
)
def test_K1_origins_are_checked_at_start(origins: str, host: str, right: bool) -> None:
    if right:
        assert Settings.load(cors_origins=origins, host=host).cors_origins
        return
    with pytest.raises(SettingsInvalid, match="SPINE_CDS_CORS_ORIGINS"):
        Settings.load(cors_origins=origins, host=host)
