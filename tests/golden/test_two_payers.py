"""One record, read by Medicare and by a commercial payer: where the two differ, and why.

Each row names the sample, what criterion the two answer differently, and the numbers that make the difference; the
reason is stated where the evidence has it. A number that changes on either side changes the answer here.
"""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest

from service.evaluate import Evaluator
from service.rules.engine_process import EngineProcess
from service.rules.finding import CriterionResult
from service.rules.load import load_content
from tests.support.packets import packet_of

PAIRS = [
    pytest.param(
        "a11-e",
        "prior-response",
        ("medicare-epidural", "not-met", "at least 12 weeks"),
        ("evicore", "met", "at least 2 weeks"),
        id="relief of six weeks: Medicare asks for three months before a repeat, eviCore for two weeks",
    ),
    pytest.param(
        "a11-e",
        "prior-response",
        ("medicare-epidural", "not-met", "at least 12 weeks"),
        ("carelon", "not-met", "at least 12 weeks"),
        id="relief of six weeks: Carelon has asked for three months since 2023, as Medicare does",
    ),
    pytest.param(
        "a14-d",
        "levels",
        ("medicare-facet", "not-met", "at most 2 levels"),
        ("aetna", "met", "at most 3 levels"),
        id="three facet levels: Medicare pays for two, Aetna for three",
    ),
    pytest.param(
        "a14-d",
        "levels",
        ("medicare-facet", "not-met", "at most 2 levels"),
        ("carelon", "not-met", "at most 2 levels"),
        id="three facet levels: Carelon came down to two in 2023, as Medicare",
    ),
    pytest.param(
        "a12-c",
        "frequency-limit",
        ("medicare-epidural", "met", "at most 4 sessions of the region in any 12 months"),
        ("aetna", "not-met", "at most 3 sessions of the region in any 6 months"),
        id="three sessions in half a year: Medicare counts a year only, Aetna half a year too",
    ),
    pytest.param(
        "a11-d",
        "frequency-limit",
        ("medicare-epidural", "not-met", "at most 4 sessions"),
        ("bcbs-massachusetts", "met", "at most 6 sessions"),
        id="four epidurals in a year: Medicare allows four, Blue Cross of Massachusetts six",
    ),
    pytest.param(
        "a04",
        "frequency-limit",
        ("medicare-trigger-point", "not-met", "at most 3 sessions"),
        ("triple-s", "met", "at most 4 sessions"),
        id="three trigger point sessions in a year: Medicare allows three, Triple-S four",
    ),
    pytest.param(
        "a11-b",
        "conservative-care",
        ("medicare-epidural", "not-met", "at least 4 weeks"),
        ("carelon", "not-met", "at least 6 weeks"),
        id="ten days of care: Medicare asks for four weeks, Carelon for six",
    ),
    pytest.param(
        "a14-b",
        "prior-response",
        ("medicare-facet", "met", "at least 26 weeks"),
        ("evicore", "met", "at least 12 weeks"),
        id="relief of forty weeks after an ablation: Medicare asks for half a year, eviCore for twelve weeks",
    ),
]


@pytest.fixture(scope="module")
def evaluator() -> Iterator[Evaluator]:
    engine = EngineProcess(timeout=20)
    yield Evaluator(load_content(), engine, ZoneInfo("UTC"))
    engine.stop()


def answered(evaluator: Evaluator, name: str, policy: str, criterion: str) -> CriterionResult | None:
    (checklist,) = packet_of(evaluator, name, policy=policy).checklists
    assert checklist.policy == policy
    return next((item for item in checklist.criteria if item.id == criterion), None)


@pytest.mark.parametrize(("name", "criterion", "one", "other"), PAIRS)
def test_one_record_under_two_policies(
    evaluator: Evaluator, name: str, criterion: str, one: tuple[str, str, str], other: tuple[str, str, str]
) -> None:
    for policy, status, needed in (one, other):
        item = answered(evaluator, name, policy, criterion)
        assert item is not None
        assert item.status == status, item
        assert needed in item.needed, item
        assert item.because, "an answer names what it rests on"
        assert any(value.source for value in item.values), "a number names whose it is"


def test_basivertebral_ablation_is_paid_for_by_one_and_investigational_to_the_other(evaluator: Evaluator) -> None:
    """Two coverages on one record: Aetna excludes it whatever is documented, Medicare's criteria are all met."""
    first, second = packet_of(evaluator, "a05-c").checklists
    assert [first.policy, second.policy] == ["aetna", "medicare-basivertebral"]
    assert {item.id: item.status for item in first.criteria}["covered-service"] == "not-met"
    assert {item.status for item in second.criteria} == {"met"}


def test_two_payers_of_one_chart_differ_in_one_criterion_only(evaluator: Evaluator) -> None:
    """eviCore pays first and Medicare second; all else is read alike."""
    first, second = packet_of(evaluator, "a11-e").checklists
    assert [first.policy, second.policy] == ["evicore", "medicare-epidural"]
    answered = [{item.id: item.status for item in one.criteria} for one in (first, second)]
    # Medicare's text asks for no goals.
    assert answered[0].keys() - answered[1].keys() == {"functional-goals"}
    differ = [name for name, status in answered[1].items() if answered[0][name] != status]
    assert differ == ["prior-response"]
