"""The main job, to watch: starts the service, sends it a hook call for each sample patient, prints the cards, stops.

`make demo` shows every sample in brief and two in full; `make demo ARGS="v06 s01"` shows the named ones in full.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import requests
from rich.console import Console
from rich.text import Text

from fhir_samples.requests import SERVICE
from fhir_samples.samples import Sample, samples
from service import terminal
from service.cards.extension import NAME

ROOT = Path(__file__).resolve().parents[1]
IN_FULL = ("v01", "s01")
STARTUP_SECONDS = 60


@contextmanager
def served(day: str) -> Iterator[str]:
    """The service on a free loopback port, its day fixed to that of the samples."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "service.cli", "serve", "--port", str(port), "--workers", "1"]
    url = f"http://127.0.0.1:{port}"
    # A file and not a pipe: nobody reads while requests are answered, and a full pipe would stop the server.
    # A database of its own, so that samples are never counted among patients.
    with (
        tempfile.TemporaryDirectory() as kept,
        tempfile.TemporaryFile("w+") as said,
        subprocess.Popen(command, cwd=ROOT, env=_environment(day, kept), stderr=said) as process,
    ):
        try:
            _wait(url, process, said)
            yield url
        finally:
            process.terminate()
            process.wait(timeout=30)


def _environment(day: str, kept: str) -> dict[str, str]:
    database = f"sqlite:///{kept}/demo.sqlite"
    return os.environ | {"SPINE_CDS_TODAY": day, "SPINE_CDS_LOG_LEVEL": "error", "SPINE_CDS_DATABASE": database}


def _wait(url: str, process: subprocess.Popen[bytes], said: IO[str]) -> None:
    deadline = time.monotonic() + STARTUP_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            said.seek(0)
            raise SystemExit(f"demo: the service ended at once:\n{said.read()}")
        try:
            if requests.get(f"{url}/readyz", timeout=1).ok:
                return
        except (requests.ConnectionError, requests.Timeout):
            time.sleep(0.1)
    raise SystemExit(f"demo: the service was not ready within {STARTUP_SECONDS} s")


def show(console: Console, url: str, sample: Sample, in_full: bool) -> None:
    """One sample: its story, then the cards of each of its hooks."""
    for hook in sample.hooks:
        console.rule(f"[bold]{sample.about['id']}[/bold] {sample.about['title']} · {hook}", align="left")
        console.print(Text(" ".join(str(sample.about["story"]).split()), style="italic"))
        answer = requests.post(f"{url}/cds-services/{SERVICE[hook]}", json=sample.request(hook), timeout=30)
        if not answer.ok:
            raise SystemExit(f"demo: {sample.name} was answered with status {answer.status_code}: {answer.text}")
        if in_full:
            terminal.cards(console, answer.json())
        else:
            brief(console, answer.json())


def brief(console: Console, response: dict[str, Any]) -> None:
    """One line a card."""
    if not response["cards"]:
        console.print("  no card: everything needed was there, and nothing applies")
    for card in response["cards"]:
        colour = terminal.COLOURS[card["indicator"]]
        kind = card["extension"][NAME]["kind"]
        console.print(Text.assemble(("  ● ", colour), (f"{kind:<16}", f"bold {colour}"), card["summary"]))


def main() -> None:
    """Run the demonstration."""
    named = tuple(sys.argv[1:])
    chosen = [sample for sample in samples() if not named or str(sample.about["id"]) in named]
    if not chosen:
        raise SystemExit(f"demo: no sample is called {', '.join(named)}; see fhir_samples/README.md")
    console = Console(highlight=False, width=min(Console().width, 120))
    console.print(f"starting the service for {len(chosen)} sample patients ...", style="dim")
    with served(chosen[0].day.isoformat()) as url:
        for sample in chosen:
            show(console, url, sample, in_full=bool(named) or sample.about["id"] in IN_FULL)
    console.print(f"\n{len(chosen)} patients answered; the service was stopped.", style="dim")


if __name__ == "__main__":
    main()
