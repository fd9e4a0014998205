"""Filling prefetch templates: values are encoded, stay in their place, and without one there is no query."""

from __future__ import annotations

from datetime import date
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.hooks.paths import Unanswerable
from service.hooks.templates import LONGEST, TemplateFault, fill, template
from service.hooks.tokens import Tokens

TODAY = date(2026, 11, 22)


def filled(text: str, *values: str) -> str:
    """The query with these values of `context.x`."""
    return fill(text, Tokens({"x": list(values)}, {}, TODAY))


@pytest.mark.parametrize(
    ("text", "values", "query"),
    [
        ("Patient/{{context.x}}", ["p1"], "Patient/p1"),
        ("Patient/{{ context.x }}", ["p1"], "Patient/p1"),
        ("Patient/{{context.x}}", ["a b%2F"], "Patient/a%20b%252F"),
        ("{{context.x}}", ["Practitioner/u1"], "Practitioner/u1"),
        ("Condition?patient={{context.x}}&a=b", ["a&b=c#d"], "Condition?patient=a%26b%3Dc%23d&a=b"),
        ("Condition?_id={{context.x}}", ["a", "b"], "Condition?_id=a,b"),
        ("Condition?_id={{context.x}}", ["../x"], "Condition?_id=..%2Fx"),
        ("Condition?code={{context.x}}", ["a,b|c$d\\e"], "Condition?code=a%5C%2Cb%5C%7Cc%5C%24d%5C%5Ce"),
        ("Condition?onset-date=ge{{today() - 2 days}}", [], "Condition?onset-date=ge2026-11-20"),
        ("Condition?code={{context.x}}&_id={{context.x}}", ["a"], "Condition?code=a&_id=a"),
        ("metadata", ["p1"], "metadata"),
        ("Condition?code={{context.x}}", ["\ud800"], "Condition?code=%3F"),
    ],
)
def test_E9_values_are_encoded_and_commas_between_them_stay(text: str, values: list[str], query: str) -> None:
    assert filled(text, *values) == query


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("Patient/{{context.x}}", ["a/b"]),
        ("Patient/{{context.x}}", [".."]),
        ("Patient/{{context.x}}", ["."]),
        ("Patient/{{context.x}}", ["../../admin"]),
        ("Patient/{{context.x}}", ["..\\admin"]),
        ("Patient/{{context.x}}", ["a\r\nb"]),
        ("Patient/{{context.x}}", ["a", "b"]),
        ("Patient/{{context.x}}{{context.x}}", ["."]),
        ("{{context.x}}", ["//evil.example/"]),
        ("{{context.x}}", ["http://evil.example"]),
        ("{{context.x}}", ["Practitioner"]),
        ("{{context.x}}", ["metadata/x"]),
        ("{{context.x}}", ["Practitioner/.."]),
        ("{{context.x}}", ["Practitioner/a", "Practitioner/b"]),
        ("Patient/{{context.x}}", [""]),
        ("Patient/{{context.y}}", ["p1"]),
        ("Condition?_id={{context.y}}", []),
        ("Condition?_id={{context.x}}", []),
        ("Condition?_id={{context.x}}", ["x" * LONGEST]),
    ],
)
def test_E6_E9_what_has_no_value_or_would_lead_elsewhere_is_no_query(text: str, values: list[str]) -> None:
    with pytest.raises(Unanswerable) as caught:
        filled(text, *values)
    assert not any(value in str(caught.value) for value in values if len(value) > 3)


@pytest.mark.parametrize(
    "text", ["Patient/{{context.x", "Patient/context.x}}", "Patient/{{a}}}}", "Patient/{{}}", "{{a b}}"]
)
def test_E1_a_template_that_cannot_be_read(text: str) -> None:
    with pytest.raises(TemplateFault):
        template(text)


@pytest.mark.parametrize(
    ("text", "resource_type", "is_search", "is_token"),
    [
        ("Patient/{{context.x}}", "Patient", False, False),
        ("Condition?patient={{context.x}}", "Condition", True, False),
        ("{{context.x}}", "", False, True),
        ("nonsense?x={{context.x}}", "", True, False),
    ],
)
def test_what_a_template_asks_for(text: str, resource_type: str, is_search: bool, is_token: bool) -> None:
    read = template(text)
    assert (read.resource_type, read.is_search, read.is_token) == (resource_type, is_search, is_token)


BASE = "https://ehr.example.org/fhir/"
NASTY = st.sampled_from(
    ["..", ".", "/", "//", "?", "#", "&", "=", ",", "%2e%2e", "\\", "@evil.example", "http://", "\n", " "]
)
ANY = st.lists(NASTY | st.text(max_size=6) | st.sampled_from(["Patient", "p1"]), max_size=4).map("".join)


@given(values=st.lists(ANY, max_size=3))
@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("Patient/{{context.x}}", "Patient/*"),
        ("Patient/{{context.x}}{{context.x}}", "Patient/*"),
        ("Condition?patient={{context.x}}&code=a", "Condition"),
        ("Condition?code=a,{{context.x}}", "Condition"),
        ("{{context.x}}", "*/*"),
    ],
)
def test_E9_no_value_leads_to_another_place(text: str, path: str, values: list[str]) -> None:
    try:
        query = filled(text, *values)
    except Unanswerable:
        return
    url = urlsplit(urljoin(BASE, query))
    assert url[:2] == ("https", "ehr.example.org")
    assert url.fragment == ""
    segments = url.path.removeprefix("/fhir/").split("/")
    assert len(segments) == len(path.split("/"))
    assert all(want in ("*", segment) for want, segment in zip(path.split("/"), segments, strict=True))
    names = [name for name, _ in parse_qsl(urlsplit(text).query, keep_blank_values=True)]
    assert [name for name, _ in parse_qsl(url.query, keep_blank_values=True)] == names
