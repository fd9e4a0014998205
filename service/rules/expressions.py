"""Reading the engine's own JSON form of a rule's patterns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def refers(expression: Any) -> bool:
    """Whether an expression of the engine's JSON compares with a field of an earlier pattern."""
    return any(isinstance(operand, dict) for _, _, operand in tests(expression))


def tests(expression: Any, operator: str = "$eq") -> Iterator[tuple[str, str, Any]]:
    """The single comparisons in an expression, as (operator, field, operand)."""
    if isinstance(expression, list):
        for item in expression:
            yield from tests(item)
    elif isinstance(expression, dict):
        for key, value in expression.items():
            if key in ("$and", "$or"):
                yield from tests(value)
            elif key.startswith("$") and isinstance(value, dict):
                yield from ((key, name, operand) for name, operand in value.items())
            elif not key.startswith("$"):
                yield operator, key, value
