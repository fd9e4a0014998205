"""Keys: which are used, when they are looked for again, and how long they are kept; used tokens likewise."""

from __future__ import annotations

import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from service.callers.key_sources import FileKeys, Times, UrlKeys
from service.callers.keys import Key, KeySet, KeysUnreadable, key_set
from service.callers.refusal import CallersUncheckable
from service.callers.replay import SeenInMemory
from service.callers.trust import Trust
from service.callers.watched import Watched
from tests.contract.tokens import jwk, jwks, key

TIMES = Times(refresh=900, retry=30, keep=3_600, timeout=1)


class Clock:
    """A time that moves when told to."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


class KeyServer:
    """Hands out key ids, or fails while there are none; counts."""

    def __init__(self, *kids: str) -> None:
        self.kids: tuple[str, ...] = kids
        self.asked = 0

    def __call__(self, url: str, seconds: float) -> KeySet:
        self.asked += 1
        if not self.kids:
            raise KeysUnreadable("the server could not be reached or broke off")
        return key_set(json.dumps(jwks(*(jwk("p384", kid) for kid in self.kids))).encode())


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


def write(path: Path, text: str, at: int) -> None:
    path.write_text(text)
    os.utime(path, ns=(at, at))


def test_H9_a_file_is_read_again_when_it_changed_and_kept_when_it_broke(
    tmp_path: Path, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    path, read = tmp_path / "x", []

    def parse(where: Path) -> int:
        read.append(where)
        return int(where.read_text())

    write(path, "1", 1)
    file = Watched(path, parse, clock)
    for text, passed, value, reads in [
        (None, 5, 1, 1),
        ("2", 0.5, 1, 1),
        (None, 0.5, 2, 2),
        ("x", 1, 2, 3),
        (None, 60, 2, 3),
        ("3", 1, 3, 4),
    ]:
        if text:
            write(path, text, int(clock.now) + reads)
        clock.now += passed
        assert (file.value, len(read)) == (value, reads)
    path.unlink()
    clock.now += 1
    assert file.value == 3
    write(path, "4", 4)
    clock.now += 1
    assert file.value == 4


def test_H9_keys_of_a_file_rotate(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "keys.json"
    write(path, json.dumps(jwks(jwk("p384", "k1"))), 1)
    keys = FileKeys(path, clock)
    assert keys.find("k1", may_fetch=False)
    write(path, json.dumps(jwks(jwk("p384 next", "k2"))), 2)
    clock.now += 1
    assert (len(keys.find("k1", may_fetch=True)), len(keys.find("k2", may_fetch=True))) == (0, 1)


def test_H7_an_issuer_is_trusted_and_dropped_without_a_new_start(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "issuers.yaml"
    (tmp_path / "keys.json").write_text(json.dumps(jwks(jwk("p384", "k1"))))
    url = {"iss": "u", "jwks_url": "https://a.example/keys"}
    write(path, json.dumps({"issuers": [url]}), 1)
    trust = Trust(path, TIMES, clock)
    before = trust.issuer("u")
    assert before
    source = trust.keys(before, "")
    write(path, json.dumps({"issuers": [url, {"iss": "f", "jwks_file": "keys.json"}]}), 2)
    clock.now += 1
    found = trust.issuer("f")
    assert found
    assert trust.keys(found, "")
    assert trust.keys(before, "") is source, "an issuer that did not change keeps its keys"
    write(path, json.dumps({"issuers": [{"iss": "f", "jwks_file": "gone.json"}]}), 3)
    clock.now += 1
    assert trust.issuer("u"), "a file that cannot be used changes nothing"
    write(path, json.dumps({"issuers": [{"iss": "f", "jwks_file": "keys.json"}]}), 4)
    clock.now += 1
    assert trust.issuer("u") is None


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def test_H8_a_token_is_remembered_until_its_end(clock: Clock) -> None:
    seen = SeenInMemory(clock=clock)
    assert seen.first("i", "t", at(clock.now + 10))
    assert not seen.first("i", "t", at(clock.now + 10))
    assert seen.first("j", "t", at(clock.now + 10))
    clock.now += 9
    assert not seen.first("i", "t", at(clock.now + 10))
    clock.now += 1
    assert seen.first("i", "t", at(clock.now + 10))


def test_H8_a_full_memory_refuses_instead_of_forgetting(clock: Clock) -> None:
    seen = SeenInMemory(2, clock)
    assert seen.first("i", "1", at(clock.now + 10))
    assert seen.first("i", "2", at(clock.now + 20))
    with pytest.raises(CallersUncheckable):
        seen.first("i", "3", at(clock.now + 30))
    assert not seen.first("i", "1", at(clock.now + 10))
    clock.now += 10
    assert seen.first("i", "3", at(clock.now + 30))
    assert not seen.first("i", "2", at(clock.now + 10))
