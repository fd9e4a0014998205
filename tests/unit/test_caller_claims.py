"""Both sides of every boundary of a token's claims."""

from __future__ import annotations

from typing import Any

import pytest

from service.callers.claims import Claims, Expected, Fault, fault, read

NOW = 1_000_000
URL = "https://cds.example/cds-services"
EXPECTED = Expected(audiences=(URL,), tenants=(), now=NOW, skew=30, lifetime=600)
RIGHT: dict[str, Any] = {"iss": "i", "aud": URL, "exp": NOW + 300, "iat": NOW, "jti": "t"}


def reason(expected: Expected = EXPECTED, **changes: Any) -> str:
    """The word of the first fault, '' when there is none."""
    found = read(RIGHT | changes)
    fault_found = found if isinstance(found, Fault) else fault(found, expected)
    return fault_found.reason if fault_found else ""


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({}, ""),
        ({"exp": NOW - 29, "iat": NOW - 300}, ""),
        ({"exp": NOW - 30, "iat": NOW - 300}, "expired"),
        ({"iat": NOW + 30}, ""),
        ({"iat": NOW + 31}, "not-yet-valid"),
        ({"nbf": NOW + 30}, ""),
        ({"nbf": NOW + 31}, "not-yet-valid"),
        ({"exp": NOW + 600}, ""),
        ({"exp": NOW + 601}, "lifetime"),
        ({"iat": NOW - 300}, ""),
        ({"iat": NOW - 301}, "lifetime"),
        ({"exp": NOW + 1, "iat": NOW}, ""),
        ({"exp": NOW + 1, "iat": NOW + 1}, "lifetime"),
        ({"exp": 2**33, "iat": 2**33 - 1}, "not-yet-valid"),
        ({"exp": 2**33 + 1}, "claims"),
        ({"iat": 0}, "lifetime"),
        ({"iat": -1}, "claims"),
        ({"jti": "x" * 255}, ""),
        ({"jti": "x" * 256}, "claims"),
        ({"jti": "\ud800"}, "claims"),
        ({"sub": "x" * 256}, "claims"),
        ({"tenant": "x" * 256}, "claims"),
        ({"tenant": "a\nb"}, "claims"),
        ({"aud": [URL] * 20}, ""),
        ({"aud": [URL] * 21}, "claims"),
        ({"aud": URL + "/"}, ""),
        ({"aud": URL + "//"}, "audience"),
        ({"aud": URL[:-1]}, "audience"),
        ({"exp": True}, "claims"),
        ({"exp": float(NOW + 300)}, "claims"),
        ({"nbf": None, "sub": None, "tenant": None}, ""),
    ],
)
def test_H5_H8_a_claim_at_its_boundary(changes: dict[str, Any], word: str) -> None:
    assert reason(**changes) == word


@pytest.mark.parametrize(("tenant", "word"), [("north", ""), ("North", "tenant"), ("nort", "tenant"), (None, "tenant")])
def test_H5_a_tenant_is_one_of_those_listed(tenant: str | None, word: str) -> None:
    assert reason(EXPECTED._replace(tenants=("north", "south")), tenant=tenant) == word


def test_H6_no_url_is_no_audience() -> None:
    assert reason(EXPECTED._replace(audiences=())) == "audience"
    assert reason(EXPECTED._replace(audiences=()), aud="") == "audience"


def test_H5_what_is_wrong_is_named_and_not_quoted() -> None:
    found = read({"iss": "i", "aud": 5, "exp": "soon", "jti": "secret" * 100})
    assert isinstance(found, Fault)
    assert found.text == "The token's claims cannot be used: aud, exp, iat, jti missing or of the wrong form."
    assert isinstance(read(RIGHT), Claims)
