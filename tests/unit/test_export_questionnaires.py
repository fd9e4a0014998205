"""Questionnaires from content: each criterion in words, each expression readable; faults stop the start."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from fhirpathpy import compile as compile_fhirpath
from fhirpathpy import evaluate

from service.errors import ContentInvalid, UnknownQuestionnaire
from service.prior_auth.exports.forms import FILE, load_forms
from service.prior_auth.exports.questionnaire import INITIAL
from service.rules.load import RULESETS, Content
from tests.support.prior_auth import PATIENT, publisher

FAMILIES = sorted(load_forms().families)


def items(form: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All items, groups before what is in them."""
    for item in form.get("item", ()):
        yield item
        yield from items(item)


def expressions(form: dict[str, Any]) -> dict[str, str]:
    """FHIRPath by linkId."""
    return {
        item["linkId"]: extension["valueExpression"]["expression"]
        for item in items(form)
        for extension in item.get("extension", ())
        if extension["url"] == INITIAL
    }


@pytest.fixture(params=FAMILIES)
def form(request: pytest.FixtureRequest) -> dict[str, Any]:
    return publisher().form(f"prior-authorization-{request.param}")


def test_every_criterion_that_a_rule_answers_has_its_question(content: Content) -> None:
    answered = {
        outcome.criterion.id
        for rule in content.rules.values()
        for outcome in rule.file.outcomes.values()
        if outcome.criterion is not None
    }
    forms = load_forms()
    assert answered <= forms.criteria.keys()
    assert answered <= {name for family in forms.families.values() for name in family.criteria}


def test_every_procedure_of_a_policy_has_its_questionnaire(content: Content) -> None:
    named = {procedure for policy in content.policies.values() for procedure in policy.procedures}
    assert [name for name in sorted(named) if not load_forms().family_of(name)] == []


def test_the_questions_of_one_form_have_names_of_their_own(form: dict[str, Any]) -> None:
    links = [item["linkId"] for item in items(form)]
    assert len(set(links)) == len(links)
    assert all(item["text"] for item in items(form))


def test_a_form_says_which_content_it_is_of_and_where_it_is(form: dict[str, Any]) -> None:
    assert form["version"] == "2026.11.22+test"
    assert form["url"] == f"https://cds.example.org/Questionnaire/{form['id']}"


def test_a_form_is_the_same_each_time(form: dict[str, Any]) -> None:
    assert publisher().form(form["id"]) == form


def test_no_words_of_a_code_system_are_repeated(form: dict[str, Any]) -> None:
    assert not re.search(r"\d{5}", " ".join(item["text"] for item in items(form)))


def test_expressions_can_be_read_and_give_what_they_are_for(form: dict[str, Any]) -> None:
    found = expressions(form)
    assert found.keys() == {"request.birth-date", "closing.who", "closing.day"}
    for expression in found.values():
        compile_fhirpath(expression)
    user = {"resourceType": "Practitioner", "name": [{"given": ["Ada", "B"], "family": "Example"}]}
    context = {"patient": PATIENT, "user": user}
    assert evaluate({}, found["request.birth-date"], context) == ["1961-04-02"]
    assert evaluate({}, found["closing.who"], context) == ["Ada B Example"]


def test_expressions_use_only_what_the_launch_gives(form: dict[str, Any]) -> None:
    named = {name for text in expressions(form).values() for name in re.findall(r"%(\w+)", text)}
    launch = [item for item in form["extension"] if item["url"].endswith("launchContext")]
    assert named <= {item["extension"][0]["valueCoding"]["code"] for item in launch}


def test_the_older_guide_gets_no_extension_that_it_does_not_know() -> None:
    old = publisher(release="2.0.1").form("prior-authorization-epidural")
    assert [item["url"] for item in old["extension"] if "davinci-dtr" in item["url"]] == []


@pytest.mark.parametrize("name", ["epidural", "prior-authorization-", "prior-authorization-knee", ""])
def test_another_name_is_no_questionnaire(name: str) -> None:
    with pytest.raises(UnknownQuestionnaire, match="prior-authorization-epidural"):
        publisher().form(name)


@pytest.mark.parametrize(
    ("at", "value", "says"),
    [
        (("families", "facet", "criteria"), ["diagnosis", "sunshine"], "sunshine"),
        (("families", "facet", "criteria"), ["diagnosis", "diagnosis"], "twice"),
        (("families", "facet", "procedures"), ["epidural-caudal"], "one family only"),
        (("criteria", "imaging", "details"), [{"id": "x", "type": "colour", "text": "x"}], "type"),
        (("criteria", "imaging", "details"), [{"id": "x", "type": "text", "text": "x", "value": "hba1c"}], "number"),
        (("criteria", "imaging", "details"), [{"id": "x", "type": "text", "text": "x", "read": ["A.b"]}], "date"),
        (("criteria", "imaging", "colour"), "blue", "colour"),
    ],
)
def test_a_fault_in_the_forms_stops_the_start(at: tuple[str, ...], value: Any, says: str, tmp_path: Path) -> None:
    forms = yaml.safe_load((RULESETS / FILE).read_text())
    node = forms
    for step in at[:-1]:
        node = node[step]
    node[at[-1]] = value
    (tmp_path / "_questionnaires").mkdir()
    (tmp_path / FILE).write_text(yaml.safe_dump(forms))
    with pytest.raises(ContentInvalid, match=says):
        load_forms(tmp_path)
