"""What packages say beside what bills say: a page, and the same as a file."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from clinic.csv_files import amount, count, csv_answer
from clinic.forms import DateField
from clinic.http import ClinicRequest
from clinic.models import Clinic

from ..reconciliation import Compared, Differing, reconcile

ON_A_PAGE = 50
LONGEST = timedelta(days=366)


class DaysForm(forms.Form):
    """From which day to which, both included; a year at most."""

    first = DateField(label=gettext_lazy("From"))
    last = DateField(label=gettext_lazy("To"))

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        first, last = facts.get("first"), facts.get("last")
        if first and last and last < first:
            self.add_error("last", _("The last day is before the first."))
        if first and last and last - first >= LONGEST:
            self.add_error("last", _("Choose a year at most."))
        return facts


@require_safe
def reconciliation(request: ClinicRequest) -> HttpResponse:
    """Every check with both sums, and each package that differs, those that nothing explains first."""
    form, first, last = _days(request)
    found = reconcile(request.clinic, first, last)
    rows = [(each, row) for each in found for row in each.differing]
    rows.sort(key=lambda pair: bool(pair[1].known))
    context = {
        "form": form,
        "first": first,
        "last": last,
        "found": found,
        "unexplained": sum(len(each.unexplained) for each in found),
        "page": Paginator(rows, ON_A_PAGE).get_page(request.GET.get("page")),
        "query": f"first={first}&last={last}&",
    }
    return render(request, "desk/reconciliation.html", context, status=200 if form.is_valid() else 422)


@require_safe
def reconciliation_file(request: ClinicRequest) -> HttpResponse:
    """The same as a file for a spreadsheet: the sums of each check, then its packages that differ.

    Days that cannot be are answered by the page, which says why.
    """
    form, first, last = _days(request)
    if not form.is_valid():
        return reconciliation(request)
    heads = [
        _("Packages say"),
        _("Bills say"),
        _("Package"),
        _("Patient"),
        _("By packages"),
        _("By bills"),
        _("Difference"),
        _("Why"),
    ]
    rows = (
        [str(each.check.ours), str(each.check.theirs), *cells]
        for each in reconcile(request.clinic, first, last)
        for cells in _cells(each, request.clinic)
    )
    return csv_answer(f"reconciliation-{first}-{last}", heads, rows)


def _cells(compared: Compared, clinic: Clinic) -> list[list[Any]]:
    """The line of the sums, and a line for each package that differs."""
    sides = [["", "", *_figures(compared, compared, clinic), ""]]
    return sides + [
        [row.number, row.patient, *_figures(row, compared, clinic), row.words] for row in compared.differing
    ]


def _figures(of: Compared | Differing, compared: Compared, clinic: Clinic) -> list[Any]:
    figures = (of.ours, of.theirs, of.difference)
    if compared.check.is_of_sessions:
        return [count(each) for each in figures]
    return [amount(each, clinic.currency) for each in figures]


def _days(request: ClinicRequest) -> tuple[DaysForm, date, date]:
    """The days asked for; where none are, or they cannot be, this month up to today."""
    today = request.clinic.today()
    usual = {"first": today.replace(day=1), "last": today}
    form = DaysForm(usual | {name: value for name, value in request.GET.items() if value and name in usual})
    facts = form.cleaned_data if form.is_valid() else usual
    return form, facts["first"], facts["last"]
