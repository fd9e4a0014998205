"""How often a day: by timing elements, timing codes and words; less often than it is would make a dose look small."""

from __future__ import annotations

from typing import Any

import pytest

from service.facts.extract.dosage import UNKNOWN, Dose
from tests.support.dosages import dose, quantity


def repeat(**elements: Any) -> dict[str, Any]:
    return {**quantity(40, "mg"), "timing": {"repeat": elements}}


@pytest.mark.parametrize(
    ("elements", "daily"),
    [
        ({"frequency": 1, "period": 1, "periodUnit": "d"}, 40.0),
        ({"frequency": 2, "period": 1, "periodUnit": "d"}, 80.0),
        ({"frequency": 1, "period": 12, "periodUnit": "h"}, 80.0),
        ({"frequency": 1, "period": 2, "periodUnit": "d"}, 20.0),
        ({"frequency": 1, "period": 1, "periodUnit": "wk"}, 5.714),
        ({"frequency": 1, "period": 1, "periodUnit": "h"}, 960.0),
        ({"frequency": 1, "period": 60, "periodUnit": "min"}, 960.0),
        # Oftener than hourly, a range, a unit of no fixed length, and less than nothing.
        ({"frequency": 1, "period": 59, "periodUnit": "min"}, UNKNOWN),
        ({"frequency": 25, "period": 1, "periodUnit": "d"}, UNKNOWN),
        ({"frequency": 1, "frequencyMax": 2, "period": 1, "periodUnit": "d"}, UNKNOWN),
        ({"frequency": 1, "period": 4, "periodMax": 6, "periodUnit": "h"}, UNKNOWN),
        ({"frequency": 1, "period": 1, "periodUnit": "mo"}, UNKNOWN),
        ({"frequency": 1, "period": -1, "periodUnit": "d"}, UNKNOWN),
        ({"frequency": 0, "period": 1, "periodUnit": "d"}, UNKNOWN),
        ({"frequency": 1, "period": 0, "periodUnit": "d"}, UNKNOWN),
        ({"frequency": 1}, UNKNOWN),
        ({}, UNKNOWN),
    ],
    ids=str,
)
def test_a_structured_timing_makes_a_daily_dose(elements: dict[str, Any], daily: float) -> None:
    assert dose(repeat(**elements)).daily == daily


@pytest.mark.parametrize(
    ("code", "daily"),
    [
        ({"coding": [{"code": "BID"}]}, 80.0),
        ({"coding": [{"code": "Q12H"}]}, 80.0),
        ({"coding": [{"code": "QD"}]}, 40.0),
        ({"coding": [{"code": "QOD"}]}, 20.0),
        ({"coding": [{"code": "x", "display": "Three times a day"}]}, 120.0),
        ({"text": "every 6 hours"}, 160.0),
        ({"coding": [{"code": "BID", "display": "Once daily"}]}, UNKNOWN),
        ({"coding": [{"code": "PRN"}]}, UNKNOWN),
    ],
    ids=str,
)
def test_a_timing_told_by_code_alone(code: dict[str, Any], daily: float) -> None:
    assert dose({**quantity(40, "mg"), "timing": {"code": code}}).daily == daily


@pytest.mark.parametrize(
    ("often", "times"),
    [
        ("q12h", 2),
        ("Q 12 HR", 2),
        ("every 12 hours", 2),
        ("every 12 (twelve) hours", 2),
        ("every 1 hours", 24),
        ("q24h", 1),
        ("every 72 hours", 1 / 3),
        ("BID", 2),
        ("twice daily", 2),
        ("2 (two) times a day", 2),
        ("2 times daily", 2),
        ("three times a day", 3),
        ("four times daily", 4),
        ("daily", 1),
        ("once daily in the evening", 1),
        ("nightly", 1),
        ("every other day", 0.5),
        ("weekly", 1 / 7),
        ("once a week", 1 / 7),
        ("twice daily with breakfast and dinner", 2),
        ("twice daily (every 12 hours)", 2),
        # More than one thing, more than the phrase, or nothing.
        ("every 4-6 hours", None),
        ("every 4 to 6 hours", None),
        ("every 0 hours", None),
        ("twice daily or daily", None),
        ("every 12 hours, then daily", None),
        ("every 12 hours or every 24 hours", None),
        ("2x daily", None),
        ("2 x daily", None),
        ("five times daily", None),
        ("twice weekly", None),
        ("every morning and every evening", None),
        ("in the morning and at bedtime", None),
        ("daily with breakfast and dinner", None),
        ("weekly with breakfast and dinner", None),
        ("weekly, in the morning and in the evening", None),
        ("every 3 days", None),
        ("once", None),
        ("", None),
    ],
)
def test_words_tell_how_often(often: str, times: float | None) -> None:
    """Less often than it is would make a treatment look like prevention."""
    assert dose(f"40 mg {often}") == Dose(40.0, UNKNOWN if times is None else round(40 * times, 3))


def test_no_daily_dose_without_a_single_one() -> None:
    assert dose({**quantity(0.4, "mL"), "timing": {"code": {"text": "BID"}}}) == Dose()
    assert dose("take daily", name="warfarin sodium 5 MG Oral Tablet") == Dose(5.0)
