from __future__ import annotations

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from service.errors import NotJson
from service.hooks import json_text
from tests.contract.fake import patient_view
from tests.contract.refusals import assert_refused

VIEW = "/cds-services/spine-patient-view"
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text('a:[]{}"\\é\n'),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text('ab:"\\', max_size=3), inner, max_size=4),
    max_leaves=20,
)


def with_extra(extra: str) -> bytes:
    """A right request with one more member, written as given."""
    return json.dumps(patient_view())[:-1].encode() + b", " + extra.encode() + b"}"


@pytest.mark.parametrize(
    "extra",
    [
        '"x": NaN',
        '"x": [Infinity]',
        '"x": -Infinity',
        '"hook": "patient-view"',
        '"x": {"a": 1, "a": 1}',
        '"x": {"a": ":", "a": {"b": 1}}',
        '"x": {"\\u0061": 1, "a": 2}',
        '"x": {"a": 1, "a": 2, "b": "\\u003a"}',
        '"x": {"a": 1, "a": 2, "b": "\\u003A"}',
        '"x": ' + "[" * 300 + "]" * 300,
        '"x": ' + "[" * 100_000,
        '"x": ' + "[" * 100_000 + "]" * 100_000,
        '"x": ' + "[" * 150 + "]" * 150,
        '"x": ' + '{"a":' * 150 + "1" + "}" * 150,
        '"x": ' + "9" * 5000,
    ],
)
def test_A1_json_that_readers_disagree_on_is_400(client: FlaskClient, extra: str) -> None:
    response = client.post(VIEW, data=with_extra(extra), content_type="application/json")
    assert_refused(response, 400, "not-json")


@pytest.mark.parametrize(
    "extra",
    [
        '"x": "NaN Infinity"',
        '"x": "\\u003a\\u003Cdiv\\u003E"',
        '"x": [{"a": 1}, {"a": 1}]',
        '"x": {"a": {"a": {"a": 1}}}',
        '"x": "' + "[" * 300 + '"',
        '"x": "' + "[{" * 300 + '"',
        '"x": ' + "[" * 98 + "]" * 98,
        '"x": "\\ud83d\\ude00"',
    ],
)
def test_A1_json_that_only_looks_odd_is_read(client: FlaskClient, extra: str) -> None:
    response = client.post(VIEW, data=with_extra(extra), content_type="application/json")
    assert response.status_code == 200, response.text


def test_A1_a_byte_order_mark_is_forgiven(client: FlaskClient) -> None:
    text = b"\xef\xbb\xbf" + json.dumps(patient_view()).encode()
    assert client.post(VIEW, data=text, content_type="application/json").status_code == 200


@pytest.mark.parametrize(("depth", "readable"), [(99, True), (100, True), (101, False)])
@pytest.mark.parametrize("text", ['"["', '"{[}"', "1"])
def test_A1_depth_is_counted_exactly(depth: int, readable: bool, text: str) -> None:
    nested = ("[" * depth + text + "]" * depth).encode()
    if readable:
        json_text.read(nested, 100)
    else:
        with pytest.raises(NotJson, match="more than 100 deep"):
            json_text.read(nested, 100)


@pytest.mark.parametrize(("pairs", "readable"), [(50, True), (51, False)])
@pytest.mark.parametrize(("opening", "closing"), [('{"a":[', "]}"), ('[{"a":', "}]")])
def test_A1_lists_and_objects_in_turn_are_a_level_each(pairs: int, readable: bool, opening: str, closing: str) -> None:
    nested = (opening * pairs + "1" * (opening[0] == "[") + closing * pairs).encode()
    if readable:
        json_text.read(nested, 100)
    else:
        with pytest.raises(NotJson, match="more than 100 deep"):
            json_text.read(nested, 100)


@pytest.mark.parametrize("text", [b'{"a": "x\\ud83d"}', b'{"a": "x\\uDE00"}'])
def test_A1_half_an_emoji_is_forgiven(text: bytes) -> None:
    assert json_text.read(text, 100) == {"a": "x?"}


@given(VALUES, st.booleans(), st.sampled_from([None, 1]))
def test_A1_what_is_written_is_read_back(value: Any, escaped: bool, indent: int | None) -> None:
    text = json.dumps(value, ensure_ascii=escaped, indent=indent).encode()
    assert json_text.read(text, 100) == value


@given(st.lists(st.tuples(st.text('ab:"\\', max_size=2), VALUES), min_size=1, max_size=4), st.booleans())
def test_A1_a_repeated_key_never_passes(pairs: list[tuple[str, Any]], colons_escaped: bool) -> None:
    members = ", ".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in pairs)
    text = f'{{"outer": [{{{members}}}]}}'
    if colons_escaped:  # in strings of the test's alphabet only an escape can hide that a colon went missing
        text = text.replace('":"', '"\\u003a"')
    if len({key for key, _ in pairs}) == len(pairs):
        json_text.read(text.encode(), 100)
    else:
        with pytest.raises(NotJson, match="same key twice"):
            json_text.read(text.encode(), 100)
