"""Visits that do not take place: what it will come to is said before, what was done afterwards, with Undo.

The front desk never decides: the terms do. Only the owner lets somebody off.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinic.access import may
from clinic.http import ClinicRequest
from clinic.keys import keyed
from clinic.refusals import Refused
from clinic.ui.toasts import say_done
from packages.eligibility import packages_for
from packages.models import Kind
from visits.absences import NothingToLetOff
from visits.consequences import TAKING, Outcome, by_clinic, outcome, said
from visits.models import Visit
from visits.services import NotOpen
from visits.views.ways import asked_way, refusal, way_back

from .. import absences
from ..absence_form import CancellationForm, LettingOffForm, NoShowForm


class OwnersToSay(Refused):
    """What was taken on an earlier day is no slip of the thumb any more."""

    def __init__(self) -> None:
        super().__init__(_("This was marked on an earlier day and took something. The owner may let it off."))


@keyed
def no_show(request: ClinicRequest, visit_id: UUID) -> HttpResponse:
    """GET says what it comes to that the patient did not come. POST marks it."""
    visit = _visit(visit_id)
    if request.method == "GET" and not visit.is_open:
        return refusal(request, visit, NotOpen(visit))
    form = NoShowForm(request.POST or None, outcome=_outcome(request, visit, Kind.NO_SHOW))
    if form.is_valid():
        try:
            absences.mark_no_show(visit, **_act(request))
        except Refused as refused:
            return refusal(request, visit, refused)
        return _done(request, visit, _("%(patient)s did not come. %(what)s"))
    has_begun = visit.starts_at <= timezone.now()
    return _ask(request, visit, form, "desk/no_show.html", has_begun=has_begun)


@keyed
def cancellation(request: ClinicRequest, visit_id: UUID) -> HttpResponse:
    """GET says what cancelling comes to, for the patient and for the clinic. POST cancels."""
    visit = _visit(visit_id)
    if request.method == "GET" and not visit.is_open:
        return refusal(request, visit, NotOpen(visit))
    form = CancellationForm(request.POST or None, outcome=_outcome(request, visit, Kind.LATE_CANCEL))
    if form.is_valid():
        facts = {"by_clinic": form.by_clinic, "reason": form.cleaned_data["reason"]}
        try:
            absences.cancel_visit(visit, **facts, **_act(request))
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            return _done(request, visit, _("The visit of %(patient)s is cancelled. %(what)s"))
    return _ask(
        request,
        visit,
        form,
        "desk/cancellation.html",
        ours=by_clinic(request.clinic.currency),
        side=form["side"].value(),
    )


@require_POST
@keyed
def restoration(request: ClinicRequest, visit_id: UUID) -> HttpResponse:
    """Undo a cancellation or a no-show: what it took comes back."""
    visit = _visit(visit_id)
    try:
        _may_be_restored(request, visit)
        absences.restore_visit(visit, **_act(request))
    except Refused as refused:
        return refusal(request, visit, refused)
    took = visit.entry is not None and visit.entry.taken
    messages.success(
        request,
        _("The visit is booked again, and what it took is back.")
        if took
        else _("The visit is booked again."),
    )
    return redirect(way_back(request, visit))


@keyed
def letting_off(request: ClinicRequest, visit_id: UUID) -> HttpResponse:
    """GET says what would be given back. POST gives it back, with the owner's reason."""
    visit = _visit(visit_id)
    if request.method == "GET" and visit.consequence not in TAKING:
        return refusal(request, visit, NothingToLetOff())
    form = LettingOffForm(request.POST or None)
    if form.is_valid():
        try:
            absences.let_off(visit, reason=form.cleaned_data["reason"], **_act(request))
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("%(patient)s is let off.") % {"patient": visit.patient.name})
            return redirect("visits:visit_detail", request.clinic.slug, visit.pk)
    return _ask(request, visit, form, "desk/letting_off.html", took=said(visit, request.clinic.currency))


def _visit(visit_id: UUID) -> Visit:
    rows = Visit.objects.select_related("patient", "service", "therapist", "branch", "package", "entry")
    return get_object_or_404(rows, pk=visit_id)


def _outcome(request: ClinicRequest, visit: Visit, kind: Kind) -> Outcome | None:
    if not visit.is_open:
        return None
    held = packages_for(visit.patient)[visit.patient_id]
    return outcome(visit, held, kind, clinic=request.clinic, at=timezone.now())


def _act(request: ClinicRequest) -> dict[str, Any]:
    return {"clinic": request.clinic, "at": timezone.now(), "by": request.staff, "key": request.key}


def _may_be_restored(request: ClinicRequest, visit: Visit) -> None:
    """Whoever marked it by mistake may take it back that day; later only who may let off."""
    if may(request.staff, "let_off") or visit.consequence not in TAKING or visit.ended_at is None:
        return
    if request.clinic.day_of(visit.ended_at) != request.clinic.today():
        raise OwnersToSay


def _ask(request: ClinicRequest, visit: Visit, form: Any, page: str, **facts: Any) -> HttpResponse:
    context = {
        "visit": visit,
        "at": request.clinic.local(visit.starts_at).replace(tzinfo=None),
        "form": form,
        "back_url": way_back(request, visit),
        "next": asked_way(request),
        **facts,
    }
    return render(request, page, context, status=422 if form.errors else 200)


def _done(request: ClinicRequest, visit: Visit, words: str) -> HttpResponse:
    """Back to the day, with what was done and the way to take it back."""
    visit = _visit(visit.pk)
    facts = {"patient": visit.patient.name, "what": said(visit, request.clinic.currency)}
    undo = reverse("desk:restoration", args=[request.clinic.slug, visit.pk])
    if asked := asked_way(request):
        undo = f"{undo}?{urlencode({'next': asked})}"
    say_done(request, words % facts, undo_url=undo)
    return redirect(way_back(request, visit))
