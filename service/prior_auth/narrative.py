"""Lines as XHTML for `Narrative.div`: everything from a record escaped, every line linked to what it rests on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from html import escape

from service.prior_auth.lines import NONE, Line

XHTML = "http://www.w3.org/1999/xhtml"
# Characters that XML 1.0 cannot hold in any form.
UNPRINTABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# From a citation to the full URLs of the entries that it means.
Links = Callable[[str], list[str]]


def plain(text: str) -> str:
    """The text as XML may hold it, its own marks shown as they are."""
    return escape(UNPRINTABLE.sub("\ufffd", text))


def narrative(lines: Iterable[Line], links: Links) -> dict[str, str]:
    """A Narrative with one list item for each line."""
    listed = "".join(f"<li>{plain(line.text)} {_linked(line, links)}</li>" for line in lines)
    return _narrative(f"<ul>{listed}</ul>" if listed else f"<p>{NONE}</p>")


def paragraph(text: str) -> dict[str, str]:
    """A Narrative of one sentence."""
    return _narrative(f"<p>{plain(text)}</p>")


def _narrative(inner: str) -> dict[str, str]:
    return {"status": "generated", "div": f'<div xmlns="{XHTML}">{inner}</div>'}


def _linked(line: Line, links: Links) -> str:
    found = [f'<a href="{plain(url)}">{plain(cited)}</a>' for cited in line.references for url in links(cited)]
    return f"[{', '.join(found)}]"
