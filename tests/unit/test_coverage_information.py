"""Payer mode: the policy's own statements as coverage-information, only for the payer's members, and off by default."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml

from service.answer import READING, answer
from service.assembly import payer as payer_of
from service.errors import ContentInvalid
from service.evaluate import Evaluator
from service.hooks.response import to_json
from service.prior_auth.exports.coverage_information import SILENT, URL, Assertions, assertions
from service.prior_auth.exports.payer import Payer, load_payer
from service.question import Question
from service.rules.load import Content
from service.settings import Settings, SettingsInvalid
from tests.conftest import ROOT
from tests.support import prior_auth as made
from tests.support.payers import PROCEDURES, SOURCE, payer, statement

Made = dict[str, Any]
NAMES = ["coverage", "covered", "pa-needed", "doc-needed", "doc-purpose", "reason", "questionnaire", "billingCode"]


def asserted(
    evaluator: Evaluator, speaks: Payer, hook: str = "order-sign", order: Made = made.ORDER, **given: Any
) -> Assertions:
    """What is asserted of an order."""
    return assertions(made.evaluation(evaluator, made.asked(order, hook), **given), speaks)


def parts(found: Assertions) -> list[tuple[str, Any]]:
    """The parts of the one extension, by name."""
    (action,) = found.actions
    (extension,) = [item for item in (action.resource or {})["extension"] if item["url"] == URL]
    return [
        (item["url"], next(value for name, value in item.items() if name != "url")) for item in extension["extension"]
    ]


def test_what_the_policy_states_is_asserted(evaluator: Evaluator) -> None:
    found = parts(asserted(evaluator, payer()))
    assert [name for name, _ in found] == [*NAMES, "date", "coverage-assertion-id"]
    told = dict(found)
    assert told["coverage"] == {"reference": "Coverage/cov1"}
    assert (told["covered"], told["pa-needed"], told["doc-needed"]) == ("covered", "auth-needed", "clinical")
    assert told["billingCode"] == {"system": "http://www.ama-assn.org/go/cpt", "code": "64483"}
    assert told["questionnaire"] == f"{made.BASE}/Questionnaire/prior-authorization-epidural|2026.11.22+test"
    assert told["date"] == "2026-11-22"
    assert UUID(told["coverage-assertion-id"]).version == 5


@pytest.mark.parametrize(
    ("name", "covered", "needed"),
    [
        ("no authorization", "covered", "no-auth"),
        ("not covered", "not-covered", None),
        ("depends", "covered", "conditional"),
        ("silent", "conditional", None),
    ],
)
def test_each_statement_says_only_what_it_states(
    name: str, covered: str, needed: str | None, evaluator: Evaluator
) -> None:
    told = dict(parts(asserted(evaluator, payer(name))))
    assert (told["covered"], told.get("pa-needed")) == (covered, needed)
    assert "doc-needed" not in told
    assert "questionnaire" not in told
    assert ("info-needed" in told) == ("conditional" in (covered, needed))


def test_silence_of_the_policy_is_said_to_be_silence(evaluator: Evaluator) -> None:
    told = dict(parts(asserted(evaluator, payer("silent"))))
    assert told["reason"] == {"text": SILENT}
    assert told["info-needed"] == "OTH"


def test_the_order_goes_back_whole_with_the_extension_and_nothing_else(evaluator: Evaluator) -> None:
    order = made.changed(made.ORDER, extension=[{"url": "urn:own", "valueString": "kept"}])
    (action,) = asserted(evaluator, payer(), order=order).actions
    resource = dict(action.resource or {})
    first, added = resource.pop("extension")
    assert first == {"url": "urn:own", "valueString": "kept"}
    assert added["url"] == URL
    assert resource == made.changed(order, extension=None)
    assert action.type == "update"
    assert action.description


def test_on_order_select_nothing_is_said_of_documentation(evaluator: Evaluator) -> None:
    told = dict(parts(asserted(evaluator, payer(), "order-select")))
    assert told["pa-needed"] == "auth-needed"
    assert {"doc-needed", "doc-purpose", "questionnaire"} & told.keys() == set()


def test_an_order_that_is_dispatched_is_found_in_the_record(evaluator: Evaluator) -> None:
    question = Question(
        "order-dispatch",
        "p1",
        made.TODAY,
        dispatched=("ServiceRequest/sr1",),
        performer="Organization/clinic1",
        beside=(made.INSURER, made.CLINIC),
    )
    order = made.changed(made.ORDER, status="active")
    found = assertions(made.evaluation(evaluator, question, [*made.RECORD, order]), payer())
    assert dict(parts(found))["pa-needed"] == "auth-needed"
    assert made.changed(dict(found.actions[0].resource or {}), extension=None) == order


@pytest.mark.parametrize("hook", ["patient-view", "appointment-book"])
def test_other_hooks_assert_nothing(hook: str, evaluator: Evaluator) -> None:
    assert asserted(evaluator, payer(), hook) == Assertions()


def test_an_order_that_says_it_already_is_left_alone(evaluator: Evaluator) -> None:
    (first,) = asserted(evaluator, payer()).actions
    again = dict(first.resource or {})
    assert asserted(evaluator, payer(), order=again) == Assertions()


def test_an_older_assertion_for_the_same_coverage_gives_way(evaluator: Evaluator) -> None:
    (first,) = asserted(evaluator, payer("silent")).actions
    (second,) = asserted(evaluator, payer(), order=dict(first.resource or {})).actions
    assert len((second.resource or {})["extension"]) == 1
    assert "auth-needed" in str(second.resource)


def test_one_coverage_has_one_assertion_id_in_one_day(evaluator: Evaluator) -> None:
    first, second = (
        dict(parts(asserted(evaluator, payer(), order=made.changed(made.ORDER, id=name)))) for name in ("sr1", "sr2")
    )
    assert first["coverage-assertion-id"] == second["coverage-assertion-id"]


@pytest.mark.parametrize(
    ("record", "says"),
    [
        ([item for item in made.RECORD if item["id"] != "cov1"], "no active coverage of this payer"),
        ([*made.RECORD, made.changed(made.COVERAGE, id="cov2")], "several active coverages of this payer"),
    ],
)
def test_without_one_coverage_of_the_payer_nothing_is_asserted_and_that_is_said(
    record: list[Made], says: str, evaluator: Evaluator
) -> None:
    found = asserted(evaluator, payer(), record=record)
    assert found.actions == ()
    assert says in found.remarks[0]


def test_coverage_of_another_payer_is_not_spoken_for(evaluator: Evaluator) -> None:
    other = made.changed(made.INSURER, identifier=[{"system": made.PAYER[0], "value": "P-8"}])
    found = assertions(made.evaluation(evaluator, made.asked(beside=(other, made.CLINIC))), payer())
    assert found.actions == ()
    assert found.remarks


def test_a_payer_is_known_by_the_identifier_in_the_coverage_too(evaluator: Evaluator) -> None:
    payor = [{"identifier": {"system": made.PAYER[0], "value": made.PAYER[1]}}]
    record = [made.PATIENT, made.CONDITION, made.changed(made.COVERAGE, payor=payor)]
    assert asserted(evaluator, payer(), record=record).actions


def test_an_order_without_id_cannot_be_updated_and_that_is_said(evaluator: Evaluator) -> None:
    found = asserted(evaluator, payer(), order=made.changed(made.ORDER, id=None))
    assert found.actions == ()
    assert "no id" in found.remarks[0]


@pytest.mark.parametrize(
    ("from_", "until", "covered"),
    [
        ("2026-11-22", None, "covered"),
        ("2026-11-23", None, "conditional"),
        ("2026-01-01", "2026-11-23", "covered"),
        ("2026-01-01", "2026-11-22", "conditional"),
    ],
)
def test_a_statement_holds_from_its_day_until_the_day_it_ends(
    from_: str, until: str | None, covered: str, evaluator: Evaluator
) -> None:
    told = dict(parts(asserted(evaluator, payer("no authorization", **{"from": from_, "until": until}))))
    assert told["covered"] == covered


def test_the_answer_has_the_actions_beside_the_cards(evaluator: Evaluator, content: Content) -> None:
    evaluation = made.evaluation(evaluator, made.asked())
    without = to_json(answer(evaluation, content, UUID(int=0), 7))
    speaking = to_json(answer(evaluation, content, UUID(int=0), 7, payer=payer()))
    assert "systemActions" not in without
    assert [item["type"] for item in speaking.pop("systemActions")] == ["update"]
    assert speaking == without


def test_the_answer_says_why_nothing_was_asserted(evaluator: Evaluator, content: Content) -> None:
    evaluation = made.evaluation(evaluator, made.asked(), [made.PATIENT, made.CONDITION])
    body = to_json(answer(evaluation, content, UUID(int=0), 7, payer=payer()))
    assert body["extension"][READING]["not_asserted"]


def test_without_a_payer_in_the_settings_there_is_none(content: Content) -> None:
    assert payer_of(Settings(), content) is None


def test_the_settings_name_the_payer_and_its_policy(content: Content, tmp_path: Path) -> None:
    path = written(tmp_path, [statement()])
    settings = Settings.load(payer_id="|".join(made.PAYER), payer_policy=path, public_url=made.BASE)
    found = payer_of(settings, content)
    assert found is not None
    assert (found.system, found.value) == made.PAYER
    assert found.policy.states(PROCEDURES[0], date(2026, 11, 22)) is not None
    assert found.publisher is not None
    assert found.publisher.base == made.BASE


@pytest.mark.parametrize(
    "given",
    [
        {"payer_id": "urn:x|1"},
        {"payer_policy": Path("policy.yaml")},
        {"payer_id": "1", "payer_policy": Path("policy.yaml")},
        {"payer_id": "urn:x|", "payer_policy": Path("policy.yaml")},
    ],
)
def test_half_a_payer_stops_the_start(given: dict[str, Any]) -> None:
    with pytest.raises(SettingsInvalid, match="SPINE_CDS_PAYER_ID"):
        Settings.load(**given)


def written(folder: Path, statements: list[Made]) -> Path:
    """A policy file."""
    path = folder / "policy.yaml"
    path.write_text(yaml.safe_dump({"title": "Invented plan", "statements": statements}))
    return path


@pytest.mark.parametrize(
    ("statements", "says"),
    [
        ([statement("not covered", authorization="auth-needed")], "not covered"),
        ([statement("no authorization", documentation="clinical", purpose="withpa")], "without authorization"),
        ([statement("no authorization", purpose="withclaim")], "purpose"),
        ([statement(depends_on=["location"])], "depends_on"),
        ([statement(covered="satisfied")], "covered"),
        ([statement(authorization="satisfied")], "authorization"),
        ([statement(documentation="both")], "documentation"),
        ([statement(reason="")], "reason"),
        ([statement(source=None)], "source"),
        ([statement(colour="blue")], "colour"),
        ([statement(procedures=["knee-arthroscopy"])], "knee-arthroscopy"),
        ([statement(), statement("not covered")], "one day"),
    ],
)
def test_a_fault_in_the_policy_stops_the_start(statements: list[Made], says: str, tmp_path: Path) -> None:
    with pytest.raises(ContentInvalid, match=says):
        load_payer("urn:x|1", written(tmp_path, statements), PROCEDURES)


def test_statements_may_follow_each_other(tmp_path: Path) -> None:
    rows = [statement(until="2026-06-01"), statement("not covered", **{"from": "2026-06-01"})]
    policy = load_payer("urn:x|1", written(tmp_path, rows), PROCEDURES).policy
    days = {date(2026, 5, 31): "covered", date(2026, 6, 1): "not-covered"}
    for day, covered in days.items():
        stated = policy.states(PROCEDURES[0], day)
        assert stated is not None
        assert stated.covered == covered
        assert stated.source.title == SOURCE["title"]


def test_the_policy_of_the_documentation_can_be_used(tmp_path: Path) -> None:
    page = (ROOT / "service/prior_auth/exports/README.md").read_text()
    path = tmp_path / "policy.yaml"
    path.write_text(page.split("```yaml\n")[1].split("```")[0])
    (stated,) = load_payer("urn:x|1", path, PROCEDURES).policy.statements
    assert (stated.authorization, stated.purpose) == ("auth-needed", "withpa")
