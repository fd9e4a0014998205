"""Refuses rule shapes on which durable_rules 2.0.28 crashes or answers wrongly.

Only shapes that survived address-sanitizer runs and differential testing pass; `engine/` findings W1-W15 and C1-C11
are the reasons. A message names the rule, what is wrong and what to write instead.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from service.errors import ContentInvalid
from service.rules.authoring import ABSENT
from service.rules.expressions import refers, tests
from service.rules.program import Schema

COMPARISONS = frozenset({"$eq", "$neq", "$lt", "$lte", "$gt", "$gte"})
PYTHON_ONLY = (ast.In, ast.NotIn, ast.Is, ast.IsNot)
MOST_PATTERNS = 8
LARGEST_WHOLE = 2**53


def lint_definition(name: str, definition: Mapping[str, Any], schemas: Mapping[str, Schema]) -> None:
    """Check one rule's definition against the safe subset and the facts' schemas; raises ContentInvalid."""
    for complaint in _complaints(definition, schemas):
        raise ContentInvalid(f"{name}: {complaint}")


def lint_source(name: str, source: str) -> None:
    """Check rules.py for conditions that Python would swallow before the engine sees them; raises ContentInvalid."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.BoolOp, ast.UnaryOp)) and _mentions_pattern(node):
            if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
                continue
            raise ContentInvalid(f"{name}, line {node.lineno}: Python's and/or/not loses a condition; write (a) & (b)")
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], PYTHON_ONLY) and _mentions_pattern(node):
            raise ContentInvalid(
                f"{name}, line {node.lineno}: Python's in/is loses a condition; write one rule for each value"
            )
        if isinstance(node, ast.Compare) and len(node.ops) > 1 and _mentions_pattern(node):
            raise ContentInvalid(f"{name}, line {node.lineno}: a chained comparison keeps one half; write (a) & (b)")


def _mentions_pattern(node: ast.AST) -> bool:
    return any(isinstance(part, ast.Name) and part.id in ("m", "c") for part in ast.walk(node))


def _complaints(definition: Mapping[str, Any], schemas: Mapping[str, Schema]) -> Iterator[str]:
    extra = set(definition) - {"all"}
    if extra:
        yield f"{', '.join(sorted(extra))} is not allowed; write one when_all rule for each case"
    patterns: Sequence[Mapping[str, Any]] = definition.get("all", ())
    if not 1 <= len(patterns) <= MOST_PATTERNS:
        yield f"a rule has 1 to {MOST_PATTERNS} patterns, this one {len(patterns)}"
        return
    known: dict[str, Schema] = {}
    for pattern in patterns:
        alias, expression = next(iter(pattern.items()))
        yield from _shape(alias, expression)
        kind = _kind(expression)
        if kind is None:
            yield f"pattern {alias} names no kind; begin it with m.k == '...'"
            return
        schema = schema_of(kind, schemas)
        if schema is None:
            yield f"pattern {alias} asks for kind {kind!r}, which nothing provides; declare it under derives or needs"
            return
        yield from _terms(alias, expression, schema, known)
        if alias in known:
            yield f"alias {alias} is used twice"
        known[alias] = schema


def _shape(alias: str, expression: Any) -> Iterator[str]:
    if alias.endswith("$not"):
        yield "none() answers wrongly when the refuting fact comes late; use absent(...)"
    if alias.endswith(("$all", "$any")):
        yield "nested all/any is not allowed; write one rule for each case"
    operators = set(_operators(expression))
    if any(not isinstance(term, Mapping) for term in _all_terms(expression)):
        yield f"pattern {alias} holds a condition that Python has already decided; compare each value by itself"
    if "$nex" in operators or "$ex" in operators:
        yield f"pattern {alias} tests whether a field exists; every fact has every field of its kind, compare it"
    if operators & {"$add", "$sub", "$mul", "$div"}:
        yield f"pattern {alias} calculates; durations and counts belong in facts, not in rules"
    if operators & {"$iall", "$iany", "$mt", "$imt"}:
        yield f"pattern {alias} uses matches or anyItem; normalise the value in the fact and compare it"
    if refers(expression):
        yield from _join_shape(alias, expression)


def _join_shape(alias: str, expression: Mapping[str, Any]) -> Iterator[str]:
    terms = expression.get("$and", [expression])
    if "$or" in set(_operators(expression)):
        yield f"pattern {alias} has | in a join; the engine ignores what follows it, write two rules"
    if any("$and" in set(_operators(term)) for term in terms):
        yield f"pattern {alias} nests & in a join; the engine ignores what follows it, write a & b & c"
    last = terms[-1]
    if not (isinstance(last, Mapping) and list(last) == ["t"] and isinstance(last["t"], Mapping)):
        yield f"join {alias} does not end with the guard m.t == c.<alias>.t; without it the engine reads past its end"


def _terms(alias: str, expression: Any, schema: Schema, known: Mapping[str, Schema]) -> Iterator[str]:
    for operator, field, operand in tests(expression):
        if operator not in COMPARISONS:
            continue
        if field in ("id", "sid"):
            yield f"pattern {alias} compares {field}; the engine reads freed memory in such joins"
        elif field not in schema and field not in ("k", "t"):
            yield f"pattern {alias} tests {field!r}, which its kind does not have (it has {', '.join(sorted(schema))})"
        elif isinstance(operand, Mapping):
            yield from _reference(alias, field, operand, schema, known)
        else:
            yield from _constant(alias, operator, field, operand, schema)


def _reference(
    alias: str, field: str, operand: Mapping[str, str], schema: Schema, known: Mapping[str, Schema]
) -> Iterator[str]:
    other, name = next(iter(operand.items()))
    if other not in known:
        yield f"pattern {alias} refers to c.{other}, which no earlier pattern is called"
    elif name in ("id", "sid"):
        yield f"pattern {alias} compares with c.{other}.{name}; the engine reads freed memory in such joins"
    elif name not in known[other] and name != "t":
        yield f"pattern {alias} refers to c.{other}.{name}, which that kind does not have"
    elif name in known[other] and field in schema and schema[field] is not known[other][name]:
        yield f"pattern {alias} joins {field} with c.{other}.{name} of another type; equality would never hold"


def _constant(alias: str, operator: str, field: str, operand: Any, schema: Schema) -> Iterator[str]:
    wanted = str if field == "k" else int if field == "t" else schema[field]
    if isinstance(operand, bool) or operand is None:
        yield f"pattern {alias} compares {field} with {operand}; use 0 and 1, or absent(...)"
    elif wanted is float and type(operand) is int:
        yield f"pattern {alias} compares {field} with a whole number; write it with a decimal point"
    elif type(operand) is not wanted:
        yield f"pattern {alias} compares {field} ({wanted.__name__}) with {operand!r}"
    elif wanted is str and operator not in ("$eq", "$neq"):
        yield f"pattern {alias} orders text by {operator}; the engine orders text wrongly"
    elif wanted is float and (repr(operand) != f"{operand:.9f}".rstrip("0").rstrip(".") and "e" in repr(operand)):
        yield f"pattern {alias} compares {field} with {operand!r}; the engine cannot read exponents"
    elif isinstance(operand, int) and abs(operand) > LARGEST_WHOLE:
        yield f"pattern {alias} compares {field} with a number beyond 2^53"


def _kind(expression: Mapping[str, Any]) -> str | None:
    terms = expression.get("$and", [expression])
    kinds = [term["k"] for term in terms if isinstance(term, Mapping) and isinstance(term.get("k"), str)]
    return kinds[0] if len(kinds) == 1 else None


def schema_of(kind: str, schemas: Mapping[str, Schema]) -> Schema | None:
    """The fields of a kind, or of the absence of one; None when nothing provides it."""
    if not kind.startswith(ABSENT):
        return schemas.get(kind)
    parts = kind.split("|")
    by = parts[1].removeprefix("by=")
    return {"present": int, **({by: str} if by else {})}


def _all_terms(expression: Any) -> Iterator[Any]:
    for name in ("$and", "$or"):
        for term in expression.get(name, ()) if isinstance(expression, Mapping) else ():
            yield term
            yield from _all_terms(term)


def _operators(expression: Any) -> Iterator[str]:
    if isinstance(expression, list):
        for item in expression:
            yield from _operators(item)
    elif isinstance(expression, Mapping):
        for key, value in expression.items():
            if key.startswith("$") and key not in ("$l", "$r"):
                yield key
            yield from _operators(value)
