"""Cards for people: one line within its bound, record text harmless, every number with its source."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from service.cards.extension import NAME, finding_json
from service.cards.render import BECAUSE_SHOWN, card
from service.facts.fact import FactSource
from service.hooks.response import Card, Suggestion
from service.markdown import escaped
from service.rules.finding import CriterionResult, Finding, Value
from service.rules.model import Missing, Override, Source
from tests.unit.findings import LEAFLET, finding

EVALUATION = UUID("12345678-1234-5678-1234-567812345678")


def made(
    *group: Finding, suggest: bool = False, evaluation: UUID = EVALUATION, overrides: tuple[Override, ...] = ()
) -> Card:
    def draft(item: Finding, _: UUID) -> Suggestion | None:
        return Suggestion(label=item.summary, uuid=uuid4(), is_recommended=True) if suggest else None

    return card(group, evaluation, "v1", {"safety/one": "The rule"}, draft, overrides)


def detail(*group: Finding) -> str:
    return made(*group).detail or ""


@pytest.mark.parametrize("length", [1, 138, 139, 140, 141, 500])
@pytest.mark.parametrize("others", [0, 1, 9])
def test_a_summary_fits_its_line(length: int, others: int) -> None:
    group = [finding(summary="x" * length), *(finding(outcome=str(number)) for number in range(others))]
    summary = made(*group).summary
    assert len(summary) < 140
    assert summary.startswith("x")
    assert summary.endswith(f" (+{others} more)") == bool(others)
    more = len(f" (+{others} more)") if others else 0
    assert ("…" in summary) == (length + more > 139)


def test_parts_of_a_plan_are_not_counted_beside_it() -> None:
    parts = [finding(outcome=str(number), part=True) for number in range(2)]
    assert made(finding(combined=2), *parts).summary == "Something is so"
    assert made(finding(combined=2), *parts, finding(outcome="x")).summary == "Something is so (+1 more)"


def test_suggestions_are_counted_by_themselves_and_one_is_recommended() -> None:
    found = made(finding("suggestion"), finding("suggestion", outcome="b"), suggest=True)
    assert found.summary == "Something is so"
    assert found.selection_behavior == "at-most-one"
    assert [item.is_recommended for item in found.suggestions] == [True, None]


def test_an_offer_is_made_once_and_each_has_an_id_of_its_own() -> None:
    def draft(item: Finding, _: UUID) -> Suggestion:
        return Suggestion(label=item.region, uuid=UUID(int=7))

    group = [
        finding(region=region, summary=str(place)) for place, region in enumerate(["lumbar", "lumbar", "thoracic"])
    ]
    suggestions = [card(group, EVALUATION, "v1", {}, draft).suggestions for _ in range(2)]
    assert [item.label for item in suggestions[0]] == ["lumbar", "thoracic"]
    assert suggestions[0][0].uuid == UUID(int=7) != suggestions[0][1].uuid
    assert suggestions[0] == suggestions[1]


def test_text_of_a_record_is_harmless() -> None:
    nasty = "**bold** [click](http://x) <script> `code` #1 |\nnew\\line"
    assert "\n" not in escaped(nasty)
    for mark in "*[]<>`#|":
        assert f"\\{mark}" in escaped(nasty)
    text = detail(finding(because=(FactSource("Condition/c_1", nasty),)))
    assert "[click](" not in text
    assert "<script>" not in text.replace("\\<script\\>", "")
    assert "Condition/c\\_1" in text


def test_reasons_are_listed_up_to_a_bound_that_is_said() -> None:
    reasons = tuple(FactSource(f"Condition/{number}", "pain") for number in range(BECAUSE_SHOWN + 2))
    assert "- and 2 more in the record" in detail(finding(because=reasons))
    assert "more in the record" not in detail(finding(because=reasons[:BECAUSE_SHOWN]))


def test_what_is_missing_is_said_with_where_it_would_come_from() -> None:
    missing = Missing.model_validate({"what": "renal function", "from": "Observation", "why": "the hold depends on it"})
    assert "- renal function (Observation): the hold depends on it" in detail(finding(missing=(missing,)))


@pytest.mark.parametrize(
    ("status", "mark"),
    [
        ("verified", ""),
        ("secondary", " — secondary source"),
        ("recalled", " — not verified"),
        ("clinic", " — clinic's own"),
    ],
)
def test_a_number_stands_with_its_source_and_how_sure_it_is(status: str, mark: str) -> None:
    source = Source.model_validate({"title": "A guideline", "section": "3", "status": status})
    text = detail(finding(values=(Value("hold_days", 3, "d", source),)))
    assert text.endswith(f"- hold days 3 days: A guideline, 3{mark}")


def test_the_second_finding_of_a_card_is_named() -> None:
    text = detail(finding(detail="First."), finding(outcome="b", summary="The other", detail="Second."))
    assert text == "First.\n\n---\n\n**The other**\n\nSecond."
    assert detail(finding()) == "Something is so"


def test_a_source_that_carries_a_detail_is_cited_and_names_no_card() -> None:
    detail_only = LEAFLET.model_copy(update={"title": "A digest", "aside": True})
    card_made = made(finding(sources=(detail_only, LEAFLET)))
    assert card_made.source.label == "A guideline"
    assert "A digest" in (card_made.detail or "")
    assert made(finding(sources=(detail_only,))).source.label == "spine-cds: The rule"
    assert "aside" not in detail_only.as_json()


def test_the_source_is_what_is_cited_first_else_the_rule() -> None:
    cited = made(finding(sources=(Source(title="No link", status="clinic"), LEAFLET))).source
    assert (cited.label, cited.url) == ("A guideline", "https://guideline.example.org")
    own = made(finding()).source
    assert (own.label, own.url) == ("spine-cds: The rule", None)
    assert own.topic is not None
    assert own.topic.code == "antithrombotic"
    assert (made(finding("red-flag")).source.topic or own.topic).code == "red-flag"


def test_the_uuid_is_of_the_evaluation_and_the_leading_finding() -> None:
    assert made(finding()).uuid == made(finding(detail="other words")).uuid
    assert made(finding()).uuid != made(finding(), evaluation=UUID(int=1)).uuid
    # A policy too: the checklists of two payers differ in nothing else.
    for name in ("outcome", "region", "laterality", "procedure", "policy"):
        assert made(finding()).uuid != made(finding(**{name: "other"})).uuid, name


def test_the_extension_has_nothing_null_and_nothing_empty() -> None:
    criterion = CriterionResult("imaging", "met")
    full = finding(
        "documentation",
        region="lumbar",
        because=(FactSource("Condition/a", "pain"),),
        values=(Value("hold_days", 0, "", LEAFLET),),
        criteria=(criterion,),
        policy="medicare",
    )
    body = finding_json(full)
    assert body["because"] == [{"reference": "Condition/a", "fact": "pain"}]
    assert body["criteria"] == [{"id": "imaging", "status": "met"}]
    assert body["values"][0]["value"] == 0
    assert all(value not in ("", [], {}, None) for value in body.values())
    assert finding_json(finding()).keys() == {"rule", "kind", "topic", "outcome", "indicator"}
    outer = made(full, finding("documentation", outcome="b")).extension[NAME]
    assert outer["content_version"] == "v1"
    assert outer["evaluation"] == str(EVALUATION)
    assert [item["outcome"] for item in outer["findings"]] == ["b"]


# --- several findings on one card


def hold(days: int) -> tuple[Value, ...]:
    return (Value("hold_days", days, "d", LEAFLET),)


def test_sources_stand_once_at_the_end_with_all_their_numbers() -> None:
    other = Source(title="Another paper", status="verified")
    text = detail(
        finding(detail="First.", values=hold(3), sources=(LEAFLET,)),
        finding(outcome="b", detail="Second.", values=(*hold(3), *hold(5)), sources=(LEAFLET, other)),
    )
    assert text == (
        "First.\n\n---\n\n**Something is so**\n\nSecond.\n\n"
        "Sources:\n- hold days 3 days, hold days 5 days: A guideline\n- Another paper"
    )


def test_a_reason_that_was_given_is_not_given_again() -> None:
    one, two = FactSource("Condition/1", "pain"), FactSource("Condition/2", "weakness")
    text = detail(
        finding(because=(one,)), finding(outcome="b", because=(one, two)), finding(outcome="c", because=(two,))
    )
    assert text.count("- pain (Condition/1)") == text.count("- weakness (Condition/2)") == 1
    assert text.index("pain") < text.index("weakness")
    assert text.count("Because:") == 2


def test_parts_are_told_by_the_plan_and_keep_their_values_in_the_extension() -> None:
    plan = finding(outcome="one-plan", summary="One plan", detail="A 3 days, B 5 days.", values=hold(5), combined=2)
    short = finding(outcome="a", summary="Hold A", detail="Words of A.", values=hold(3), part=True)
    long = finding(outcome="b", summary="Hold B", detail="Words of B.", values=hold(5), part=True)
    found = made(plan, short, long)
    for words in ("Hold A", "Hold B", "Words of", "---"):
        assert words not in (found.detail or "")
    assert (found.detail or "").endswith("Sources:\n- hold days 5 days, hold days 3 days: A guideline")
    items = found.extension[NAME]["findings"]
    assert [(item["outcome"], item["values"][0]["value"]) for item in items] == [("a", 3), ("b", 5)]


def test_parts_without_their_plan_still_say_something() -> None:
    assert detail(finding(part=True, detail="Hidden.")) == "Something is so"


def override(code: str, kinds: tuple[str, ...] = ("safety-alert",), topics: tuple[str, ...] = ()) -> Override:
    return Override.model_validate({"code": code, "display": code.upper(), "kinds": kinds, "topics": topics})


@pytest.mark.parametrize(
    ("offer", "fits"),
    [
        (override("a"), True),
        (override("a", ("red-flag", "safety-alert")), True),
        (override("a", ("red-flag",)), False),
        (override("a", topics=("antithrombotic",)), True),
        (override("a", topics=("glycaemia", "antithrombotic")), True),
        (override("a", topics=("glycaemia",)), False),
        (override("a", ("red-flag",), ("antithrombotic",)), False),
    ],
)
def test_a_card_offers_the_reasons_that_fit_what_leads_it(offer: Override, fits: bool) -> None:
    other = finding("red-flag", topic="glycaemia")
    assert [item.code for item in made(finding(), other, overrides=(offer,)).override_reasons] == ["a"] * fits


def test_reasons_come_in_their_order_and_say_what_they_are() -> None:
    reasons = made(finding(), overrides=(override("b"), override("a"))).override_reasons
    assert [(item.code, item.display) for item in reasons] == [("b", "B"), ("a", "A")]
    assert {item.system for item in reasons} == {"https://spine-cds.org/fhir/CodeSystem/override-reason"}
    assert made(finding()).override_reasons == ()
