"""Packets of samples as text that a person has read.

`pytest tests/golden --update-golden` records `packets/<sample>.txt`; read the difference first.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from service.evaluate import Evaluator
from tests.support.packets import as_text, packet_of, sample

FOLDER = Path(__file__).parent / "packets"
# Everything there; nothing there; a limit reached after three with relief; a repeat; pain of the neck; claudication.
NAMES = ("s10", "s11", "s08", "s09", "s14", "s18")


@pytest.mark.parametrize("name", NAMES)
def test_packet_is_the_recorded_one(evaluator: Evaluator, name: str, request: pytest.FixtureRequest) -> None:
    text = as_text(packet_of(evaluator, name))
    path = FOLDER / f"{sample(name).name}.txt"
    if request.config.getoption("--update-golden"):
        path.write_text(text, encoding="utf-8")
    assert path.exists(), f"{path.name} is not recorded; run with --update-golden and read it"
    assert text == path.read_text(encoding="utf-8"), f"{path.name}: the packet changed; read the difference"
