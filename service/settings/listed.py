"""Lists in the environment: commas, blanks, or a JSON list; and lists of networks."""

from __future__ import annotations

import ipaddress
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


def networks(value: tuple[str, ...]) -> tuple[str, ...]:
    """Addresses and networks as they are; raises ValueError for one that is none, or that holds everybody."""
    try:
        found = [ipaddress.ip_network(address) for address in value]
    except ValueError as error:
        raise ValueError("each must be an IP address or a network such as 10.0.0.0/8") from error
    if any(network.prefixlen == 0 for network in found):
        raise ValueError("a network of all addresses would let every caller speak for the proxy")
    return value
