"""The liability report as a file for a spreadsheet."""

from __future__ import annotations

from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from clinic.http import ClinicRequest
from clinic.sheets import TooManyRows, sheet_response
from packages.liability_asked import asked_of
from packages.liability_sheets import LiabilitySheets


@require_safe
def liability_file(request: ClinicRequest, kind: str) -> HttpResponseBase:
    """All figures and all packages at the end of a day; the roll-forward since the first of its month, or `first`."""
    asked = asked_of(request.GET.dict(), request.clinic)
    sheets = LiabilitySheets(request.clinic, asked.first, asked.day)
    try:
        return sheet_response(sheets, name=f"liability-{asked.day}", kind=kind)
    except TooManyRows as refused:
        return render(request, "422.html", {"exception": str(refused)}, status=422)
