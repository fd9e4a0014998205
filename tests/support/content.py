"""All content of the repository, read once for collecting and running the tests of a process."""

from __future__ import annotations

from functools import cache

from service.rules.load import Content, load_content


@cache
def everything() -> Content:
    """What `load_content` reads from the repository; shared, so nobody may change it."""
    return load_content()
