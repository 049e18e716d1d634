"""The liability report as a file for a spreadsheet."""

from __future__ import annotations

from django.http import FileResponse
from django.views.decorators.http import require_safe

from clinic.http import ClinicRequest
from clinic.sheets import sheet_response
from packages.liability_asked import asked_day, asked_days
from packages.liability_sheets import LiabilitySheets


@require_safe
def liability_file(request: ClinicRequest, kind: str) -> FileResponse:
    """All figures and all packages at the end of a day; the roll-forward since the first of its month, or `first`."""
    asked = request.GET.dict()
    days = asked_days(asked, request.clinic) if asked.get("last") else asked_day(asked, request.clinic)
    first = days.first or days.day.replace(day=1)
    sheets = LiabilitySheets(request.clinic, first, days.day)
    return sheet_response(sheets, name=f"liability-{days.day}", kind=kind)
