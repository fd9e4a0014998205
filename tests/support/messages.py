"""The messages a module can give, read from its source, so that a test can say which of them nobody has seen."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterable
from types import ModuleType


def messages(module: ModuleType) -> list[str]:
    """Patterns of the texts that the module yields or raises as ContentInvalid, in order; `.+` stands for a value."""
    found: dict[str, None] = {}
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        text: ast.expr | None = None
        if isinstance(node, ast.Yield):
            text = node.value
        elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args:
            text = node.exc.args[0]
        pattern = _pattern(text)
        if re.search("[a-z]{3}", pattern):
            found[pattern] = None
    return list(found)


def unseen(module: ModuleType, texts: Iterable[str]) -> list[str]:
    """Messages of the module that match none of the texts."""
    known = list(texts)
    return [pattern for pattern in messages(module) if not any(re.search(pattern, text, re.DOTALL) for text in known)]


def _pattern(text: ast.expr | None) -> str:
    if isinstance(text, ast.Constant) and isinstance(text.value, str):
        return re.escape(text.value)
    if isinstance(text, ast.JoinedStr):
        parts = (re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".+" for part in text.values)
        return "".join(parts)
    return ""
