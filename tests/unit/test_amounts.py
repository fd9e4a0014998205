"""Milligrams beside a name: what a note says of a dose, and what it only seems to say."""

from __future__ import annotations

import pytest

from service.terminology.amounts import milligrams

NAME = "drugname"


def beside(text: str, other: str = "") -> float | None:
    place = text.index(NAME)
    others = [(text.index(other), text.index(other) + len(other))] if other else []
    return milligrams(text, (place, place + len(NAME)), others)


@pytest.mark.parametrize(
    ("text", "mg"),
    [
        ("drugname 40 mg", 40),
        ("drugname 40mg", 40),
        ("drugname 40-mg", 40),
        ("80 mg drugname", 80),
        ("80 mg of preservative-free drugname was injected", 80),
        ("drugname (40 mg)", 40),
        ("drugname injectable suspension, 40 mg", 40),
        ("drugname 7.5 mg", 7.5),
        ("drugname 7,5 mg", 7.5),
        ("drugname 1,000 mg", 1000),
        ("drugname 10mg/mL 1 mL", 10),
        ("drugname 10 mg/ml, 1.5 ml", 15),
        ("drugname 40 mg per mL x 2 mL", 80),
        ("2 cc of drugname 40 mg/mL", 80),
        ("2 mL drugname 80 mg/2 mL", 80),
        ("1 ML drugname 40 MG/ML Injection", 40),
        ("drugname 10 mg (10 mg/mL, 1 mL)", 10),
        ("drugname 4 mg x 2", 8),
        ("drugname 4 mg x 2 mL", 4),
        ("40 mg drugname and 10 mg lidocaine", 40),
        ("lidocaine 10 mg, drugname 40 mg", 40),
        ("lidocaine 1% 2 mL drugname 40 mg/mL 1 mL", 40),
    ],
)
def test_read(text: str, mg: float) -> None:
    assert beside(text) == mg


@pytest.mark.parametrize(
    "text",
    [
        "drugname",
        "drugname 1 mL",
        "drugname 40 mg/mL",
        "drugname 40 mcg",
        "drugname 40 ug",
        "drugname 0.04 g",
        "drugname 25 g needle",
        "drugname 40 mg/kg",
        "drugname 40 mg per level",
        "drugname 40 mg/dL",
        "drugname 40 mg/day",
        "drugname 40-80 mg",
        "drugname 40 to 80 mg",
        "drugname 80 mg/2 mL",
        "drugname 0 mg",
        "drugname-40 1 mL",
        "drugname, lidocaine 10 mg",
        "drugname and 10 mg lidocaine",
        "lidocaine 10 mg drugname 40 mg",
        "10 mg lidocaine with drugname",
        "drugname 1/2 mL of 40 mg/mL",
        "drugname 140/90 mg",
        "drugname 12345678 mg",
    ],
)
def test_not_guessed(text: str) -> None:
    assert beside(text) is None


def test_an_amount_behind_another_name_is_that_names() -> None:
    assert beside("drugname other 10 mg", other="other") is None
    assert beside("10 mg other drugname", other="other") is None
    assert beside("drugname 40 mg other 10 mg", other="other") == 40
