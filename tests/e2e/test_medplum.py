"""The real service against a FHIR server by others (Medplum's router and memory store), over HTTP with a bearer check.

Needs node, the script in ../shared/tools, and SPINE_CDS_EHR_MODULES: a node_modules folder with what the script's
first lines name. Skips, saying so, where one is absent.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from fhir_samples.samples import samples
from service.api.app import create_app
from service.assembly import SpineService
from service.cards.extension import NAME
from service.rules.load import Content
from service.settings import Settings
from tests.support.clinic import clinic

pytestmark = pytest.mark.shared

MODULES = os.environ.get("SPINE_CDS_EHR_MODULES", "")
TODAY = date(2026, 11, 22)
TOKEN = "canary-medplum"
AUTHORIZATION = {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 300, "scope": "patient/*.rs"}
SAMPLE = next(sample for sample in samples() if sample.about["id"] == "s01")
APP = "const app = express();"
CHECK = """
app.use((q, s, next) => q.headers.authorization === 'Bearer ' + process.env.TOKEN ? next() : s.status(401).json({}));
"""
LISTEN = "app.listen("
LOAD = "for (const one of JSON.parse(fs.readFileSync(process.env.RECORD))) await repo.createResource(one);\n"


def script(shared: Path) -> str:
    """The server with a bearer check, holding the record of a file."""
    text = (shared / "tools" / "ehr-server.mjs").read_text(encoding="utf-8")
    assert text.count(APP) == text.count(LISTEN) == 1
    return text.replace(APP, APP + CHECK).replace(LISTEN, LOAD + LISTEN)


@pytest.fixture(scope="module")
def base(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of the running server."""
    node = shutil.which("node")
    if not node or not Path(MODULES, "@medplum").is_dir():
        pytest.skip("skipped: no node, or SPINE_CDS_EHR_MODULES names no node_modules with the FHIR server")
    folder = tmp_path_factory.mktemp("medplum")
    (folder / "node_modules").symlink_to(Path(MODULES).resolve())
    (folder / "server.mjs").write_text(script(shared), encoding="utf-8")
    (folder / "record.json").write_text(json.dumps(clinic(SAMPLE.request("order-sign")["prefetch"]).record))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {"PORT": str(port), "TOKEN": TOKEN, "RECORD": str(folder / "record.json")}
    with subprocess.Popen(
        [node, str(folder / "server.mjs")], env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline().startswith("fhir on")
        yield f"http://127.0.0.1:{port}/fhir"
        process.terminate()


@pytest.fixture(scope="module")
def service(content: Content) -> Iterator[SpineService]:
    made = SpineService(Settings(today=TODAY), content)
    made.start()
    yield made
    made.engine.stop()


def ask(service: SpineService, **changes: Any) -> tuple[int, dict[str, Any]]:
    settings = Settings(today=TODAY, fetch_budget_ms=60_000, fetch_timeout_ms=30_000)
    body = {name: value for name, value in (SAMPLE.request("order-sign") | changes).items() if value is not ...}
    answer = create_app(settings, service).test_client().post("/cds-services/spine-orders", json=body)
    assert TOKEN not in answer.text
    return answer.status_code, answer.get_json()


def summaries(answer: dict[str, Any]) -> list[str]:
    return [card["summary"] for card in answer["cards"]]


def test_C2_D8_a_record_read_from_the_server_gives_the_cards_of_one_that_was_sent(
    service: SpineService, base: str
) -> None:
    status, answer = ask(service, prefetch=..., fhirServer=base, fhirAuthorization=AUTHORIZATION)
    assert (status, summaries(answer)) == (200, summaries(ask(service)[1]))


def test_D3_a_token_that_does_not_fit_is_412(service: SpineService, base: str) -> None:
    other = AUTHORIZATION | {"access_token": "another"}
    status, answer = ask(service, prefetch=..., fhirServer=base, fhirAuthorization=other)
    assert status == 412
    assert "refused the request's token (401)" in answer["issue"][0]["details"]["text"]


def test_F2_a_type_that_the_scopes_leave_out_is_said(service: SpineService, base: str) -> None:
    sent = SAMPLE.request("order-sign")["prefetch"]
    del sent["medicationStatements"]
    narrow = AUTHORIZATION | {"scope": "patient/Patient.read patient/Condition.read"}
    status, answer = ask(service, prefetch=sent, fhirServer=base, fhirAuthorization=narrow)
    kinds = [card["extension"][NAME]["kind"] for card in answer["cards"]]
    assert (status, "could-not-check" in kinds) == (200, True)
    assert "do not cover it: search MedicationStatement" in json.dumps(answer)
