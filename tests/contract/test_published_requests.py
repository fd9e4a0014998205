"""Every published hook call through the whole service: what becomes of it is recorded, with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from service.api.app import create_app
from service.assembly import SpineService
from service.rules.load import Content
from service.settings import Settings
from tests.support.published import Row, as_markdown, files, parsed, rows

pytestmark = pytest.mark.shared
PAGE = Path(__file__).with_name("PUBLISHED.md")
# Published calls name servers on localhost, where anything may be running: none may be read.
SETTINGS = Settings(fhir_servers=("https://ehr.invalid/fhir",), today=date(2026, 11, 22), log_level="error")


@pytest.fixture(scope="module")
def service(content: Content) -> Iterator[SpineService]:
    made = SpineService(SETTINGS, content)
    made.start()
    yield made
    made.engine.stop()


@pytest.fixture(scope="module")
def found(service: SpineService, shared: Path) -> list[Row]:
    client = create_app(SETTINGS, service).test_client()
    return rows(client, service.entries, service.needed("", ""), shared)


def test_what_becomes_of_each_is_the_recorded_page(found: list[Row], request: pytest.FixtureRequest) -> None:
    made = as_markdown(found)
    if request.config.getoption("--update-golden"):
        PAGE.write_text(made, encoding="utf-8")
    recorded = PAGE.read_text(encoding="utf-8").splitlines()
    assert made.splitlines() == recorded, "record it anew with --update-golden, and read the difference"


def test_C3_what_is_no_json_is_400_and_nothing_else_is(found: list[Row], shared: Path) -> None:
    broken = {name for name, text in files(shared) if parsed(text) is None}
    assert len(broken) == 34
    assert {row.file for row in found if row.sent == "400 not-json"} == broken


def test_C3_a_hook_is_refused_by_name_only_where_nobody_answers_it(found: list[Row], service: SpineService) -> None:
    served = {entry.hook for entry in service.entries}
    refused = {row.hook for row in found if row.sent == "400 hook-not-served"}
    assert refused == {row.hook for row in found if row.hook} - served
    assert "fancy-structure" in refused


def test_D3_what_lacks_what_is_needed_is_412_and_never_an_empty_answer(found: list[Row]) -> None:
    assert len(found) == 122 + 21
    # What others prefetch has other names than our keys; only a call that sends ours could be answered.
    assert {row.sent for row in found} == {
        "400 not-json",
        "400 malformed-request",
        "400 hook-not-served",
        "412 needed-data-missing",
    }


def test_with_what_is_needed_every_call_of_ours_is_answered_or_says_what_is_wrong_with_it(found: list[Row]) -> None:
    completed = [row.completed for row in found if row.completed]
    assert completed.count("200 answered") >= 50
    assert set(completed) <= {"200 answered", "400 malformed-request", "412 needed-data-missing"}
