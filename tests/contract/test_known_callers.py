"""Who may call: the right tokens, where their keys come from, and where nobody is asked."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Blueprint, Response, g
from flask.testing import FlaskClient

from service.api.app import create_app
from service.api.callers import OPEN
from service.caller import SCOPES, Caller
from service.settings import Settings
from tests.contract.ehr import Ehr, Reply
from tests.contract.fake import FakeService, patient_view
from tests.contract.refusals import assert_refused
from tests.contract.tokens import FILE, JKU, OTHER, PUBLIC, URL, VIEW, Site, issuers, jwk, jwks, site, token, urlpath


@pytest.fixture
def place(tmp_path: Path, ehr: Ehr) -> Site:
    return site(tmp_path, ehr)


RIGHT: dict[str, dict[str, Any]] = {
    "ES384 with keys in a file": {"issuer": FILE},
    "ES384 with keys at a URL": {"issuer": URL},
    "RS384 with keys in a file": {"issuer": FILE, "signed_by": "rsa", "header": {"alg": "RS384", "kid": "r1"}},
    "RS384 with keys at a URL": {"issuer": URL, "signed_by": "rsa", "header": {"alg": "RS384", "kid": "r1"}},
    "another issuer whose key has the same id": {"issuer": OTHER, "signed_by": "p384 other", "tenant": "south"},
    "an audience in a list": {"aud": [PUBLIC + VIEW]},
    "one audience of several": {"aud": ["https://elsewhere.example", PUBLIC + VIEW]},
    "an audience with a slash at the end": {"aud": PUBLIC + VIEW + "/"},
    "a tenant where none is listed": {"tenant": "anywhere"},
    "a subject, a beginning and claims of the sender's own": {"sub": "ehr", "nbf": lambda now: now, "scope": "x"},
    "a clock that is 20 seconds fast": {"iat": lambda now: now + 20, "exp": lambda now: now + 320},
    "an end 20 seconds ago, by our clock": {"iat": lambda now: now - 320, "exp": lambda now: now - 20},
    "the longest life": {"exp": lambda now: now + 600},
    "a token id of 255 letters": {"jti": "x" * 255},
    "a type in small letters": {"header": {"typ": "jwt"}},
    "a key, a chain and a thumbprint that it brings itself and nobody reads": {
        "header": {"jwk": {"kty": "oct", "k": "AA"}, "x5c": ["MIIB"], "x5t": "AA", "x5u": "https://evil.example"}
    },
}


@pytest.mark.parametrize("changes", RIGHT.values(), ids=RIGHT)
def test_H4_H5_H6_a_right_token_is_accepted(place: Site, changes: dict[str, Any]) -> None:
    response = place.bearer(**changes)
    assert response.status_code == 200, response.text
    assert len(response.get_json()["cards"]) == 1


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER ", "Bearer   "])
def test_H2_the_scheme_is_read_in_any_case(place: Site, scheme: str) -> None:
    assert place.call(scheme + token()).status_code == 200


@pytest.mark.parametrize(
    ("changes", "caller"),
    [
        ({"issuer": FILE}, Caller(FILE)),
        ({"issuer": URL, "sub": "ehr-1", "tenant": "t"}, Caller(URL, "ehr-1", "t")),
        ({"issuer": OTHER, "signed_by": "p384 other", "tenant": "north"}, Caller(OTHER, "", "north")),
    ],
)
def test_H5_what_the_token_says_is_kept_for_later(place: Site, changes: dict[str, Any], caller: Caller) -> None:
    with place.client as client:
        sent = {"Authorization": "Bearer " + token(**changes)}
        assert client.post(VIEW, json=patient_view(), headers=sent).status_code == 200
        assert g.caller == caller


def test_H7_a_key_url_is_followed_only_as_listed_and_keys_do_not_mix(place: Site) -> None:
    """Both sets have a key k1; each is good only for tokens that name its own URL."""
    first, second = (f"{place.server.base}/{name}" for name in ("keys", "second"))
    assert place.bearer(JKU, header={"jku": first}).status_code == 200
    assert place.bearer(JKU, header={"jku": second}, signed_by="p384 second").status_code == 200
    assert_refused(place.bearer(JKU, header={"jku": second}), 401, "caller-unknown")
    assert_refused(place.bearer(JKU, header={"jku": first}, signed_by="p384 second"), 401, "caller-unknown")
    assert place.fetched == 2
    assert place.bearer(URL, header={"jku": first}).status_code == 200


def test_H9_keys_are_fetched_once_and_again_once_for_a_key_id_that_is_new(place: Site) -> None:
    assert [place.bearer().status_code for _ in range(3)] == [200, 200, 200]
    assert place.fetched == 1
    rotated = jwks(jwk("p384", "k1"), jwk("p384 next", "k2"))
    place.server.replies[f"{urlpath(place.server)}/keys"] = Reply(rotated)
    assert place.bearer(signed_by="p384 next", header={"kid": "k2"}).status_code == 200
    assert place.fetched == 2
    for kid in ("k3", "k4", "k3"):
        assert_refused(place.bearer(signed_by="p384 x", header={"kid": kid}), 401, "caller-unknown")
    assert place.fetched == 2
    assert place.bearer().status_code == 200


def test_H9_keys_are_asked_for_without_anything_about_us_or_the_caller(
    place: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login us password secret\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    place.bearer()
    ((_, headers),) = place.server.asked
    assert not headers.keys() & {"authorization", "cookie"}


OUTAGES: dict[str, Reply] = {
    "an error": Reply({}, 500),
    "a redirect to its own keys": Reply({}, 302, {"Location": "second"}),
    "a redirect elsewhere": Reply({}, 307, {"Location": "http://127.0.0.1:1/keys"}),
    "a page": Reply(b"<html>", 200, {"Content-Type": "text/html"}),
    "no list of keys": Reply({"keys": {}}),
    "no usable key": Reply(jwks(jwk("rsa1024", "k1"), {"kty": "oct", "kid": "k1", "k": "AA"})),
    "a set without end": Reply(json.dumps(jwks(jwk("p384", "k1"))).encode() + b" " * 300_000),
    "less than it promised": Reply(jwks(jwk("p384", "k1")), 200, {"X-Length": "9999"}),
}


@pytest.mark.parametrize("reply", OUTAGES.values(), ids=OUTAGES)
def test_H9_keys_that_cannot_be_had_are_our_trouble_and_not_the_callers(
    place: Site, reply: Reply, capsys: pytest.CaptureFixture[str]
) -> None:
    place.server.replies[f"{urlpath(place.server)}/keys"] = reply
    for _ in range(3):
        response = place.bearer()
        text = assert_refused(response, 503, "not-ready")["details"]["text"]
        assert "WWW-Authenticate" not in response.headers
        assert "127.0.0.1" not in text
    assert place.server.paths() == [f"{urlpath(place.server)}/keys"]
    assert place.service.question is None
    first, *lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert (first["event"], first["host"]) == ("issuer-keys-unreadable", place.server.base.split("/")[2])
    assert {line["reason"] for line in lines} == {"keys-unavailable"}
    assert place.bearer(FILE).status_code == 200


def test_H9_a_server_that_sends_drop_by_drop_is_not_waited_for(place: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection's own timeout begins anew with every drop."""
    times = itertools.chain([0.0], itertools.repeat(3.1))
    monkeypatch.setattr("service.callers.fetch.time", SimpleNamespace(monotonic=lambda: next(times)))
    assert_refused(place.bearer(), 503, "not-ready")


def test_H9_checking_a_caller_reads_no_file(place: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: Any, **__: Any) -> Any:
        raise AssertionError("a file was read")

    monkeypatch.setattr(Path, "read_bytes", forbidden)
    monkeypatch.setattr(Path, "open", forbidden)
    assert place.bearer(FILE).status_code == 200


def test_B5_H2_discovery_asks_for_a_token_made_out_to_discovery(place: Site) -> None:
    def discover(**changes: Any) -> Any:
        return place.client.get("/cds-services", headers={"Authorization": "Bearer " + token(**changes)})

    assert_refused(place.client.get("/cds-services"), 401, "caller-unknown")
    assert_refused(discover(), 401, "caller-unknown")
    assert discover(aud=PUBLIC + "/cds-services").status_code == 200


def test_H2_every_address_is_closed_but_those_listed_as_open(place: Site) -> None:
    """What a later version adds is closed until somebody decides otherwise."""
    app = place.client.application
    for rule in app.url_map.iter_rules():
        path = rule.rule.replace("<service_id>", "nobody").replace("<path:rule_id>", "safety/fake")
        path = path.replace("<uuid:packet>", "00000000-0000-4000-8000-000000000000").replace("<name>", "x")
        method = "POST" if "POST" in (rule.methods or ()) else "GET"
        closed = rule.endpoint.partition(".")[0] not in OPEN
        assert (place.client.open(path, method=method).status_code == 401) is closed, path
    assert place.client.get("/nowhere").status_code == 404


@pytest.mark.parametrize("path", ["/cds-services", VIEW])
def test_K1_a_preflight_is_not_asked_for_a_token(place: Site, path: str) -> None:
    assert place.client.options(path).status_code == 200


FEEDBACK = VIEW + "/feedback"


@pytest.mark.parametrize(
    ("aud", "good"),
    [
        (FEEDBACK, True),
        (VIEW, True),
        (FEEDBACK + "/", True),
        ("/cds-services", False),
        ("/cds-services/spine-orders", False),
        ("/cds-services/spine-orders/feedback", False),
        (FEEDBACK + "/feedback", False),
    ],
)
def test_H6_feedback_takes_a_token_for_the_service_or_for_feedback(place: Site, aud: str, good: bool) -> None:
    if not any(rule.rule.endswith("/feedback") for rule in place.client.application.url_map.iter_rules()):
        routes = Blueprint("feedback", __name__)
        routes.post("/cds-services/<service_id>/feedback")(lambda service_id: Response("{}"))
        place.client.application.register_blueprint(routes)
    sent = {"Authorization": "Bearer " + token(aud=PUBLIC + aud)}
    status = place.client.post(FEEDBACK, json={"feedback": []}, headers=sent).status_code
    assert (status == 401) is not good


def local(tmp_path: Path, ehr: Ehr, **more: Any) -> FlaskClient:
    """A service on loopback without a public URL."""
    return create_app(Settings(issuers=issuers(tmp_path, ehr.base), **more), FakeService()).test_client()


@pytest.mark.parametrize(
    ("base", "good"),
    [
        ("http://localhost", True),
        ("http://127.0.0.1:8080", True),
        ("http://[::1]:8080", True),
        ("https://localhost", True),
        ("https://elsewhere.example", False),
        ("http://localhost.elsewhere.example", False),
    ],
)
def test_H6_without_a_public_url_the_host_header_is_believed_only_for_this_machine(
    tmp_path: Path, ehr: Ehr, base: str, good: bool
) -> None:
    """Else a token made out to another service could be used here by whoever received it there."""
    sent = {"Authorization": "Bearer " + token(FILE, aud=base + VIEW)}
    response = local(tmp_path, ehr).post(VIEW, json=patient_view(), headers=sent, base_url=base)
    assert (response.status_code == 200) is good


@pytest.mark.parametrize("host", ["[::1", "a]b", "", "local host", "127.0.0.1:x"])
def test_H6_a_host_that_cannot_be_read_is_nobodys(tmp_path: Path, ehr: Ehr, host: str) -> None:
    sent = {"Authorization": "Bearer " + token(FILE), "Host": host}
    response = local(tmp_path, ehr).post(VIEW, json=patient_view(), headers=sent)
    assert response.status_code in (400, 401)


def test_H6_audiences_of_an_issuer_replace_the_url_called(tmp_path: Path, ehr: Ehr) -> None:
    path = issuers(tmp_path, ehr.base)
    listed = {"iss": FILE, "jwks_file": "keys.json", "audiences": ["spine", "https://inside.example/cds"]}
    path.write_text(json.dumps({"issuers": [listed]}))
    client = create_app(Settings(issuers=path, public_url=PUBLIC), FakeService()).test_client()

    def status(aud: str) -> int:
        sent = {"Authorization": "Bearer " + token(FILE, aud=aud)}
        return client.post(VIEW, json=patient_view(), headers=sent).status_code

    found = [status(aud) for aud in ("spine", "https://inside.example/cds", PUBLIC + VIEW, "spines")]
    assert found == [200, 200, 401, 401]


def test_H4_another_algorithm_is_good_where_it_is_listed(tmp_path: Path, ehr: Ehr) -> None:
    path = issuers(tmp_path, ehr.base)
    path.write_text(json.dumps({"issuers": [{"iss": FILE, "jwks_file": "keys.json", "algorithms": ["ES256"]}]}))
    client = create_app(Settings(issuers=path, public_url=PUBLIC), FakeService()).test_client()

    def status(signed_by: str, **header: str) -> int:
        sent = {"Authorization": "Bearer " + token(FILE, signed_by=signed_by, header=header)}
        return client.post(VIEW, json=patient_view(), headers=sent).status_code

    assert status("p256", alg="ES256", kid="c1") == 200
    assert status("p384", alg="ES384", kid="k1") == 401


def test_H1_on_loopback_nobody_is_asked_unless_somebody_is_trusted(client: FlaskClient) -> None:
    with client:
        assert client.post(VIEW, json=patient_view()).status_code == 200
        assert g.caller == Caller(scopes=SCOPES)
    assert client.get("/cds-services", headers={"Authorization": "Bearer x"}).status_code == 200


def test_H1_the_description_says_that_callers_are_asked(place: Site, client: FlaskClient) -> None:
    asked, free = (each.get("/openapi.json").get_json() for each in (place.client, client))
    assert "401" in asked["paths"]["/cds-services"]["get"]["responses"]
    assert "401" in asked["paths"]["/cds-services/{id}"]["post"]["responses"]
    (name, scheme), *others = asked["components"]["securitySchemes"].items()
    assert (scheme["type"], scheme["scheme"], scheme["bearerFormat"], others) == ("http", "bearer", "JWT", [])
    assert asked["paths"]["/cds-services"]["get"]["security"] == [{name: []}]
    assert asked["paths"]["/rules"]["get"]["security"] == []
    assert free["paths"]["/cds-services"]["get"]["security"] == [{name: []}, {}]
