"""Every point of the conformance checklist is held by a test that bears its number, or is explained."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import ROOT

# Sections of the checklist and their points; the hooks of section I are rows, held by name.
POINTS = {"A": 4, "B": 7, "C": 6, "D": 8, "E": 9, "F": 4, "G": 11, "H": 9, "J": 5, "K": 1, "L": 2}
EXPLAINED = re.compile(r"^\| ([A-L]\d+) ", re.MULTILINE)
NAMED = re.compile(r"def test_((?:[A-L]\d+_)(?:(?:to_)?[A-L]\d+_)*)")
PAGE = Path(__file__).with_name("README.md")


def named() -> set[str]:
    """The points in names of tests; `G3_to_G9` names all between."""
    found: set[str] = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        for name in NAMED.findall(path.read_text(encoding="utf-8")):
            for part in re.findall(r"([A-L]\d+)(?:_to_[A-L](\d+))?", name):
                section, first = part[0][0], int(part[0][1:])
                found |= {f"{section}{number}" for number in range(first, int(part[1] or first) + 1)}
    return found


@pytest.mark.parametrize("point", [f"{section}{n}" for section, most in POINTS.items() for n in range(1, most + 1)])
def test_a_test_bears_the_number_or_the_page_says_why_not(point: str) -> None:
    explained = set(EXPLAINED.findall(PAGE.read_text(encoding="utf-8").partition("why no test has its name")[2]))
    assert (point in named()) != (point in explained), "held by a test or explained, and not both"


def test_every_file_that_the_page_names_is_there() -> None:
    names = re.findall(r"`((?:\.\./)*[\w/]+\.(?:py|md))", PAGE.read_text(encoding="utf-8"))
    beside = [PAGE.parent, ROOT / "tests" / "unit", ROOT / "tests" / "e2e"]
    missing = [name for name in names if not any((folder / name).is_file() for folder in beside)]
    assert names
    assert not missing
