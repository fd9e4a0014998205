"""An epidural ordered for each of the 166 published patients: a packet for each, and nothing in it made up."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import pytest
from fhir.resources.R4B.bundle import Bundle

from service.errors import PdfUnavailable
from service.evaluate import Evaluator
from service.files import by_key, patient_id, question, read_entries
from service.prior_auth.document import document
from service.prior_auth.packet import assembled
from service.prior_auth.page import html
from service.prior_auth.pdf import pdf
from tests.e2e.population import patients
from tests.support.packets import HOOK, WHEN, order
from tests.unit.test_packet_document import OWN, complaints

pytestmark = [pytest.mark.shared, pytest.mark.slow]
PATIENTS, PRINTED = 166, 3


class Made(NamedTuple):
    """One patient's packet: seconds, size, and what came in."""

    name: str
    seconds: float
    bundle: dict[str, Any]
    page: str
    received: list[Any]


@pytest.fixture(scope="module")
def made(evaluator: Evaluator, shared: Path) -> list[Made]:
    found = list(_made(evaluator, shared))
    sizes = [len(json.dumps(item.bundle)) // 1000 for item in found]
    seconds = [item.seconds * 1e3 for item in found]
    print(
        f"\n{len(found)} packets: {median(seconds):.0f} ms in the middle, {max(seconds):.0f} at most;"
        f" {median(sizes)} kB in the middle, {max(sizes)} at most;"
        f" {sum(len(item.bundle['entry']) for item in found)} entries of {sum(len(i.received) for i in found)} received"
    )
    return found


def _made(evaluator: Evaluator, shared: Path) -> Iterator[Made]:
    for path in patients(shared):
        entries = read_entries(path)
        asked = order(id="authorize-me", subject={"reference": f"Patient/{patient_id(entries)}"})
        keys = by_key(entries, evaluator.content.templates(HOOK))
        started = time.perf_counter()
        packet = assembled(evaluator, question(HOOK, entries, [asked], date(2026, 11, 22)), keys)
        bundle = document(packet, WHEN)
        seconds = time.perf_counter() - started
        yield Made(path.name, seconds, bundle, html(packet, WHEN), [asked, *(entry.resource for entry in entries)])


def test_every_patient_gets_a_packet_that_can_be_traced(made: list[Made]) -> None:
    assert len(made) == PATIENTS
    assert {item.name: found for item in made if (found := complaints(item.bundle))} == {}


def test_nothing_is_in_a_packet_that_was_not_received(made: list[Made]) -> None:
    for item in made:
        taken = [e["resource"] for e in item.bundle["entry"] if e["resource"]["resourceType"] not in OWN]
        assert all(any(resource is known for known in item.received) for resource in taken), item.name
        assert len(taken) < len(item.received), "a packet holds what it rests on, not the whole record"


def test_every_packet_is_fhir(made: list[Made]) -> None:
    for item in made:
        Bundle.model_validate(json.loads(json.dumps(item.bundle)))


def test_three_are_printed(made: list[Made]) -> None:
    longest = sorted(made, key=lambda item: (len(item.page), item.name))[-PRINTED:]
    try:
        sizes = [len(pdf(item.page)) // 1000 for item in longest]
    except PdfUnavailable as error:
        pytest.skip(f"skipped: {error.text}")
    print(f"\nPDF of the three longest pages: {sizes} kB")
    assert all(size > 20 for size in sizes)
