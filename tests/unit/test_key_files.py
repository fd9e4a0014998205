"""Keys in files, and used tokens."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.callers.key_sources import FileKeys, UrlKeys
from service.callers.refusal import CallersUncheckable
from service.callers.replay import SeenInMemory
from service.callers.trust import Trust
from service.callers.watched import Watched
from tests.contract.tokens import jwk, jwks
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
