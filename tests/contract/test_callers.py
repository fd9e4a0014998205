"""Who may not call: every attack is refused with 401, and nothing is fetched, evaluated or told because of it."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from service.callers.refusal import UNTOLD
from service.callers.replay import SeenInMemory
from tests.conftest import ROOT
from tests.contract.attacks import ATTACKS, Attack
from tests.contract.ehr import Ehr, serving
from tests.contract.refusals import assert_refused
from tests.contract.tokens import FILE, JKU, URL, VIEW, Site, claims, signed, site, token


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One site for all rows, its keys fetched already."""
    with serving() as server:
        made = site(tmp_path_factory.mktemp("callers"), server)
        assert made.bearer(URL).status_code == 200
        assert made.bearer(JKU, header={"jku": f"{server.base}/keys"}).status_code == 200
        yield made


@pytest.fixture
def fresh(tmp_path: Path, ehr: Ehr) -> Site:
    """A site of one test, nothing fetched yet."""
    return site(tmp_path, ehr)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_H2_to_H8_an_attack_is_refused(place: Site, attack: Attack, capsys: pytest.CaptureFixture[str]) -> None:
    before, place.service.question = place.fetched, None
    sent = attack.make(place)
    response = place.call(sent)
    text = assert_refused(response, 401, "caller-unknown")["details"]["text"]
    assert place.fetched == before
    assert place.service.question is None
    (line,) = capsys.readouterr().err.splitlines()
    assert json.loads(line)["reason"] == attack.reason
    challenge = 'Bearer realm="spine-cds"' if attack.reason == "no-token" else 'Bearer error="invalid_token"'
    assert response.headers["WWW-Authenticate"] == challenge
    assert (text != UNTOLD) is (attack.told or attack.reason == "no-token")
    for part in (sent or "").split("."):
        assert len(part) < 20 or part not in line + response.text


@pytest.mark.parametrize("attack", [row for row in ATTACKS if row.told], ids=lambda attack: attack.name)
def test_H7_what_a_claim_rules_out_is_not_told_to_a_stranger_and_fetches_nothing(
    fresh: Site, attack: Attack, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same tokens with a broken signature: without a key at hand, and with one."""
    text, _, _ = str(attack.make(fresh)).removeprefix("Bearer ").rpartition(".")
    forged = "Bearer " + signed(text, "ES384", "p384 stranger")
    assert assert_refused(fresh.call(forged), 401, "caller-unknown")["details"]["text"] == UNTOLD
    assert fresh.fetched == 0
    assert fresh.bearer(URL).status_code == 200
    assert assert_refused(fresh.call(forged), 401, "caller-unknown")["details"]["text"] == UNTOLD
    assert fresh.fetched == 1


def test_H8_a_token_is_good_for_one_call(place: Site, capsys: pytest.CaptureFixture[str]) -> None:
    once = "Bearer " + token(FILE)
    assert place.call(once).status_code == 200
    place.service.question = None
    assert "used before" in assert_refused(place.call(once), 401, "caller-unknown")["details"]["text"]
    assert place.service.question is None
    assert json.loads(capsys.readouterr().err.splitlines()[-1])["reason"] == "replay"


def test_H8_a_token_is_used_up_even_when_its_call_was_malformed(place: Site) -> None:
    once = {"Authorization": "Bearer " + token(FILE)}
    assert place.client.post(VIEW, data=b"{", content_type="application/json", headers=once).status_code == 400
    assert_refused(place.call(once["Authorization"]), 401, "caller-unknown")


def test_H8_a_token_that_was_refused_is_not_used_up(place: Site) -> None:
    found = claims(FILE)
    wrong = token(FILE, payload=found | {"aud": "elsewhere"})
    assert_refused(place.call("Bearer " + wrong), 401, "caller-unknown")
    assert place.call("Bearer " + token(FILE, payload=found)).status_code == 200


def test_H8_a_token_is_good_for_one_call_in_all_workers(tmp_path: Path, ehr: Ehr) -> None:
    shared = SeenInMemory()
    one, two = (site(tmp_path, ehr, shared) for _ in range(2))
    once = "Bearer " + token(FILE)
    assert one.call(once).status_code == 200
    assert_refused(two.call(once), 401, "caller-unknown")


def test_H8_a_token_is_remembered_as_long_as_it_could_be_accepted(tmp_path: Path, ehr: Ehr) -> None:
    remembered: list[tuple[str, str, datetime]] = []

    class Seen:
        def first(self, issuer: str, token_id: str, until: datetime) -> bool:
            remembered.append((issuer, token_id, until))
            return True

    found = claims(FILE)
    sent = "Bearer " + token(FILE, payload=found)
    assert site(tmp_path, ehr, Seen()).call(sent).status_code == 200
    assert remembered == [(FILE, found["jti"], datetime.fromtimestamp(found["exp"] + 30, UTC))]


def test_H8_every_reason_is_explained() -> None:
    """The page that an operator has beside the log."""
    code = "".join(path.read_text() for path in (ROOT / "service" / "callers").glob("*.py"))
    lines = [line for line in code.splitlines() if re.search(r"(Refused|Fault|CallersUncheckable)\(", line)]
    used = set(re.findall(r'"([a-z]+(?:-[a-z]+)*)"', "".join(lines)))
    page = (ROOT / "service" / "callers" / "README.md").read_text(encoding="utf-8")
    assert {attack.reason for attack in ATTACKS} - {"no-token"} <= used
    assert {reason for reason in used if f"`{reason}`" not in page} == set()


def test_H8_two_issuers_may_give_the_same_token_id(place: Site) -> None:
    assert place.bearer(FILE, jti="42").status_code == 200
    assert place.bearer(URL, jti="42").status_code == 200


def test_H2_nothing_of_the_body_is_read_before_the_caller_is_known(place: Site) -> None:
    body = io.BytesIO(b"0123456789")
    response = place.client.post(VIEW, input_stream=body, content_type="application/json")
    assert_refused(response, 401, "caller-unknown")
    assert body.tell() == 0


@given(at=st.integers(0, 10_000), other=st.integers(0, 255))
@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_H4_a_token_with_any_byte_changed_is_refused(place: Site, at: int, other: int) -> None:
    text = token(FILE)
    at, byte = at % len(text), bytes([other]).decode("latin-1")
    assume(byte != text[at])
    changed = text[:at] + byte + text[at + 1 :]
    assume("\n" not in changed and "\r" not in changed)  # no header can carry them
    place.service.question = None
    assert_refused(place.call("Bearer " + changed), 401, "caller-unknown")
    assert place.service.question is None
