"""Packages that sleep: a page with what can be done about each, and the same as a file."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from clinic.access import may
from clinic.csv_files import amount, count, csv_answer
from clinic.http import ClinicRequest
from packages.sleeping import DAYS, NEVER

from ..sleeping import each_of, page_of, sleepers

ON_A_PAGE = 25


@require_safe
def sleeping(request: ClinicRequest) -> HttpResponse:
    """Sessions left, valid, and nobody comes or is booked: the most owed first."""
    which, today = _which(request), request.clinic.today()
    found = sleepers(request.clinic, today, which)
    page = Paginator(found.packages, ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "found": found,
        "page": page,
        "rows": page_of(page.object_list, clinic=request.clinic),
        "which": which,
        "tabs": _tabs(which),
        "may_book": may(request.staff, "book_visit"),
    }
    return render(request, "desk/sleeping.html", context)


@require_safe
def sleeping_file(request: ClinicRequest) -> HttpResponse:
    """The same as a file for a spreadsheet."""
    which, today, currency = _which(request), request.clinic.today(), request.clinic.currency
    heads = [
        _("Patient"),
        _("Phone"),
        _("Package"),
        _("Number"),
        _("Left"),
        _("Owed in care"),
        _("Last visit"),
        _("Valid to"),
    ]
    rows = (
        (
            row.patient.name,
            row.patient.phone,
            row.package.name,
            row.package.number,
            count(row.package.sessions_left),
            amount(row.owed, currency),
            row.last_used,
            row.package.valid_until,
        )
        for row in each_of(sleepers(request.clinic, today, which).packages)
    )
    return csv_answer(f"sleeping-packages-{which}-{today}", heads, rows)


def _which(request: ClinicRequest) -> str:
    asked = request.GET.get("since", "")
    return asked if asked in {*map(str, DAYS), NEVER} else str(DAYS[0])


def _tabs(which: str) -> list[dict[str, object]]:
    days = {str(n): ngettext("%(n)d day", "%(n)d days", n) % {"n": n} for n in DAYS}
    return [
        {"url": f"?since={name}", "label": label, "count": None, "current": name == which}
        for name, label in {**days, NEVER: _("Never used")}.items()
    ]
