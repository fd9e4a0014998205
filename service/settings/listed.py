"""Lists in the environment: commas, blanks, or a JSON list."""

from __future__ import annotations

import json
import re
from typing import Any


def listed(value: Any) -> Any:
    """The items of a text; anything else as it is. Raises ValueError for broken JSON."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        return json.loads(value)
    return [item for item in re.split(r"[\s,]+", value) if item]
