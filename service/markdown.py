"""Text from a record, made harmless in Markdown."""

from __future__ import annotations

import re

SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|])")


def escaped(text: str) -> str:
    """The text on one line with Markdown's own characters shown as they are."""
    return SPECIAL.sub(r"\\\1", text).replace("\n", " ")
