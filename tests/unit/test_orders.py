"""Draft orders: what is ordered, where and for when; a drafted drug is a planned exposure."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.reading import CPT, ICD, RXNORM, WARFARIN, Read, coded, read, resource, warfarin


def order(number: str = "1", **elements: Any) -> dict[str, Any]:
    base = {"status": "draft", "intent": "order", "code": coded(CPT, "64483")}
    return resource("ServiceRequest", number, **{**base, **elements})


def ordered(*resources: Any, **elements: Any) -> Read:
    return read(*resources, orders=[order(**elements)])


def prescription(**elements: Any) -> dict[str, Any]:
    base = {"status": "draft", "intent": "order", "medicationCodeableConcept": WARFARIN}
    return resource("MedicationRequest", "d", **{**base, **elements})


@pytest.mark.parametrize(
    ("elements", "date", "in_days"),
    [
        ({"occurrenceDateTime": "2026-12-01"}, "2026-12-01", 9),
        ({"occurrenceDateTime": "2026-11-22"}, "2026-11-22", 0),
        ({"occurrencePeriod": {"start": "2026-12-01", "end": "2026-12-03"}}, "2026-12-01", 9),
        ({"occurrenceDateTime": "2026-12"}, "2026-12-01", 9),
        ({"occurrenceDateTime": "soon"}, "", -1),
        ({}, "", -1),
    ],
)
def test_when(elements: dict[str, Any], date: str, in_days: int) -> None:
    item = ordered(**elements).one("order", concept="epidural-transforaminal")
    assert (item["date"], item["in_days"], item["region"]) == (date, in_days, "lumbar")


@pytest.mark.parametrize(
    ("elements", "place"),
    [
        ({"bodySite": [{"text": "left L5"}]}, ("lumbar", "left", "L5")),
        ({"note": [{"text": "please do the right L4-5"}]}, ("lumbar", "right", "L4-L5")),
        ({"reasonCode": [{"text": "left leg pain"}]}, ("lumbar", "left", "")),
        ({"code": {"text": "Left C6 transforaminal epidural"}}, ("cervical", "left", "C6")),
        ({"reasonReference": [{"reference": "Condition/con1"}]}, ("lumbar", "left", "L5")),
        ({"reasonReference": [{"reference": "Condition/con9"}]}, ("lumbar", "", "")),
    ],
)
def test_where(elements: dict[str, Any], place: tuple[str, str, str]) -> None:
    pain = resource("Condition", code=coded(ICD, "M54.16"), bodySite=[{"text": "left L5"}])
    item = ordered(pain, **elements).one("order")
    assert (item["region"], item["side"], item["level"]) == place


def test_what_an_order_takes_from_its_reason_is_not_said_of_the_order() -> None:
    pain = resource("Condition", code=coded(ICD, "M54.16"), bodySite=[{"text": "left L5"}])
    found = ordered(pain, reasonReference=[{"reference": "Condition/con1"}])
    sources = next(fact.sources for fact in found.facts if fact.kind == "order")
    order_words = [source.label for source in sources if "Condition/" not in source.reference]
    assert "left" not in " ".join(order_words)
    assert [source.label for source in sources if source.reference == "Condition/con1"] != []


def test_a_code_of_several_regions_takes_its_region_from_its_reason_if_it_may() -> None:
    neck = resource("Condition", code=coded(ICD, "M54.12"))
    reason = [{"reference": "Condition/con1"}]
    assert ordered(neck, code=coded(CPT, "64479"), reasonReference=reason).one("order")["region"] == "cervical"
    back = resource("Condition", code=coded(ICD, "M54.16"))
    assert ordered(back, code=coded(CPT, "64479"), reasonReference=reason).one("order")["region"] == ""


def test_words_decide_between_two_procedures_of_one_code() -> None:
    assert ordered(code=coded(CPT, "62323", "Caudal epidural")).concepts("order") == ["epidural-caudal"]
    assert ordered(code=coded(CPT, "62323")).concepts("order") == ["epidural-interlaminar"]


def test_what_must_not_be_done_is_no_order() -> None:
    assert ordered(doNotPerform=True).of("order") == []


def test_an_order_for_another_patient_is_reported() -> None:
    found = ordered(subject={"reference": "Patient/p2"})
    assert found.of("order") == []
    gap = found.gap("for another patient")
    assert (gap.where, gap.matters) == ("ServiceRequest/ser1", True)


@pytest.mark.parametrize("code", [None, {}, {"coding": [{"code": "x"}]}])
def test_an_order_that_does_not_say_what_is_reported(code: Any) -> None:
    found = ordered(code=code)
    assert found.of("order") == []
    assert found.gap("the draft order has neither a code nor words").matters


def test_an_order_of_no_interest_is_nothing_to_speak_of() -> None:
    found = ordered(code={"text": "Chest X-ray"})
    assert found.of("order") == []
    assert found.problems == []


def test_a_sloppy_order_is_repaired_and_says_so() -> None:
    found = ordered(occurrenceDateTime="2026-12-01T09:00:00", status=None)
    assert found.one("order")["date"] == "2026-12-01"
    assert found.gap("its day was kept").where == "ServiceRequest/ser1"


def test_an_order_in_hand_is_not_a_procedure_done() -> None:
    found = ordered()
    assert found.of("procedure") == found.of("count") == []


def test_a_drafted_drug_is_planned_whatever_its_status_says() -> None:
    for status in ("draft", "active"):
        item = read(orders=[prescription(status=status)]).one("medication", concept="warfarin")
        assert (item["state"], item["drafted"]) == ("planned", 1)


def test_a_drafted_drug_that_is_taken_already_is_both() -> None:
    item = read(warfarin(), orders=[prescription()]).one("medication")
    assert (item["state"], item["drafted"]) == ("active", 1)


def test_a_drafted_drug_may_refer_to_a_medication_of_the_record() -> None:
    drug = {"resourceType": "Medication", "id": "m1", "code": coded(RXNORM, "1364430")}
    made = prescription(medicationCodeableConcept=None, medicationReference={"reference": "Medication/m1"})
    assert read(drug, orders=[made]).concepts("medication") == ["apixaban"]


def test_a_drafted_drug_not_to_be_given_or_for_another_is_none() -> None:
    assert read(orders=[prescription(doNotPerform=True)]).of("medication") == []
    other = read(orders=[prescription(subject={"reference": "Patient/p2"})])
    assert other.of("medication") == []
    assert other.gap("for another patient").matters


def test_two_orders_are_two() -> None:
    orders = [order("1"), order("2", code=coded(CPT, "64493")), {"resourceType": "NutritionOrder", "id": "n"}]
    assert read(orders=orders).concepts("order") == ["epidural-transforaminal", "medial-branch-block"]


# --- what the words of an order state


@pytest.mark.parametrize(
    "elements",
    [
        {"note": [{"text": "Under fluoroscopy."}]},
        {"code": coded(CPT, "64483", "Transforaminal epidural under fluoroscopy")},
        {"orderDetail": [{"text": "fluoroscopy"}]},
        {"patientInstruction": "We use fluoroscopy."},
    ],
    ids=str,
)
def test_words_of_an_order_are_statements_about_it(elements: dict[str, Any]) -> None:
    item = ordered(**elements).one("statement", set="order-details")
    assert (item["concept"], item["where"], item["negated"]) == ("fluoroscopy", "order", 0)
    assert (item["region"], item["age_days"]) == ("lumbar", -1)


def test_what_an_order_denies_is_denied() -> None:
    found = ordered(note=[{"text": "Without contrast."}])
    assert {item["negated"] for item in found.of("statement", set="order-details", concept="contrast")} == {1}


def test_words_of_an_order_for_two_things_are_said_once() -> None:
    """One sentence is one statement, however many codes stand beside it."""
    both = {"coding": [*coded(CPT, "64483")["coding"], *coded(CPT, "64493")["coding"]]}
    found = ordered(code=both, note=[{"text": "Under fluoroscopy."}])
    assert found.concepts("order") == ["epidural-transforaminal", "medial-branch-block"]
    assert len(found.of("statement", concept="fluoroscopy", region="lumbar")) == 1


def test_an_order_of_no_interest_states_nothing() -> None:
    assert ordered(code={"text": "Chest X-ray"}, note=[{"text": "under fluoroscopy"}]).of("statement") == []


@pytest.mark.parametrize(("code", "guidance"), [("64483", "included"), ("62322", "without"), ("62323", "included")])
def test_a_code_says_whether_it_includes_image_guidance(code: str, guidance: str) -> None:
    assert ordered(code=coded(CPT, code)).one("order")["guidance"] == guidance
    assert ordered(code={"text": "lumbar epidural steroid injection"}).one("order")["guidance"] == ""


@pytest.mark.parametrize(
    ("elements", "place"),
    [
        ({"reasonReference": [{"reference": "Condition/con1"}]}, ("", "", "")),
        ({"note": [{"text": "for burning left leg pain"}]}, ("", "", "")),
        ({"reasonCode": [{"text": "left leg pain"}]}, ("", "", "")),
        ({"bodySite": [{"text": "thoracic spine, right"}]}, ("thoracic", "right", "")),
    ],
)
def test_what_is_done_away_from_the_pain_takes_no_place_from_it(
    elements: dict[str, Any], place: tuple[str, str, str]
) -> None:
    pain = resource("Condition", code=coded(ICD, "M54.16"), bodySite=[{"text": "left L5"}])
    item = ordered(pain, code=coded(CPT, "63650"), **elements).one("order")
    assert (item["region"], item["side"], item["level"]) == place


@pytest.mark.parametrize(
    ("elements", "title", "without"),
    [
        ({"code": coded(CPT, "64451")}, "sacral lateral branch block", "steroid"),
        ({"code": {"text": "lateral branch blocks"}}, "sacral lateral branch block", "steroid"),
        ({"code": coded(CPT, "27096")}, "sacroiliac joint injection", ""),
        ({"note": [{"text": "Fluoroscopy. No steroid."}]}, "transforaminal epidural injection", "steroid"),
        ({"note": [{"text": "No steroid allergy."}]}, "transforaminal epidural injection", ""),
    ],
)
def test_a_code_or_words_name_a_variant_and_what_it_leaves_out(
    elements: dict[str, Any], title: str, without: str
) -> None:
    item = ordered(**elements).one("order", set="spine-procedures")
    assert (item["title"], item["without"]) == (title, without)


def test_an_order_of_several_levels_names_each() -> None:
    found = ordered(code={"text": "Left medial branch block L3, L4 and L5"})
    assert (found.one("order")["level"], found.one("order")["levels"]) == ("L3", 3)
    assert [(item["level"], item["region"], item["side"]) for item in found.of("order-level")] == [
        ("L4", "lumbar", "left"),
        ("L5", "lumbar", "left"),
    ]
    told = [source.label for fact in found.facts if fact.kind == "order" for source in fact.sources]
    assert any("left L3, L4, L5" in label for label in told)
    assert ordered(code={"text": "Left transforaminal epidural L4-L5, of the L5 root"}).of("order-level") == []


def test_a_draft_is_of_origin_order() -> None:
    assert ordered().one("order")["origin"] == "order"


@pytest.mark.parametrize(
    ("elements", "levels"),
    [
        ({"code": {"text": "Lumbar epidural steroid injection"}}, 0),
        ({"code": {"text": "Lumbar epidural steroid injection L4-L5"}}, 1),
        ({"code": {"text": "Transforaminal epidural L4-L5 and L5-S1"}}, 2),
        ({"code": {"text": "Transforaminal epidural"}, "bodySite": [{"text": "L4-L5"}, {"text": "L5-S1"}]}, 2),
        ({"code": {"text": "Transforaminal epidural L4-L5 and L5-S1"}, "bodySite": [{"text": "L5"}]}, 2),
        ({"code": {"text": "Medial branch block L3-L5"}, "bodySite": [{"text": "L4-L5"}, {"text": "L5-S1"}]}, 2),
        ({"code": {"text": "Transforaminal epidural L4-L5"}, "bodySite": [{"text": "L5-S1"}]}, -1),
        ({"code": {"text": "Transforaminal epidural"}, "note": [{"text": "At L4-L5 and L5-S1."}]}, 2),
        ({"code": {"text": "Transforaminal epidural L4-L5"}, "note": [{"text": "MRI: L3-L4 and L5-S1 worn."}]}, 1),
        ({"code": {"text": "Transforaminal epidural L3-L4 to L5-S1"}}, -1),
    ],
)
def test_an_order_says_how_many_levels_its_words_name(elements: dict[str, Any], levels: int) -> None:
    assert {item["levels"] for item in ordered(**elements).of("order", set="spine-procedures")} == {levels}


DAY, LATER = {"occurrenceDateTime": "2026-12-01"}, {"occurrenceDateTime": "2026-12-08"}


def block(number: str, code: str, words: str, **elements: Any) -> dict[str, Any]:
    return order(number, code=coded(CPT, code, words), **elements)


@pytest.mark.parametrize(
    ("orders", "levels", "bones", "coded_levels"),
    [
        ([block("1", "64493", "left L4-L5"), block("2", "64494", "left L5-S1")], 2, 0, 2),
        ([block("1", "64493", "left L4-L5"), block("2", "64494", "right L4-L5")], 1, 0, 2),
        ([block("1", "64493", "left"), block("2", "64494", ""), block("3", "64495", "")], 0, 0, 3),
        ([block("1", "64493", "left L3, L4"), block("2", "64494", "left L5")], 3, 1, 2),
        ([block("1", "64493", "left L4-L5"), block("2", "64494", "left L3/4/5")], -1, 0, 2),
        ([block("1", "64493", "L4-L5", **DAY), block("2", "64494", "L5-S1")], 2, 0, 2),
        ([block("1", "64493", "facet injection L4-L5"), block("2", "64494", "facet injection L5-S1")], 2, 0, 2),
        ([block("1", "64483", "left L5 root block"), block("2", "64484", "left S1 root block")], 2, 1, 2),
        ([order(code={"coding": [*coded(CPT, "64483")["coding"], *coded(CPT, "64484")["coding"]]})], 0, 0, 2),
        ([block("1", "64493", "left L4-L5"), block("2", "64483", "left L5")], 1, None, 0),
    ],
)
def test_levels_are_counted_over_the_orders_of_a_session(
    orders: list[Any], levels: int, bones: int | None, coded_levels: int
) -> None:
    found = read(orders=orders).of("order")
    assert {(item["levels"], item["coded"]) for item in found} == {(levels, coded_levels)}
    assert bones is None or {item["bones"] for item in found} == {bones}


def test_orders_for_two_days_are_two_sessions() -> None:
    found = read(orders=[block("1", "64493", "L4-L5", **DAY), block("2", "64493", "L5-S1", **LATER)]).of("order")
    assert [item["levels"] for item in found] == [1, 1]


def test_drafts_without_an_id_are_counted_each() -> None:
    drafts = [block("1", "64493", "L4-L5"), block("2", "64494", "L5-S1")]
    for draft in drafts:
        del draft["id"]
    assert [item["levels"] for item in read(orders=drafts).of("order")] == [2, 2]
