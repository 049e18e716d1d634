"""Bringing in the register that a clinic kept before: choose the file, look at it, enter it."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from clinic.http import ClinicRequest
from clinic.keys import keyed, new_key
from clinic.models import RegisterImport
from clinic.refusals import Refused
from desk import tasks
from desk.register import ReadError, steps
from desk.register.forms import ColumnsForm, UploadForm
from desk.register.outcome import Outcome

EARLIER = 20
NOT_SHOWN = ("table", "preview")


def register(request: ClinicRequest) -> HttpResponse:
    """Choose a file; what was brought in before stands below."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            record = steps.receive(
                file.name, file.read(), clinic=request.clinic, by=request.staff, at=timezone.now()
            )
        except ReadError as error:
            form.add_error("file", str(error))
        else:
            return _onwards(request, record)
    earlier = RegisterImport.objects.defer(*NOT_SHOWN).select_related("by").order_by("-uploaded_at")[:EARLIER]
    status = 422 if request.method == "POST" else 200
    return render(request, "desk/register.html", {"form": form, "earlier": earlier}, status=status)


def register_import(request: ClinicRequest, import_id: UUID) -> HttpResponse:
    """Where an import stands: being read, to be looked at, being entered, or done."""
    record = get_object_or_404(RegisterImport.objects.defer("table").select_related("by"), pk=import_id)
    return _page(request, record)


@require_POST
def register_columns(request: ClinicRequest, import_id: UUID) -> HttpResponse:
    """Say what the columns mean, and look again."""
    record = get_object_or_404(RegisterImport, pk=import_id, state=RegisterImport.State.READY)
    form = ColumnsForm((record.preview or {}).get("columns", ()), request.POST)
    if not form.is_valid():
        return _page(request, record, columns=form, status=422)
    steps.choose_columns(record, form.meanings(), clinic=request.clinic, at=timezone.now())
    return _onwards(request, record)


@require_POST
@keyed
def register_entering(request: ClinicRequest, import_id: UUID) -> HttpResponse:
    """Enter what was looked at. Asked again while it is under way, the worker is rung again."""
    record = get_object_or_404(RegisterImport.objects.select_related("by"), pk=import_id)
    if record.is_under_way or record.state == RegisterImport.State.DONE:
        return _onwards(request, record)
    was, skip = record.state, "skip_bad_rows" in request.POST
    try:
        steps.enter(record, clinic=request.clinic, by=request.staff, at=timezone.now(), skip_bad_rows=skip)
    except Refused as refusal:
        record.state = was
        return _page(request, record, refusal=refusal, status=422)
    return _onwards(request, record)


def _onwards(request: ClinicRequest, record: RegisterImport) -> HttpResponse:
    """To the page of the import; the worker is rung where it has something to do."""
    if record.is_under_way:
        tasks.ring(record)
    return redirect("desk:register_import", request.clinic.slug, record.pk)


def _page(
    request: ClinicRequest, record: RegisterImport, *, status: int = 200, **context: object
) -> HttpResponse:
    preview = record.preview or {}
    figures = record.outcome or preview.get("expected")
    context = {
        "figures": Outcome.from_json(figures) if figures else None,
        "record": record,
        "preview": preview,
        "columns": ColumnsForm(preview.get("columns", ())),
        "states": RegisterImport.State,
        "key": new_key(),
        "refusal": record.refusal,
    } | context
    return render(request, "desk/register_import.html", context, status=status)
