"""Answers that come back: persons fill what the record leaves open, and contradict it only aloud."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from service.errors import ServiceError
from service.evaluate import Evaluator
from service.prior_auth.document import document
from service.prior_auth.exports.answers import Answered, answered
from service.prior_auth.exports.package import PackageRequest, package
from service.prior_auth.exports.prefill import ORIGIN
from service.prior_auth.exports.questionnaire import STATUSES
from service.prior_auth.packet import Packet
from service.rules.finding import CriterionResult
from tests.support import prior_auth as made

Response = dict[str, Any]
FORM = f"{made.BASE}/Questionnaire/prior-authorization"
CONTEXT = "http://hl7.org/fhir/us/davinci-dtr/StructureDefinition/qr-context"


@pytest.fixture(scope="module")
def packet(evaluator: Evaluator) -> Packet:
    return made.packet(evaluator)


def origin(source: str = "manual", author: str = "Practitioner/d1") -> list[dict[str, Any]]:
    """Who gave an answer; none for ''."""
    if not source:
        return []
    person = [{"url": "practitioner", "valueReference": {"reference": author}}]
    inner: list[dict[str, Any]] = [{"url": "source", "valueCode": source}]
    inner += [{"url": "author", "extension": person}] if author else []
    return [{"url": ORIGIN, "extension": inner}]


def coded(status: str) -> dict[str, Any]:
    """The answer to `is it met?`."""
    return {"valueCoding": {"system": STATUSES, "code": status}}


def response(packet: Packet, said: dict[str, dict[str, Any]], **changes: Any) -> Response:
    """The draft, finished on 2026-11-20, with these answers of a person in place of its own."""
    answer = package(PackageRequest(), [packet], made.publisher(), made.NOW)
    finished: Response = copy.deepcopy(answer["parameter"][0]["resource"]["entry"][1]["resource"])
    for item in finished["item"]:
        item["item"] = [inner for inner in item["item"] if inner["linkId"] not in said]
    for link, value in said.items():
        answers = [{"extension": origin(), **value}]
        finished["item"].append({"linkId": link.split(".")[0], "item": [{"linkId": link, "answer": answers}]})
    return made.changed({**finished, "status": "completed", "authored": "2026-11-20T08:00:00Z"}, **changes)


def criterion(result: Answered, name: str) -> CriterionResult:
    """One criterion of the first checklist."""
    return next(item for item in result.packet.checklists[0].criteria if item.id == name)


def send(packet: Packet, said: dict[str, dict[str, Any]], **changes: Any) -> Answered:
    """What the packet becomes."""
    return answered(packet, response(packet, said, **changes), made.publisher())


def test_the_draft_sent_back_as_it_was_changes_nothing(packet: Packet) -> None:
    result = send(packet, {})
    assert result.packet.checklists == packet.checklists
    assert (result.statements, result.contradicted, result.remarks) == ((), (), ())


@pytest.mark.parametrize("status", ["met", "not-met", "not-applicable"])
def test_a_person_fills_what_the_record_leaves_open(status: str, packet: Packet) -> None:
    result = send(packet, {"imaging.status": coded(status), "imaging.found": {"valueString": "MRI of May"}})
    found = criterion(result, "imaging")
    assert found.status == status
    assert found.found == f"practitioner says on 2026-11-20: {status.replace('-', ' ', 1)}; MRI of May"
    assert found.because[-1].reference.startswith("QuestionnaireResponse/")
    assert "practitioner's answer on 2026-11-20" in found.because[-1].label
    assert result.contradicted == ()


def test_the_checklist_is_counted_anew(packet: Packet) -> None:
    assert packet.checklists[0].summary == "Medicare epidural criteria: 9 met, 3 not documented"
    met = send(packet, {"imaging.status": coded("met")}).packet.checklists[0]
    assert met.summary == "Medicare epidural criteria: 10 met, 2 not documented"
    not_met = send(packet, {"imaging.status": coded("not-met")}).packet.checklists[0]
    assert not_met.indicator == "warning"
    assert "practitioner says on 2026-11-20: not met" in not_met.detail


def test_what_is_settled_is_no_longer_missing(packet: Packet) -> None:
    before = {item.what for item in packet.checklists[0].missing}
    both = {"imaging.status": coded("met"), "concordance.status": coded("met")}
    after = {item.what for item in send(packet, both).packet.checklists[0].missing}
    assert "MRI or CT of the region, with its report" in before - after
    assert after


def test_what_another_open_criterion_asks_for_stays_missing(packet: Packet) -> None:
    after = {item.what for item in send(packet, {"imaging.status": coded("met")}).packet.checklists[0].missing}
    assert "MRI or CT of the region, with its report" in after


@pytest.mark.parametrize(
    ("name", "says", "status"),
    [
        ("conservative-care", "not-met", "not-met"),
        ("conservative-care", "not-applicable", "met"),
        ("prior-response", "not-met", "not-met"),
        ("prior-response", "met", "not-applicable"),
    ],
)
def test_a_contradiction_is_said_and_never_makes_a_criterion_met(
    name: str, says: str, status: str, packet: Packet
) -> None:
    result = send(packet, {f"{name}.status": coded(says)})
    found = criterion(result, name)
    assert found.status == status
    assert "contradiction: the record says" in found.found
    assert "practitioner says on 2026-11-20" in found.found
    assert result.contradicted == (name,)


def test_nobody_overrules_a_record_that_denies(evaluator: Evaluator) -> None:
    short = [item for item in made.RECORD if item["id"] not in ("t2", "t3")]
    packet = made.packet(evaluator, [*short, made.changed(made.THERAPY[0], id="t9", performedDateTime="2026-09-08")])
    before = next(item for item in packet.checklists[0].criteria if item.id == "conservative-care")
    assert before.status == "not-met"
    result = send(packet, {"conservative-care.status": coded("met")})
    assert criterion(result, "conservative-care").status == "not-met"
    assert result.contradicted == ("conservative-care",)


def test_agreement_is_said(packet: Packet) -> None:
    found = criterion(send(packet, {"diagnosis.status": coded("met")}), "diagnosis")
    assert (found.status, found.found) == (
        "met",
        "lumbar radicular pain; practitioner says on 2026-11-20: met",
    )


def test_details_without_a_verdict_are_told_and_decide_nothing(packet: Packet) -> None:
    said = {"pain-and-function-baseline.pain": {"valueDecimal": 7}}
    found = criterion(send(packet, said), "pain-and-function-baseline")
    assert found.status == "not-documented"
    assert "Pain, on a scale of 0 to 10: 7" in found.found


@pytest.mark.parametrize(
    ("link", "value", "words"),
    [
        ("imaging.date", {"valueDate": "2026-05-01"}, "day of what shows it: 2026-05-01"),
        (
            "imaging.evidence",
            {"valueReference": {"reference": "DocumentReference/9", "display": "MRI"}},
            "shown by: MRI",
        ),
        ("imaging.found", {"valueAttachment": {"title": "MRI report"}}, "MRI report"),
        ("conservative-care.weeks", {"valueQuantity": {"value": 8, "unit": "weeks"}}, "of it: 8 weeks"),
        ("conservative-care.weeks", {"valueDecimal": 8}, "of it: 8 wk"),
    ],
)
def test_whatever_a_person_fills_in_is_told(link: str, value: dict[str, Any], words: str, packet: Packet) -> None:
    assert words in criterion(send(packet, {link: value}), link.split(".")[0]).found


def test_further_points_are_told(packet: Packet) -> None:
    assert send(packet, {"other": {"valueString": "smokes"}}).remarks == ("other: smokes",)


def test_a_long_answer_is_cut(packet: Packet) -> None:
    found = criterion(send(packet, {"imaging.found": {"valueString": "x" * 5000}}), "imaging").found
    assert 400 < len(found) < 700


@pytest.mark.parametrize(
    ("author", "changes", "who"),
    [
        ("Practitioner/d1", {}, "practitioner"),
        ("", {"author": {"reference": "PractitionerRole/r1"}}, "practitioner"),
        ("", {"source": {"reference": "Patient/p1"}}, "patient"),
        ("", {"author": {"reference": "https://ehr.example.org/fhir/RelatedPerson/2"}}, "patient"),
        ("", {}, "practitioner"),
    ],
)
def test_who_said_it_is_told(author: str, changes: Response, who: str, packet: Packet) -> None:
    sent = response(packet, {"imaging.status": coded("met")}, **changes)
    sent["item"][-1]["item"][0]["answer"][0]["extension"] = origin(author=author)
    result = answered(packet, sent, made.publisher())
    assert criterion(result, "imaging").found.startswith(f"{who} says")


def test_an_answer_without_a_day_is_taken_without_one(packet: Packet) -> None:
    found = criterion(send(packet, {"imaging.status": coded("met")}, authored=None), "imaging")
    assert found.found == "practitioner says: met"


def changed_answer(change: Callable[[dict[str, Any]], None]) -> Callable[[Packet], Answered]:
    """Sends `imaging: met` with its answer changed."""

    def sent(packet: Packet) -> Answered:
        made_response = response(packet, {"imaging.status": coded("met")})
        change(made_response["item"][-1]["item"][0]["answer"][0])
        return answered(packet, made_response, made.publisher())

    return sent


@pytest.mark.parametrize(
    ("change", "says"),
    [
        pytest.param(lambda a: a.update(extension=[]), "does not say where it comes from", id="no origin"),
        pytest.param(lambda a: a.update(coded("perhaps")), "none that was offered", id="another word"),
        pytest.param(lambda a: a["valueCoding"].update(system="urn:x"), "none that was offered", id="another system"),
        pytest.param(lambda a: a.update(extension=origin("auto-client", "")), "", id="not a person"),
    ],
)
def test_what_cannot_be_taken_is_not_taken(change: Callable[[dict[str, Any]], None], says: str, packet: Packet) -> None:
    result = changed_answer(change)(packet)
    assert criterion(result, "imaging").status == "not-documented"
    assert says in " ".join(result.remarks)
    assert bool(says) == bool(result.remarks)


def test_two_different_answers_to_one_question_are_none(packet: Packet) -> None:
    sent = response(packet, {"imaging.status": coded("met")})
    sent["item"][-1]["item"][0]["answer"].append({"extension": origin(), **coded("not-met")})
    result = answered(packet, sent, made.publisher())
    assert criterion(result, "imaging").status == "not-documented"
    assert result.remarks


def test_an_answer_to_what_is_not_asked_here_is_said(packet: Packet) -> None:
    result = send(packet, {"trial.status": coded("met")})
    assert result.remarks == ("trial: the checklist does not ask for it, so the answer was not taken.",)


def test_the_answers_go_into_the_packet(packet: Packet) -> None:
    sent = response(packet, {"imaging.status": coded("met")})
    before = copy.deepcopy(sent)
    result = answered(packet, sent, made.publisher())
    assert result.packet.evaluation.question.beside[-1] == sent == before
    assert sent not in packet.evaluation.question.beside


def test_answers_without_an_id_are_cited_by_a_name_of_their_own(packet: Packet) -> None:
    found = [criterion(send(packet, {"imaging.status": coded("met")}, id=None), "imaging") for _ in range(2)]
    assert found[0].because[-1].reference.startswith("QuestionnaireResponse/")
    assert found[0] == found[1]


@pytest.mark.parametrize("changes", [{}, {"id": None}], ids=["with an id", "without"])
def test_the_document_of_an_answered_packet_has_the_answers(changes: Response, packet: Packet) -> None:
    result = send(packet, {"imaging.status": coded("met")}, **changes)
    cited = criterion(result, "imaging").because[-1].reference
    found = document(result.packet, made.NOW)
    names = [f"{entry['resource']['resourceType']}/{entry['resource']['id']}" for entry in found["entry"]]
    assert cited in names


@pytest.mark.parametrize(
    ("changes", "status", "word"),
    [
        ({"resourceType": "Bundle"}, 400, "malformed-request"),
        ({"status": "in-progress"}, 422, "not-understood"),
        ({"status": "entered-in-error"}, 422, "not-understood"),
        ({"questionnaire": None}, 422, "not-understood"),
        ({"questionnaire": "https://elsewhere.example.org/Questionnaire/1|1"}, 422, "not-understood"),
        (
            {"questionnaire": f"{made.BASE}/Questionnaire/prior-authorization-facet|2026.11.22+test"},
            422,
            "not-understood",
        ),
        (
            {"questionnaire": f"{made.BASE}/Questionnaire/prior-authorization-epidural|old"},
            409,
            "questionnaire-changed",
        ),
        ({"questionnaire": f"{made.BASE}/Questionnaire/prior-authorization-epidural"}, 409, "questionnaire-changed"),
        ({"subject": {"reference": "Patient/p2"}}, 422, "answers-of-another"),
        ({"subject": None}, 422, "answers-of-another"),
        (
            {"extension": [{"url": CONTEXT, "valueReference": {"reference": "ServiceRequest/other"}}]},
            422,
            "answers-of-another",
        ),
    ],
)
def test_other_answers_are_refused(changes: Response, status: int, word: str, packet: Packet) -> None:
    with pytest.raises(ServiceError) as refused:
        send(packet, {}, **changes)
    assert (refused.value.status, refused.value.word) == (status, word)
    assert "p2" not in refused.value.text
    assert "http" not in refused.value.text
