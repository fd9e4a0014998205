"""Milligrams that a text tells beside a name: a weight, or a strength and a volume.

Only what stands beside the name counts. A range, a rate, a weight in other units, a strength without a volume, and two
weights on two sides that differ are no amount: a dose is never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,6}(?:[.,]\d+)?"
TOKEN = re.compile(
    rf"(?<![\w.,/])(?P<number>{NUMBER})\s*-?\s*(?P<unit>mg|milligrams?|ml|millilit(?:er|re)s?|cc)\b"
    r"(?:\s*(?:/|\bper\b)\s*(?P<per>\d+(?:\.\d+)?)?\s*(?P<of>[a-z]+))?",
    re.IGNORECASE,
)
THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+")
# "40-80 mg": nobody knows which.
RANGE = re.compile(r"\d\s*(?:-|–|—|\bto\b|\bor\b)\s*$", re.IGNORECASE)
VOLUMES = frozenset({"ml", "cc", "milliliter", "milliliters", "millilitre", "millilitres"})
# What may stand between a name and its amount; a comma only right before the amount.
FILLER = (
    r"injections?|injectable|inj|suspension|solution|dose|total|vials?|single|was|were|given|injected|administered|used"
    r"|preservative|free|pf|usp|at|of|a|the"
)
AFTER = re.compile(rf"[\s()\[\]:=-]*(?:(?:{FILLER})\b[\s()\[\]:=-]*)*[,\s]*", re.IGNORECASE)
BEFORE = re.compile(r"[\s()\[\]-]*(?:(?:of|the|preservative|free|pf|injectable)\b[\s()\[\]-]*)*", re.IGNORECASE)
# What may stand between a strength and its volume.
JOIN = re.compile(r"[\s,()\[\]:=@×x*-]*(?:(?:of|in|at|total|a|for)\b[\s,()\[\]:=-]*)*", re.IGNORECASE)
FARTHEST = 40
TIMES = re.compile(r"\s*[x×]\s*(\d)\b(?!\s*(?:[.,]\d|mg|ml|cc|milli))", re.IGNORECASE)


class _Token(NamedTuple):
    kind: str
    value: float
    start: int
    end: int


def milligrams(text: str, name: tuple[int, int], others: Sequence[tuple[int, int]] = ()) -> float | None:
    """Milligrams beside the name at characters `name`; None when nothing says it. `others` are other names' places."""
    tokens = [_token(text, match) for match in TOKEN.finditer(text)]
    after, before = _run_after(text, name, tokens, others), _run_before(text, name, tokens, others)
    if "unclear" in (*(item.kind for item in after[:1]), *(item.kind for item in before[:1])):
        return None
    weights = {_weight(text, run) for run in (after, before)} - {None}
    if weights:
        return weights.pop() if len(weights) == 1 else None
    return _product(after) or _product(before) or _product([*after, *before])


def _token(text: str, match: re.Match[str]) -> _Token:
    written = match.group("number")
    value = float(written.replace(",", "") if THOUSANDS.match(written) else written.replace(",", "."))
    of = (match.group("of") or "").lower()
    kind = "volume" if match.group("unit").lower() in VOLUMES else "weight"
    if kind == "weight" and of in VOLUMES:
        per = float(match.group("per") or 1)
        kind, value = ("strength", value / per) if per else ("unclear", value)
    elif of or match.group("per") or RANGE.search(text[: match.start()]):
        kind = "unclear"
    return _Token(kind if value > 0 else "unclear", value, match.start(), match.end())


def _run_after(
    text: str, name: tuple[int, int], tokens: Sequence[_Token], others: Sequence[tuple[int, int]]
) -> list[_Token]:
    run: list[_Token] = []
    place, allowed = name[1], AFTER
    limit = min((start for start, _ in others if start >= name[1]), default=len(text))
    for token in tokens:
        if token.start < place:
            continue
        if token.end > limit or not _stands(allowed, text[place : token.start]):
            break
        run.append(token)
        place, allowed = token.end, JOIN
    return run


def _run_before(
    text: str, name: tuple[int, int], tokens: Sequence[_Token], others: Sequence[tuple[int, int]]
) -> list[_Token]:
    run: list[_Token] = []
    place, allowed = name[0], BEFORE
    limit = max((end for _, end in others if end <= name[0]), default=0)
    for token in reversed(tokens):
        if token.end > place:
            continue
        if token.start < limit or not _stands(allowed, text[token.end : place]):
            break
        run.append(token)
        place, allowed = token.start, JOIN
    return run


def _stands(allowed: re.Pattern[str], gap: str) -> bool:
    return len(gap) <= FARTHEST and allowed.fullmatch(gap) is not None


def _weight(text: str, run: Sequence[_Token]) -> float | None:
    token = next((item for item in run if item.kind == "weight"), None)
    if token is None:
        return None
    times = TIMES.match(text, token.end)
    return token.value * (int(times.group(1)) if times else 1)


def _product(run: Sequence[_Token]) -> float | None:
    strengths = {item.value for item in run if item.kind == "strength"}
    volumes = {item.value for item in run if item.kind == "volume"}
    if len(strengths) != 1 or len(volumes) != 1:
        return None
    return round(strengths.pop() * volumes.pop(), 3)
