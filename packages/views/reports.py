from __future__ import annotations

from datetime import date

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render

from clinic.http import ClinicRequest
from packages.liability import liability as owed_on

ON_A_PAGE = 50


def liability(request: ClinicRequest) -> HttpResponse:
    """What the clinic owes in undelivered sessions, as of any day."""
    today = request.clinic.today()
    try:
        day = min(date.fromisoformat(request.GET.get("on", "")), today)
    except ValueError:
        day = today
    report = owed_on(day)
    page = Paginator(report.rows, ON_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "packages/liability.html", {"report": report, "page": page, "today": today})
