"""Disputes: the list with its clocks, one case with everything on one page, and what can be done with it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clinic.access import may
from clinic.http import ClinicRequest
from clinic.keys import keyed
from clinic.refusals import Refused
from visits import disputes as service
from visits.models import Dispute, Visit
from visits.views.ways import way_back

from ..dispute_case import JOINED, clock_of, open_case
from ..dispute_forms import DecisionForm, NoteForm, OpeningForm
from ..disputes import decide

A_PAGE = 40


@require_safe
def disputes(request: ClinicRequest) -> HttpResponse:
    """Open ones first, the most urgent at the top; then those that are decided, the latest first."""
    rows = Dispute.objects.select_related("visit__patient", "visit__service", "entry__package", "decided_by")
    waiting = list(rows.filter(decision="").order_by("due_on", "number"))
    decided = Paginator(rows.exclude(decision="").order_by("-decided_at"), A_PAGE)
    today = request.clinic.today()
    context = {
        "waiting": [(each, clock_of(each, today), each.is_overdue_on(today)) for each in waiting],
        "page": decided.get_page(request.GET.get("page")),
        "may_decide": may(request.staff, "decide_dispute"),
    }
    return render(request, "desk/disputes.html", context)


@require_safe
def dispute(request: ClinicRequest, dispute_id: UUID) -> HttpResponse:
    """One case: what the patient says, the visit, the passbook, the thread, the decision."""
    return _case(request, _read(dispute_id))


@require_POST
@keyed
def dispute_notes(request: ClinicRequest, dispute_id: UUID) -> HttpResponse:
    """Write into the thread."""
    case, form = _read(dispute_id), NoteForm(request.POST)
    if not form.is_valid():
        return _case(request, case, note=form)
    written = form.cleaned_data
    try:
        service.add_note(
            case, words=written["words"], is_shown=written["is_shown"], by=request.staff, key=request.key
        )
    except Refused as refused:
        return _case(request, _read(dispute_id), note=form, sentence=str(refused))
    return redirect("desk:dispute", request.clinic.slug, dispute_id)


@require_POST
@keyed
def dispute_decision(request: ClinicRequest, dispute_id: UUID) -> HttpResponse:
    """Decide: the session, its bill and the word to the patient."""
    case, form = _read(dispute_id), DecisionForm(request.POST)
    if not form.is_valid():
        return _case(request, case, decision=form)
    try:
        decide(
            case,
            decision=Dispute.Decision(form.cleaned_data["decision"]),
            reason=form.cleaned_data["reason"],
            clinic=request.clinic,
            at=timezone.now(),
            by=request.staff,
            key=request.key,
        )
    except Refused as refused:
        return _case(request, _read(dispute_id), decision=form, sentence=str(refused))
    messages.success(request, _("The case is decided, and the passbook says so."))
    return redirect("desk:dispute", request.clinic.slug, dispute_id)


@keyed
def dispute_opening(request: ClinicRequest, visit_id: UUID) -> HttpResponse:
    """The patient told the desk that a session is not right: GET asks for the words, POST sets it aside."""
    rows = Visit.objects.select_related("patient", "service", "therapist", "package", "entry")
    visit = get_object_or_404(rows, pk=visit_id)
    if request.method != "POST":
        return _open(request, visit, OpeningForm())
    form = OpeningForm(request.POST)
    if not form.is_valid():
        return _open(request, visit, form)
    try:
        opened = service.open_dispute(
            visit,
            clinic=request.clinic,
            at=timezone.now(),
            by=request.staff,
            key=request.key,
            words=form.cleaned_data["words"],
        )
    except Refused as refused:
        return _open(request, visit, form, sentence=str(refused))
    return redirect("desk:dispute", request.clinic.slug, opened.pk)


def _read(dispute_id: UUID) -> Dispute:
    return get_object_or_404(Dispute.objects.select_related(*JOINED), pk=dispute_id)


def _case(
    request: ClinicRequest,
    about: Dispute,
    *,
    note: NoteForm | None = None,
    decision: DecisionForm | None = None,
    sentence: str = "",
) -> HttpResponse:
    context: dict[str, Any] = {
        "case": open_case(about, clinic=request.clinic, at=timezone.now()),
        "note_form": note or NoteForm(),
        "decision_form": decision or DecisionForm(),
        "sentence": sentence,
        "may_note": may(request.staff, "note_dispute"),
        "may_decide": may(request.staff, "decide_dispute"),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "desk/dispute.html", context, status=status)


def _open(request: ClinicRequest, visit: Visit, form: OpeningForm, *, sentence: str = "") -> HttpResponse:
    context = {
        "visit": visit,
        "at": request.clinic.local(visit.starts_at).replace(tzinfo=None),
        "form": form,
        "sentence": sentence,
        "back_url": way_back(request, visit),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "desk/dispute_opening.html", context, status=status)
