"""The page as a tagged PDF (PDF/UA-1); nothing is fetched, and the same page gives the same bytes."""

from __future__ import annotations

import hashlib
import os
from typing import Any, NoReturn

from service.errors import PdfUnavailable

VARIANT = "pdf/ua-1"


def pdf(html: str) -> bytes:
    """The PDF of a page of `service.prior_auth.page.html`; its dates are those of the page.

    Raises PdfUnavailable where the extra `pdf` or the libraries under it (Pango) are not installed.
    """
    try:
        from weasyprint import HTML  # loads native libraries, which nothing else here needs
    except (ImportError, OSError) as error:
        raise PdfUnavailable("no PDF can be made here: install spine-cds[pdf] and Pango") from error
    # Without HarfBuzz's own subsetter fonts are cut by fontTools, which writes the time of day into them.
    os.environ.setdefault("SOURCE_DATE_EPOCH", "0")
    identifier = hashlib.sha256(html.encode()).digest()[:16]
    made: bytes = HTML(string=html, url_fetcher=_refuse).write_pdf(pdf_variant=VARIANT, pdf_identifier=identifier)
    return made


def _refuse(url: str, *_: Any, **__: Any) -> NoReturn:
    raise ValueError("a packet fetches nothing")
