"""Which findings share a card, in which order cards come, and that none is ever dropped."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.cards.rank import INDICATORS, KINDS, grouped
from service.facts.fact import FactSource
from service.rules.finding import Finding, Value
from service.rules.model import Source
from tests.unit.findings import finding, suggested

ANY = st.builds(
    finding,
    kind=st.sampled_from(KINDS),
    indicator=st.sampled_from(INDICATORS),
    topic=st.sampled_from(["antithrombotic", "glycaemia"]),
    region=st.sampled_from(["", "lumbar", "cervical"]),
    laterality=st.sampled_from(["", "left"]),
    summary=st.sampled_from(["one", "two"]),
)


def test_kinds_come_in_order_of_what_cannot_wait() -> None:
    found = grouped([finding(kind) for kind in reversed(KINDS)], 20)
    assert [group[0].kind for group in found] == list(KINDS)


def test_in_a_kind_the_graver_comes_first() -> None:
    items = [finding(indicator=name, topic=name) for name in ("info", "critical", "warning")]
    assert [group[0].indicator for group in grouped(items, 20)] == ["critical", "warning", "info"]


def test_a_plan_leads_what_is_as_grave_and_nothing_graver() -> None:
    plan, part = finding(combined=2, rule="safety/z"), finding(rule="safety/a")
    assert [item.rule for item in grouped([part, plan], 20)[0]] == ["safety/z", "safety/a"]
    more = finding(combined=3, rule="safety/zz")
    assert [item.combined for item in grouped([plan, part, more], 20)[0]] == [3, 2, 0]
    graver = finding(rule="safety/b", indicator="critical")
    assert [item.rule for item in grouped([part, plan, graver], 20)[0]] == ["safety/b", "safety/z", "safety/a"]


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        (finding(outcome="a"), finding(outcome="b"), True),
        (finding(), finding(topic="glycaemia"), False),
        (finding("suggestion", region="lumbar"), finding("suggestion", region="lumbar", outcome="b"), True),
        (finding("suggestion", region="lumbar"), finding("suggestion", region="cervical"), False),
        (finding("red-flag", outcome="a"), finding("red-flag", outcome="b", region="lumbar"), True),
        (finding("documentation"), finding("documentation", policy="other", summary="Other"), False),
        (finding("documentation"), finding("documentation", procedure="discography"), False),
        (finding("red-flag"), finding(), False),
    ],
)
def test_what_shares_a_card(first: Finding, second: Finding, together: bool) -> None:
    assert (len(grouped([first, second], 20)) == 1) is together
    assert grouped([first, second], 20) == grouped([second, first], 20)


def test_the_recommended_suggestion_leads_its_alternatives() -> None:
    items = [
        finding("suggestion", outcome=name, suggest=suggested(name, recommended=name == "b"))
        for name in ("a", "b", "c")
    ]
    for shuffled in permutations(items):
        assert [item.outcome for item in grouped(shuffled, 20)[0]] == ["b", "a", "c"]


def test_findings_that_say_the_same_are_one_with_all_reasons() -> None:
    reasons = [FactSource("Condition/a", "a"), FactSource("Condition/b", "b")]
    items = [finding(because=(reasons[0],), facts=(1, 2)), finding(because=tuple(reasons), facts=(2, 3))]
    ((only,),) = grouped(items, 20)
    assert only.because == tuple(reasons)
    assert only.facts == (1, 2, 3)
    assert len(grouped([finding(), finding(laterality="left")], 20)[0]) == 2


def test_of_two_that_say_the_same_the_graver_stays() -> None:
    for items in permutations([finding(indicator=name) for name in INDICATORS]):
        ((only,),) = grouped(items, 20)
        assert only.indicator == "critical"


def test_over_the_cap_the_lowest_cards_of_one_kind_are_folded() -> None:
    items = [finding(topic=f"t{number}", rule=f"safety/r{number}") for number in range(5)]
    found = grouped(items, 3)
    assert [[item.topic for item in group] for group in found] == [["t0"], ["t1"], ["t2", "t3", "t4"]]
    assert len(grouped([finding(kind) for kind in KINDS], 3)) == len(KINDS)


@settings(derandomize=True, deadline=None, database=None, max_examples=100)
@given(st.lists(ANY, max_size=12), st.integers(1, 12), st.randoms(use_true_random=False))
def test_no_finding_is_dropped_and_order_of_arrival_does_not_matter(
    items: list[Finding], most: int, chance: object
) -> None:
    found = grouped(items, most)
    said = {replace(item, indicator="") for item in items}
    assert {replace(item, indicator="") for group in found for item in group} == said
    assert sum(map(len, found)) == len(said)
    assert len(found) <= max(most, len({item.kind for item in items}))
    shuffled = list(items)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert grouped(shuffled, most) == found


def test_what_leads_comes_first_among_its_like() -> None:
    plain, leading = finding("red-flag", rule="procedures/a", summary="a"), finding("red-flag", leads=True, summary="b")
    assert grouped([plain, leading], 7)[0] == [leading, plain]
    graver = finding("red-flag", indicator="critical", summary="c")
    assert grouped([leading, graver], 7)[0] == [graver, leading]


def test_one_sentence_for_two_days_keeps_the_dates_of_both() -> None:
    source = Source(title="t", status="clinic")
    first, second = (
        finding(summary="hold", values=(Value("hold_from", day, "", source),)) for day in ("2026-11-28", "2026-12-19")
    )
    assert grouped([second, first, first], 7) == [[first, second]]
