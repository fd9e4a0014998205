"""Five records for each family of procedures, and their recorded checklists and packets.

`pytest tests/golden --update-golden` records `checklist.json` beside each sample, and for one of each family the
packet as text, as a page and as a document in `packets/`; read the difference first.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from service.evaluate import Evaluator
from service.prior_auth.document import document
from service.prior_auth.listing import checklist_json
from service.prior_auth.packet import Packet
from service.prior_auth.page import html
from service.rules.engine_process import EngineProcess
from service.rules.load import load_content
from tests.support.packets import WHEN, as_text, packet_of, sample

FOLDER = Path(__file__).parent
PACKETS = FOLDER / "packets"
CASES = ("approved", "missing", "not_met", "repeat", "limit")
FAMILIES: Mapping[str, Mapping[str, Any]] = yaml.safe_load((FOLDER / "families.yaml").read_text(encoding="utf-8"))
HELD = [(family, case, row[case]) for family, row in FAMILIES.items() for case in CASES if isinstance(row[case], str)]
NAMES = sorted({name for _, _, name in HELD})
# And one that two payers read.
SHOWN = sorted({"a11-e", *(str(row["packet"]) for row in FAMILIES.values())})


@pytest.fixture(scope="module")
def reader() -> Iterator[Any]:
    """The packet of a sample, made once, by content of no version: identifiers are made from it."""
    engine = EngineProcess(timeout=20)
    evaluator = Evaluator(load_content(), engine, ZoneInfo("UTC"))
    yield lru_cache(maxsize=None)(lambda name: replace(packet_of(evaluator, name), content_version="any"))
    engine.stop()


def statuses(packet: Packet) -> dict[str, str]:
    (checklist,) = packet.checklists
    return {item.id: item.status for item in checklist.criteria}


def held(path: Path, text: str, request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--update-golden"):
        path.write_text(text, encoding="utf-8")
    assert path.exists(), f"{path.name} is not recorded; run with --update-golden and read it"
    assert text == path.read_text(encoding="utf-8"), f"{path}: it changed; read the difference"


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_has_its_five_cases_or_says_why_not(family: str) -> None:
    row = FAMILIES[family]
    assert set(row) == {"packet", *CASES}
    for case in CASES:
        assert isinstance(row[case], str) or row[case]["none"], f"{family}: {case}"
    assert row["packet"] in [name for one, _, name in HELD if one == family]


@pytest.mark.parametrize(("family", "case", "name"), [pytest.param(*row, id=f"{row[0]}: {row[1]}") for row in HELD])
def test_the_checklist_is_of_its_case(reader: Any, family: str, case: str, name: str) -> None:
    found = statuses(reader(name))
    counts = Counter(found.values())
    if case == "approved":
        assert counts["not-met"] + counts["not-documented"] == 0, found
    elif case == "missing":
        assert (counts["not-met"], counts["not-documented"]) == (0, 1), found
    elif case == "not_met":
        assert counts["not-met"] == 1, found
    elif case == "limit":
        assert found["frequency-limit"] == "not-met", found
        assert counts["not-met"] == 1, found
    else:
        assert found.get("prior-response", "met") == "met" or "diagnostic-blocks" in found, found
        assert counts["not-met"] == 0, found


@pytest.mark.parametrize("name", NAMES)
def test_the_checklist_is_the_recorded_one(reader: Any, name: str, request: pytest.FixtureRequest) -> None:
    made = json.dumps(checklist_json(reader(name)), indent=1, ensure_ascii=False) + "\n"
    held(sample(name).folder / "checklist.json", made, request)


@pytest.mark.parametrize("name", SHOWN)
def test_the_packet_is_the_recorded_one(reader: Any, name: str, request: pytest.FixtureRequest) -> None:
    packet, stem = reader(name), sample(name).name
    held(PACKETS / f"{stem}.txt", as_text(packet), request)
    held(PACKETS / f"{stem}.html", html(packet, WHEN), request)
    held(PACKETS / f"{stem}.json", json.dumps(_short(packet, name), indent=1, ensure_ascii=False) + "\n", request)


def _short(packet: Packet, name: str) -> dict[str, Any]:
    """The document with the record's own resources by name only: they go in unchanged, as is held here."""
    made = json.loads(json.dumps(document(packet, WHEN)))
    known = [*(entry.resource for entry in sample(name).entries), *sample(name).orders]
    own = {f"{resource['resourceType']}/{resource['id']}": resource for resource in known}
    for entry in made["entry"]:
        resource = entry["resource"]
        called = f"{resource['resourceType']}/{resource['id']}"
        if called in own:
            assert resource == own[called], f"{called} was changed"
            entry["resource"] = f"{called}, as it stands in the record"
    return dict(made)
