"""The PDF of a packet: tagged, readable by machine, one page of criteria, the same bytes; skipped without Pango."""

from __future__ import annotations

import io

import pytest

from service.errors import PdfUnavailable
from service.evaluate import Evaluator
from service.prior_auth.page import html
from service.prior_auth.pdf import pdf
from tests.support.packets import WHEN, packet_of

pypdf = pytest.importorskip("pypdf", reason="skipped: pypdf is not installed")


@pytest.fixture(scope="module")
def page(evaluator: Evaluator) -> str:
    return html(packet_of(evaluator, "s10"), WHEN)


@pytest.fixture(scope="module")
def printed(page: str) -> bytes:
    try:
        return pdf(page)
    except PdfUnavailable as error:
        pytest.skip(f"skipped: {error.text}")


def test_it_is_tagged_and_says_its_language_and_title(printed: bytes) -> None:
    reader = pypdf.PdfReader(io.BytesIO(printed))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert "/StructTreeRoot" in root
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata is not None
    assert reader.metadata.title == "Prior authorization: Transforaminal epidural injection, left lumbar"
    assert reader.metadata.creation_date == WHEN


def test_its_text_can_be_read_and_the_criteria_are_on_one_page(printed: bytes) -> None:
    reader = pypdf.PdfReader(io.BytesIO(printed))
    first = " ".join(reader.pages[0].extract_text().split())
    for words in ("S10 Sample", "CPT 64483", "Medicare epidural criteria", "Concordance", "Prior response"):
        assert words in first, words
    everything = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    for words in ("Safety review", "Not found in the record", "Attachments", "certifies nothing"):
        assert words in everything, words


@pytest.mark.parametrize("name", ["s01", "s08", "s11", "s18"])
def test_the_criteria_of_other_epidurals_are_on_one_page_too(name: str, evaluator: Evaluator, printed: bytes) -> None:
    packet = packet_of(evaluator, name)
    first = pypdf.PdfReader(io.BytesIO(pdf(html(packet, WHEN)))).pages[0].extract_text()
    (checklist,) = packet.checklists
    names = [item.id.replace("-", " ").capitalize() for item in checklist.criteria]
    assert [it for it in names if it not in " ".join(first.split())] == []


def test_tables_headings_and_the_picture_are_tagged(printed: bytes) -> None:
    reader = pypdf.PdfReader(io.BytesIO(printed))
    kinds: dict[str, int] = {}
    texts: list[str] = []
    waiting = [reader.trailer["/Root"]["/StructTreeRoot"]]
    while waiting:
        node = waiting.pop().get_object()
        if isinstance(node, pypdf.generic.ArrayObject):
            waiting.extend(node)
        elif isinstance(node, pypdf.generic.DictionaryObject):
            kinds[str(node.get("/S"))] = kinds.get(str(node.get("/S")), 0) + 1
            texts += [str(node["/Alt"])] if "/Alt" in node else []
            waiting.extend([node["/K"]] if "/K" in node else [])
    assert {"/H1", "/H2", "/Table", "/TH", "/TD", "/Figure", "/Caption"} <= set(kinds)
    assert any(text.startswith("Timeline. ") for text in texts)


def test_the_same_page_gives_the_same_bytes(page: str, printed: bytes) -> None:
    assert pdf(page) == printed


@pytest.mark.parametrize(
    "element",
    [
        '<img alt="x" src="http://127.0.0.1:9/x.png">',
        '<img alt="x" src="file:///etc/hostname">',
        '<link rel="stylesheet" href="https://example.org/x.css">',
    ],
)
def test_nothing_is_fetched(printed: bytes, element: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr("urllib.request.OpenerDirector.open", lambda _, request, *__, **___: asked.append(request))
    assert pdf(f"<html lang='en'><title>x</title><body>{element}</body></html>").startswith(b"%PDF")
    assert asked == []


def test_without_the_library_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "weasyprint", None)
    with pytest.raises(PdfUnavailable, match="install"):
        pdf("<html></html>")
