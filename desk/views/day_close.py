"""Closing the day: the list of what is unsettled, the cash, and which days are open."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinic.access import may
from clinic.http import ClinicRequest
from clinic.keys import keyed
from clinic.models import Branch
from clinic.refusals import Refused
from clinic.ui import words

from .. import day_close as closing
from ..day_book import read_book
from ..day_close_calendar import first_day, standings
from ..day_close_facts import BranchDay
from ..day_close_form import DayCloseForm, DayReopeningForm
from ..day_close_rows import DayLine, Sheet
from ..day_close_settling import settle_item

DAYS_ON_A_PAGE = 28
ONE_DAY = timedelta(days=1)


@keyed
def day_close(request: ClinicRequest, day: date) -> HttpResponse:
    """GET lists what is unsettled on a branch's day and what the cash should come to. POST closes the day."""
    branch, branches = _branch(request)
    if request.method != "POST":
        return _page(request, day, branch, branches)
    form = DayCloseForm(request.POST, currency=request.clinic.currency)
    if not form.is_valid():
        return _page(request, day, branch, branches, form=form)
    facts = form.cleaned_data
    try:
        closing.close_day(
            day=day,
            branch=branch,
            clinic=request.clinic,
            counted=facts["counted"],
            pieces=form.counted_pieces(),
            difference_reason=facts["difference_reason"],
            unsettled_reason=facts["unsettled_reason"],
            note=facts["note"],
            at=timezone.now(),
            by=request.staff,
            key=request.key,
        )
    except (closing.DifferenceNeedsReason, closing.UnsettledNeedsReason) as missing:
        form.add_error(missing.field, str(missing))
        return _page(request, day, branch, branches, form=form)
    except Refused as refused:
        return _page(request, day, branch, branches, form=form, refused=refused)
    messages.success(request, _("%(day)s is closed.") % {"day": words.day(day, "full")})
    return redirect(_here(request, day, branch, branches))


@require_POST
@keyed
def day_settling(request: ClinicRequest, day: date) -> HttpResponse:
    """One press on the day's list: complete the visit, or leave the item as it is."""
    branch, branches = _branch(request)
    try:
        sentence = settle_item(
            request.POST.get("item", ""),
            way=request.POST.get("way", ""),
            day=day,
            branch=branch,
            clinic=request.clinic,
            at=timezone.now(),
            by=request.staff,
            key=request.key,
        )
    except Refused as refused:
        return _page(request, day, branch, branches, refused=refused)
    messages.success(request, sentence)
    return redirect(_here(request, day, branch, branches))


@require_POST
@keyed
def day_reopening(request: ClinicRequest, day: date) -> HttpResponse:
    """The owner opens a closed day again, with a reason."""
    branch, branches = _branch(request)
    try:
        closing.reopen_day(
            day=day,
            branch=branch,
            clinic=request.clinic,
            reason=request.POST.get("reason", "")[:300],
            at=timezone.now(),
            by=request.staff,
            key=request.key,
        )
    except Refused as refused:
        return _page(request, day, branch, branches, refused=refused)
    messages.success(request, _("%(day)s is open again.") % {"day": words.day(day, "full")})
    return redirect(_here(request, day, branch, branches))


def days(request: ClinicRequest) -> HttpResponse:
    """The last weeks: which days are closed, which are open, and where the cash differed."""
    today = request.clinic.today()
    first = first_day(request.clinic)
    count = max((today - first).days + 1, 1) if first else 1
    page = Paginator(range(count), DAYS_ON_A_PAGE).get_page(request.GET.get("page"))
    last = today - page[0] * ONE_DAY
    listed = standings(request.clinic, today - page[-1] * ONE_DAY, last)
    lines = [
        DayLine(standing, today, request.clinic.currency) for of_a_day in listed for standing in of_a_day
    ]
    context = {
        "page": page,
        "lines": lines if first else [],
        "open_days": [line for line in lines if line.is_forgotten],
        "several_branches": bool(listed) and len(listed[0]) > 1,
        "may_close": may(request.staff, "close_day"),
        "today": today,
    }
    return render(request, "desk/days.html", context)


def _page(
    request: ClinicRequest,
    day: date,
    branch: Branch,
    branches: list[Branch],
    *,
    form: DayCloseForm | None = None,
    refused: Refused | None = None,
) -> HttpResponse:
    that_day = BranchDay(request.clinic, branch, day, timezone.now())
    book = read_book(request.clinic, [branch], day)
    sheet = Sheet(that_day, closing.last_of(day, branch), *closing.listed(that_day), book)
    form = form or DayCloseForm(currency=request.clinic.currency)
    form.ask_why(bool(sheet.unsettled))
    context: dict[str, Any] = {
        "sheet": sheet,
        "day": day,
        "day_words": words.day(day, "full"),
        "branch": branch,
        "tabs": _tabs(request, day, branch, branches),
        "is_to_come": day > request.clinic.today(),
        "form": form,
        "reopening": DayReopeningForm() if may(request.staff, "reopen_day") else None,
        "refusal": str(refused) if refused else "",
        "here": _here(request, day, branch, branches),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "desk/day_close.html", context, status=status)


def _branch(request: ClinicRequest) -> tuple[Branch, list[Branch]]:
    """The branch that is asked for, else the first; and those there are to choose from."""
    branches = list(Branch.objects.order_by("-is_active", "name"))
    asked = request.POST.get("branch") or request.GET.get("branch") or ""
    if not asked:
        return branches[0], branches
    try:
        chosen = next((each for each in branches if each.pk == UUID(asked)), None)
    except ValueError:
        chosen = None
    if chosen is None:
        raise Http404
    return chosen, branches


def _here(request: ClinicRequest, day: date, branch: Branch, branches: list[Branch]) -> str:
    """The page of the day at this branch; the first one needs no saying."""
    page = reverse("desk:day_close", args=[request.clinic.slug, day])
    return page if branch == branches[0] else f"{page}?{urlencode({'branch': branch.pk})}"


def _tabs(request: ClinicRequest, day: date, branch: Branch, branches: list[Branch]) -> list[dict[str, Any]]:
    shown = [each for each in branches if each.is_active or each == branch]
    if len(shown) < 2:
        return []
    return [
        {"url": f"?{urlencode({'branch': each.pk})}", "label": each.name, "current": each == branch}
        for each in shown
    ]
