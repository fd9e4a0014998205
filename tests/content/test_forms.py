"""What a checklist judges, the questionnaire of its family asks by name; `other` is for what nobody foresaw."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.evaluate import Evaluator
from service.precedence import DOCUMENTATION
from service.prior_auth.exports.forms import load_forms
from service.rules.load import RULESETS
from tests.support.cases import cases_of, evaluate_case

FOLDERS = sorted(path.parent for path in (RULESETS / "authorization").glob("*/cases.yaml"))
# Some of the cases are enough: every rule folder has its turn, and each checklist has all criteria of its procedure.
EVERY = 6


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_every_criterion_of_a_checklist_is_in_the_form_of_its_family(folder: Path, evaluator: Evaluator) -> None:
    forms = load_forms()
    unasked = set()
    for case in cases_of(folder / "cases.yaml")[::EVERY]:
        for finding in evaluate_case(evaluator, case).findings:
            if finding.kind == DOCUMENTATION and finding.criteria:
                family = forms.families.get(forms.family_of(finding.procedure))
                asked = set(family.criteria) if family else set()
                unasked |= {(finding.procedure, item.id) for item in finding.criteria if item.id not in asked}
    assert unasked == set()
