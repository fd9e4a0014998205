"""What is wrong with an order, a record or answers: one table, over HTTP and on the command line, with its word."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from service import assembly, cli, cli_packet
from service.api.app import create_app
from service.assembly import SpineService
from service.errors import ServiceError
from service.prior_auth.exports.prefill import ORIGIN
from service.prior_auth.exports.questionnaire import STATUSES
from service.rules.load import Content
from service.settings import Settings
from service.store.kept import Store
from tests.contract.refusals import assert_refused
from tests.e2e.test_packets import CANARIES, ORDER, PATH, RECORD, TODAY, of, without

BASE = "https://cds.example"
FORM = f"{BASE}/Questionnaire/prior-authorization-epidural"
CPT = "http://www.ama-assn.org/go/cpt"
OVER_THE_LIMIT = 20_001


@dataclass
class Sent:
    """What a team sends; a row of the table spoils it."""

    record: dict[str, Any] = field(default_factory=lambda: copy.deepcopy(RECORD))
    order: dict[str, Any] | None = field(default_factory=lambda: copy.deepcopy(ORDER))
    policy: str = ""
    answers: dict[str, Any] | None = None

    def of(self, kind: str) -> list[dict[str, Any]]:
        return of(self.record, kind)

    def add(self, resource: dict[str, Any], **changes: Any) -> None:
        self.record["entry"].append({"resource": {**copy.deepcopy(resource), **changes}})

    def ordered(self, **changes: Any) -> None:
        assert self.order is not None
        self.order |= changes

    def covered(self, **changes: Any) -> None:
        self.of("Coverage")[0].update(changes)

    def answered(self, version: str, **changes: Any) -> None:
        self.answers = {
            "resourceType": "QuestionnaireResponse",
            "questionnaire": f"{FORM}|{version}",
            "status": "completed",
            "subject": {"reference": "Patient/s01"},
            **changes,
        }


ANOTHER = {"reference": "Patient/other"}


def no_order(sent: Sent) -> None:
    sent.order = None


def observations(sent: Sent) -> None:
    """About 20 MB."""
    about = {"resourceType": "Observation", "status": "final", "subject": {"reference": "Patient/s01"}}
    known = {"coding": [{"system": "http://loinc.org", "code": "718-7"}], "text": "x" * 850}
    sent.record["entry"] += [{"resource": about | {"id": f"o{n}", "code": known}} for n in range(OVER_THE_LIMIT)]


@dataclass(frozen=True)
class Row:
    """How it is spoilt, and the answer: refused with `status`, or made with a note and judged by `policy`.

    `files` is the command line's word where that is another.
    """

    spoil: Callable[[Sent], object]
    status: int
    word: str
    files: str = ""
    policy: str = "clinic-default"


REFUSED = {
    "no order": Row(no_order, 422, "order-missing"),
    "an order of another type": Row(lambda s: s.ordered(resourceType="MedicationRequest"), 422, "order-missing"),
    "an order for what is not covered here": Row(
        lambda s: s.ordered(code={"coding": [{"system": CPT, "code": "70450"}]}), 422, "procedure-not-covered"
    ),
    "an order not to do it": Row(lambda s: s.ordered(doNotPerform=True), 422, "procedure-not-covered"),
    "an order taken back": Row(lambda s: s.ordered(status="entered-in-error"), 422, "not-understood"),
    "an order for another patient": Row(lambda s: s.ordered(subject=ANOTHER), 422, "order-of-another-patient"),
    "a record without patient": Row(lambda s: without(s.record, "Patient"), 412, "needed-data-missing"),
    "a record of 20 MB": Row(observations, 413, "body-too-large", files="too-many-resources"),
    "a policy that is not known": Row(lambda s: setattr(s, "policy", "nobody"), 422, "not-understood"),
    "answers to another version of the questionnaire": Row(lambda s: s.answered("0.0.0"), 409, "questionnaire-changed"),
    "answers to another questionnaire": Row(
        lambda s: s.answered("1", questionnaire=f"{BASE}/Questionnaire/x|1"), 422, "not-understood"
    ),
    "answers of another patient": Row(lambda s: s.answered("{version}", subject=ANOTHER), 422, "answers-of-another"),
    "answers that are not finished": Row(
        lambda s: s.answered("{version}", status="in-progress"), 422, "not-understood"
    ),
}
OTHER_PAYER = {"id": "s01-coverage-2", "type": {"text": "Aetna PPO"}, "class": [], "payor": [{"display": "Aetna"}]}
NOTED = {
    "two payers": Row(
        lambda s: s.add(s.of("Coverage")[0], **OTHER_PAYER), 201, "several-payers", policy="medicare-epidural"
    ),
    "a coverage that is over": Row(
        lambda s: s.covered(period={"start": "2024-06-01", "end": "2026-11-21"}), 201, "coverage-expired"
    ),
    "a coverage of another patient": Row(lambda s: s.covered(beneficiary=ANOTHER), 201, "coverage-of-another-patient"),
    "no coverage": Row(lambda s: without(s.record, "Coverage"), 201, "payer-unknown", files="coverage-missing"),
}


def spoilt(row: Row, version: str) -> Sent:
    sent = Sent()
    row.spoil(sent)
    if sent.answers:
        sent.answers["questionnaire"] = sent.answers["questionnaire"].replace("{version}", version)
    return sent


@pytest.fixture(scope="module")
def service(content: Content) -> Iterator[SpineService]:
    made = SpineService(Settings(today=TODAY, public_url=BASE), content)
    made.start()
    yield made
    made.engine.stop()


@pytest.fixture
def client(service: SpineService, sqlite_store: Store) -> FlaskClient:
    settings = Settings(today=TODAY, log_level="error", public_url=BASE)
    return create_app(settings, service, sqlite_store, keeper=sqlite_store).test_client()


def body(sent: Sent) -> dict[str, Any]:
    given = {"order": sent.order, "record": sent.record, "policy": sent.policy, "answers": sent.answers}
    return {name: value for name, value in given.items() if value}


@pytest.mark.parametrize("name", REFUSED)
def test_over_http_it_is_refused_and_nothing_is_kept(client: FlaskClient, content: Content, name: str) -> None:
    row = REFUSED[name]
    issue = assert_refused(client.post(PATH, json=body(spoilt(row, content.version))), row.status, row.word)
    assert not [canary for canary in CANARIES if canary in issue["details"]["text"]]
    assert client.get(PATH).get_json()["total"] == 0


@pytest.mark.parametrize("name", NOTED)
def test_over_http_a_packet_is_made_and_the_word_is_a_note(client: FlaskClient, content: Content, name: str) -> None:
    row = NOTED[name]
    made = client.post(PATH, json=body(spoilt(row, content.version)))
    assert made.status_code == row.status, made.text
    assert row.word in [note["word"] for note in made.get_json()["notes"]]
    assert row.policy in made.get_json()["policies"]
    right = client.post(PATH, json=body(Sent())).get_json()
    assert row.word not in [note["word"] for note in right.get("notes", [])]


def test_of_two_payers_each_has_its_checklist_who_pays_first_comes_first(client: FlaskClient, content: Content) -> None:
    made = client.post(PATH, json=body(spoilt(NOTED["two payers"], content.version))).get_json()
    assert [(item["policy"], item["payer"]) for item in made["checklists"]] == [
        ("medicare-epidural", "medicare"),
        ("aetna", "aetna"),
    ]
    assert client.get(f"{PATH}?payer=aetna").get_json()["total"] == 1


def test_what_belongs_to_another_patient_is_noted(client: FlaskClient) -> None:
    sent = Sent()
    sent.add(sent.of("Condition")[0], id="other", subject=ANOTHER)
    made = client.post(PATH, json=body(sent)).get_json()
    assert "other-patient" in [note["word"] for note in made["notes"]]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: Content) -> Path:
    """A folder for files; reading all content and making a PDF have tests of their own."""
    monkeypatch.setattr(assembly, "load_content", lambda: content)
    monkeypatch.setattr(cli_packet, "pdf", lambda _: b"%PDF")
    monkeypatch.setenv("SPINE_CDS_PUBLIC_URL", BASE)
    return tmp_path


def command(folder: Path, sent: Sent) -> list[str]:
    """The command for files that hold what is sent; without an order the file of the patient stands in its place."""
    order = sent.order or next(iter(sent.of("Patient")))
    for name, given in (("record", sent.record), ("order", order), ("answers", sent.answers or {})):
        (folder / f"{name}.json").write_text(json.dumps(given))
    words = ["packet", str(folder / "record.json"), "--order", str(folder / "order.json"), "--on", "2026-11-22"]
    words += ["--out", str(folder / "out"), "--policy", sent.policy]
    return [*words, *(["--answers", str(folder / "answers.json")] if sent.answers else [])]


@pytest.mark.parametrize("name", REFUSED)
def test_on_the_command_line_it_is_refused_with_the_word_and_nothing_is_written(
    files: Path, content: Content, name: str
) -> None:
    row = REFUSED[name]
    result = CliRunner().invoke(cli.commands, command(files, spoilt(row, content.version)))
    assert isinstance(result.exception, ServiceError), result.output
    assert result.exception.word == (row.files or row.word)
    assert "\n" not in result.exception.text
    assert not [canary for canary in CANARIES if canary in result.exception.text]
    assert not (files / "out").exists()


@pytest.mark.parametrize("name", NOTED)
def test_on_the_command_line_a_packet_is_written_and_the_word_is_a_remark(
    files: Path, content: Content, name: str
) -> None:
    row = NOTED[name]
    result = CliRunner().invoke(cli.commands, command(files, spoilt(row, content.version)))
    assert result.exit_code == 0, result.output
    listing = json.loads((files / "out" / "checklist.json").read_text())
    assert row.word in [remark["word"] for remark in listing["remarks"]]


def test_the_line_on_standard_error_begins_with_the_word(
    files: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sent = Sent()
    sent.ordered(subject=ANOTHER)
    monkeypatch.setattr("sys.argv", ["spine-cds", *command(files, sent)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("spine-cds: order-of-another-patient: the order is for another patient")


@pytest.mark.parametrize("value", ["met", "not-met"])
def test_answers_that_can_be_taken_change_the_packet_on_the_command_line(
    files: Path, content: Content, value: str
) -> None:
    sent = Sent()
    for kind in ("ImagingStudy", "DiagnosticReport"):
        without(sent.record, kind)
    origin = [{"url": ORIGIN, "extension": [{"url": "source", "valueCode": "manual"}]}]
    answer = {"extension": origin, "valueCoding": {"system": STATUSES, "code": value}}
    item = {"linkId": "imaging", "item": [{"linkId": "imaging.status", "answer": [answer]}]}
    sent.answered(content.version, item=[item])
    result = CliRunner().invoke(cli.commands, command(files, sent))
    assert result.exit_code == 0, result.output
    (checklist,) = json.loads((files / "out" / "checklist.json").read_text())["checklists"]
    assert {item["id"]: item["status"] for item in checklist["criteria"]}["imaging"] == value
