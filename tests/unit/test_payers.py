"""Coverage, state and day of the service → by which policies an order is judged, payer by payer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from service.errors import NotUnderstood
from service.evaluate import Evaluation, Evaluator
from service.facts.areas import area_of
from service.facts.fact import Fact
from service.fhir.record import GapKind
from service.payers import Choice
from service.rules.engine_process import EngineProcess
from service.rules.load import load_content
from tests.support.cases import TODAY, evaluate_case

EPIDURAL = {"order": {"cpt": 64483, "site": "lumbar spine", "note": "left L5-S1 transforaminal epidural"}}
SACROILIAC = {"order": {"cpt": 27096, "note": "left sacroiliac joint injection"}}
Shorthand = Mapping[str, Any]


@pytest.fixture(scope="module")
def evaluator() -> Iterator[Evaluator]:
    engine = EngineProcess(timeout=20)
    yield Evaluator(load_content(), engine, ZoneInfo("UTC"))
    engine.stop()


def judged(evaluator: Evaluator, *record: Shorthand, policy: str = "", order: Shorthand = EPIDURAL) -> Evaluation:
    case = {"record": [*record, order]} | ({"policy": policy} if policy else {})
    return evaluate_case(evaluator, case)


def payers(evaluation: Evaluation) -> list[dict[str, Any]]:
    facts = evaluation.reasoning.facts.values()
    return sorted((dict(fact.fields) for fact in facts if fact.kind == "payer"), key=lambda item: int(item["rank"]))


def chosen(evaluation: Evaluation) -> list[str]:
    return [str(item["policy"]) for item in payers(evaluation)]


def checklists(evaluation: Evaluation) -> list[str]:
    """The policies of the checklists, each once."""
    return list(dict.fromkeys(finding.policy for finding in evaluation.findings if finding.criteria))


@pytest.mark.parametrize(
    ("coverage", "policy"),
    [
        pytest.param({"text": "Medicare", "payor": "Noridian"}, "medicare-epidural", id="Medicare by its name"),
        pytest.param({"payor": "Novitas Solutions"}, "medicare-epidural", id="a contractor's name is Medicare's"),
        pytest.param(
            {"text": "Medicare Advantage", "payor": "Plan"}, "", id="a Medicare Advantage plan is another payer"
        ),
        pytest.param({"text": "Medicare", "payor": "Humana"}, "", id="Medicare by a carrier is an Advantage plan"),
        pytest.param({"text": "HMO", "payor": "Aetna Medicare Advantage"}, "", id="its name alone says so too"),
        pytest.param(
            {"text": "Medicare supplement", "payor": "Aetna"}, "medicare-epidural", id="a supplement follows Medicare"
        ),
        pytest.param({"payor": "Aetna"}, "aetna", id="a named commercial payer has its own"),
        pytest.param(
            {"payor": "Cigna"}, "commercial-generic", id="a commercial payer without its own has the general one"
        ),
        pytest.param({"payor": "Cigna", "plan": "eviCore"}, "evicore", id="the benefit manager's name goes first"),
        pytest.param({"text": "Medicaid", "payor": "UnitedHealthcare"}, "", id="a carrier's Medicaid plan is Medicaid"),
        pytest.param({"payor": "Zebra Mutual"}, "", id="a payer that nobody knows has none"),
    ],
)
def test_the_policy_is_that_of_the_payer(evaluator: Evaluator, coverage: Shorthand, policy: str) -> None:
    assert chosen(judged(evaluator, {"coverage": coverage})) == [policy]


def test_a_payer_that_nobody_knows_gets_the_clinics_checklist_and_is_said_to_be_unknown(evaluator: Evaluator) -> None:
    evaluation = judged(evaluator, {"coverage": {"payor": "Zebra Mutual"}})
    found = next(finding for finding in evaluation.findings if finding.criteria)
    assert found.policy == "clinic-default"
    assert "payer's criteria are not known" in found.detail


def test_a_known_payer_without_criteria_for_the_procedure_is_said_to_have_none_known(evaluator: Evaluator) -> None:
    evaluation = judged(evaluator, {"coverage": {"text": "Medicare Advantage"}})
    found = next(finding for finding in evaluation.findings if finding.criteria)
    assert found.policy == "clinic-default"
    assert "payer's criteria are not known" in found.detail


def test_two_payers_are_both_judged_the_first_to_pay_first(evaluator: Evaluator) -> None:
    evaluation = judged(
        evaluator,
        {"coverage": {"text": "Medicare", "order": 2}},
        {"coverage": {"payor": "Aetna", "order": 1}},
    )
    assert chosen(evaluation) == ["aetna", "medicare-epidural"]
    assert checklists(evaluation) == ["aetna", "medicare-epidural"]
    assert evaluation.policies[0] == "aetna"
    assert "medicare-epidural" in evaluation.policies


def test_the_second_payers_checklist_rests_on_the_record_as_the_first_does(evaluator: Evaluator) -> None:
    evaluation = judged(
        evaluator, {"coverage": {"payor": "Aetna", "order": 1}}, {"coverage": {"text": "Medicare", "order": 2}}
    )
    first, second = (finding for finding in evaluation.findings if finding.criteria)
    order = next(fact.number for fact in evaluation.reasoning.facts.values() if fact.kind == "order")
    assert order in evaluation.reasoning.received(first.facts)
    assert order in second.facts


def test_an_unknown_first_payer_does_not_hide_the_second(evaluator: Evaluator) -> None:
    evaluation = judged(
        evaluator, {"coverage": {"payor": "Zebra Mutual", "order": 1}}, {"coverage": {"text": "Medicare", "order": 2}}
    )
    assert checklists(evaluation) == ["clinic-default", "medicare-epidural"]


def test_two_coverages_by_one_payer_are_judged_once(evaluator: Evaluator) -> None:
    evaluation = judged(
        evaluator, {"coverage": {"text": "Medicare"}}, {"coverage": {"text": "Medicare", "payor": "Noridian"}}
    )
    assert checklists(evaluation) == ["medicare-epidural"]


def test_a_supplement_beside_medicare_adds_no_second_checklist(evaluator: Evaluator) -> None:
    evaluation = judged(
        evaluator, {"coverage": {"text": "Medicare"}}, {"coverage": {"text": "Medigap", "payor": "AARP"}}
    )
    assert checklists(evaluation) == ["medicare-epidural"]


@pytest.mark.parametrize(
    ("coverage", "why"),
    [
        pytest.param({"status": "cancelled"}, "not-active", id="a cancelled coverage"),
        pytest.param({"status": "draft"}, "not-active", id="a coverage in draft"),
        pytest.param({"ended": 1}, "over", id="a coverage that ended yesterday"),
        pytest.param({"began": -10}, "not-begun", id="a coverage that begins after the service"),
        pytest.param({"ended": 0}, "", id="a coverage that ends today is in force"),
        pytest.param({"began": 0}, "", id="a coverage that begins today is in force"),
    ],
)
def test_what_is_not_in_force_is_not_used_and_said(evaluator: Evaluator, coverage: Shorthand, why: str) -> None:
    evaluation = judged(evaluator, {"coverage": {"text": "Medicare", **coverage}})
    unused = [fact.fields["why"] for fact in evaluation.reasoning.facts.values() if fact.kind == "unused-coverage"]
    assert unused == ([why] if why else [])
    assert chosen(evaluation) == ([] if why else ["medicare-epidural"])
    assert bool([gap for gap in evaluation.record.gaps if gap.kind is GapKind.EXCLUDED]) is bool(why)


@pytest.mark.parametrize(
    ("ends_in", "used"),
    [pytest.param(20, True, id="it ends on the day"), pytest.param(19, False, id="it ends the day before")],
)
def test_coverage_has_to_be_in_force_on_the_day_of_the_service(evaluator: Evaluator, ends_in: int, used: bool) -> None:
    order = {"order": {**EPIDURAL["order"], "in": 20}}
    evaluation = judged(evaluator, {"coverage": {"text": "Medicare", "ended": -ends_in}}, order=order)
    assert bool(chosen(evaluation)) is used


def test_the_coverage_of_another_patient_is_reported_and_not_used(evaluator: Evaluator) -> None:
    evaluation = judged(evaluator, {"coverage": {"text": "Medicare", "of": "p2"}})
    assert not payers(evaluation)
    assert [gap.kind for gap in evaluation.record.gaps] == [GapKind.OTHER_PATIENT]


@pytest.mark.parametrize(
    ("state", "local", "document"),
    [
        pytest.param("TX", "named", "L36920", id="Texas has the text of its contractor"),
        pytest.param("texas", "named", "L36920", id="a state may be written out"),
        pytest.param("WA", "named", "L39242", id="so has Washington"),
        pytest.param("", "unknown", "", id="without an address nobody knows which"),
    ],
)
def test_the_local_text_is_that_of_the_patients_state(
    evaluator: Evaluator, state: str, local: str, document: str
) -> None:
    found = payers(judged(evaluator, {"patient": {"state": state}}, {"coverage": {"text": "Medicare"}}))
    assert [(item["local"], item["document"]) for item in found] == [(local, document)]
    assert found[0]["policy"] == "medicare-epidural"


@pytest.mark.parametrize(
    ("state", "policy", "local"),
    [
        pytest.param("NY", "medicare-sacroiliac", "named", id="New York has a text"),
        pytest.param("TX", "", "none", id="Texas has none, and the policy does not apply"),
    ],
)
def test_where_there_is_no_local_text_the_policy_does_not_apply(
    evaluator: Evaluator, state: str, policy: str, local: str
) -> None:
    record = ({"patient": {"state": state}}, {"coverage": {"text": "Medicare"}})
    found = payers(judged(evaluator, *record, order=SACROILIAC))
    assert [(item["policy"], item["local"]) for item in found] == [(policy, local)]


@pytest.mark.parametrize(
    ("served", "policy"),
    [
        pytest.param(date(2023, 3, 18), "", id="the day before it took effect"),
        pytest.param(date(2023, 3, 19), "medicare-sacroiliac", id="the day itself"),
        pytest.param(date(2026, 11, 22), "medicare-sacroiliac", id="today"),
    ],
)
def test_a_policy_is_chosen_by_the_day_of_the_service(evaluator: Evaluator, served: date, policy: str) -> None:
    content = evaluator.content
    medicare = Fact(
        "coverage", {"set": "payers", "concept": "medicare", "carrier": "", "title": "Medicare", "rank": 1}, ()
    )
    choice = Choice(content.policies, content.jurisdictions, "NY", served)
    (fact,) = choice.facts(choice.payers([medicare]), ["sacroiliac-joint-injection"])
    assert fact.fields["policy"] == policy


def test_a_policy_by_argument_goes_before_the_coverage(evaluator: Evaluator) -> None:
    evaluation = judged(evaluator, {"coverage": {"payor": "Aetna"}}, policy="medicare-epidural")
    assert evaluation.policies == ("medicare-epidural",)
    assert checklists(evaluation) == ["medicare-epidural"]


@pytest.mark.parametrize(
    ("order", "weeks"),
    [
        pytest.param({"cpt": 27096}, 4, id="a joint injection, of which plans in general speak"),
        pytest.param({"cpt": 64625}, 6, id="an ablation of its branches, of which they do not"),
    ],
)
def test_the_clinics_checklist_has_the_clinics_numbers(evaluator: Evaluator, order: Shorthand, weeks: int) -> None:
    record = (
        {"coverage": {"payor": "Cigna"}},
        {"condition": {"icd10cm": "M46.1", "text": "Left sacroiliac joint pain", "since": 200}},
        {"procedure": {"cpt": "97110", "days": 40}},
        {"procedure": {"cpt": "97110", "days": 5}},
    )
    evaluation = judged(evaluator, *record, order={"order": {**order, "note": "left sacroiliac joint"}})
    found = next(finding for finding in evaluation.findings if finding.criteria)
    (care,) = (item for item in found.criteria if item.id == "conservative-care")
    assert f"at least {weeks} weeks" in care.needed
    assert (found.policy == "clinic-default") is (weeks == 6)


def test_what_a_named_carrier_does_not_set_the_general_policy_does_by_argument_too(evaluator: Evaluator) -> None:
    evaluation = judged(evaluator, policy="aetna")
    assert evaluation.policies == ("aetna", "commercial-generic")
    assert evaluation.policies == judged(evaluator, {"coverage": {"payor": "Aetna"}}).policies
    assert checklists(evaluation) == ["aetna"]


def test_the_clinics_own_by_argument_asks_no_payer(evaluator: Evaluator) -> None:
    evaluation = judged(evaluator, {"coverage": {"payor": "Aetna"}}, policy="clinic-default")
    assert evaluation.policies == ()
    assert checklists(evaluation) == ["clinic-default"]


def test_an_unknown_policy_is_refused_with_those_that_are_known(evaluator: Evaluator) -> None:
    with pytest.raises(NotUnderstood, match="known are aetna, "):
        judged(evaluator, policy="medicare-knee")


@pytest.mark.parametrize(
    ("addresses", "area"),
    [
        pytest.param([{"state": "MA"}], "MA", id="a code"),
        pytest.param([{"state": " massachusetts "}], "MA", id="a name"),
        pytest.param([{"state": "US-MA"}], "MA", id="an ISO code"),
        pytest.param(
            [{"use": "temp", "state": "FL"}, {"use": "home", "state": "NY"}], "NY", id="home before elsewhere"
        ),
        pytest.param([{"use": "old", "state": "FL"}], "", id="not where they lived once"),
        pytest.param([{"use": "billing", "state": "FL"}], "", id="not where bills go"),
        pytest.param(
            [{"use": "home", "state": "FL", "period": {"end": "2026-11-21"}}, {"use": "home", "state": "NY"}],
            "NY",
            id="not a home that is over",
        ),
        pytest.param(
            [{"use": "home", "state": "FL"}, {"use": "home", "state": "NY"}], "", id="two homes leave it open"
        ),
        pytest.param([{"state": "WA", "country": "AU"}], "", id="not another country's state"),
        pytest.param([{"state": "Somewhere"}], "", id="nor a word that is none"),
        pytest.param([{"state": 5}, None, "NY"], "", id="nor what is no address"),
        pytest.param("NY", "", id="nor what is no list"),
    ],
)
def test_the_state_is_where_the_patient_lives(addresses: Any, area: str) -> None:
    assert area_of(addresses, TODAY) == area


def test_payer_facts_are_of_ordered_procedures_only(evaluator: Evaluator) -> None:
    evaluation = evaluate_case(evaluator, {"record": [{"coverage": {"text": "Medicare"}}]})
    assert not [fact for fact in evaluation.reasoning.facts.values() if fact.kind == "payer"]
    assert all(isinstance(fact, Fact) for fact in evaluation.reasoning.facts.values())
