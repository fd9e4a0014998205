"""Which orders get a packet, and what is said of those that get none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from service.errors import ServiceError
from service.evaluate import Evaluator
from service.fhir.sent import Entry
from service.files import by_key
from service.prior_auth.listing import checklist_json
from service.prior_auth.packet import CHECKLIST, assembled, checklists_of, ordered
from service.question import Question
from tests.support.packet_orders import WITHOUT_ORDER, cover
from tests.support.packets import HOOK, TODAY, made, order, packet_of
from tests.support.records import PATIENT

OTHERS = {"reference": "Patient/somebody-else"}


DRUG = {
    "resourceType": "MedicationRequest",
    "id": "m9",
    "status": "draft",
    "intent": "order",
    "medicationCodeableConcept": {"text": "Dexamethasone 10 mg injection"},
    "subject": {"reference": f"Patient/{PATIENT}"},
}


def coded(code: str) -> dict[str, Any]:
    return {"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": code}]}


REFUSED = [
    pytest.param([], 422, "order-missing", id="no order"),
    pytest.param([DRUG], 422, "order-missing", id="only a drug"),
    pytest.param([order(), order(id="o2", code=coded("62323"))], 422, "several-orders", id="two orders"),
    pytest.param([order(id=None), order(id=None)], 422, "several-orders", id="two orders without id"),
    pytest.param([order(code=coded("97110"))], 422, "procedure-not-covered", id="a procedure without criteria"),
    pytest.param([order(code=coded("27447"))], 422, "procedure-not-covered", id="a procedure of another field"),
    pytest.param([order(doNotPerform=True)], 422, "procedure-not-covered", id="an order not to do it"),
    pytest.param([order(subject=OTHERS)], 422, "order-of-another-patient", id="another patient's order"),
    pytest.param([order(), order(id="o2", subject=OTHERS)], 422, "order-of-another-patient", id="one of two"),
    pytest.param([order(subject=None)], 422, "not-understood", id="an order that R4 does not know: without subject"),
    pytest.param([order(code=None)], 422, "not-understood", id="an order without a code"),
    pytest.param([order(status="revoked")], 422, "not-understood", id="an order taken back"),
    pytest.param([order(status="entered-in-error")], 422, "not-understood", id="an order entered in error"),
]


@pytest.mark.parametrize(("orders", "status", "word"), REFUSED)
def test_an_order_that_gets_no_packet(evaluator: Evaluator, orders: list[Any], status: int, word: str) -> None:
    with pytest.raises(ServiceError) as caught:
        made(evaluator, WITHOUT_ORDER, orders=orders)
    assert (caught.value.status, caught.value.word) == (status, word)
    assert PATIENT not in caught.value.text
    assert "somebody-else" not in caught.value.text
    assert len(caught.value.text) > 20


def test_a_record_without_the_patient_is_412(evaluator: Evaluator) -> None:
    keys = by_key([], evaluator.content.templates(HOOK))
    with pytest.raises(ServiceError) as caught:
        assembled(evaluator, Question(HOOK, PATIENT, TODAY, (order(),)), keys)
    assert (caught.value.status, caught.value.word) == (412, "needed-data-missing")


@pytest.mark.parametrize(("most", "refused"), [(7, False), (6, True)])
def test_a_record_over_the_limit_is_413(evaluator: Evaluator, most: int, refused: bool) -> None:
    entries = [Entry({"resourceType": "Patient", "id": PATIENT})]
    entries += [Entry({"resourceType": "Observation", "id": f"x{n}"}) for n in range(6)]
    keys = by_key(entries, evaluator.content.templates(HOOK))
    asked = Question(HOOK, PATIENT, TODAY, (order(),))
    if refused:
        with pytest.raises(ServiceError) as caught:
            assembled(evaluator, asked, keys, most)
        assert (caught.value.status, caught.value.word) == (413, "too-many-resources")
    else:
        assert assembled(evaluator, asked, keys, most).checklists


def test_an_unknown_policy_is_refused_by_name(evaluator: Evaluator) -> None:
    with pytest.raises(ServiceError, match="there is no policy 'nobody'"):
        made(evaluator, policy="nobody")


@pytest.mark.parametrize(
    "orders",
    [
        pytest.param([order()], id="an order with id"),
        pytest.param([order(id=None)], id="an order without id"),
        pytest.param([order(), DRUG], id="the drug beside it"),
        pytest.param([order(), order(id="o2", code=coded("97110"))], id="an order for something else beside it"),
        pytest.param([order(status="active")], id="an order that was signed"),
    ],
)
def test_one_order_gets_a_packet(evaluator: Evaluator, orders: list[Any]) -> None:
    packet = made(evaluator, WITHOUT_ORDER, orders=orders)
    assert packet.order is orders[0]
    assert packet.title == "Transforaminal epidural injection, left lumbar"
    assert [item.policy for item in packet.checklists] == ["clinic-default"]
    assert set(packet.policies) == {"clinic-default"}


def test_a_checklist_that_does_not_rest_on_the_order_stays_out(evaluator: Evaluator) -> None:
    evaluation = made(evaluator).evaluation
    ours = next(item for item in evaluation.findings if item.outcome == CHECKLIST)
    another = replace(ours, region="cervical", facts=())
    both = replace(evaluation, findings=(another, *evaluation.findings))
    numbers = {fact.number for fact in ordered(evaluation.reasoning, "ServiceRequest/o6")}
    assert checklists_of(both, numbers) == (ours,)


REMARKS = [
    pytest.param([], ["coverage-missing", "payer-unknown"], id="no coverage"),
    pytest.param([cover()], [], id="one in force"),
    pytest.param([cover(period={"end": "2026-12-01"})], [], id="ends on the day of the service"),
    pytest.param(
        [cover(period={"end": "2026-11-30"})],
        ["coverage-expired", "coverage-missing", "payer-unknown"],
        id="ends before the service",
    ),
    pytest.param(
        [cover(period={"end": "2026-11-21"})],
        ["coverage-expired", "coverage-missing", "payer-unknown"],
        id="ended yesterday",
    ),
    pytest.param([cover(period={"end": "2026-12"})], [], id="ends in the month of the service"),
    pytest.param([cover(period={"start": "2026-11-22"})], [], id="starts today"),
    pytest.param(
        [cover(status="cancelled")], ["coverage-cancelled", "coverage-missing", "payer-unknown"], id="cancelled"
    ),
    pytest.param([cover(status="draft")], ["coverage-draft", "coverage-missing", "payer-unknown"], id="a draft"),
    pytest.param(
        [cover(type={"text": "PPO"}, payor=[{"display": "Zebra Mutual"}])], ["payer-unknown"], id="a payer nobody knows"
    ),
    pytest.param(
        [cover(beneficiary=OTHERS)],
        ["coverage-of-another-patient", "coverage-missing", "payer-unknown"],
        id="another patient's",
    ),
    pytest.param(
        [cover(), cover(id="c8", type={"text": "PPO"}, payor=[{"display": "Example Mutual"}])],
        ["several-payers", "payer-unknown"],
        id="two payers, one of them unknown",
    ),
    pytest.param([cover(payor="Medicare", period="x", status=7)], [], id="a coverage of wrong types"),
]


@pytest.mark.parametrize(("covers", "words"), REMARKS)
def test_what_is_odd_about_who_pays_has_a_word(evaluator: Evaluator, covers: list[Entry], words: list[str]) -> None:
    listing = checklist_json(made(evaluator, beside=covers))
    assert [item["word"] for item in listing.get("remarks", ())] == words
    assert "somebody-else" not in str(listing)


@pytest.mark.parametrize(
    ("ranks", "said"),
    [
        pytest.param((2, 1), "Aetna pays first by their order", id="each says its place"),
        pytest.param((1, 1), "who pays first has to be settled", id="both say the same"),
        pytest.param((1, None), "who pays first has to be settled", id="one does not say"),
    ],
)
def test_of_two_payers_the_first_is_named_where_the_record_tells(
    evaluator: Evaluator, ranks: tuple[Any, Any], said: str
) -> None:
    first, second = ranks
    covers = [cover(order=first), cover(id="c8", type={"text": "PPO"}, payor=[{"display": "Aetna"}], order=second)]
    (remark,) = checklist_json(made(evaluator, beside=covers))["remarks"]
    assert remark["word"] == "several-payers"
    assert said in remark["text"]


def test_a_payer_without_criteria_for_the_procedure_is_said_to_be_judged_by_the_clinics(evaluator: Evaluator) -> None:
    """Medicare in Texas, where no local text on sacroiliac injections is known."""
    (remark,) = checklist_json(packet_of(evaluator, "a05-e"))["remarks"]
    assert remark["word"] == "payer-unknown"
    assert "criteria are unknown" in remark["text"]
