"""The verb `spine-cds packet`: the documentation packet of one order, as four files."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from service.assembly import SpineService
from service.errors import NotUnderstood, PdfUnavailable
from service.fhir.sent import Resource
from service.files import by_key, question, read_entries
from service.prior_auth.document import document
from service.prior_auth.exports.answers import answered
from service.prior_auth.exports.package import Publisher
from service.prior_auth.listing import MADE_BY, checklist_json
from service.prior_auth.packet import Packet, alongside, assembled
from service.prior_auth.page import html
from service.prior_auth.pdf import pdf
from service.prior_auth.summary import counted, is_complete
from service.settings import Settings

HOOK = "order-sign"
CHECKLIST, PDF = "checklist.json", "packet.pdf"
NAMES = ("packet.json", "packet.html", PDF, CHECKLIST)
OPEN = 1
FILE = click.Path(path_type=Path)


@click.command()
@click.argument("files", nargs=-1, required=True, type=FILE)
@click.option("--order", required=True, type=FILE, help="The draft ServiceRequest that is to be authorized.")
@click.option("--answers", type=FILE, help="A finished QuestionnaireResponse to this procedure's questionnaire.")
@click.option("--policy", default="", help="Payer policy to judge by; chosen from Coverage if left out.")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="Day of the packet; today if left out.")
@click.option("--out", required=True, type=FILE, help="Folder for the four files; made if it is not there.")
@click.option("--complete", is_flag=True, help="Exit with 1 unless every criterion is met.")
def packet(
    files: tuple[Path, ...],
    order: Path,
    answers: Path | None,
    policy: str,
    on: datetime | None,
    out: Path,
    complete: bool,
) -> None:
    """Write the prior-authorization packet of an order from one patient's FHIR FILES.

    packet.json (FHIR document), packet.html, packet.pdf and checklist.json; a packet of the same order is replaced.
    """
    settings = Settings.load()
    day = on.date() if on else settings.day()
    made = _assembled(settings, files, order, policy, day, answers)
    # Midnight, so that the same day gives the same bytes.
    when = datetime.combine(day, time(), ZoneInfo(settings.zone))
    _written(out, made, when)
    for line in counted(made):
        click.echo(line)
    if complete and not is_complete(made):
        raise SystemExit(OPEN)


def _assembled(
    settings: Settings, files: tuple[Path, ...], order: Path, policy: str, day: date, answers: Path | None
) -> Packet:
    entries = [entry for path in files for entry in read_entries(path)]
    orders = tuple(entry.resource for entry in read_entries(order))
    service = SpineService(settings)
    try:
        asked = replace(question(HOOK, entries, orders, day, policy), beside=alongside(entries))
        keys = by_key(entries, service.content.templates(HOOK))
        made = assembled(service.evaluator, asked, keys, settings.max_resources)
    finally:
        service.engine.stop()
    return _with_answers(made, read_entries(answers)[0].resource, service.publisher) if answers else made


def _with_answers(made: Packet, response: Resource, publisher: Publisher) -> Packet:
    """The packet as answers leave it; which of them were not taken is said."""
    said = answered(made, response, publisher)
    for remark in said.remarks:
        click.echo(f"not taken: {remark}", err=True)
    return said.packet


def _written(out: Path, made: Packet, when: datetime) -> None:
    """Writes the files; PdfUnavailable comes after the three that can be made."""
    listing = checklist_json(made)
    _refuse_others(out, listing)
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, content in _contents(made, when, listing):
            # Whole or not at all: somebody may be reading.
            part = out / f".{name}.part"
            part.write_bytes(content)
            os.replace(part, out / name)
    except OSError as error:
        raise NotUnderstood(f"nothing can be written to {out}: {error.strerror}") from error
    except PdfUnavailable:
        (out / PDF).unlink(missing_ok=True)
        raise


def _contents(made: Packet, when: datetime, listing: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    page = html(made, when)
    yield CHECKLIST, _json(listing)
    yield NAMES[0], _json(document(made, when))
    yield NAMES[1], page.encode()
    yield PDF, pdf(page)


def _json(body: dict[str, Any]) -> bytes:
    return (json.dumps(body, indent=2, ensure_ascii=False) + "\n").encode()


def _refuse_others(out: Path, listing: dict[str, Any]) -> None:
    """What is in the way is replaced only where it is a packet of the same order of the same patient."""
    there = [name for name in NAMES if (out / name).exists()]
    if out.exists() and not out.is_dir():
        raise NotUnderstood(f"{out} is no folder: choose another --out")
    if not there:
        return
    try:
        known = json.loads((out / CHECKLIST).read_bytes())
    except (OSError, ValueError):
        known = {}
    same = isinstance(known, dict) and known.get("made_by") == MADE_BY
    if not same or any(known.get(name) != listing[name] for name in ("patient", "order")):
        raise NotUnderstood(f"{out} holds {there[0]} of something else: choose another --out")
