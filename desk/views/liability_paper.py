"""The liability report as a PDF."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from billing import pdf
from clinic.http import ClinicRequest
from packages.liability_asked import asked_of

from ..liability_paper import liability_html


@require_safe
def liability_pdf(request: ClinicRequest) -> HttpResponse:
    """The report of a day on A4; where no PDF can be made, the page to print instead."""
    asked = asked_of(request.GET.dict(), request.clinic)
    html = liability_html(request.clinic, first=asked.first, day=asked.day, at=timezone.now())
    try:
        response = HttpResponse(pdf.pdf_of(html, paper="a4"), content_type="application/pdf")
        response.headers["Content-Disposition"] = f'inline; filename="liability-{asked.day}.pdf"'
    except pdf.NoPdf:
        response = HttpResponse(html)
    response.headers["Cache-Control"] = "private, no-store"
    return response
