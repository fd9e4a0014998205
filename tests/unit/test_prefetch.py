"""Values under prefetch keys: what is complete, what is a part, and what is fetched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from service.fhir.prefetch import Wanted, gather, unknown_keys
from service.fhir.sent import Entry, KeyRead, State
from tests.support.sent import TOKENS, bundle

CONDITION = {"resourceType": "Condition", "id": "c1"}


OTHER = {"resourceType": "Condition", "id": "c2"}


ERROR = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}


TEMPLATES = {"b": "Condition?patient={{context.patientId}}", "a": "Patient/{{ context.patientId }}"}


def remark(code: str, severity: str = "warning") -> dict[str, Any]:
    return {"resourceType": "OperationOutcome", "issue": [{"severity": severity, "code": code}]}


def sent(value: Any) -> KeyRead:
    """The read of one key that was sent with this value, without any way to fetch."""
    return gather({"b": value}, {"b": TEMPLATES["b"]}, TOKENS, None)["b"]


def ids(read: KeyRead) -> list[Any]:
    return [entry.resource.get("id") for entry in read.entries]


class FetchNothing:
    """Remembers what it should fetch and says that it was fetched and empty."""

    def __init__(self) -> None:
        self.wanted: dict[str, Wanted] = {}

    def all(self, wanted: Mapping[str, Wanted]) -> dict[str, KeyRead]:
        self.wanted = dict(wanted)
        return {key: KeyRead(key, State.COMPLETE, fetched=True) for key in wanted}


@pytest.mark.parametrize("prefetch", [None, {}])
def test_absent_keys_are_absent_in_template_order(prefetch: Any) -> None:
    reads = gather(prefetch, TEMPLATES, TOKENS, None)
    assert list(reads) == ["b", "a"]
    assert {read.state for read in reads.values()} == {State.ABSENT}
    assert all(read.problem for read in reads.values())


def test_the_reason_why_nothing_can_be_fetched_is_told() -> None:
    read = gather(None, TEMPLATES, TOKENS, None, unfetchable="the server may not be read")["a"]
    assert read.problem == "it was not sent, and the server may not be read"


def test_absent_keys_are_fetched_and_sent_ones_are_not() -> None:
    fetch = FetchNothing()
    reads = gather({"b": None}, TEMPLATES, TOKENS, fetch)
    assert fetch.wanted == {"a": Wanted("Patient/p1")}
    assert (reads["a"].fetched, reads["b"].fetched) == (True, False)
    assert list(reads) == ["b", "a"]


@pytest.mark.parametrize("value", [ERROR, bundle(ERROR), "text", 5, True, {}, [], {"resourceType": 1}])
def test_what_failed_is_not_fetched_again(value: Any) -> None:
    fetch = FetchNothing()
    read = gather({"b": value}, {"b": TEMPLATES["b"]}, TOKENS, fetch)["b"]
    assert read.state is State.FAILED
    assert read.problem
    assert fetch.wanted == {}


@pytest.mark.parametrize("value", [None, bundle(), {"resourceType": "Bundle"}])
def test_null_and_empty_results_are_complete(value: Any) -> None:
    assert sent(value) == KeyRead("b", State.COMPLETE)


@pytest.mark.parametrize("kind", ["searchset", "collection", "transaction", "batch-response", "document", "history"])
def test_D7_a_bundle_of_any_type_is_read(kind: str) -> None:
    read = sent(bundle(CONDITION, OTHER, type=kind))
    assert (read.state, ids(read)) == (State.COMPLETE, ["c1", "c2"])


def test_D7_a_bare_resource_and_a_list_of_resources_are_read() -> None:
    assert sent(CONDITION).entries == (Entry(CONDITION),)
    assert ids(sent([CONDITION, bundle(OTHER)])) == ["c1", "c2"]


def test_full_urls_are_kept() -> None:
    value = {"resourceType": "Bundle", "entry": [{"fullUrl": "urn:uuid:1", "resource": CONDITION}]}
    assert sent(value).entries == (Entry(CONDITION, "urn:uuid:1"),)


def test_an_error_beside_data_leaves_a_part() -> None:
    read = sent(bundle(CONDITION, ERROR))
    assert (read.state, ids(read)) == (State.PARTIAL, ["c1"])


@pytest.mark.parametrize("status", ["404", "404 Not Found", "500", 403])
def test_a_batch_part_that_was_answered_with_an_error_is_missing(status: Any) -> None:
    failed = {"response": {"status": status}}
    alone = sent({"resourceType": "Bundle", "entry": [failed]})
    assert (alone.state, alone.problem) == (State.FAILED, "a part of the query was answered with an error")
    read = sent({"resourceType": "Bundle", "entry": [{"resource": CONDITION, "response": {"status": "200"}}, failed]})
    assert (read.state, ids(read)) == (State.PARTIAL, ["c1"])


def test_the_outcome_of_a_batch_part_is_read() -> None:
    entry = {"resource": CONDITION, "response": {"status": "200 OK", "outcome": remark("incomplete")}}
    assert sent({"resourceType": "Bundle", "entry": [entry]}).state is State.PARTIAL


def test_what_was_included_is_no_match() -> None:
    entries = [{"resource": CONDITION}, {"resource": OTHER, "search": {"mode": "include"}}]
    assert sent({"resourceType": "Bundle", "entry": entries, "total": 1}).state is State.COMPLETE
    assert sent({"resourceType": "Bundle", "entry": entries, "total": 2}).state is State.PARTIAL


def test_an_inner_bundle_counts_for_itself() -> None:
    assert sent(bundle(bundle(CONDITION, total=1), bundle(OTHER, total=1))).state is State.COMPLETE
    assert sent(bundle(bundle(CONDITION, total=2))).state is State.PARTIAL
    assert sent(bundle(bundle(link=[{"relation": "next", "url": "y"}]))).state is State.PARTIAL


@pytest.mark.parametrize(("tags", "state"), [([{"code": "SUBSETTED"}], "partial"), ([{"code": "x"}], "complete")])
def test_shortened_resources_are_a_part(tags: Any, state: str) -> None:
    assert sent(bundle({**CONDITION, "meta": {"tag": tags}})).state == state
    assert sent({**CONDITION, "meta": {"tag": tags}}).state == state


@pytest.mark.parametrize("meta", [None, 1, [], {"tag": 1}, {"tag": [None, 1]}])
def test_odd_tags_are_no_matter(meta: Any) -> None:
    assert sent({**CONDITION, "meta": meta}).state is State.COMPLETE


@pytest.mark.parametrize(("code", "severity"), [("processing", "warning"), ("informational", "information")])
def test_a_remark_among_the_entries_is_noted_only(code: str, severity: str) -> None:
    read = sent(bundle(CONDITION, remark(code, severity)))
    assert (read.state, ids(read)) == (State.COMPLETE, ["c1"])
    assert read.problem


@pytest.mark.parametrize("code", ["incomplete", "suppressed", "timeout", "too-costly", "throttled"])
def test_a_remark_that_something_was_left_out_makes_it_partial(code: str) -> None:
    assert sent(bundle(CONDITION, remark(code))).state is State.PARTIAL


@pytest.mark.parametrize("issues", [None, [], "x", [1], [{}], [{"severity": "fatal"}], [{"severity": "odd"}]])
def test_an_outcome_that_cannot_be_read_counts_as_an_error(issues: Any) -> None:
    assert sent(bundle({"resourceType": "OperationOutcome", "issue": issues})).state is State.FAILED


def test_a_bare_outcome_is_a_failure_even_when_it_only_warns() -> None:
    assert sent(remark("informational", "information")).state is State.FAILED


@pytest.mark.parametrize("entry", [None, 1, "x", {}, {"resource": None}, {"resource": []}, {"resource": {"id": "1"}}])
def test_an_entry_that_is_no_resource_makes_it_partial(entry: Any) -> None:
    read = sent({"resourceType": "Bundle", "entry": [{"resource": CONDITION}, entry]})
    assert (read.state, ids(read)) == (State.PARTIAL, ["c1"])


def test_entries_that_are_no_list_fail() -> None:
    assert sent({"resourceType": "Bundle", "entry": {"resource": CONDITION}}).state is State.FAILED


def test_a_deletion_in_a_transaction_is_no_gap() -> None:
    value = {"resourceType": "Bundle", "entry": [{"request": {"method": "DELETE", "url": "Condition/c9"}}]}
    assert sent(value) == KeyRead("b", State.COMPLETE)


def test_a_next_page_without_access_makes_it_partial() -> None:
    read = sent(bundle(CONDITION, link=[{"relation": "self", "url": "x"}, {"relation": "next", "url": "y"}]))
    assert (read.state, ids(read)) == (State.PARTIAL, ["c1"])
    assert "further pages" in read.problem


def test_a_next_page_is_handed_to_the_fetcher_with_the_first_one() -> None:
    fetch = FetchNothing()
    value = bundle(CONDITION, link=[{"relation": "next", "url": "http://ehr/fhir?page=2"}])
    gather({"b": value}, {"b": TEMPLATES["b"]}, TOKENS, fetch)
    want = fetch.wanted["b"]
    assert want.url == "http://ehr/fhir?page=2"
    assert want.first
    assert ids(want.first.read) == ["c1"]


@pytest.mark.parametrize(("total", "state"), [(1, State.COMPLETE), (2, State.PARTIAL), (0, State.COMPLETE)])
def test_a_total_above_what_is_there_makes_it_partial(total: int, state: State) -> None:
    assert sent(bundle(CONDITION, total=total)).state is state


@pytest.mark.parametrize("link", [None, "x", [1], [{"relation": ["next"]}], [{"url": "y"}]])
def test_odd_links_are_no_pages(link: Any) -> None:
    assert sent(bundle(CONDITION, link=link)).state is State.COMPLETE


@pytest.mark.parametrize("url", [{}, {"url": 5}, {"url": ""}])
def test_a_next_page_that_is_nowhere_makes_it_partial(url: Any) -> None:
    read = sent(bundle(CONDITION, link=[{"relation": "next", **url}]))
    assert (read.state, ids(read)) == (State.PARTIAL, ["c1"])


def test_unknown_keys_are_told_and_not_read() -> None:
    prefetch = {"z": 1, "b": None, "item1": None}
    assert unknown_keys(prefetch, TEMPLATES) == ("item1", "z")
    assert set(gather(prefetch, TEMPLATES, TOKENS, None)) == {"a", "b"}
    assert unknown_keys(None, TEMPLATES) == ()


def test_a_key_whose_token_is_missing_is_absent_and_not_fetched() -> None:
    fetch = FetchNothing()
    read = gather(None, {"b": "Encounter/{{context.encounterId}}"}, TOKENS, fetch)["b"]
    assert (read.state, fetch.wanted) == (State.ABSENT, {})
    assert "lacks a value" in read.problem
