"""What a packet costs on a record of 400 resources: the checklist, the FHIR document, and the PDF of its page."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from statistics import median
from zoneinfo import ZoneInfo

from rich.table import Table

from fhir_samples.samples import samples
from service.errors import PdfUnavailable
from service.evaluate import Evaluator
from service.fhir.sent import Entry
from service.files import by_key
from service.prior_auth.document import document
from service.prior_auth.listing import checklist_json
from service.prior_auth.packet import Packet, assembled
from service.prior_auth.page import html
from service.prior_auth.pdf import pdf
from service.rules.engine_process import EngineProcess
from service.rules.load import load_content
from tests.bench.bodies import irrelevant

SAMPLE, HOOK, RESOURCES = "s10-medicare-complete", "order-sign", 400
# Milliseconds that each may take.
MOST = {"checklist": 10.0, "packet bundle": 150.0, "page": 150.0, "PDF": 2000.0}


def packets(rounds: int) -> Table:
    """A row for each form of the packet: median milliseconds, and the target."""
    engine = EngineProcess(20)
    try:
        content = load_content()
        return _measured(Evaluator(content, engine, ZoneInfo("UTC")), rounds)
    finally:
        engine.stop()


def _measured(evaluator: Evaluator, rounds: int) -> Table:
    sample = next(sample for sample in samples() if sample.name == SAMPLE)
    entries = sample.entries
    patient = next(str(entry.resource["id"]) for entry in entries if entry.resource["resourceType"] == "Patient")
    entries += [Entry(irrelevant(number, patient, 4)) for number in range(RESOURCES - len(entries))]
    keys, asked = by_key(entries, evaluator.content.templates(HOOK)), sample.question(HOOK)
    when = datetime(2026, 11, 22, tzinfo=UTC)

    def made() -> Packet:
        return assembled(evaluator, asked, keys)

    packet = made()
    page = html(packet, when)
    table = Table("form", "median ms", "at most ms", title=f"packet of an order, {RESOURCES} resources")
    forms: dict[str, tuple[Callable[[], object], int]] = {
        "checklist": (lambda: checklist_json(made()), rounds),
        "packet bundle": (lambda: document(made(), when), rounds),
        "page": (lambda: html(packet, when), rounds),
        "PDF": (lambda: pdf(page), max(2, rounds // 10)),
    }
    for name, (make, times) in forms.items():
        table.add_row(name, _milliseconds(make, times), f"{MOST[name]:g}")
    return table


def _milliseconds(make: Callable[[], object], times: int) -> str:
    found = []
    try:
        make()
        for _ in range(times):
            started = time.perf_counter()
            make()
            found.append(time.perf_counter() - started)
    except PdfUnavailable as error:
        return error.text
    return f"{median(found) * 1e3:.1f}"
