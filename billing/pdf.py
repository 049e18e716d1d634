"""Bills and other documents as PDF. WeasyPrint is loaded for the first one and kept warm: a bill takes 40 ms, not 600.

What keeps it fast: one fetcher (each of WeasyPrint's own builds a TLS context), one font configuration and parsed
style sheets, and no garbage collection while a page is laid out.
"""

from __future__ import annotations

import atexit
import gc
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import structlog
from django.contrib.staticfiles import finders

from .models import Bill
from .papers import A5, PAPERS, ROLL
from .rendering import bill_html, language_of
from .side_by_side import both
from .stitching import stitch

log = structlog.get_logger(__name__)

FONTS = Path(__file__).parent / "fonts"
# PDF 1.4 has no packed objects: such files can be put one behind the other (billing.stitching).
PLAIN_TABLE = "1.4"
# From so many bills on, a second processor saves more than it costs to start there.
WORTH_TWO = 8
FIRST_PAGE = '<html lang="en"><body><div class="bill"><b>₹ 1</b> गिनती</div></body></html>'

# Pango's font map, which all bills share, must not be used by two threads at once.
_one_at_a_time = threading.Lock()
_warming = threading.Event()


class NoPdf(Exception):
    """Pango is missing on this machine; the bill can be printed from its HTML."""


def bill_pdf(bill: Bill, *, language: str, at: datetime, paper: str = A5) -> bytes:
    """The bill in that language on that paper, printed at that moment. Raises NoPdf where Pango is missing."""
    return pdf_of(bill_html(bill, language=language, at=at), paper=paper)


def bills_pdf(bills: Iterable[Bill], *, at: datetime, language: str = "", paper: str = A5) -> bytes:
    """Bills in one file, each on pages of its own that count from 1; in the patient's language unless one is given.

    All of their pages are in memory at once, so no more than a few dozen. Raises NoPdf where Pango is missing.
    """
    pages = [bill_html(bill, language=language or language_of(bill), at=at) for bill in bills]
    half = (len(pages) + 1) // 2
    with _one_at_a_time, _no_garbage_collection():
        press = _press()
        if len(pages) < WORTH_TWO:
            return press.pdf_of_many(pages, paper)
        files = both(
            lambda: press.pdf_of_many(pages[:half], paper), lambda: press.pdf_of_many(pages[half:], paper)
        )
    return stitch(files)


def pdf_of(html: str, *, paper: str = A5) -> bytes:
    """An HTML page of ours as PDF: A5, A4, or 80 mm roll of the length that it takes (docs/papers.md).

    It may refer to our fonts and to data: URIs and to nothing else. Raises NoPdf where Pango is missing.
    """
    with _one_at_a_time, _no_garbage_collection():
        return _press().pdf(html, paper)


def can_print() -> bool:
    """Whether this machine can make a PDF."""
    try:
        _weasyprint()
    except NoPdf:
        return False
    return True


def file_name(bill: Bill) -> str:
    """B-26-27-000123.pdf for B/26-27/000123."""
    return f"{bill.name.replace('/', '-')}.pdf"


def warm_up() -> None:
    """Make a small page, so that no user waits for the libraries, the fonts and the style sheets."""
    try:
        for paper in PAPERS:
            pdf_of(FIRST_PAGE, paper=paper)
    except NoPdf as missing:
        log.warning("bills are printed from HTML", reason=str(missing))


def warm_up_soon() -> None:
    """Warm up once in the background: whoever looks at bills will want a PDF next."""
    if not _warming.is_set():
        _warming.set()
        threading.Thread(target=warm_up, name="bill-warm-up", daemon=True).start()


class Press:
    """WeasyPrint with what all documents share: fetcher, fonts, and the style sheets of each paper."""

    def __init__(self, weasyprint: Any) -> None:
        from weasyprint.text.fonts import FontConfiguration

        self.html = weasyprint.HTML
        self.fetcher = _fetcher()
        self.fonts = FontConfiguration()
        sheets = (FONTS / "fonts.css", *map(_static, ("bill.css", "statement.css", "book.css")))
        shared = [self._styles(weasyprint, path) for path in sheets]
        self.styles = {
            paper: [*shared, self._styles(weasyprint, _static(f"bill-{paper}.css"))] for paper in PAPERS
        }
        self.styles[ROLL].append(self._styles(weasyprint, _static("roll-page.css")))

    def pdf(self, html: str, paper: str) -> bytes:
        return bytes(self._laid_out(html, paper).write_pdf())

    def pdf_of_many(self, pages: Iterable[str], paper: str) -> bytes:
        """Each page laid out by itself; the fonts are embedded once."""
        documents = [self._laid_out(html, paper) for html in pages]
        whole = documents[0].copy([page for each in documents for page in each.pages])
        return bytes(whole.write_pdf(pdf_version=PLAIN_TABLE))

    def _laid_out(self, html: str, paper: str) -> Any:
        page = self.html(string=html, base_url=FONTS.as_uri(), url_fetcher=self.fetcher)
        document = page.render(stylesheets=self.styles[paper], font_config=self.fonts)
        if paper == ROLL:
            _cut(document.pages[-1])
        return document

    def _styles(self, weasyprint: Any, path: Path) -> Any:
        return weasyprint.CSS(filename=path, url_fetcher=self.fetcher, font_config=self.fonts)


def _cut(page: Any) -> None:
    """Cut the roll as far below the last line as the first one is from its top (roll-page.css names the sheet)."""
    _left, top, _right, bottom = page.anchors["sheet"]
    page.height = bottom + top


@cache
def _press() -> Press:
    weasyprint = _weasyprint()
    atexit.register(_press.cache_clear)  # the font map's end needs libraries that go first at the exit
    return Press(weasyprint)


def _weasyprint() -> Any:
    try:
        import weasyprint
    except OSError as missing:
        raise NoPdf(str(missing)) from missing
    return weasyprint


def _fetcher() -> Any:
    from weasyprint.urls import URLFetcher

    class OwnFiles(URLFetcher):
        """Our fonts and data: URIs. A patient's name can make nobody's server, and no other file, be asked."""

        def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
            if not (url.startswith("data:") or _is_our_font(url)):
                raise ValueError(f"a bill may not refer to {url}")
            return super().fetch(url, headers)

    return OwnFiles()


def _is_our_font(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "file" and Path(url2pathname(parts.path)).resolve().is_relative_to(FONTS.resolve())


def _static(name: str) -> Path:
    found = finders.find(f"css/print/{name}")
    if not isinstance(found, str):
        raise FileNotFoundError(name)
    return Path(found)


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """A bill makes many objects and no rubbish; a collection in the middle doubles the slowest pages."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
