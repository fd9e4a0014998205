"""The states of a packet and the steps between them; what the table does not list cannot happen.

A step back corrects a mistake or starts an appeal; it says why, as does every step that ends badly. `approved` may be
told again, because the number often comes after the word. Time alone makes `approved` expired.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple, get_args

State = Literal["draft", "ready", "submitted", "pended", "approved", "denied", "expired"]
STATES: tuple[State, ...] = get_args(State)
FIRST: State = "draft"
APPROVED: State = "approved"
EXPIRED: State = "expired"


class Step(NamedTuple):
    """One step: where it leads, and whether it needs a reason."""

    to: State
    reason: bool = False


STEPS: Mapping[State, tuple[Step, ...]] = MappingProxyType(
    {
        "draft": (Step("ready"),),
        "ready": (Step("submitted"), Step("draft", True)),
        "submitted": (Step("pended", True), Step("approved"), Step("denied", True), Step("ready", True)),
        "pended": (Step("submitted"), Step("approved"), Step("denied", True), Step("draft", True)),
        "approved": (Step("approved"), Step("expired", True), Step("submitted", True)),
        "denied": (Step("submitted", True), Step("draft", True)),
        "expired": (Step("draft", True),),
    }
)
# New data make these a draft again: nobody has seen the new content. In all others it stands beside what was sent.
REOPENED_BY_DATA: frozenset[State] = frozenset({"ready"})


def step(from_: State, to: State) -> Step | None:
    """The step between two states, None where there is none."""
    return next((step for step in STEPS[from_] if step.to == to), None)
