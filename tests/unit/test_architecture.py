"""The walls of the house: imports run one way, service/ knows no medicine, rulesets/ no HTTP, files stay small."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

SERVICE = sorted((ROOT / "service").rglob("*.py"))
LONGEST_FILE, LONGEST_FUNCTION = 300, 60
# Words of medicine, anatomy and payers that generic code has no business with.
CLINICAL = re.compile(
    r"\b(warfarin|apixaban|aspirin|heparin|insulin|diabet\w+|lumbar|cervical|thoracic|radicul\w+|steroid\w*|"
    r"epidural\w*|stenosis|hba1c|medicare|medicaid|aetna|M54|64483)\b",
    re.IGNORECASE,
)


def test_imports_run_one_way() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", SERVICE, ids=lambda path: str(path.relative_to(ROOT)))
def test_service_knows_no_disease_drug_or_payer(path: Path) -> None:
    """Code only: the documentation of a module may give an example."""
    tree = ast.parse(path.read_text())
    documented = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    words = [
        text
        for node in ast.walk(tree)
        for text in [
            node.value
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented
            else node.id
            if isinstance(node, ast.Name)
            else ""
        ]
        if CLINICAL.search(text) and not text.startswith("http")
    ]
    assert not words


@pytest.mark.parametrize("path", SERVICE, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_stay_small(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= LONGEST_FILE
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            assert node.end_lineno - node.lineno < LONGEST_FUNCTION, f"{node.name} is too long"


def test_rule_folders_know_no_http_and_no_fhir() -> None:
    for path in (ROOT / "rulesets").rglob("rules.py"):
        imported = {
            name.name if isinstance(node, ast.Import) else str(node.module)
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Import | ast.ImportFrom)
            for name in node.names
        }
        pure = {"collections.abc", "functools", "itertools", "operator", "typing"}
        assert imported <= pure | {"service.rules.authoring", "service.rules.parameters"}, path
