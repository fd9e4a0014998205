"""The verbs about what is kept: `spine-cds feedback export|report` and `spine-cds store upgrade|prune`."""

from __future__ import annotations

import json
import sys
from datetime import datetime

import click
from rich.console import Console
from rich.table import Column, Table

from service.errors import StoreUnavailable
from service.settings import Settings
from service.settings.store import NO_DATABASE
from service.store.database import Database
from service.store.export import lines, write_csv, write_ndjson
from service.store.kept import Store, open_store
from service.store.report import Report, report
from service.store.told import Days

DAY = click.DateTime(["%Y-%m-%d"])
FROM = click.option("--from", "first", type=DAY, help="First day, in UTC.")
TO = click.option("--to", "last", type=DAY, help="Last day, in UTC.")


@click.group()
def feedback() -> None:
    """What users did with the cards."""


@feedback.command("export")
@click.option("--format", "form", type=click.Choice(["ndjson", "csv"]), default="ndjson", show_default=True)
@FROM
@TO
def export_feedback(form: str, first: datetime | None, last: datetime | None) -> None:
    """All feedback of these days on standard output, with what it is about; comments may name patients."""
    store = _filled()
    write = write_csv if form == "csv" else write_ndjson
    with store.database.reading() as connection:
        write(lines(connection, store.shelf, _days(first, last)), sys.stdout)


@feedback.command("report")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with the months of each rule.")
@FROM
@TO
def report_feedback(as_json: bool, first: datetime | None, last: datetime | None) -> None:
    """Each rule shown in these days: how often, accepted, overridden, and why."""
    with _filled().database.reading() as connection:
        found = report(connection, _days(first, last))
    if as_json:
        click.echo(json.dumps(found.as_json(), indent=2, ensure_ascii=False))
    else:
        _print(Console(highlight=False), found)


@click.group()
def store() -> None:
    """The database of feedback and audit."""


@store.command()
def upgrade() -> None:
    """Bring the tables up to this release; `serve` does the same at its start."""
    database = _store().database
    click.echo(f"the tables are up to date: {database.url.render_as_string(hide_password=True)}")


@store.command()
def prune() -> None:
    """Delete what is older than SPINE_CDS_KEEP_DAYS allows; `serve` does the same once a day."""
    if not Settings.load().keep_days:
        click.echo("nothing is deleted: SPINE_CDS_KEEP_DAYS is 0")
        return
    gone = _store().prune()
    click.echo(
        f"deleted {gone.evaluations} evaluations, {gone.feedback} items of feedback, {gone.packets} packets"
        f" and {gone.accesses} accesses to packets"
    )


def _store() -> Store:
    opened = open_store(Settings.load())
    if opened is None:
        raise StoreUnavailable("Nothing is kept: SPINE_CDS_DATABASE is `none`.")
    return opened


def _filled() -> Store:
    """The store, but none made anew: an empty report from a wrong place would look like one of a quiet month."""
    settings = Settings.load()
    file = Database(settings.database).file if settings.database != NO_DATABASE else None
    if file is not None and not file.exists():
        raise StoreUnavailable(f"There is no database file {file}: is SPINE_CDS_DATABASE set as for `serve`?")
    return _store()


def _days(first: datetime | None, last: datetime | None) -> Days:
    return Days(first.date() if first else None, last.date() if last else None)


def _print(console: Console, found: Report) -> None:
    numeric = [Column(name, justify="right") for name in ("shown", "accepted", "overridden")]
    table = Table(Column("rule", no_wrap=True), "month", *numeric, "reasons")
    for rule, months in sorted(found.rules.items()):
        for place, (month, counts) in enumerate(sorted(months.items())):
            numbers = (str(counts.shown), str(counts.accepted), str(counts.overridden))
            reasons = ", ".join(f"{name} {count}" for name, count in counts.as_json()["reasons"].items())
            table.add_row("" if place else rule, month, *numbers, reasons)
    console.print(table)
    if found.unknown_cards:
        console.print(f"{found.unknown_cards} cards that feedback named are not known here")
