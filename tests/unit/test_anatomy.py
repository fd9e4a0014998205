"""Regions, sides and levels out of words and body-site codes."""

from __future__ import annotations

import pytest

from service.terminology.anatomy import Site, count_levels, join_sides, merge
from service.terminology.words import Phrases, words_of
from tests.support.reading import SNOMED, anatomy


@pytest.mark.parametrize(
    ("text", "site"),
    [
        ("L5-S1", Site("lumbar", "", "L5-S1")),
        ("L5/S1", Site("lumbar", "", "L5-S1")),
        ("l5 - s1", Site("lumbar", "", "L5-S1")),
        ("L4-5", Site("lumbar", "", "L4-L5")),
        ("L4/5", Site("lumbar", "", "L4-L5")),
        ("L4-L5", Site("lumbar", "", "L4-L5")),
        ("C7-T1", Site("cervical", "", "C7-T1")),
        ("T12-L1", Site("thoracic", "", "T12-L1")),
        ("T10", Site("thoracic", "", "T10")),
        ("T1 vertebral body", Site("thoracic", "", "T1")),
        ("left L5 root", Site("lumbar", "left", "L5")),
        ("Lt. C6", Site("cervical", "left", "C6")),
        ("lumbar spine, both sides", Site("lumbar", "bilateral", "")),
        ("left and right leg, sciatica", Site("lumbar", "bilateral", "")),
        ("bilateral low back", Site("lumbar", "bilateral", "")),
        ("fracture of T12, lumbar MRI", Site("thoracic", "", "T12")),
        ("lumbar and cervical spine", Site("", "", "")),
        ("HL5-S1X", Site("", "", "")),
        ("leftover", Site("", "", "")),
        ("left thoracic", Site("thoracic", "left", "")),
        ("thoracic structure", Site("", "", "")),
        ("", Site("", "", "")),
    ],
)
def test_words_name_a_site(text: str, site: Site) -> None:
    assert anatomy().of_words(text) == site


@pytest.mark.parametrize(
    "text",
    [
        "MR lumbar spine T1-weighted",
        "MR lumbar spine T1 weighted and T2 weighted",
        "MR lumbar spine T1/T2 weighted",
        "MR lumbar spine, T1 and T2-weighted",
        "MR lumbar spine T1 T2 sag",
        "MR lumbar spine: sagittal T1, T2 and STIR",
        "MR lumbar spine T1WI T2WI",
        "MR lumbar spine T1W",
        "MR lumbar spine with T2 hyperintensity",
        "MR lumbar spine T1",
        "MR lumbar spine, L4-5, low T1 signal",
    ],
)
def test_a_sequence_is_no_vertebra(text: str) -> None:
    site = anatomy().of_words(text)
    assert site.region == "lumbar"
    assert not site.level.startswith("T")
    assert anatomy().regions(text) == ["lumbar"]


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("fracture of T1 and T2", ["T1", "T2"]),
        ("thoracic spine, T2 lesion", ["T2"]),
        ("T1-T2 disc", ["T1-T2"]),
        ("L3-4, L4-5 and L5-S1; again L4-5", ["L3-L4", "L4-L5", "L5-S1"]),
        ("C5-6 and L4-5", ["C5-C6", "L4-L5"]),
        ("T1 hypointense marrow", []),
    ],
)
def test_levels_in_order_each_once(text: str, levels: list[str]) -> None:
    assert anatomy().levels(text) == levels


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("left transforaminal epidural", 0),
        ("left L4-L5 epidural", 1),
        ("L5 transforaminal epidural at L5-S1", 1),
        ("C7-T1 interlaminar epidural", 1),
        ("L4-L5, 2 mL", 1),
        ("L4-L5 and L5-S1", 2),
        ("L5 and S1", 2),
        ("C6-C7, C7-T1", 2),
        ("L3-4, L4-5 and L5-S1; again L4-5", 3),
        ("L3-L4 to L5-S1", -1),
        ("L3-L4 through L5-S1", -1),
        ("L3-L5", 2),
        ("C6-T1", 2),
        ("T11-L1", 2),
        ("L2-L4 and L5-S1", 3),
        ("L2-L4 and L3-L4", 2),
        ("L5-L3", -1),
        ("L4-L5 and S1", -1),
        ("L4-L5 and L5", -1),
        ("L3/4/5", -1),
    ],
)
def test_how_many_levels_words_name(text: str, count: int) -> None:
    assert count_levels([anatomy().named_levels(text)]) == count


@pytest.mark.parametrize(
    ("texts", "count"),
    [
        (["left L5 root", "right L5 root"], 1),
        (["L4-L5", "L5-S1", "L5-S1"], 2),
        (["L3-L5", "L5-S1"], 3),
        (["L4-L5", "the L5 root"], 1),
        (["L4-L5", "lumbar"], 1),
        (["L4-L5", "S1"], -1),
        (["L4-L5", "L3/4/5"], -1),
    ],
)
def test_how_many_levels_several_texts_name_together(texts: list[str], count: int) -> None:
    assert count_levels([anatomy().named_levels(text) for text in texts]) == count


@pytest.mark.parametrize(
    ("text", "regions"),
    [
        ("MR cervical and lumbar spine", ["cervical", "lumbar"]),
        ("C5-6 and L4-5", ["cervical", "lumbar"]),
        ("lumbar spine L4-5", ["lumbar"]),
        ("chest", []),
    ],
)
def test_all_regions_that_are_named(text: str, regions: list[str]) -> None:
    assert anatomy().regions(text) == regions


def test_body_site_codes_and_their_displays() -> None:
    lumbar = {"system": SNOMED, "code": "122496007"}
    left = {"system": SNOMED, "code": "7771000"}
    assert anatomy().of_codings([lumbar, left]) == Site("lumbar", "left", "")
    assert anatomy().of_codings([{"code": "x", "display": "right C6"}]) == Site("cervical", "right", "C6")
    assert anatomy().of_codings([{"code": None}, {"display": None}, {}]) == Site()


def test_sides_join_and_sites_merge() -> None:
    assert join_sides([]) == join_sides([""]) == ""
    assert join_sides(["left", "", "left"]) == "left"
    assert join_sides(["left", "right"]) == join_sides(["left", "bilateral"]) == "bilateral"
    assert merge(Site("", "left", ""), Site("lumbar", "right", "L5")) == Site("lumbar", "left", "L5")


def test_whole_words_and_the_longest_phrase() -> None:
    phrases: Phrases[str] = Phrases()
    phrases.add("foot drop", "drop")
    phrases.add("left foot drop", "left drop")
    phrases.add("drop", "any")
    assert [found.value for found in phrases.find(words_of("Left foot-drop"))] == ["left drop"]
    assert [found.value for found in phrases.find(words_of("foot drop, then a drop"))] == ["drop", "any"]
    assert phrases.find(words_of("foot drops")) == []
    assert phrases.find([]) == []
    with pytest.raises(ValueError, match="no words"):
        phrases.add("—", "nothing")


def test_phrases_of_two_groups_do_not_hide_each_other() -> None:
    phrases: Phrases[tuple[str, str]] = Phrases(lambda value: value[0])
    phrases.add("disc herniation", ("a", "herniation"))
    phrases.add("herniation", ("b", "herniation"))
    assert len(phrases.find(words_of("disc herniation"))) == 2
