"""The command line: `spine-cds serve`, `evaluate` and `rules`; the other verbs are in cli_packet.py and cli_store.py.

Every verb exits 0 when done, 1 with findings that the verb exists to find, 2 on unusable input with one clear line.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import click
from rich.console import Console

from service import cli_packet, cli_store, terminal
from service.answer import answer
from service.assembly import SpineService
from service.errors import ServiceError
from service.evaluate import Evaluation
from service.fhir.sent import Entry
from service.files import by_key, question, read_entries
from service.hooks import discovery
from service.hooks.response import to_json
from service.rules import policy_page
from service.rules.catalogue import as_markdown, statuses
from service.rules.load import load_content
from service.settings import Settings, SettingsInvalid

FILES = click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
ON = click.option(
    "--on", type=click.DateTime(["%Y-%m-%d"]), help="Day of evaluation; today in the clinic's zone if left out."
)
POLICY = click.option("--policy", default="", help="Payer policy to judge by; chosen from Coverage if left out.")
ORDER = click.option(
    "--order", type=click.Path(path_type=Path), help="A draft order, an Appointment, or the dispatched order."
)
HOOK = click.option(
    "--hook",
    default="",
    help="A served hook; order-sign with --order, else patient-view. Encounter hooks: the day's visit.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def commands() -> None:
    """Decision support for interventional spine care over CDS Hooks."""


commands.add_command(cli_store.feedback)
commands.add_command(cli_store.store)
commands.add_command(cli_packet.packet)


@commands.command()
@click.option("--host", default=None, help="Address to listen on.")
@click.option("--port", default=None, type=int, help="Port to listen on.")
@click.option("--workers", default=None, type=int, help="Worker processes.")
def serve(host: str | None, port: int | None, workers: int | None) -> None:
    """Serve CDS Hooks under gunicorn."""
    for name, value in (("HOST", host), ("PORT", port), ("WORKERS", workers)):
        if value is not None:
            os.environ[f"SPINE_CDS_{name}"] = str(value)
    os.execv(sys.executable, [sys.executable, "-m", "gunicorn", "-c", "python:service.gunicorn", "service.wsgi:app"])


@commands.command()
@FILES
@HOOK
@ORDER
@ON
@POLICY
@click.option("--json", "as_json", is_flag=True, help="Print the exact CDS Hooks response body.")
def evaluate(
    files: tuple[Path, ...], hook: str, order: Path | None, on: datetime | None, policy: str, as_json: bool
) -> None:
    """Evaluate one patient from FHIR FILES as a hook call would."""
    service, evaluation = _evaluated(files, hook, order, on, policy)
    response = to_json(answer(evaluation, service.content, uuid4(), Settings.load().max_cards, payer=service.payer))
    if as_json:
        click.echo(json.dumps(response, indent=2, ensure_ascii=False))
    else:
        terminal.cards(Console(highlight=False), response)


@commands.group()
def rules() -> None:
    """The rule catalogue."""


@rules.command("list")
@click.option("--markdown", is_flag=True, help="Print the catalogue page, rulesets/README.md.")
@click.option("--policies", is_flag=True, help="Print the page of policies, rulesets/_policies/README.md.")
def list_rules(markdown: bool, policies: bool) -> None:
    """All rules, by stratum."""
    if policies:
        click.echo(policy_page.page(load_content()), nl=False)
        return
    if markdown:
        click.echo(as_markdown(load_content()), nl=False)
        return
    terminal.catalogue(Console(highlight=False), _service().catalogue())


@rules.command("show")
@click.argument("rule_id")
def show_rule(rule_id: str) -> None:
    """One rule, all of a stratum on one page, or a policy (policy/ID), with texts, values and citations."""
    if rule_id.startswith(policy_page.PREFIX):
        click.echo(policy_page.shown(load_content(), rule_id), nl=False)
        return
    service = _service()
    console = Console(highlight=False)
    of_stratum = [item["id"] for item in service.catalogue() if item["stratum"] == rule_id]
    for name in of_stratum or [rule_id]:
        terminal.rule(console, service.rule(name))


@rules.command("check")
def check_rules() -> None:
    """Validate all content; exit 1 names what is wrong."""
    try:
        content = load_content()
        service = SpineService(Settings.load(), content)
        service.evaluator.reasoner.compiler.program(Settings.load().day(), ())
        for policy in content.policies:
            service.evaluator.reasoner.compiler.program(Settings.load().day(), (policy,))
    except ServiceError as error:
        click.echo(f"spine-cds: {error.text}", err=True)
        sys.exit(1)
    sets, policies = len(content.index.sets), len(content.policies)
    click.echo(f"{len(content.rules)} rules, {sets} value sets, {policies} policies: all in order ({content.version})")
    counts = statuses(content)
    for remark in discovery.remarks(service.entries):
        click.echo(f"remark: {remark}")
    click.echo("numbers by status: " + ", ".join(f"{counts[name]} {name}" for name in sorted(counts)))


@rules.command("explain")
@FILES
@HOOK
@ORDER
@ON
@POLICY
def explain(files: tuple[Path, ...], hook: str, order: Path | None, on: datetime | None, policy: str) -> None:
    """The chain from FHIR resource to card, for every finding."""
    _, evaluation = _evaluated(files, hook, order, on, policy)
    terminal.chains(Console(highlight=False), evaluation)


def _service() -> SpineService:
    return SpineService(Settings.load())


def _evaluated(
    files: tuple[Path, ...], hook: str, order: Path | None, on: datetime | None, policy: str
) -> tuple[SpineService, Evaluation]:
    service = _service()
    entries = [entry for path in files for entry in read_entries(path)]
    orders = tuple(entry.resource for entry in read_entries(order)) if order else ()
    wanted = hook or ("order-sign" if order else "patient-view")
    served = {entry.hook for entry in service.entries}
    if wanted not in served:
        raise click.UsageError(f"hook {wanted!r} is not served; served are {', '.join(sorted(served))}")
    day: date = on.date() if on else Settings.load().day()
    asked = question(wanted, entries, orders, day, policy)
    # What is dispatched is part of the record.
    known = [*entries, *(Entry(order) for order in orders)] if asked.dispatched else entries
    try:
        return service, service.evaluator.evaluate(asked, by_key(known, service.content.templates(wanted)))
    finally:
        service.engine.stop()


def main() -> Any:
    """Entry point; faults of input end with one line and exit status 2."""
    try:
        return commands(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        click.echo(f"spine-cds: {error.format_message()}", err=True)
    except ServiceError as error:
        click.echo(f"spine-cds: {error.word}: {error}", err=True)
    except SettingsInvalid as error:
        click.echo(f"spine-cds: {error}", err=True)
    sys.exit(2)


if __name__ == "__main__":
    main()
