"""Small rulesets trees for tests: the real reading files, and rule folders of a test's own."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from service.rules.load import RULESETS

READING = ("_anatomy.yaml", "_reading.yaml", "_extraction.yaml")
RULE = """\
id: picture/tried
title: Tried
purpose: Shows what loading says.
hooks: [patient-view]
review: {state: draft}
"""
RULES = """\
from service.rules.authoring import absent, c, lookup, m, when_all


def rules(p):
    yield when_all(c.ill << (m.k == "condition")).conclude("said")
"""
OUTCOMES = "outcomes:\n  said: {kind: care-plan, indicator: info, summary: said}\n"


def plant(root: Path, files: Mapping[str, str]) -> Path:
    """Write `files` (path under the tree → text) into a tree that otherwise loads and has no rules; gives `root`."""
    (root / "_codes").mkdir(parents=True, exist_ok=True)
    for name in READING:
        shutil.copy(RULESETS / "_codes" / name, root / "_codes" / name)
    shutil.copy(RULESETS / "services.yaml", root)
    (root / "_policies").mkdir(exist_ok=True)
    shutil.copy(RULESETS / "_policies" / "_contractors.yaml", root / "_policies")
    (root / "VERSION").write_text("0\n", encoding="utf-8")
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def folder(
    rules: str = RULES, rule: str = RULE + OUTCOMES, parameters: str = "", name: str = "picture/tried"
) -> dict[str, str]:
    """The files of one rule folder."""
    files = {f"{name}/rule.yaml": rule.replace("picture/tried", name.replace("_", "-")), f"{name}/rules.py": rules}
    return files | ({f"{name}/parameters.yaml": parameters} if parameters else {})
