"""The page as a tagged PDF (PDF/UA-1); nothing is fetched, and the same page gives the same bytes."""

from __future__ import annotations

import hashlib
import os
from threading import Lock

from service.errors import PdfUnavailable

VARIANT = "pdf/ua-1"
ALONE = Lock()
NEEDED = "install spine-cds[pdf] and, on Debian, libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core"


def pdf(html: str) -> bytes:
    """The PDF of a page of `service.prior_auth.page.html`; its dates are those of the page.

    Raises PdfUnavailable where the extra `pdf` or the libraries under it (Pango) are not installed.
    """
    # Without HarfBuzz's own subsetter fonts are cut by fontTools, which writes the time of day into them.
    os.environ.setdefault("SOURCE_DATE_EPOCH", "0")
    # One at a time: the native libraries share what they know of fonts.
    with ALONE:
        return _made(html)


def _made(html: str) -> bytes:
    try:
        # Loads native libraries, which nothing else here needs.
        from weasyprint import HTML
        from weasyprint.urls import URLFetcher
    except (ImportError, OSError) as error:
        raise PdfUnavailable(f"no PDF can be made here: {NEEDED}") from error
    identifier = hashlib.sha256(html.encode()).digest()[:16]
    page = HTML(string=html, url_fetcher=URLFetcher(allowed_protocols=()))
    made: bytes = page.write_pdf(pdf_variant=VARIANT, pdf_identifier=identifier)
    return made
