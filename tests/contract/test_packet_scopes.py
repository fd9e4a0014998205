"""Who may do what with packets: scopes that an issuer's file grants, and one row for every access, refused ones too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml
from flask.testing import FlaskClient
from pydantic import ValidationError
from sqlalchemy import select
from werkzeug.test import TestResponse

from service.api.app import create_app
from service.caller import EXPORT, READ, SCOPES, WRITE
from service.callers import issuers
from service.callers.issuers import Issuer
from service.settings import Settings, SettingsInvalid
from service.store.kept import Store
from service.store.packet_models import PacketAccess
from tests.contract.fake import FakeService, bundle
from tests.contract.packets import PATH, PATIENT, RECORD
from tests.contract.refusals import assert_refused
from tests.contract.tokens import FILE, OTHER, PUBLIC, jwk, jwks, token

GRANTS: list[dict[str, Any]] = [
    {"scopes": [READ], "subjects": ["reader", "clerk"]},
    {"scopes": [WRITE], "subjects": ["clerk"]},
    {"scopes": [EXPORT], "subjects": ["printer"], "tenants": ["north"]},
    {"scopes": [READ, WRITE, EXPORT], "tenants": ["south"]},
]
# Route, what is sent, Accept, and the scope that it needs.
ROUTES: dict[str, tuple[str, str, Any, str, str]] = {
    "make": ("POST", "", RECORD, "*/*", WRITE),
    "list": ("GET", "", None, "*/*", READ),
    "read": ("GET", "/{id}", None, "application/json", READ),
    "document": ("GET", "/{id}", None, "application/fhir+json", EXPORT),
    "page": ("GET", "/{id}", None, "text/html", EXPORT),
    "pdf": ("GET", "/{id}", None, "application/pdf", EXPORT),
    "history": ("GET", "/{id}/history", None, "*/*", READ),
    "state": ("POST", "/{id}/state", {"state": "ready", "version": 1}, "*/*", WRITE),
    "request": ("POST", "/{id}/pas-request", {"release": "2.0.1"}, "*/*", EXPORT),
    "attachment": ("POST", "/{id}/submit-attachment", {"final": True}, "*/*", EXPORT),
    "evaluate": ("POST", "/{id}/evaluate", {"record": bundle(PATIENT), "version": 1}, "*/*", WRITE),
}
CALLERS: dict[str, tuple[dict[str, str], frozenset[str]]] = {
    "a reader": ({"sub": "reader"}, frozenset({READ})),
    "a clerk": ({"sub": "clerk"}, frozenset({READ, WRITE})),
    "the printer of the north": ({"sub": "printer", "tenant": "north"}, frozenset({EXPORT})),
    "the printer of nowhere": ({"sub": "printer"}, frozenset()),
    "anybody of the south": ({"tenant": "south"}, SCOPES),
    "somebody else": ({"sub": "nobody"}, frozenset()),
    "no subject": ({}, frozenset()),
}


@pytest.fixture
def client(tmp_path: Path, sqlite_store: Store) -> FlaskClient:
    (tmp_path / "keys.json").write_text(json.dumps(jwks(jwk("p384", "k1"))))
    listed = [
        {"iss": FILE, "jwks_file": "keys.json", "grants": GRANTS},
        {"iss": OTHER, "jwks_file": "keys.json", "grants": [{"scopes": sorted(SCOPES)}]},
    ]
    (tmp_path / "issuers.yaml").write_text(yaml.safe_dump({"issuers": listed}))
    settings = Settings(issuers=tmp_path / "issuers.yaml", public_url=PUBLIC)
    return create_app(settings, FakeService(), sqlite_store, keeper=sqlite_store).test_client()


def asked(client: FlaskClient, route: str, packet: str, issuer: str = FILE, **claims: Any) -> TestResponse:
    method, path, sent, accept, _ = ROUTES[route]
    address = PATH + path.format(id=packet)
    claims = {"aud": PUBLIC + address} | claims
    headers = {"Authorization": f"Bearer {token(issuer, **claims)}", "Accept": accept}
    return (
        client.open(address, method=method, json=sent, headers=headers)
        if sent
        else client.get(address, headers=headers)
    )


def packet_of(client: FlaskClient, claims: dict[str, str]) -> str:
    """A packet of this caller's site, made by one who may."""
    site = {name: value for name, value in claims.items() if name == "tenant"}
    made = asked(client, "make", "", sub="clerk", **site)
    assert made.status_code == 201, made.text
    return str(made.get_json()["id"])


def last(store: Store) -> Any:
    with store.database.reading() as connection:
        rows = connection.execute(select(*PacketAccess.__table__.columns).order_by(PacketAccess.id)).mappings()
        return rows.all()[-1]


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("name", CALLERS)
def test_each_route_needs_its_scope_and_each_access_is_recorded(
    client: FlaskClient, sqlite_store: Store, route: str, name: str
) -> None:
    claims, scopes = CALLERS[name]
    packet = packet_of(client, claims)
    response = asked(client, route, packet, **claims)
    if ROUTES[route][-1] in scopes:
        assert response.status_code in (200, 201), response.text
    else:
        text = assert_refused(response, 403, "caller-forbidden")["details"]["text"]
        assert ROUTES[route][-1] in text
        assert "canary" not in response.text
    row = last(sqlite_store)
    assert (row["status"], row["issuer"]) == (response.status_code, FILE)
    assert row["word"] == ("answered" if response.status_code < 400 else "caller-forbidden")
    assert bool(row["subject_hash"]) is ("sub" in claims)
    if route not in ("make", "list"):
        assert row["packet_id"] == UUID(packet)


@pytest.mark.parametrize("route", [name for name in ROUTES if name not in ("make", "list")])
def test_another_issuers_packet_is_unknown_whatever_the_scopes(client: FlaskClient, route: str) -> None:
    packet = packet_of(client, {})
    assert_refused(asked(client, route, packet, OTHER), 404, "unknown-packet")
    assert asked(client, "list", "", OTHER).get_json()["total"] == 0


def test_a_token_may_be_made_out_to_the_address_above(client: FlaskClient) -> None:
    packet = packet_of(client, {})
    for aud, status in ((PUBLIC + PATH, 200), (PUBLIC, 401), (f"{PUBLIC}{PATH}/{packet}/history", 401)):
        assert asked(client, "read", packet, sub="reader", aud=aud).status_code == status, aud


def test_nobody_is_let_in_without_a_token_and_leaves_no_row(client: FlaskClient, sqlite_store: Store) -> None:
    for path in (PATH, f"{PATH}/00000000-0000-4000-8000-000000000000"):
        assert_refused(client.get(path), 401, "caller-unknown")
    with sqlite_store.database.reading() as connection:
        assert connection.execute(select(PacketAccess.id)).all() == []


def test_an_issuer_without_grants_gives_none() -> None:
    plain = Issuer(iss="https://a", jwks_file=Path("k.json"))
    assert plain.scopes("anybody", "") == frozenset()
    wrong: list[dict[str, Any]] = [{"scopes": []}, {"scopes": ["packets.delete"]}, {"scopes": [READ], "subject": "x"}]
    for grant in wrong:
        with pytest.raises(ValidationError):
            Issuer.model_validate({"iss": "https://a", "jwks_file": "k.json", "grants": [grant]})


def test_a_grant_of_a_scope_that_is_none_stops_the_start(tmp_path: Path) -> None:
    entry = {"iss": FILE, "jwks_file": "keys.json", "grants": [{"scopes": ["packets.all"]}]}
    (tmp_path / "issuers.yaml").write_text(yaml.safe_dump({"issuers": [entry]}))
    with pytest.raises(SettingsInvalid, match="grants 1 scopes 1"):
        issuers.read(tmp_path / "issuers.yaml")


@pytest.mark.parametrize("scopes", [(), (READ,), (READ, WRITE, EXPORT)])
def test_callers_behind_a_proxy_have_the_scopes_of_the_settings(sqlite_store: Store, scopes: tuple[str, ...]) -> None:
    settings = Settings(
        mtls_proxies=("127.0.0.1",), mtls_subject_header="X-Subject", mtls_subjects=("CN=ehr",), mtls_scopes=scopes
    )
    client = create_app(settings, FakeService(), sqlite_store, keeper=sqlite_store).test_client()
    named = {"X-Subject": "CN=ehr"}
    assert client.get(PATH, headers=named).status_code == (200 if READ in scopes else 403)
    assert client.post(PATH, json=RECORD, headers=named).status_code == (201 if WRITE in scopes else 403)


def test_a_scope_of_the_settings_that_is_none_stops_the_start() -> None:
    with pytest.raises(ValueError, match=r"packets\.export, packets\.read, packets\.write"):
        Settings(mtls_proxies=("127.0.0.1",), mtls_subject_header="X-S", mtls_subjects=("CN=e",), mtls_scopes=("read",))
