"""Policy files: what they may say, what they set, and the page that lists them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from service.errors import ContentInvalid, UnknownRule
from service.rules.compile import Compiler
from service.rules.load import RULESETS, Content, load_content
from service.rules.policy import Jurisdictions, Policy, overridden
from service.rules.policy_page import page, shown, values_of

SOURCE = {"title": "A text", "status": "clinic"}
PLAIN: dict[str, Any] = {
    "id": "tried",
    "title": "Tried",
    "from": date(2024, 1, 1),
    "source": SOURCE,
    "checked": date(2026, 1, 1),
    "note": "Nothing was read.",
}
NUMBER = {"from": date(2024, 1, 1), "value": 7, "source": SOURCE}
TRIAL = "authorization/trial"


@pytest.fixture(scope="module")
def content() -> Content:
    return load_content()


def test_a_policy_says_what_was_verified() -> None:
    with pytest.raises(ValidationError, match="note"):
        Policy.model_validate({name: value for name, value in PLAIN.items() if name != "note"})


def test_local_texts_say_what_holds_elsewhere() -> None:
    text = {"document": "L1", "from": date(2024, 1, 1), "source": SOURCE}
    with pytest.raises(ValidationError, match="elsewhere"):
        Policy.model_validate(PLAIN | {"local": {"jx": text}})


def test_an_area_has_one_jurisdiction() -> None:
    one = {"title": "One", "areas": ["TX"], "source": SOURCE}
    with pytest.raises(ValidationError, match="'TX' has two"):
        Jurisdictions.model_validate({"jurisdictions": {"a": one, "b": one}})


def test_every_state_has_a_jurisdiction(content: Content) -> None:
    assert [content.jurisdictions.of(area) for area in ("TX", "NY", "XX", "")] == ["novitas-jh", "ngs-jk", "", ""]


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        pytest.param(
            {"authorization/nothing": {"trial_relief": [NUMBER]}}, "no authorization rule", id="an unknown rule"
        ),
        pytest.param({TRIAL: {"nothing": [NUMBER]}}, "no such dated parameter", id="an unknown number"),
        pytest.param({TRIAL: {"trial_relief": [NUMBER | {"value": "x"}]}}, "another type", id="a word for a number"),
    ],
)
def test_what_no_rule_reads_stops_the_start(content: Content, values: dict[str, Any], complaint: str) -> None:
    rules = {rule.id: rule.parameters for rule in content.rules.values() if rule.authorizes}
    with pytest.raises(ContentInvalid, match=complaint):
        overridden(rules, {"tried": Policy.model_validate(PLAIN | {"values": values})})


def test_a_number_set_twice_for_one_policy_stops_the_start(content: Content) -> None:
    twice = Policy.model_validate(PLAIN | {"id": "medicare-stimulator", "values": {TRIAL: {"trial_relief": [NUMBER]}}})
    rules = {rule.id: rule.parameters for rule in content.rules.values() if rule.authorizes}
    with pytest.raises(ContentInvalid, match="keep one"):
        overridden(rules, {twice.id: twice})


def test_a_policys_number_is_the_one_in_force_under_it(content: Content) -> None:
    values = Compiler(content).values("authorization/implant-indication", date(2026, 11, 22), ("bcbs-south-carolina",))
    assert values("basivertebral_days") == 365


CARE, LENGTH, RESPONSE = "conservative-care", "pain-duration", "prior-response"
LIMIT, LEVELS, INTERVAL = "frequency-limit", "levels-and-region", "repeat-interval"


@pytest.mark.parametrize(
    ("policy", "rule", "name", "value"),
    [
        pytest.param("evicore", CARE, "care.epidural", 4, id="eviCore, epidural: four weeks of care"),
        pytest.param("evicore", "imaging", "imaging_days", 730, id="eviCore, epidural: imaging within 24 months"),
        pytest.param("evicore", RESPONSE, "weeks.epidural", 2, id="eviCore, epidural: relief for two weeks"),
        pytest.param("evicore", LIMIT, "half.epidural", 3, id="eviCore, epidural: three in six months"),
        pytest.param("evicore", LIMIT, "limit.epidural", 4, id="eviCore, epidural: four in twelve"),
        pytest.param("evicore", LEVELS, "levels.epidural-transforaminal", 2, id="eviCore: two levels of foramina"),
        pytest.param("evicore", LENGTH, "length.facet", 90, id="eviCore, ablation: three months of pain"),
        pytest.param("evicore", CARE, "care.facet", 4, id="eviCore, ablation: four weeks of care"),
        pytest.param(
            "evicore", "diagnostic-blocks", "percent.medial-branch-radiofrequency", 80, id="eviCore: blocks of 80 %"
        ),
        pytest.param("evicore", LEVELS, "levels.medial-branch-radiofrequency", 3, id="eviCore: three facet levels"),
        pytest.param(
            "evicore", RESPONSE, "weeks.medial-branch-radiofrequency", 12, id="eviCore: relief of twelve weeks"
        ),
        pytest.param("evicore", INTERVAL, "interval.sacroiliac-joint-injection", 60, id="eviCore, joint: two months"),
        pytest.param("aetna", CARE, "care.facet", 6, id="Aetna, facet: six weeks of care"),
        pytest.param("aetna", "diagnostic-blocks", "percent.medial-branch-block", 80, id="Aetna, facet: block of 80 %"),
        pytest.param("aetna", LEVELS, "levels.medial-branch-block", 3, id="Aetna, facet: three levels"),
        pytest.param("aetna", INTERVAL, "interval.trigger-point-injection", 7, id="Aetna, trigger points: seven days"),
        pytest.param("aetna", LIMIT, "half.root-block", 3, id="Aetna, root block: three in six months"),
        pytest.param("carelon", RESPONSE, "weeks.epidural", 12, id="Carelon, epidural: three months of benefit"),
        pytest.param("carelon", "imaging", "imaging_days", 548, id="Carelon, epidural: imaging within 18 months"),
        pytest.param("carelon", CARE, "care.epidural", 6, id="Carelon, epidural: six weeks of care"),
        pytest.param("carelon", LIMIT, "limit.medial-branch-block", 4, id="Carelon, facet: four blocks a year"),
        pytest.param("carelon", LEVELS, "levels.medial-branch-block", 2, id="Carelon, facet: two levels"),
        pytest.param("unitedhealthcare", CARE, "care.epidural", 4, id="UnitedHealthcare: four weeks of care"),
        pytest.param("bcbs-massachusetts", CARE, "care.epidural", 4, id="Blue Cross MA: four weeks of care"),
        pytest.param("bcbs-massachusetts", LIMIT, "limit.epidural", 6, id="Blue Cross MA: six in twelve months"),
        pytest.param("bcbs-massachusetts", LIMIT, "half.epidural", "none", id="Blue Cross MA: no shorter window"),
        pytest.param("bcbs-south-carolina", CARE, "care.epidural", 6, id="Blue Cross SC: six weeks for stenosis"),
        pytest.param(
            "bcbs-south-carolina", "endplate-changes", "bodies_lifetime", 3, id="Blue Cross SC: three vertebral bodies"
        ),
        pytest.param("blue-plan-mp-303", CARE, "care.epidural", 2, id="MP-303: two weeks of care"),
        pytest.param("blue-plan-mp-303", LIMIT, "limit.epidural", 6, id="MP-303: six in twelve months"),
        pytest.param("triple-s", CARE, "care.trigger-point", 6, id="Triple-S: six weeks of care"),
        pytest.param("triple-s", LIMIT, "limit.trigger-point-injection", 4, id="Triple-S: four in twelve months"),
    ],
)
def test_a_named_commercial_policy_carries_its_own_number(
    content: Content, policy: str, rule: str, name: str, value: int | str
) -> None:
    """What the evidence says of named payers, set under their names with a source, not taken from the general ones."""
    (dated,) = content.rules[f"authorization/{rule}"].parameters[name].policies[policy]
    assert dated.value == value
    assert dated.source.title
    assert dated.source.href or dated.source.status == "recalled"


def test_the_page_says_what_stands_in_for_what_a_named_payer_does_not_set(content: Content) -> None:
    for policy in content.policies.values():
        said = "What it does not set here was not seen" in shown(content, f"policy/{policy.id}")
        assert said is bool(policy.carriers or (policy.procedures and not policy.recognised_by))


def test_a_policy_of_an_unknown_owner_is_judged_only_where_it_is_named(content: Content) -> None:
    assert "judged where it is named" in shown(content, "policy/blue-plan-mp-303")


def test_payers_numbers_turn_on_their_day_and_all_others_stay(content: Content) -> None:
    compiler, today = Compiler(content), date(2026, 1, 10)
    first = date(2026, 1, 15)
    assert compiler.turning(today, first) == first
    assert compiler.turning(today, first - timedelta(days=1)) == today
    assert compiler.turning(today, first + timedelta(days=9)) == first
    assert compiler.day_for("authorization/programmes", today, first) == first
    assert compiler.day_for("picture/imaging", today, first) == today


def test_the_page_lists_every_policy_with_every_number(content: Content) -> None:
    made = page(content)
    for policy in content.policies.values():
        assert f"## {policy.id}\n" in made
        assert policy.note in made
        for rule, _, _, dated in values_of(content, policy.id):
            assert f"`{rule}`" in made
            assert dated.source.title in made
    assert "no certification" in made


def test_one_policy_is_shown_by_its_name(content: Content) -> None:
    assert "L36920" in shown(content, "policy/medicare-epidural")
    with pytest.raises(UnknownRule, match="known are aetna"):
        shown(content, "policy/nothing")


def test_the_recorded_page_is_the_one_made(content: Content, request: pytest.FixtureRequest) -> None:
    recorded = RULESETS / "_policies" / "README.md"
    if request.config.getoption("--update-golden"):
        recorded.write_text(page(content), encoding="utf-8")
    assert recorded.read_text(encoding="utf-8") == page(content)
