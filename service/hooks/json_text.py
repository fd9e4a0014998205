"""JSON that any two readers would read alike: UTF-8, no NaN, no repeated key, bounded depth.

A half emoji is forgiven, because systems that cut texts to a length do send it: it becomes a question mark.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

from jiter import from_json

from service.errors import NotJson

NOT_BRACKETS = bytes(code for code in range(256) if code not in b"[]{}")
WORTHWHILE = 0.9  # of the brackets left by a pass; when more stay, peeling costs more than walking
LITTLE = 100_000
SURROGATE = re.compile(rb"\\u[dD]")


def read(text: bytes, max_depth: int) -> Any:
    """Parse one JSON text (`max_depth` of at most 500); raises NotJson, whose words never quote the text.

    The quick reader takes what all readers agree on; whatever it refuses, the slow one explains or forgives.
    """
    try:
        value = from_json(text, allow_inf_nan=False, catch_duplicate_keys=True)
    except ValueError:
        return _explained(text, max_depth)
    if not _surely_shallow(text, max_depth) and _depth(value) > max_depth:
        raise NotJson(f"The JSON is nested more than {max_depth} deep.")
    return value


def _explained(text: bytes, max_depth: int) -> Any:
    try:
        value = json.loads(
            text.decode("utf-8-sig"), object_pairs_hook=_distinct, parse_float=_finite, parse_constant=_refuse
        )
    except UnicodeDecodeError:
        raise NotJson("The body is not UTF-8.") from None
    except RecursionError:
        raise NotJson(f"The JSON is nested more than {max_depth} deep.") from None
    except json.JSONDecodeError as fault:
        raise NotJson(f"The body is not JSON: {fault.msg}, line {fault.lineno} column {fault.colno}.") from None
    except ValueError:  # Python's own limit to the digits of a whole number
        raise NotJson("The JSON has a number that is too large.") from None
    if not _surely_shallow(text, max_depth) and _depth(value) > max_depth:
        raise NotJson(f"The JSON is nested more than {max_depth} deep.")
    if SURROGATE.search(text):
        return json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
    return value


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotJson("The JSON has the same key twice in one object.")
    return found


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise NotJson("The JSON has a number that is too large.")
    return number


def _refuse(_name: str) -> NoReturn:
    raise NotJson("NaN and Infinity are not JSON.")


def _surely_shallow(text: bytes, max_depth: int) -> bool:
    """Whether peeling innermost brackets off `max_depth` times leaves none; brackets in strings may fool it.

    It takes a tenth of the time that walking the parsed value takes.
    """
    brackets = text.translate(None, NOT_BRACKETS)
    for _ in range(max_depth):
        # A dot holds the place until the pass is over, so that no pass peels more than one level.
        rest = brackets.replace(b"[]", b".").replace(b"{}", b".").translate(None, b".")
        if not rest:
            return True
        if len(rest) > LITTLE and len(rest) > WORTHWHILE * len(brackets):
            return False
        brackets = rest
    return False


def _depth(value: Any) -> int:
    level, depth = [value], 0
    while level := [item for item in level if isinstance(item, dict | list)]:
        depth += 1
        level = [child for item in level for child in (item.values() if isinstance(item, dict) else item)]
    return depth
