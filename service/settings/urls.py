"""Addresses as an operator writes them: base URLs, lists of them, and what means this machine only."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

BASE_URL = re.compile(r"https?://(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+)(:\d{1,5})?(/[A-Za-z0-9._~/-]*)?")


def base_urls(value: tuple[str, ...]) -> tuple[str, ...]:
    """The URLs without a slash at the end; raises ValueError, which repeats none of them."""
    if not all(BASE_URL.fullmatch(url) and _has_right_port(url) for url in value):
        raise ValueError("each must be an http or https base URL without query, user or fragment")
    return tuple(url.rstrip("/") for url in value)


def _has_right_port(url: str) -> bool:
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False


def is_loopback(host: str) -> bool:
    """Whether a host name or address literal means this machine only."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
