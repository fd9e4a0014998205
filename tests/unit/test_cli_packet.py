"""`spine-cds packet`: four files, the same every time, never over somebody else's, one clear line where it cannot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from fhir_samples.samples import FOLDER
from service import assembly, cli, cli_packet
from service.errors import PdfUnavailable
from service.rules.load import Content

NAMES = ["checklist.json", "packet.html", "packet.json", "packet.pdf"]
COMPLETE, OPEN = FOLDER / "s10-medicare-complete", FOLDER / "s11-medicare-nothing-documented"


@pytest.fixture(autouse=True)
def _stand_in(monkeypatch: pytest.MonkeyPatch, content: Content) -> None:
    """How a PDF is made has tests of its own and costs a second; so does the reading of all content."""
    monkeypatch.setattr(assembly, "load_content", lambda: content)
    monkeypatch.setattr(cli_packet, "pdf", lambda page: b"%PDF " + page[:9].encode())


def run(folder: Path, out: Path, *more: str, order: Path | None = None) -> Result:
    words = ["packet", str(folder / "record.json"), "--order", str(order or folder / "order.json")]
    return CliRunner().invoke(cli.commands, [*words, "--on", "2026-11-22", "--out", str(out), *more])


def complaint(result: Result) -> str:
    """What `main` prints to standard error, with exit status 2."""
    assert result.exception is not None
    return str(result.exception)


def test_it_writes_four_files_and_says_how_it_stands(tmp_path: Path) -> None:
    result = run(COMPLETE, tmp_path / "a" / "b")
    assert result.exit_code == 0, result.output
    assert result.output.startswith("Medicare epidural criteria: of 12 criteria that apply, 12 met")
    assert sorted(path.name for path in (tmp_path / "a" / "b").iterdir()) == NAMES
    bundle = json.loads((tmp_path / "a" / "b" / "packet.json").read_text())
    assert (bundle["type"], bundle["timestamp"]) == ("document", "2026-11-22T00:00:00+00:00")


def test_the_same_day_gives_the_same_bytes_and_replaces_its_own(tmp_path: Path) -> None:
    run(COMPLETE, tmp_path)
    first = {name: (tmp_path / name).read_bytes() for name in NAMES}
    assert run(COMPLETE, tmp_path).exit_code == 0
    assert {name: (tmp_path / name).read_bytes() for name in NAMES} == first


@pytest.mark.parametrize(
    ("folder", "more", "status"),
    [
        pytest.param(COMPLETE, (), 0, id="complete"),
        pytest.param(COMPLETE, ("--complete",), 0, id="complete, and asked for"),
        pytest.param(OPEN, (), 0, id="open: the packet is made"),
        pytest.param(OPEN, ("--complete",), 1, id="open, and asked for"),
    ],
)
def test_exit_status(tmp_path: Path, folder: Path, more: tuple[str, ...], status: int) -> None:
    assert run(folder, tmp_path, *more).exit_code == status
    assert sorted(path.name for path in tmp_path.iterdir()) == NAMES


def test_another_orders_packet_is_not_overwritten(tmp_path: Path) -> None:
    run(COMPLETE, tmp_path)
    before = (tmp_path / "packet.json").read_bytes()
    assert "choose another --out" in complaint(run(OPEN, tmp_path))
    assert (tmp_path / "packet.json").read_bytes() == before


@pytest.mark.parametrize("text", ["", "[]", '{"made_by": "hand"}'])
def test_a_file_that_is_none_of_ours_is_not_overwritten(tmp_path: Path, text: str) -> None:
    (tmp_path / "checklist.json").write_text(text)
    assert "choose another --out" in complaint(run(COMPLETE, tmp_path))
    assert (tmp_path / "checklist.json").read_text() == text


def test_a_folder_with_other_files_may_be_used(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    assert run(COMPLETE, tmp_path).exit_code == 0
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_file_in_the_place_of_the_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    assert "is no folder" in complaint(run(COMPLETE, tmp_path / "out"))


def test_the_policy_can_be_chosen(tmp_path: Path) -> None:
    result = run(COMPLETE, tmp_path, "--policy", "clinic-default")
    assert result.output.startswith("Clinic's checklist: ")
    assert "there is no policy 'nobody'" in complaint(run(COMPLETE, tmp_path, "--policy", "nobody"))


def test_an_order_for_something_else_is_one_clear_line_and_no_file(tmp_path: Path) -> None:
    order = json.loads((COMPLETE / "order.json").read_text())
    order["code"] = {"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": "27447"}]}
    path = tmp_path / "order.json"
    path.write_text(json.dumps(order))
    said = complaint(run(COMPLETE, tmp_path / "out", order=path))
    assert said
    assert "\n" not in said
    assert not (tmp_path / "out").exists()


def test_without_pango_the_other_three_are_written_and_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unavailable(_: str) -> bytes:
        raise PdfUnavailable("no PDF can be made here: install it")

    run(COMPLETE, tmp_path)
    monkeypatch.setattr(cli_packet, "pdf", unavailable)
    assert complaint(run(COMPLETE, tmp_path)) == "no PDF can be made here: install it"
    # An old PDF beside new files would tell of another day.
    assert sorted(path.name for path in tmp_path.iterdir()) == NAMES[:3]


def test_main_ends_with_2_on_a_file_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["packet", str(tmp_path / "none.json"), "--order", str(tmp_path / "o.json"), "--out", str(tmp_path / "x")]
    monkeypatch.setattr("sys.argv", ["spine-cds", *words])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    assert capsys.readouterr().err == "spine-cds: not-understood: none.json cannot be read: FileNotFoundError\n"
