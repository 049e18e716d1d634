"""The visit arrives, does not come, is cancelled, or is restored. None of these takes a session."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinic.http import ClinicRequest
from clinic.keys import keyed
from clinic.refusals import Refused

from .. import services
from ..forms import CancellationForm
from ..models import Visit
from .ways import asked_way, refusal, way_back


@require_POST
@keyed
def arrival(request: ClinicRequest, visit_id: UUID) -> HttpResponse:
    """The patient is here."""
    visit = get_object_or_404(Visit, pk=visit_id)
    try:
        services.check_in(visit, at=timezone.now(), by=request.staff)
    except Refused as refused:
        return refusal(request, visit, refused)
    return redirect(way_back(request, visit))


@require_POST
@keyed
def no_show(request: ClinicRequest, visit_id: UUID) -> HttpResponse:
    """The patient did not come; says at once what that took."""
    visit = get_object_or_404(Visit.objects.select_related("patient"), pk=visit_id)
    try:
        services.mark_no_show(
            visit, clinic=request.clinic, at=timezone.now(), by=request.staff, key=request.key
        )
    except Refused as refused:
        return refusal(request, visit, refused)
    sentence = _("%(patient)s did not come. No session was taken, because only a completed visit takes one.")
    messages.info(request, sentence % {"patient": visit.patient.name})
    return redirect(way_back(request, visit))


@keyed
def cancellation(request: ClinicRequest, visit_id: UUID) -> HttpResponse:
    """Cancel for the patient or for the clinic, with a reason."""
    visit = get_object_or_404(Visit.objects.select_related("patient", "service", "therapist"), pk=visit_id)
    form = CancellationForm(request.POST or None)
    if form.is_valid():
        try:
            services.cancel_visit(
                visit,
                clinic=request.clinic,
                at=timezone.now(),
                by=request.staff,
                by_clinic=form.by_clinic,
                key=request.key,
                reason=form.cleaned_data["reason"],
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.info(
                request, _("Cancelled. No session was taken, because only a completed visit takes one.")
            )
            return redirect(way_back(request, visit))
    context = {"visit": visit, "form": form, "back_url": way_back(request, visit), "next": asked_way(request)}
    return render(request, "visits/cancellation.html", context, status=422 if form.errors else 200)


@require_POST
@keyed
def restoration(request: ClinicRequest, visit_id: UUID) -> HttpResponse:
    """Undo a cancellation or a no-show."""
    visit = get_object_or_404(Visit, pk=visit_id)
    try:
        services.restore_visit(
            visit, clinic=request.clinic, at=timezone.now(), by=request.staff, key=request.key
        )
    except Refused as refused:
        return refusal(request, visit, refused)
    messages.success(request, _("The visit is booked again."))
    return redirect(way_back(request, visit))
