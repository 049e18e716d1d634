"""The day's list: the screen that stands open all day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic import access
from clinic.http import ClinicRequest
from clinic.keys import new_key
from clinic.models import Role
from clinic.ui import words

from ..day_rows import Row
from ..today import EVERYBODY, Day, Shown, load_day

ONE_DAY = timedelta(days=1)
YEARS = range(2000, 2200)


def today(request: ClinicRequest) -> HttpResponse:
    """The visits of a day by time, each with what will cover it; a therapist sees the own ones unless asked."""
    this_day = request.clinic.today()
    on = _day(request, this_day)
    shown = _shown(request)
    day = load_day(request.clinic, on, today=this_day, shown=shown)
    treats = request.staff.role == Role.THERAPIST
    rows = [
        Row(
            each,
            request.clinic,
            on,
            this_day,
            next=request.get_full_path(),
            phone_first=treats,
            key=new_key(),
        )
        for each in day.visits
    ]
    may_close = access.may(request.staff, "close_day")
    context = {
        "day": day,
        "on": on,
        "on_words": words.day(on, "long" if on.year == this_day.year else "full"),
        "is_today": on == this_day,
        "rows": rows,
        "next_up": _next_up(rows),
        "sentence": _sentence(day, on, this_day),
        "may_book": access.may(request.staff, "book_visit"),
        "may_move": access.may(request.staff, "move_visit"),
        "may_cancel": access.may(request.staff, "cancel_visit"),
        "may_let_off": access.may(request.staff, "let_off"),
        "therapist": request.GET.get("therapist", "") or (str(shown.therapist or "") if treats else ""),
        "branch": str(shown.branch or ""),
        "may_close": may_close and on <= this_day,
        "forgotten": day.forgotten if may_close else None,
        "not_sent": _not_sent(day) if access.may(request.staff, "see_messages") else None,
        "kept": _kept(request),
        "before": on - ONE_DAY,
        "after": on + ONE_DAY,
        "own": request.staff if treats else None,
    }
    return render(request, "desk/today.html", context)


def _not_sent(day: Day) -> dict[str, Any]:
    """How many messages could not be sent, and why."""
    reasons = ", ".join(f"{reason.label} ({n})" for reason, n in day.not_sent)
    return {"n": sum(n for _reason, n in day.not_sent), "reasons": reasons}


def _day(request: ClinicRequest, this_day: date) -> date:
    """The day of the address; what is no day, or none of this age, is today."""
    try:
        asked = date.fromisoformat(request.GET.get("on", ""))
    except ValueError:
        return this_day
    return asked if asked.year in YEARS else this_day


def _shown(request: ClinicRequest) -> Shown:
    """The filters of the address; a therapist's own day where nothing is asked."""
    asked = request.GET.get("therapist", "")
    branch = _uuid(request.GET.get("branch", ""))
    if request.staff.role != Role.THERAPIST:
        return Shown(_uuid(asked), branch)
    if asked == EVERYBODY:
        return Shown(None, branch, first=request.staff.pk)
    return Shown(_uuid(asked) or request.staff.pk, branch)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _kept(request: ClinicRequest) -> str:
    """The filters, to be carried by every link of the page."""
    kept = {name: request.GET[name] for name in ("therapist", "branch") if request.GET.get(name)}
    return urlencode(kept) + "&" if kept else ""


def _next_up(rows: list[Row]) -> Row | None:
    """The first open visit, where finished ones stand before it: on a phone it is a long way down."""
    place = next((n for n, row in enumerate(rows) if row.visit.is_open), 0)
    return rows[place] if place else None


def _sentence(day: Day, on: date, this_day: date) -> str:
    """5 to see · 2 done · 1 pack about to finish."""
    parts: list[Any] = []
    if day.to_see or on >= this_day:
        parts.append(ngettext("%(n)d to see", "%(n)d to see", day.to_see) % {"n": day.to_see})
    if day.done or on <= this_day:
        parts.append(ngettext("%(n)d done", "%(n)d done", day.done) % {"n": day.done})
    if day.to_settle:
        parts.append(
            ngettext("%(n)d needs payment", "%(n)d need payment", day.to_settle) % {"n": day.to_settle}
        )
    if day.to_choose:
        parts.append(
            ngettext("%(n)d needs a choice", "%(n)d need a choice", day.to_choose) % {"n": day.to_choose}
        )
    if day.nearly_used_up:
        packs = ngettext("%(n)d pack about to finish", "%(n)d packs about to finish", day.nearly_used_up)
        parts.append(packs % {"n": day.nearly_used_up})
    return " · ".join(parts) if day.visits else _("Nobody yet")
