"""The page of a packet: what a reviewer needs first, accessible, and nothing of a record taken for markup."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest

from service.evaluate import Evaluator
from service.fhir.sent import Entry
from service.prior_auth.attachments import dated, ranges, together
from service.prior_auth.lines import sections
from service.prior_auth.page import CSP, html
from service.prior_auth.sources import Sources
from service.prior_auth.timeline import LEFT, RIGHT, picture
from tests.support.packets import DOCUMENTED, WHEN, made, order, packet_of
from tests.support.records import PATIENT

HOSTILE = "</td></style><script>alert(1)</script><img src=x onerror=alert(1)>\"'\x00"
VOID = {"meta", "br", "img", "link", "hr", "input"}


class Page(HTMLParser):
    """Elements in order with their attributes, the text of each kind of element, and whether tags close."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.open: list[str] = []
        self.crossed: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.crossed.append(tag)

    def handle_data(self, data: str) -> None:
        for tag in set(self.open):
            self.texts[tag][-1] += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def complete(evaluator: Evaluator) -> Page:
    return Page(html(packet_of(evaluator, "s10"), WHEN))


@pytest.fixture(scope="module")
def bare(evaluator: Evaluator) -> Page:
    return Page(html(packet_of(evaluator, "s11"), WHEN))


def test_the_header_tells_who_what_where_when_and_who_pays(complete: Page) -> None:
    told = dict(zip(complete.texts["dt"], complete.texts["dd"], strict=True))
    assert told == {
        "Patient": "S10 Sample",
        "Born": "1955-02-16",
        "Payer": "Medicare, Medicare fee-for-service, Medicare Part B, member SAMPLE-S10-A, from 2020-02-01",
        "Code": "CPT 64483",
        "Procedure": "transforaminal epidural injection",
        "Units": "1",
        "Side": "left",
        "Region": "lumbar L4-L5",
        "Service date": "2026-12-01",
        "Ordered by": "Sample Pain Clinic",
    }


def test_the_summary_counts(complete: Page, bare: Page) -> None:
    assert (
        "of 12 criteria that apply, 12 met, 0 not met, 0 not documented; 1 not applicable." in complete.texts["div"][-1]
    )
    assert "of 12 criteria that apply, 5 met, 0 not met, 7 not documented" in " ".join(bare.texts["p"])


def test_the_policy_has_its_dates_and_its_status(complete: Page) -> None:
    said = " ".join(" ".join(complete.texts["caption"][0].split()).split())
    assert said == "Medicare epidural criteria in force from 2021-12-05, status verified, checked 2026-11-22"


def test_a_criterion_has_what_was_needed_found_and_where(complete: Page) -> None:
    rows = [" ".join(row.split()) for row in complete.texts["tr"]]
    care = next(row for row in rows if row.startswith("Conservative care"))
    assert "conservative care for at least 4 weeks" in care
    assert "11 weeks from first to last of 9 contacts" in care
    assert "physical therapy, 7 times, 2026-09-22 to 2026-11-05 [11–17]" in care


def test_what_is_missing_says_who_can_supply_it(bare: Page) -> None:
    rows = [" ".join(row.split()) for row in bare.texts["tr"]]
    assert any(row.startswith("Imaging") and row.endswith("imaging department") for row in rows)


def test_open_criteria_come_first(bare: Page) -> None:
    statuses = [str(cell["class"]) for cell in bare.all("td") if cell.get("class")]
    assert statuses == sorted(statuses, key=["not-met", "not-documented", "met", "not-applicable"].index)


def test_unverified_numbers_say_so(complete: Page) -> None:
    rows = [" ".join(row.split()) for row in complete.texts["tr"]]
    assert any("conservative weeks needed: 4 weeks" in row and row.endswith("secondary") for row in rows)


@pytest.mark.parametrize(
    "words", ["certifies nothing", "the ordering clinician decides", "numbers only", "nobody has reviewed"]
)
def test_what_the_page_does_not_claim(complete: Page, words: str) -> None:
    assert words in " ".join(complete.texts["footer"][0].split())


def test_no_description_of_a_code_is_shown(evaluator: Evaluator) -> None:
    """CPT descriptors belong to the AMA: whatever a client wrote beside the code is not repeated."""
    described = {"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": "64483", "display": "DESCRIPTOR"}]}
    page = html(made(evaluator, DOCUMENTED[:-1], orders=[order(code=described | {"text": "DESCRIPTOR"})]), WHEN)
    assert "CPT 64483" in page
    assert "DESCRIPTOR" not in page


def test_the_page_can_be_read_by_all(complete: Page, bare: Page) -> None:
    for page in (complete, bare):
        assert page.all("html") == [{"lang": "en"}]
        assert page.crossed == []
        assert page.open == []
        assert len(page.all("h1")) == 1
        assert len(page.all("caption")) == len(page.all("table"))
        assert all(cell.get("scope") in ("col", "row") for cell in page.all("th"))
        levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
        assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
        named = {attributes.get("id") for _, attributes in page.elements}
        assert {section["aria-labelledby"] for section in page.all("section")} <= named
        assert page.all("svg")[0]["aria-labelledby"] in named
        assert page.texts["title"][-1].startswith("Timeline. ")


def test_the_page_runs_nothing_and_fetches_nothing(evaluator: Evaluator, complete: Page) -> None:
    tags = {tag for tag, _ in complete.elements}
    assert not tags & {"script", "link", "img", "iframe", "object", "form"}
    assert not any(name.startswith("on") or name == "style" for _, found in complete.elements for name in found)
    assert "url(" not in complete.texts["style"][0]
    digest = base64.b64encode(hashlib.sha256(complete.texts["style"][0].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in CSP


def test_words_of_a_record_stay_words(evaluator: Evaluator) -> None:
    coverage = {
        "resourceType": "Coverage",
        "id": "c1",
        "status": "active",
        "payor": [{"display": HOSTILE}],
        "beneficiary": {"reference": f"Patient/{PATIENT}"},
    }
    hostile = order(note=[{"text": HOSTILE}], requester={"display": HOSTILE})
    page = Page(html(made(evaluator, DOCUMENTED[:-1], orders=[hostile], beside=[Entry(coverage)]), WHEN))
    assert not {"script", "img"} & {tag for tag, _ in page.elements}
    assert page.crossed == []
    assert any("<script>alert(1)</script>" in text for text in page.texts["dd"]), "it is shown as what it is"
    assert not any("\x00" in text for text in page.texts["body"])


def test_marks_that_turn_text_around_are_left_out(evaluator: Evaluator) -> None:
    page = html(made(evaluator, DOCUMENTED[:-1], orders=[order(requester={"display": "A\u202edenied"})]), WHEN)
    assert "Adenied" in page


def test_the_same_input_gives_the_same_page(evaluator: Evaluator) -> None:
    assert html(packet_of(evaluator, "s08"), WHEN) == html(packet_of(evaluator, "s08"), WHEN)


def test_the_timeline_shows_what_is_dated_in_order(evaluator: Evaluator) -> None:
    shown = picture(packet_of(evaluator, "s08"))
    assert shown is not None
    rows = [mark.row for mark in shown.marks if mark.row]
    assert rows == ["Since", "Treatment", "Imaging", "Procedures", "Ordered"]
    done = [mark for mark in shown.marks if mark.shape == "triangle"]
    assert [mark.x for mark in done] == sorted(mark.x for mark in done)
    assert len(done) == 4
    assert not [mark.label for mark in done if "therapy" in mark.label]
    ordered = shown.marks[-1]
    assert ordered.x > shown.today > done[-1].x
    for mark in shown.marks:
        assert LEFT <= mark.x <= RIGHT
        assert mark.label_left >= LEFT
        assert mark.label_left + mark.label_width <= RIGHT + 1
        if mark.label_y != mark.y:
            continue
        covered = mark.label_left < mark.x + mark.width and mark.x < mark.label_left + mark.label_width
        assert mark.shape == "open" or not covered, f"{mark.label} lies over its own mark"


def test_a_label_without_room_beside_its_mark_stands_above_it(evaluator: Evaluator) -> None:
    """Where it lay over the bar, the first contacts could not be seen."""
    shown = picture(packet_of(evaluator, "s10"))
    assert shown is not None
    (therapy,) = [mark for mark in shown.marks if "physical therapy" in mark.label]
    assert therapy.label_y < therapy.y
    lines = [place for mark in shown.marks for place in {mark.y, mark.label_y}]
    assert len(lines) == len(set(lines)), "no two marks or labels share a line"
    assert max(lines) < shown.height - 18


def test_contacts_of_a_treatment_are_no_procedures_beside_it(evaluator: Evaluator) -> None:
    packet = packet_of(evaluator, "s10")
    parts = {part.id: [line.text for line in part.lines] for part in sections(packet, Sources(packet))}
    assert any("physical therapy" in text for text in parts["treatment"])
    assert not any("physical therapy" in text for text in parts["procedures"])


def test_a_long_course_is_cut_and_said_to_be(evaluator: Evaluator) -> None:
    long = [{"condition": {"icd10cm": "M54.16", "text": "Left lumbar radiculopathy", "since": 3000}}, *DOCUMENTED[1:]]
    shown = picture(made(evaluator, long))
    assert shown is not None
    assert shown.marks[0].cut
    assert not any(mark.cut for mark in shown.marks[1:])


def test_a_date_is_told_as_it_was_told(evaluator: Evaluator) -> None:
    partial = [{"condition": {"icd10cm": "M54.16", "text": "Left lumbar radiculopathy", "since": "2026-02"}}]
    shown = picture(made(evaluator, [*partial, *DOCUMENTED[1:]]))
    assert shown is not None
    assert "since 2026-02;" in shown.said + ";"


def test_without_any_date_there_is_no_picture(evaluator: Evaluator) -> None:
    packet = made(evaluator, [], orders=[order(occurrenceDateTime=None)])
    assert picture(packet) is None
    assert "<svg" not in html(packet, WHEN)


@pytest.mark.parametrize(
    ("numbers", "said"),
    [([], ""), ([3], "3"), ([3, 4], "3, 4"), ([3, 4, 5], "3–5"), ([1, 3, 4, 5, 9], "1, 3–5, 9")],
)
def test_numbers_in_a_row_are_told_as_one(numbers: list[int], said: str) -> None:
    assert ranges(numbers) == said


@pytest.mark.parametrize(
    ("label", "parts"),
    [
        ("physical therapy, 2026-09-22", ("physical therapy", "2026-09-22")),
        ("MRI, lumbar (2026-10-06)", ("MRI, lumbar", "2026-10-06")),
        ("epidural, ordered, left, for 2026-12-01", ("epidural, ordered, left for", "2026-12-01")),
        ("radicular pain, since 2026-08", ("radicular pain since", "2026-08")),
        ("“No fever.” (Report, 2026-10-06)", ("“No fever.” (Report, 2026-10-06)", "")),
        ("pain score", ("pain score", "")),
    ],
)
def test_the_day_at_the_end_of_a_label(label: str, parts: tuple[str, str]) -> None:
    assert dated(label) == parts


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ([], "therapy"),
        (["2026-09-22"], "therapy, 2026-09-22"),
        (["2026-09-29", "2026-09-22", ""], "therapy, 2 times, 2026-09-22 to 2026-09-29"),
    ],
)
def test_several_days_are_told_together(days: list[str], said: Any) -> None:
    assert together("therapy", days) == said
