"""The months of the books: which are closed, and closing one."""

from __future__ import annotations

from bisect import bisect_left
from datetime import date

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from clinic.access import may
from clinic.http import ClinicRequest
from clinic.keys import keyed
from clinic.refusals import Refused
from clinic.templatetags.ui import money
from clinic.ui.words import day as in_words
from packages.liability_asked import asked_day
from packages.models import MonthClose
from packages.month_forms import ClosingForm
from packages.months import EndOfMonth, close_month, closed_through, over_time

from .reports import shared

MOST = 120  # ten years


@require_safe
def month_list(request: ClinicRequest) -> HttpResponse:
    """How it stood at the end of each month, and by whom and when its books were closed."""
    asked = asked_day({}, request.clinic)
    closings = list(MonthClose.objects.select_related("by").order_by("last_day"))
    ends = [each.last_day for each in closings]
    months = [
        {"end": point, "closing": closings[at] if at < len(ends) else None}
        for point in reversed(over_time(asked.day, MOST))
        if (at := bisect_left(ends, point.last_day)) is not None
    ]
    context = {"months": months, "may_close": may(request.staff, "close_month")}
    return render(request, "packages/month_list.html", context | shared(asked, "month_list"))


@keyed
def month_closing(request: ClinicRequest) -> HttpResponse:
    """GET says what closing means. POST closes the books through a month that is over; the owner's act."""
    today = request.clinic.today()
    months = [(each.last_day, _words(each, request.clinic.currency)) for each in _open(today)]
    form = ClosingForm(request.POST if request.method == "POST" else None, months=months)
    if request.method == "POST" and form.is_valid():
        last_day, by = form.cleaned_data["last_day"], request.staff
        try:
            closing = close_month(last_day, clinic=request.clinic, today=today, by=by, key=request.key)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request, _("The books are closed through %(day)s.") % {"day": in_words(closing.last_day)}
            )
            return redirect("packages:month_list", request.clinic.slug)
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "months": months, "closed_through": closed_through()}
    return render(request, "packages/month_closing.html", context, status=status)


def _open(today: date) -> list[EndOfMonth]:
    """The months that are over and not closed, the latest first."""
    closed = closed_through()
    months = [each for each in reversed(over_time(today, MOST)) if each.last_day < today]
    return [each for each in months if closed is None or each.last_day > closed]


def _words(end: EndOfMonth, currency: str) -> str:
    facts = {"day": in_words(end.last_day), "value": money(end.value, currency)}
    return _("%(day)s, with %(value)s owed") % facts
