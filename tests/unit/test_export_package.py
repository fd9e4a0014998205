"""The questionnaire package: what was asked for, drafts of what the record holds, remarks on what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from service.errors import MalformedRequest, NotUnderstood
from service.evaluate import Evaluator
from service.prior_auth.exports.package import PackageRequest, package, read_request
from service.prior_auth.exports.prefill import ORIGIN, Draft
from service.prior_auth.exports.wire import DtrVersion
from service.prior_auth.packet import Packet
from tests.support import prior_auth as made

EPIDURAL = f"{made.BASE}/Questionnaire/prior-authorization-epidural"


@pytest.fixture(scope="module")
def packet(evaluator: Evaluator) -> Packet:
    return made.packet(evaluator)


def answers(items: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """All answers with their linkId."""
    for item in items:
        for answer in item.get("answer", ()):
            yield item["linkId"], answer
        yield from answers(item.get("item", ()))


def draft(answer: dict[str, Any]) -> dict[str, Any]:
    """The draft answers of the first package."""
    return dict(answer["parameter"][0]["resource"]["entry"][1]["resource"])


def remarks(answer: dict[str, Any]) -> str:
    """What the outcome says."""
    outcomes = [item["resource"] for item in answer.get("parameter", ()) if item["name"].lower().endswith("outcome")]
    return " ".join(issue["diagnostics"] for outcome in outcomes for issue in outcome["issue"])


def given(answer: dict[str, Any]) -> list[str]:
    """The questionnaires in the packages."""
    bundles = [item["resource"] for item in answer.get("parameter", ()) if item["resource"]["resourceType"] == "Bundle"]
    return [bundle["entry"][0]["resource"]["url"] for bundle in bundles]


def values(packet: Packet, release: DtrVersion = "2.2.0") -> dict[str, Any]:
    """The value of the first answer to each question."""
    answer = package(PackageRequest(), [packet], made.publisher(release=release), made.NOW)
    found: dict[str, Any] = {}
    for link, item in answers(draft(answer)["item"]):
        found.setdefault(link, next(value for name, value in item.items() if name.startswith("value")))
    return found


def test_the_draft_has_what_the_record_holds(packet: Packet) -> None:
    found = values(packet)
    assert found["conservative-care.status"]["code"] == "met"
    assert found["conservative-care.weeks"] == 7
    assert found["conservative-care.date"] == "2026-10-20"
    assert found["conservative-care.evidence"]["reference"] == "Procedure/t1"
    assert found["pain-duration.since"] == "2026-08-01"
    assert found["request.policy"] == "Medicare epidural criteria"


def test_what_is_not_documented_is_asked_and_not_answered(packet: Packet) -> None:
    found = values(packet)
    assert found["imaging.asked"]
    assert [link for link in found if link.startswith("imaging.") and link != "imaging.asked"] == []


def test_every_answer_says_that_it_came_from_the_record(packet: Packet) -> None:
    words: dict[DtrVersion, str] = {"2.0.1": "auto", "2.1.0": "auto-server", "2.2.0": "auto-server"}
    for release, word in words.items():
        answer = package(PackageRequest(), [packet], made.publisher(release=release), made.NOW)
        for _, item in answers(draft(answer)["item"]):
            assert item["extension"] == [{"url": ORIGIN, "extension": [{"url": "source", "valueCode": word}]}]


def test_every_reference_leads_into_the_record(packet: Packet) -> None:
    known = {f"{item['resourceType']}/{item['id']}" for item in made.RECORD} | {packet.order_reference}
    named = {item["reference"] for item in values(packet).values() if isinstance(item, dict) and "reference" in item}
    assert named
    assert named <= known


def test_what_was_cited_and_is_not_there_is_not_referred_to(packet: Packet) -> None:
    record = packet.evaluation.record
    kept = {
        key: replace(read, entries=tuple(entry for entry in read.entries if entry.resource.get("id") != "t1"))
        for key, read in record.keys.items()
    }
    fewer = replace(packet, evaluation=replace(packet.evaluation, record=replace(record, keys=kept)))
    assert values(fewer)["conservative-care.evidence"]["reference"] == "Procedure/t2"


def test_every_question_answered_is_one_of_the_form(packet: Packet) -> None:
    answer = package(PackageRequest(), [packet], made.publisher(), made.NOW)
    form = answer["parameter"][0]["resource"]["entry"][0]["resource"]
    links = {inner["linkId"] for item in form["item"] for inner in item.get("item", [item])}
    assert {link for link, _ in answers(draft(answer)["item"])} <= links


def test_a_criterion_that_the_form_does_not_ask_for_is_said_all_the_same(packet: Packet) -> None:
    forms = made.publisher().forms
    family = forms.families["epidural"].model_copy(update={"criteria": ("diagnosis",)})
    fewer = forms.model_copy(update={"families": {**forms.families, "epidural": family}})
    publisher = made.publisher(forms=fewer)
    form = publisher.form("prior-authorization-epidural")
    response = Draft(packet, fewer, form)(packet.checklists[0], made.COVERAGE, made.NOW)
    said = [item["valueString"] for link, item in answers(response["item"]) if link == "other"]
    assert any(text.startswith("conservative care: met") for text in said)
    assert any(text.startswith("imaging: not documented") for text in said)
    assert len(said) == len(packet.checklists[0].criteria) - 1


@pytest.mark.parametrize(
    ("release", "names"),
    [("2.0.1", {"PackageBundle"}), ("2.1.0", {"PackageBundle"}), ("2.2.0", {"packagebundle"})],
)
def test_the_parameters_are_called_as_each_release_calls_them(
    release: DtrVersion, names: set[str], packet: Packet
) -> None:
    answer = package(PackageRequest(), [packet], made.publisher(release=release), made.NOW)
    assert {item["name"] for item in answer["parameter"]} == names


def test_the_same_packet_gives_the_same_answer(packet: Packet) -> None:
    asked = PackageRequest()
    assert package(asked, [packet], made.publisher(), made.NOW) == package(asked, [packet], made.publisher(), made.NOW)


def test_without_coverage_there_is_a_form_and_no_draft(evaluator: Evaluator) -> None:
    record = [item for item in made.RECORD if item["resourceType"] != "Coverage"]
    answer = package(PackageRequest(), [made.packet(evaluator, record)], made.publisher(), made.NOW)
    assert len(answer["parameter"][0]["resource"]["entry"]) == 1
    assert "No active coverage" in remarks(answer)


def test_which_of_two_coverages_is_meant_is_not_guessed(evaluator: Evaluator) -> None:
    second = made.changed(made.COVERAGE, id="cov2")
    packet = made.packet(evaluator, [*made.RECORD, second])
    answer = package(PackageRequest(), [packet], made.publisher(), made.NOW)
    assert "Several coverages" in remarks(answer)
    meant = package(PackageRequest(coverages=(second,)), [packet], made.publisher(), made.NOW)
    assert draft(meant)["extension"][0]["valueReference"] == {"reference": "Coverage/cov2"}


def test_a_coverage_of_another_patient_is_not_used(packet: Packet) -> None:
    theirs = made.changed(made.COVERAGE, id="cov9", beneficiary={"reference": "Patient/p9"})
    answer = package(PackageRequest(coverages=(theirs,)), [packet], made.publisher(), made.NOW)
    assert "another patient's" in remarks(answer)
    assert "cov9" not in str(answer)


def test_an_order_without_id_gets_the_form_only(evaluator: Evaluator) -> None:
    packet = made.packet(evaluator, order=made.changed(made.ORDER, id=None))
    answer = package(PackageRequest(), [packet], made.publisher(), made.NOW)
    assert len(answer["parameter"][0]["resource"]["entry"]) == 1
    assert "no id" in remarks(answer)


@pytest.mark.parametrize(
    ("canonical", "forms", "says"),
    [
        (EPIDURAL, [EPIDURAL], ""),
        (f"{EPIDURAL}|2026.11.22+test", [EPIDURAL], ""),
        (f"{EPIDURAL}|2020.1.1+old", [], "another version"),
        ("https://elsewhere.example.org/Questionnaire/1", [], "not known here"),
    ],
)
def test_a_questionnaire_is_found_by_its_canonical(canonical: str, forms: list[str], says: str) -> None:
    answer = package(PackageRequest(canonicals=(canonical,)), [], made.publisher(), made.NOW)
    assert given(answer) == forms
    assert says in remarks(answer)
    assert bool(says) == bool(remarks(answer))


def test_an_order_and_its_canonical_give_one_package(packet: Packet) -> None:
    answer = package(PackageRequest(canonicals=(EPIDURAL,)), [packet], made.publisher(), made.NOW)
    assert given(answer) == [EPIDURAL]


def test_a_context_or_an_order_that_leads_nowhere_is_said() -> None:
    answer = package(PackageRequest(orders=(made.ORDER,), context="x"), [], made.publisher(), made.NOW)
    assert "context is not known" in remarks(answer)
    assert "No questionnaire is asked for" in remarks(answer)


def test_the_input_is_read_by_name() -> None:
    sent = {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "coverage", "resource": made.COVERAGE},
            {"name": "order", "resource": made.ORDER},
            {"name": "questionnaire", "valueCanonical": EPIDURAL},
            {"name": "note", "valueString": "not the context", "valueCanonical": "urn:none"},
            {"name": "context", "valueString": "a-1"},
            {"name": "changedsince", "valueInstant": "2026-01-01T00:00:00Z"},
            "nonsense",
        ],
    }
    assert read_request(sent) == PackageRequest((made.COVERAGE,), (made.ORDER,), (EPIDURAL,), "a-1")


@pytest.mark.parametrize("sent", [None, [], "x", {"resourceType": "Bundle"}])
def test_what_is_no_parameters_is_refused(sent: Any) -> None:
    with pytest.raises(MalformedRequest):
        read_request(sent)


@pytest.mark.parametrize("parameters", [[], [{"name": "coverage", "resource": made.COVERAGE}]])
def test_one_of_order_questionnaire_and_context_is_needed(parameters: list[Any]) -> None:
    with pytest.raises(NotUnderstood):
        read_request({"resourceType": "Parameters", "parameter": parameters})
