"""Reading paper: a bill's PDF, and where its words stand on it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from typing import Any

from pypdf import PdfReader

from billing import pdf
from billing.models import Bill
from billing.rendering import bill_html

MM = 72 / 25.4
# What WeasyPrint rounds on the way.
A_HAIR = 0.5


def reader(
    bill: Bill, *, language: str = "en-in", at: datetime | None = None, paper: str = "a5"
) -> PdfReader:
    bill = Bill.objects.get(pk=bill.pk)
    return PdfReader(BytesIO(pdf.bill_pdf(bill, language=language, at=at or bill.issued_at, paper=paper)))


def text_of(pages: PdfReader) -> str:
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages.pages))


def size_in_mm(pages: PdfReader) -> tuple[int, int]:
    box = pages.pages[0].mediabox
    return round(float(box.width) / MM), round(float(box.height) / MM)


def sticking_out(html: str, paper: str) -> list[str]:
    """The words that stand outside of the page's printable width or below its end, or on top of others' boxes."""
    found = []
    for page in pdf._press()._laid_out(html, paper).pages:
        sheet = page._page_box
        left, right = sheet.content_box_x(), sheet.content_box_x() + sheet.width
        for words in _words(sheet.children[0]):
            start, end = words.position_x, words.position_x + words.width
            if start < left - A_HAIR or end > right + A_HAIR:
                found.append(words.text)
            if words.position_y + words.height > page.height + A_HAIR:
                found.append(words.text)
    return found


def bill_sticking_out(bill: Bill, language: str, paper: str) -> list[str]:
    bill = Bill.objects.get(pk=bill.pk)
    return sticking_out(bill_html(bill, language=language, at=bill.issued_at), paper)


def _words(box: Any) -> Iterator[Any]:
    if getattr(box, "text", ""):
        yield box
    for child in getattr(box, "children", ()):
        yield from _words(child)
