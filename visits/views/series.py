"""Visits that are booked together: every date with what it will take, first as a question, then as it was booked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic import access
from clinic.http import ClinicRequest
from clinic.keys import keyed, new_key
from clinic.models import Patient
from clinic.refusals import Refused

from .. import diary
from ..diary import Outlook
from ..forms import BookingForm
from ..models import Visit
from ..referrals import OutsideReferral, Overbooked
from ..series import book_series
from .booking import address_of, asked_patient, booked_facts, facts_of, visit_as_asked
from .ways import asked_way


@dataclass(frozen=True)
class Row:
    """One visit of the series and, while it is to come, what it will take."""

    visit: Visit
    at: datetime  # on the clinic's clock
    outlook: Outlook | None


@keyed
def series_booking(request: ClinicRequest) -> HttpResponse:
    """GET lists every date of what was asked for. POST books them, all or none (S11)."""
    patient = asked_patient(request)
    if patient is None:
        return redirect("visits:booking", request.clinic.slug)
    asked = request.POST.copy() if request.method == "POST" else request.GET.copy()
    asked.setdefault("key", str(new_key()))
    form = BookingForm(asked, **facts_of(request, patient))
    if not form.is_valid() or not form.repeats:
        return redirect(address_of("visits:booking", request, patient, asked))
    if request.method != "POST":
        return _ask(request, patient, form, asked)
    try:
        made = book_series(patient, times=form.times, by=request.staff, key=request.key, **booked_facts(form))
    except Refused as refusal:
        return _ask(request, patient, form, asked, refusal)
    messages.success(
        request, ngettext("%(n)d visit booked.", "%(n)d visits booked.", len(made)) % {"n": len(made)}
    )
    return redirect("visits:series_detail", request.clinic.slug, made[0].series_id)


def series_detail(request: ClinicRequest, series_id: UUID) -> HttpResponse:
    """The visits that were booked together, and what each took or will take."""
    visits = Visit.objects.filter(series=series_id).select_related("patient", "service", "therapist")
    rows = rows_of(request, list(visits.order_by("starts_at")))
    if not rows:
        raise Http404
    context = {
        "rows": rows,
        "patient": rows[0].visit.patient,
        "sentence": _sentence(rows),
        "may_move": access.may(request.staff, "move_visit"),
    }
    return render(request, "visits/series_detail.html", context)


def rows_of(request: ClinicRequest, visits: list[Visit]) -> list[Row]:
    """The visits by time, each open one with what it will take after those before it."""
    waiting = [visit for visit in visits if visit.is_open]
    found = diary.outlooks(waiting, clinic=request.clinic, now=timezone.now()) if waiting else []
    outlooks = {visit.pk: outlook for visit, outlook in zip(waiting, found, strict=True)}
    return [
        Row(visit, request.clinic.local(visit.starts_at).replace(tzinfo=None), outlooks.get(visit.pk))
        for visit in visits
    ]


def _ask(
    request: ClinicRequest,
    patient: Patient,
    form: BookingForm,
    asked: QueryDict,
    refusal: Refused | None = None,
) -> HttpResponse:
    rows = rows_of(request, [visit_as_asked(patient, form, at) for at in form.times])
    context = {
        "patient": patient,
        "form": form,
        "rows": rows,
        "sentence": _sentence(rows),
        "refusal": refusal,
        "has_no_place": isinstance(refusal, Overbooked | OutsideReferral),
        "change_url": address_of("visits:booking", request, patient, asked),
        "next": asked_way(request),
    }
    return render(request, "visits/series_booking.html", context, status=422 if refusal else 200)


def _sentence(rows: list[Row]) -> str:
    """2 held · 4 need payment."""
    covers = [row.outlook.cover for row in rows if row.outlook]
    held = sum(cover.fit is not None for cover in covers)
    to_choose = sum(bool(cover.offers) for cover in covers)
    to_pay = len(covers) - held - to_choose
    parts = [ngettext("%(n)d held", "%(n)d held", held) % {"n": held}] if held else []
    if to_choose:
        parts.append(ngettext("%(n)d needs a choice", "%(n)d need a choice", to_choose) % {"n": to_choose})
    if to_pay:
        parts.append(ngettext("%(n)d needs payment", "%(n)d need payment", to_pay) % {"n": to_pay})
    return " · ".join(parts) or _("None of them is to come.")
