"""What lapses in the weeks to come if nobody comes: a page, and the same as a file."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from clinic.access import may
from clinic.csv_files import amount, count, csv_answer
from clinic.http import ClinicRequest
from packages.expected_expiry import by_week

from ..expected_expiry import booked_by_package, rows_of, week_of

ON_A_PAGE = 50


@require_safe
def expected_expiry(request: ClinicRequest) -> HttpResponse:
    """Sessions and value by week, and the packages of one week with what is booked on each before its end."""
    today = request.clinic.today()
    weeks = by_week(today)
    week = week_of(weeks, request.GET.get("week", ""))
    page = Paginator(week.packages if week else (), ON_A_PAGE).get_page(request.GET.get("page"))
    booked = booked_by_package(week, clinic=request.clinic, on=today) if week else {}
    context = {
        "today": today,
        "weeks": weeks,
        "sessions": sum(each.sessions for each in weeks),
        "value": sum(each.value for each in weeks),
        "packages": sum(len(each.packages) for each in weeks),
        "week": week,
        "booked": sum(booked.values()),
        "page": page,
        "rows": rows_of(page.object_list, booked),
        "may_book": may(request.staff, "book_visit"),
        "may_extend": may(request.staff, "extend_package"),
    }
    return render(request, "desk/expected_expiry.html", context)


@require_safe
def expected_expiry_file(request: ClinicRequest) -> HttpResponse:
    """The same as a file for a spreadsheet: every package of these weeks."""
    today, currency = request.clinic.today(), request.clinic.currency
    heads = [
        _("Valid to"),
        _("Patient"),
        _("Phone"),
        _("Package"),
        _("Number"),
        _("Left"),
        _("Booked before the end"),
        _("Owed in care"),
    ]
    rows = (
        (
            row.lapsing.valid_until,
            row.patient.name,
            row.patient.phone,
            row.package.name,
            row.lapsing.number,
            count(row.lapsing.sessions),
            count(row.booked),
            amount(row.lapsing.value, currency),
        )
        for week in by_week(today)
        for row in rows_of(week.packages, booked_by_package(week, clinic=request.clinic, on=today))
    )
    return csv_answer(f"expected-expiry-{today}", heads, rows)
