"""The patient says that the visit’s time stands, and arrives."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from clinic.http import ClinicRequest
from clinic.keys import keyed
from clinic.refusals import Refused

from .. import confirming, services
from ..models import Visit
from .ways import refusal, way_back


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
def confirmation(request: ClinicRequest, visit_id: UUID) -> HttpResponse:
    """The patient has told the desk that this time stands."""
    visit = get_object_or_404(Visit, pk=visit_id)
    try:
        confirming.confirm_visit(visit, via=Visit.ConfirmedVia.DESK, at=timezone.now(), by=request.staff)
    except Refused as refused:
        return refusal(request, visit, refused)
    return redirect("visits:visit_detail", request.clinic.slug, visit.pk)
