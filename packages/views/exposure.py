"""The clinic's exposure to refunds: a page, and the same as a file."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from clinic.csv_files import amount, count, csv_answer
from clinic.http import ClinicRequest

from ..exposure import exposure as exposed_on

ON_A_PAGE = 50


@require_safe
def exposure(request: ClinicRequest) -> HttpResponse:
    """What refunding everyone today would cost, by each package's own rule, the dearest first."""
    report = exposed_on(request.clinic.today())
    rows: Any = report.rows
    page = Paginator(rows, ON_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "packages/exposure.html", {"report": report, "page": page})


@require_safe
def exposure_file(request: ClinicRequest) -> HttpResponse:
    """The same as a file for a spreadsheet, package by package."""
    today, currency = request.clinic.today(), request.clinic.currency
    heads = [
        _("Package"),
        _("Patient"),
        _("Plan"),
        _("Rule"),
        _("Valid to"),
        _("Left"),
        _("Would be paid"),
        _("Owed in care"),
        _("Difference"),
    ]
    rows = (
        (
            row.number,
            row.patient,
            row.package,
            row.rule_words,
            row.valid_until,
            count(row.sessions),
            *(amount(each, currency) for each in (row.amount, row.released, row.difference)),
        )
        for row in exposed_on(today).rows
    )
    return csv_answer(f"refund-exposure-{today}", heads, rows)
