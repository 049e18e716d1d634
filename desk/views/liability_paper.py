"""The liability report as a PDF."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from billing import pdf
from clinic.http import ClinicRequest
from packages.liability_asked import asked_day, asked_days

from ..liability_paper import liability_html


@require_safe
def liability_pdf(request: ClinicRequest) -> HttpResponse:
    """The report of a day on A4; where no PDF can be made, the page to print instead."""
    asked = request.GET.dict()
    days = asked_days(asked, request.clinic) if asked.get("last") else asked_day(asked, request.clinic)
    first = days.first or days.day.replace(day=1)
    html = liability_html(request.clinic, first=first, day=days.day, at=timezone.now())
    try:
        response = HttpResponse(pdf.pdf_of(html, paper="a4"), content_type="application/pdf")
        response.headers["Content-Disposition"] = f'inline; filename="liability-{days.day}.pdf"'
    except pdf.NoPdf:
        response = HttpResponse(html)
    response.headers["Cache-Control"] = "private, no-store"
    return response
