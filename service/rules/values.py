"""An outcome's `values:` → numbers and dates with their sources.

hold_days: hold[drug.concept][target.risk]      a table's cell, addressed by fields of matched facts
weeks_needed: weeks[request.family]             the dated parameter `weeks.<family>`, where no table has that name
limit_count: limit                               a dated parameter
found_count: = count.count                       a field of a matched fact; `= count.count injections` gives a unit
hold_from: "@ target.date - hold_days"           a date before or after another; left out while the date is unknown
last_dose: "@ values.hold_from - last_dose_days" the same, from a date that stands above it
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from math import ceil
from typing import Any

from service.errors import ContentInvalid
from service.facts.dates import UNKNOWN
from service.rules.finding import Value
from service.rules.model import Outcome, Source
from service.rules.parameters import Values

PARAMETER = re.compile(r"^([a-z0-9_]+)((?:\[[a-z_0-9.\-']+\])*)$")
KEY = re.compile(r"\[([^\]]+)\]")
FACT = re.compile(r"^=\s*([a-z_]+)\.([a-z_]+)\s*(.*)$")
DATE = re.compile(r"^@\s*([a-z_]+)\.([a-z_]+)\s*([+-])\s*([a-z_]+)$")
RECORD = Source(title="The patient's record", status="verified")
HOURS_PER_DAY = 24
ABOVE = "values"
DAYS_PER_UNIT = {"d": 1.0, "h": 1 / HOURS_PER_DAY, "wk": 7.0}

Bound = Mapping[str, Mapping[str, Any]]


def resolve(rule: str, outcome: Outcome, values: Values, bound: Bound) -> tuple[Value, ...]:
    """The outcome's values for one match; what the record does not know is left out. Raises ContentInvalid."""
    found: dict[str, Value] = {}
    for name, expression in outcome.values.items():
        value = _one(f"{rule}: value {name}", name, expression, values, bound, found)
        if value is not None:
            found[name] = value
    return tuple(found.values())


def _one(
    where: str, name: str, expression: str, values: Values, bound: Bound, found: Mapping[str, Value]
) -> Value | None:
    match = _parsed(expression)
    if match is None:
        raise ContentInvalid(f"{where}: {expression!r} is no parameter, `= alias.field` or `@ alias.date - value`")
    if match.re is FACT:
        value = _field(where, bound, match.group(1), match.group(2))
        return None if value in (UNKNOWN, "") else Value(name, value, match.group(3).strip(), RECORD)
    if match.re is DATE:
        return _date(where, name, match, bound, found)
    keys = [_key(where, key, bound) for key in KEY.findall(match.group(2))]
    if keys and values.has(match.group(1)):
        return _cell(name, match.group(1), keys, values)
    in_force = values.in_force(".".join((match.group(1), *keys)))
    return Value(name, in_force.value, in_force.unit, in_force.source)


@lru_cache(maxsize=4096)
def _parsed(expression: str) -> re.Match[str] | None:
    """Which of the three forms an expression of the content has."""
    return FACT.match(expression) or DATE.match(expression) or PARAMETER.match(expression)


def _cell(name: str, table: str, keys: list[str], values: Values) -> Value | None:
    parameter = values.parameter(table)
    cell = values.cell(table, *(keys if len(keys) > 1 else [keys[0], "value"]))
    if "value" not in cell:
        return None
    return Value(name, cell["value"], str(cell.get("unit", parameter.unit)), parameter.rows[keys[0]].source)


def _date(where: str, name: str, match: re.Match[str], bound: Bound, found: Mapping[str, Value]) -> Value | None:
    if match.group(1) == ABOVE:
        day = found[match.group(2)].value if match.group(2) in found else ""
    else:
        day = _field(where, bound, match.group(1), match.group(2))
    interval = found.get(match.group(4))
    if not day or interval is None or isinstance(interval.value, str):
        return None
    # Whole days, rounded to the cautious side: earlier to stop, later to start again.
    days = timedelta(days=ceil(interval.value * DAYS_PER_UNIT[interval.unit]))
    moved = date.fromisoformat(str(day)) + (days if match.group(3) == "+" else -days)
    return Value(name, moved.isoformat(), "", interval.source)


def _key(where: str, key: str, bound: Bound) -> str:
    if key.startswith("'"):
        return key.strip("'")
    alias, _, field = key.partition(".")
    return str(_field(where, bound, alias, field)) if field else key


def _field(where: str, bound: Bound, alias: str, field: str) -> Any:
    try:
        return bound[alias][field]
    except KeyError:
        raise ContentInvalid(f"{where}: there is no {alias}.{field} among the matched facts") from None
