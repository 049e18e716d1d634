"""The exceptions report: a page, and the same as a file."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from clinic.calendar import day_bounds
from clinic.forms import DateField
from clinic.http import ClinicRequest
from clinic.models import Clinic, Patient, Staff
from clinic.ui.words import signed_count
from packages.exceptions import Asked

from ..exceptions import WHATS, exceptions

ON_A_PAGE = 50
MOST_NAMES = 10
FIRST_SHOWN = timedelta(days=29)
# A cell that begins so is a formula to a spreadsheet.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class ExceptionFilter(forms.Form):
    """Which days, which kind, of whom; what is not understood narrows nothing and says so."""

    first = DateField(label=gettext_lazy("From"), required=False)
    last = DateField(label=gettext_lazy("To"), required=False)
    what = forms.ChoiceField(
        label=gettext_lazy("Kind"), required=False, choices=[("", gettext_lazy("All")), *WHATS.items()]
    )
    by = forms.ModelChoiceField(
        Staff.objects.none(),
        label=gettext_lazy("Given by"),
        required=False,
        empty_label=gettext_lazy("Everybody"),
    )
    patient = forms.ModelChoiceField(Patient.objects.none(), required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, clinic: Clinic, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.clinic = clinic
        self.fields["by"].queryset = Staff.objects.order_by("name")  # type: ignore[attr-defined]
        self.fields["patient"].queryset = Patient.objects.all()  # type: ignore[attr-defined]

    def asked(self) -> Asked:
        """The days as moments of the clinic; the last 30 days where none is named."""
        facts: dict[str, Any] = self.cleaned_data if self.is_valid() else {}
        last: date = facts.get("last") or self.clinic.today()
        first: date = min(facts.get("first") or last - FIRST_SHOWN, last)
        start, _end = day_bounds(first, self.clinic.zone)
        _start, end = day_bounds(last, self.clinic.zone)
        return Asked(start, end, _id(facts.get("by")), _id(facts.get("patient")))


def _id(record: Staff | Patient | None) -> UUID | None:
    return record.pk if record else None


@require_safe
def exceptions_report(request: ClinicRequest) -> HttpResponse:
    """Every exception of a period with its reason, and how many by each person and for each patient."""
    form = _form(request)
    asked = form.asked()
    found = exceptions(asked, form.cleaned_data.get("what", "") if form.is_valid() else "")
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "form": form,
        "first": request.clinic.day_of(asked.start),
        "last": request.clinic.day_of(asked.end) - timedelta(days=1),
        "patient": form.cleaned_data.get("patient"),
        "page": Paginator(found.rows, ON_A_PAGE).get_page(request.GET.get("page")),
        "whats": WHATS,
        "by_person": found.by_person()[:MOST_NAMES],
        "by_patient": found.by_patient()[:MOST_NAMES],
        "query": f"{query.urlencode()}&" if query else "",
    }
    return render(request, "desk/exceptions.html", context)


@require_safe
def exceptions_file(request: ClinicRequest) -> HttpResponse:
    """The same as a file for a spreadsheet."""
    form = _form(request)
    found = exceptions(form.asked(), form.cleaned_data.get("what", "") if form.is_valid() else "")
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="exceptions.csv"'
    writer = csv.writer(answer)
    writer.writerow(
        [
            _("Recorded"),
            _("Kind"),
            _("Given by"),
            _("Patient"),
            _("Package"),
            _("Sessions"),
            _("Days"),
            _("Reason"),
        ]
    )
    for row in found.rows:
        writer.writerow([_cell(value) for value in _cells(row, request.clinic)])
    return answer


def _form(request: ClinicRequest) -> ExceptionFilter:
    form = ExceptionFilter(request.GET, clinic=request.clinic)
    form.full_clean()
    return form


def _cells(row: dict[str, Any], clinic: Clinic) -> list[str]:
    return [
        f"{clinic.local(row['at']):%Y-%m-%d %H:%M}",
        str(WHATS[row["what"]]),
        row["by_name"] or "",
        row["patient_name"] or "",
        str(row["package_number"] or ""),
        signed_count(row["sessions"]).replace("\u2212", "-"),
        str(row["days"] or ""),
        row["why"],
    ]


def _cell(text: str) -> str:
    is_number = text.lstrip("+-").replace(".", "", 1).isdigit()
    return f"'{text}" if text.startswith(FORMULA) and not is_number else text
