"""The day book: on the screen, on paper, and as a file."""

from __future__ import annotations

from datetime import date

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from billing import pdf
from billing.papers import paper_of
from clinic.http import ClinicRequest

from ..day_book_asked import Asked, asked_of
from ..day_book_file import book_csv, file_name
from ..day_book_sheet import page_html, sheet_of

ON_A_PAGE = 100


@require_safe
def day_book(request: ClinicRequest, day: date) -> HttpResponse:
    """What was billed and received on a day, or on several: by person, method and branch, line by line."""
    pdf.warm_up_soon()
    asked = _asked(request, day)
    sheet = sheet_of(asked)
    page = Paginator(sheet.every_line, ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "asked": asked,
        "day": day,
        "sheet": sheet,
        "page": page,
        "lines": sheet.lines(list(page.object_list)),
        "query": f"{asked.query}&" if asked.query else "",
    }
    return render(request, "desk/day_book.html", context)


@require_safe
def day_book_pdf(request: ClinicRequest, day: date) -> HttpResponse:
    """The same on paper, with every line; where no PDF can be made, the page to print instead."""
    asked = _asked(request, day)
    html = page_html(sheet_of(asked))
    try:
        made = pdf.pdf_of(html, paper=paper_of(request.GET.get("paper", "a4")))
        response = HttpResponse(made, content_type="application/pdf")
        response.headers["Content-Disposition"] = f'inline; filename="{file_name(asked, "pdf")}"'
    except pdf.NoPdf:
        response = HttpResponse(html)
    response.headers["Cache-Control"] = "private, no-store"
    return response


@require_safe
def day_book_file(request: ClinicRequest, day: date) -> HttpResponse:
    """The same as a file for a spreadsheet."""
    asked = _asked(request, day)
    response = HttpResponse(book_csv(sheet_of(asked)), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{file_name(asked, "csv")}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _asked(request: ClinicRequest, day: date) -> Asked:
    return asked_of(request.GET.dict(), day=day, clinic=request.clinic, by=request.staff)
