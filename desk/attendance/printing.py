"""A statement on paper: its PDF, or the page to print where none can be made."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpResponse

from billing import pdf
from billing.models import Statement
from billing.rendering import ENGLISH, HINDI

from .rendering import Issue, page_html

PAPERS = ("a4", "a5")


def language_of(statement: Statement, asked: str = "") -> str:
    """The language that was asked for, else the patient's own at the time of issue; English or Hindi."""
    wanted = asked or statement.document["patient"]["language"]
    return HINDI if wanted.lower().startswith("hi") else ENGLISH


def paper_of(asked: str) -> str:
    """A4 unless A5 is asked for."""
    return asked if asked in PAPERS else PAPERS[0]


def issue_of(statement: Statement) -> Issue:
    """Number and moment, and which statement replaced it."""
    later = Statement.objects.filter(replaces=statement).values_list("number", flat=True).first()
    return Issue(statement.number, statement.issued_at, statement.issued_on, later)


def printed(statement: Statement, *, language: str, at: datetime, paper: str = PAPERS[0]) -> HttpResponse:
    """What a browser shows or saves."""
    issue = issue_of(statement)
    try:
        html = page_html(statement.document, issue, language=language, at=at)
        response = HttpResponse(pdf.pdf_of(html, paper=paper), content_type="application/pdf")
        response.headers["Content-Disposition"] = f'inline; filename="{file_name(statement)}"'
    except pdf.NoPdf:
        template = "desk/attendance_printable.html"
        response = HttpResponse(
            page_html(statement.document, issue, language=language, at=at, template=template, paper=paper)
        )
    response.headers["Cache-Control"] = "private, no-store"
    return response


def file_name(statement: Statement) -> str:
    """attendance-12.pdf, superbill-13.pdf."""
    return f"{statement.kind}-{statement.number}.pdf"
