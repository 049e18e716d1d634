"""One visit and its whole history."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from clinic import access
from clinic.http import ClinicRequest
from clinic.keys import new_key
from packages.passbook_clauses import clause_name

from .. import consequences, diary, history
from ..holds import Cover
from ..models import Visit
from .ways import day_of


def visit_detail(request: ClinicRequest, visit_id: UUID) -> HttpResponse:
    """What the visit is, what it took or would take, and what was done with it."""
    rows = Visit.objects.select_related(
        "patient", "service", "therapist", "branch", "package", "entry", "completed_by"
    )
    visit = get_object_or_404(rows, pk=visit_id)
    may_see_disputes = access.may(request.staff, "see_disputes")
    disputes = list(visit.disputes.order_by("opened_at")) if may_see_disputes else []
    context = {
        "visit": visit,
        "at": request.clinic.local(visit.starts_at).replace(tzinfo=None),
        "cover": _cover(visit, request),
        "consequence": consequences.said(visit, request.clinic.currency),
        "clause": clause_name(visit.entry.clause) if visit.entry else "",
        "late": history.recorded_late(visit, request.clinic),
        "steps": history.history(visit, request.clinic),
        "entries": [
            {"entry": entry, "sentence": history.said(entry), "clause": clause_name(entry.clause)}
            for entry in history.entries(visit)
        ],
        "day_url": day_of(visit, request.clinic),
        "may_confirm": access.may(request.staff, "check_in")
        and visit.state == Visit.State.BOOKED
        and not (visit.confirmed_at or _has_begun(visit)),
        "key": new_key(),
        "may_move": access.may(request.staff, "move_visit") and visit.is_open,
        "may_mark_no_show": access.may(request.staff, "mark_no_show") and _has_begun(visit),
        "may_let_off": access.may(request.staff, "let_off") and visit.consequence in consequences.TAKING,
        "may_complete": access.may(request.staff, "complete_visit") and visit.is_open,
        "disputes": disputes,
        "may_dispute": access.may(request.staff, "open_dispute")
        and visit.entry_id
        and not any(each.is_open for each in disputes),
        "may_reopen": access.may(request.staff, "reopen_visit") and visit.state == Visit.State.COMPLETED,
    }
    return render(request, "visits/visit_detail.html", context)


def _cover(visit: Visit, request: ClinicRequest) -> Cover:
    """What an open visit would take after those that are booked before it."""
    if not visit.is_open:
        return Cover()
    return diary.outlook(visit, clinic=request.clinic, now=timezone.now()).cover


def _has_begun(visit: Visit) -> bool:
    return visit.is_open and visit.starts_at <= timezone.now()
