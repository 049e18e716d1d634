"""One visit and its whole history."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from clinic import access
from clinic.http import ClinicRequest

from .. import history
from ..holds import Cover, holds_of
from ..models import Visit
from .ways import day_of


def visit_detail(request: ClinicRequest, visit_id: UUID) -> HttpResponse:
    """What the visit is, what it took or would take, and what was done with it."""
    rows = Visit.objects.select_related(
        "patient", "service", "therapist", "branch", "package", "completed_by"
    )
    visit = get_object_or_404(rows, pk=visit_id)
    cover = holds_of(request.clinic, visit.patient).take(visit) if visit.is_open else Cover()
    context = {
        "visit": visit,
        "at": request.clinic.local(visit.starts_at).replace(tzinfo=None),
        "cover": cover,
        "steps": history.history(visit, request.clinic),
        "entries": [{"entry": entry, "sentence": history.said(entry)} for entry in history.entries(visit)],
        "day_url": day_of(visit, request.clinic),
        "may_move": access.may(request.staff, "move_visit") and visit.is_open,
        "may_complete": access.may(request.staff, "complete_visit") and visit.is_open,
        "may_reopen": access.may(request.staff, "reopen_visit") and visit.state == Visit.State.COMPLETED,
    }
    return render(request, "visits/visit_detail.html", context)
