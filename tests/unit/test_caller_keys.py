"""Keys: which are used, when they are looked for again, and how long they are kept; used tokens likewise."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from service.callers.key_sources import UrlKeys
from service.callers.keys import Key, KeySet, KeysUnreadable, key_set
from service.callers.refusal import CallersUncheckable
from tests.contract.tokens import jwk, jwks, key
from tests.support.key_times import TIMES, Clock, KeyServer


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server() -> KeyServer:
    return KeyServer("k1")


@pytest.fixture
def keys(clock: Clock, server: KeyServer) -> UrlKeys:
    return UrlKeys("https://a.example/keys", TIMES, clock, server)


def private(name: str) -> dict[str, Any]:
    """A private key as a JWK, as somebody may publish it by mistake."""
    secret = key(name)
    if isinstance(secret, RSAPrivateKey):
        return RSAAlgorithm.to_jwk(secret, as_dict=True) | {"kid": "k"}
    return ECAlgorithm.to_jwk(secret, as_dict=True) | {"kid": "k"}


PASSED_OVER: dict[str, dict[str, Any]] = {
    "no id": jwk("p384", None),
    "an id that is a number": jwk("p384", None) | {"kid": 1},
    "for encryption": jwk("p384", "k", use="enc"),
    "for signing only": jwk("p384", "k", key_ops=["sign"]),
    "uses that are no list": jwk("p384", "k", key_ops="verify"),
    "no uses at all": jwk("p384", "k", key_ops=None),
    "a key bound to a list": jwk("p384", "k", alg=["ES384"]),
    "a type that is a list": jwk("p384", "k") | {"kty": ["EC"]},
    "a curve that is a list": jwk("p384", "k") | {"crv": ["P-384"]},
    "a coordinate that is a number": jwk("p384", "k") | {"x": 1},
    "a text instead of a key": "k",  # type: ignore[dict-item]
    "private": private("p384"),
    "private, of RSA": private("rsa"),
    "symmetric": {"kty": "oct", "kid": "k", "k": "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"},
    "a small RSA key": jwk("rsa1024", "k"),
    "a key bound to an algorithm of another type": jwk("p384", "k", alg="RS384"),
    "a key bound to an algorithm of another curve": jwk("p384", "k", alg="ES256"),
    "a key bound to a symmetric algorithm": jwk("rsa", "k", alg="HS256"),
    "another curve": jwk("p384", "k") | {"crv": "secp256k1"},
    "a point that is on no curve": jwk("p384", "k") | {"x": "AAAA"},
    "half a key": {"kty": "EC", "crv": "P-384", "kid": "k"},
    "a kind that nobody knows": {"kty": "XX", "kid": "k"},
}


@pytest.mark.parametrize("entry", PASSED_OVER.values(), ids=PASSED_OVER)
def test_H4_a_key_that_must_not_be_used_is_passed_over(entry: dict[str, Any]) -> None:
    found = key_set(json.dumps(jwks(entry, jwk("p384", "good"))).encode())
    assert list(found) == ["good"]
    with pytest.raises(KeysUnreadable):
        key_set(json.dumps(jwks(entry)).encode())


@pytest.mark.parametrize(
    ("name", "bound", "good"),
    [
        ("p384", "", {"ES384"}),
        ("p384", "ES384", {"ES384"}),
        ("p256", "", {"ES256"}),
        ("rsa", "", {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}),
        ("rsa", "RS384", {"RS384"}),
    ],
)
def test_H4_a_key_is_good_for_the_algorithms_of_its_kind(name: str, bound: str, good: set[str]) -> None:
    (found,) = key_set(json.dumps(jwks(jwk(name, "k", **({"alg": bound} if bound else {})))).encode())["k"]
    tried = {"ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "HS256", "none", ""}
    assert {algorithm for algorithm in tried if found.fits(algorithm)} == good


def test_H4_two_keys_may_share_an_id() -> None:
    found: tuple[Key, ...] = key_set(json.dumps(jwks(jwk("p384", "k"), jwk("rsa", "k"))).encode())["k"]
    assert [item.kind for item in found] == ["EC P-384", "RSA"]
    assert found[1].public == key("rsa").public_key()


def test_H9_keys_are_fetched_when_first_needed_and_when_old(keys: UrlKeys, clock: Clock, server: KeyServer) -> None:
    for passed, asked in [(0, 1), (899, 1), (1, 2), (0, 2)]:
        clock.now += passed
        assert keys.find("k1", may_fetch=True)
        assert server.asked == asked


def test_H9_a_removed_key_is_gone_when_the_keys_are_old(keys: UrlKeys, clock: Clock, server: KeyServer) -> None:
    assert keys.find("k1", may_fetch=True)
    server.kids = ("k2",)
    clock.now += 900
    assert not keys.find("k1", may_fetch=True)
    assert keys.find("k2", may_fetch=True)


def test_H9_unknown_ids_cause_one_fetch_in_an_interval(keys: UrlKeys, clock: Clock, server: KeyServer) -> None:
    assert not keys.find("x0", may_fetch=True)
    assert server.asked == 1, "keys that were fetched for this very call are as new as can be"
    for passed, asked in [(1, 2), (1, 2), (28, 2), (1, 3), (29, 3), (1, 4)]:
        clock.now += passed
        assert not keys.find(f"x{clock.now}", may_fetch=True)
        assert server.asked == asked


def test_H9_nothing_is_fetched_without_leave(keys: UrlKeys, clock: Clock, server: KeyServer) -> None:
    assert not keys.find("k1", may_fetch=False)
    assert server.asked == 0
    keys.find("k1", may_fetch=True)
    clock.now += 5_000
    assert not keys.find("k1", may_fetch=False), "too old to be used"
    assert server.asked == 1


def test_H9_keys_outlive_an_outage_for_a_while(keys: UrlKeys, clock: Clock, server: KeyServer) -> None:
    keys.find("k1", may_fetch=True)
    server.kids = ()
    for passed, asked in [(900, 2), (29, 2), (1, 3), (3_569, 4)]:
        clock.now += passed
        assert keys.find("k1", may_fetch=True)
        assert server.asked == asked
    clock.now += 1
    with pytest.raises(CallersUncheckable):
        keys.find("k1", may_fetch=True)
    server.kids = ("k1",)
    clock.now += 30
    assert keys.find("k1", may_fetch=True)


def test_H9_while_nothing_can_be_had_it_is_tried_once_in_an_interval(
    keys: UrlKeys, clock: Clock, server: KeyServer
) -> None:
    server.kids = ()
    for passed, asked in [(0, 1), (29, 1), (1, 2)]:
        clock.now += passed
        with pytest.raises(CallersUncheckable):
            keys.find("k1", may_fetch=True)
        assert server.asked == asked


def test_H9_an_unknown_id_during_an_outage_is_refused_and_not_our_trouble(
    keys: UrlKeys, clock: Clock, server: KeyServer
) -> None:
    keys.find("k1", may_fetch=True)
    server.kids = ()
    clock.now += 10
    assert not keys.find("x", may_fetch=True)
    assert keys.find("k1", may_fetch=True)


class SlowServer(KeyServer):
    """Answers when it is let; says when it was asked."""

    def __init__(self) -> None:
        super().__init__("k1")
        self.was_asked, self.may_answer = threading.Event(), threading.Event()

    def __call__(self, url: str, seconds: float) -> KeySet:
        self.was_asked.set()
        assert self.may_answer.wait(5)
        return super().__call__(url, seconds)


def test_H9_calls_that_come_together_cause_one_fetch(clock: Clock) -> None:
    server = SlowServer()
    keys = UrlKeys("https://a.example/keys", TIMES, clock, server)
    with ThreadPoolExecutor(4) as pool:
        found = [pool.submit(keys.find, "k1", True) for _ in range(4)]
        assert server.was_asked.wait(5)
        server.may_answer.set()
        assert all(each.result(5) for each in found)
    assert server.asked == 1


def test_H9_nobody_waits_for_a_fetch_while_keys_may_still_be_used(clock: Clock) -> None:
    server = SlowServer()
    server.may_answer.set()
    keys = UrlKeys("https://a.example/keys", TIMES, clock, server)
    keys.find("k1", may_fetch=True)
    server.may_answer.clear()
    server.was_asked.clear()
    clock.now += 900
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(keys.find, "k1", True)
        assert server.was_asked.wait(5)
        assert keys.find("k1", may_fetch=True)
        assert not first.done()
        server.may_answer.set()
        assert first.result(5)
    assert server.asked == 2
