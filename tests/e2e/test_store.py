"""What is kept when the service runs in earnest: four workers lose nothing, and nobody is named in the database."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests
from click.testing import CliRunner
from flask import g
from sqlalchemy import func, select

from fhir_samples.requests import SERVICE
from fhir_samples.samples import samples
from service.api.app import create_app
from service.assembly import SpineService
from service.caller import Caller
from service.cli import commands
from service.rules.load import Content
from service.settings import Settings
from service.store.kept import open_store
from service.store.models import Evaluation, Feedback, Finding
from service.store.seen_tokens import SeenTokens
from tests.conftest import ROOT
from tests.contract.fake import patient_view
from tests.support.databases import KEY, Opened
from tests.support.kept import NOW

VIEW = "/cds-services/spine-patient-view"
AT = "2026-11-22T09:00:00Z"
CALLS, CLIENTS = 40, 8


@contextmanager
def serving(database: str) -> Iterator[str]:
    """Four gunicorn workers with the surface and the store, their rules a stand-in; stopped in good order."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SPINE_CDS_", "PROMETHEUS_"))}
    kept |= {"SPINE_CDS_PORT": str(port), "SPINE_CDS_WORKERS": "4", "SPINE_CDS_DATABASE": database}
    kept |= {"SPINE_CDS_HASH_KEY": KEY, "SPINE_CDS_LOG_LEVEL": "error"}
    command = [sys.executable, "-m", "gunicorn", "-c", "python:service.gunicorn", "tests.contract.gunicorn_app:app"]
    process = subprocess.Popen(command, cwd=ROOT, env=kept, stderr=subprocess.PIPE, text=True)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                requests.get(f"{url}/healthz", timeout=30)
                break
            except requests.ConnectionError:
                time.sleep(0.01)
        yield url
    finally:
        process.terminate()
        _, said = process.communicate(timeout=60)
    assert "store" not in said
    assert "Traceback" not in said


def converse(url: str, number: int) -> int:
    """One call, feedback on its card, the same again, and something on a card of nobody; how many were new."""
    session = requests.Session()
    (card,) = session.post(url + VIEW, json=patient_view(), timeout=60).json()["cards"]
    item = {"card": card["uuid"], "outcome": "overridden", "outcomeTimestamp": AT}
    other = item | {"card": str(uuid4())}
    new = 0
    for batch in ([item], [item, other], [other | {"outcomeTimestamp": f"2026-11-22T10:00:{number:02}Z"}]):
        answer = session.post(f"{url}{VIEW}/feedback", json={"feedback": batch}, timeout=60)
        assert answer.status_code == 200, answer.text
        new += answer.json()["stored"]
    return new


@pytest.mark.slow
def test_J4_four_workers_that_write_at_once_lose_nothing(database_url: str, opened: Opened) -> None:
    shared = {"card": str(uuid4()), "outcome": "overridden", "outcomeTimestamp": AT}
    with serving(database_url) as url, ThreadPoolExecutor(CLIENTS) as pool:
        new = list(pool.map(lambda number: converse(url, number), range(CALLS)))
        same = [
            pool.submit(requests.post, f"{url}{VIEW}/feedback", json={"feedback": [shared]}, timeout=60)
            for _ in range(CALLS)
        ]
        assert sum(item.result().json()["stored"] for item in same) == 1
    assert new == [3] * CALLS
    store = opened(database_url)
    with store.database.reading() as connection:

        def counted(table: Any) -> int:
            return int(connection.execute(select(func.count()).select_from(table)).scalar_one())

        assert counted(Feedback) == 3 * CALLS + 1
        assert counted(Evaluation) == counted(Finding) == CALLS


@pytest.mark.slow
def test_a_token_is_let_through_once_by_four_who_ask_at_once(database_url: str, opened: Opened) -> None:
    stores = [opened(database_url) for _ in range(4)]
    asked = [SeenTokens(store.database, lambda: NOW) for store in stores]
    until = NOW.replace(hour=10)
    with ThreadPoolExecutor(4) as pool:
        for number in range(25):
            answers = list(pool.map(lambda one, token=f"t{number}": one.first("https://a", token, until), asked))
            assert sorted(answers) == [False, False, False, True]


@pytest.fixture(scope="module")
def service(content: Content) -> Iterator[SpineService]:
    made = SpineService(Settings(today=date(2026, 11, 22)), content)
    made.start()
    yield made
    made.engine.stop()


def test_nobody_is_named_in_the_files_of_the_database(service: SpineService, tmp_path: Path) -> None:
    """Every sample is asked about under names that occur nowhere else; then all bytes are searched for them."""
    settings = Settings(today=date(2026, 11, 22), database=f"sqlite:///{tmp_path}/kept.sqlite", log_level="error")
    store = open_store(settings)
    assert store is not None
    app = create_app(settings, service, store)

    @app.before_request
    def _checked() -> None:
        g.caller = Caller("https://ehr.example", "canary-subject", "north")

    client, shown = app.test_client(), 0
    for sample in list(samples())[::6]:
        for hook in sample.hooks:
            request = sample.request(hook)
            own = request["context"]["patientId"]
            request = json.loads(json.dumps(request).replace(f"Patient/{own}", "Patient/canary-patient"))
            request["context"] |= {"patientId": "canary-patient", "userId": "Practitioner/canary-user"}
            request["context"]["encounterId"] = "canary-encounter"
            request["hookInstance"] = "canary-instance"
            patient = request["prefetch"]["patient"]
            patient |= {"id": "canary-patient", "name": [{"family": "Canary-Name"}], "birthDate": "1951-02-03"}
            request["fhirServer"] = "http://127.0.0.1:1/canary-server"
            request["fhirAuthorization"] = {"access_token": "canary-token"}
            answer = client.post(f"/cds-services/{SERVICE[hook]}", json=request)
            assert answer.status_code == 200, answer.text
            for card in answer.get_json()["cards"]:
                shown += 1
                reason = {"code": "c", "system": "s", "display": "Canary-Name"}
                said = {"reason": reason, "userComment": "Canary-Name, canary-patient, has none"}
                item = {"card": card["uuid"], "outcome": "overridden", "outcomeTimestamp": AT, "overrideReason": said}
                told = {"feedback": [item, item | {"card": "canary-card"}]}
                assert client.post(f"/cds-services/{SERVICE[hook]}/feedback", json=told).status_code == 200
    store.writer.settle()
    assert shown > 30
    with store.database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(Finding)).scalar_one() >= shown
    found = b"".join(path.read_bytes() for path in tmp_path.iterdir()).lower()
    assert b"safety/" in found
    assert [word for word in (b"canary", b"1951-02-03") if word in found] == []
    store.close()


# The command line


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, service: SpineService) -> str:
    """A database with one sample's cards and an override of the first, named to the command line."""
    url = f"sqlite:///{tmp_path}/kept.sqlite"
    settings = Settings(today=date(2026, 11, 22), database=url, log_level="error")
    store = open_store(settings)
    assert store is not None
    client = create_app(settings, service, store).test_client()
    sample = next(item for item in samples() if item.about["id"] == "s01")
    hook = sample.hooks[0]
    card = client.post(f"/cds-services/{SERVICE[hook]}", json=sample.request(hook)).get_json()["cards"][0]
    reason = {"code": "agreed-with-prescriber", "system": "https://spine-cds.org/fhir/CodeSystem/override-reason"}
    item = {"card": card["uuid"], "outcome": "overridden", "outcomeTimestamp": AT, "overrideReason": {"reason": reason}}
    assert client.post(f"/cds-services/{SERVICE[hook]}/feedback", json={"feedback": [item]}).status_code == 200
    store.close()
    monkeypatch.setenv("SPINE_CDS_DATABASE", url)
    return url


def run(*words: str) -> str:
    done = CliRunner().invoke(commands, words)
    assert done.exit_code == 0, done.output
    return done.output


def test_feedback_is_exported_and_reported_by_the_command_line(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (line,) = [json.loads(text) for text in run("feedback", "export").splitlines()]
    assert line["known"]
    assert line["user_feedback"] == "agreed-with-prescriber"
    header, row = run("feedback", "export", "--format", "csv").splitlines()
    assert header.startswith("intervention,action_taken,user_feedback,user,date,location,")
    assert line["rules"][0] in row
    assert run("feedback", "export", "--from", "2026-11-23") == ""
    found = json.loads(run("feedback", "report", "--json"))
    overridden = {rule["rule"] for rule in found["rules"] if rule["overridden"]}
    assert overridden == set(line["rules"])
    monkeypatch.setenv("COLUMNS", "160")
    assert "agreed-with-prescriber 1" in run("feedback", "report")


def test_the_store_is_upgraded_and_pruned_by_the_command_line(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("store", "upgrade") == f"the tables are up to date: {database}\n"
    assert "SPINE_CDS_KEEP_DAYS is 0" in run("store", "prune")
    monkeypatch.setenv("SPINE_CDS_KEEP_DAYS", "1")
    assert run("store", "prune") == "deleted 0 evaluations, 0 items of feedback, 0 packets and 0 accesses to packets\n"


def test_an_evaluation_on_the_command_line_keeps_nothing(database: str) -> None:
    before = run("feedback", "report", "--json")
    assert json.loads(run("evaluate", str(ROOT / "fhir_samples" / "s01-apixaban" / "record.json"), "--json"))
    assert run("feedback", "report", "--json") == before


@pytest.mark.parametrize("words", [("feedback", "export"), ("feedback", "report"), ("store", "upgrade")])
def test_where_nothing_is_kept_the_command_line_says_so(words: tuple[str, str], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "service.cli", *words]
    environment = os.environ | {"SPINE_CDS_DATABASE": "none"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (
        2,
        "spine-cds: store-unavailable: Nothing is kept: SPINE_CDS_DATABASE is `none`.\n",
    )


def test_a_report_from_a_place_without_a_database_is_refused(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "service.cli", "feedback", "report"]
    environment = os.environ | {"SPINE_CDS_DATABASE": f"sqlite:///{tmp_path}/other.sqlite"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "There is no database file" in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_ends_the_start_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "tmp").mkdir()
    kept = {name: value for name, value in os.environ.items() if name != "PROMETHEUS_MULTIPROC_DIR"}
    environment = kept | {"SPINE_CDS_DATABASE": f"sqlite:///{tmp_path}/file/kept.sqlite", "TMPDIR": f"{tmp_path}/tmp"}
    command = [sys.executable, "-m", "service.cli", "serve"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "give SPINE_CDS_DATABASE a place that can" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list((tmp_path / "tmp").iterdir()), "metrics of the run stayed behind"
