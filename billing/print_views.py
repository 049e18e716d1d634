"""Many bills as one file: asking for it, watching it come, taking it away."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from clinic.http import ClinicRequest
from clinic.keys import keyed, new_key

from . import pdf, print_runs, tasks
from .listing import BillFilter
from .models import PrintRun
from .print_forms import PAPER_NAMES, PrintForm

EARLIER = 20


@keyed
def print_run_list(request: ClinicRequest) -> HttpResponse:
    """Print the bills that fit the list's filter; what was printed before stands below."""
    narrowed = BillFilter(request.POST if request.method == "POST" else request.GET)
    form = PrintForm(request.POST or None)
    refusal = ""
    if request.method == "POST" and form.is_valid() and narrowed.is_valid():
        try:
            run = print_runs.print_bills(
                narrowed.bills(),
                asked=_asked(narrowed),
                **form.cleaned_data,
                at=timezone.now(),
                by=request.staff,
                key=request.key,
            )
        except print_runs.Refused as refused:
            refusal = str(refused)
        else:
            tasks.ring()
            return redirect("billing:print_run", request.clinic.slug, run.pk)
    return _list(request, narrowed, form, refusal)


@require_safe
def print_run(request: ClinicRequest, run_id: UUID) -> HttpResponse:
    """How far a run has come; while it is under way the page looks in once a second."""
    return _run(request, run_id)


@require_safe
def print_run_pdf(request: ClinicRequest, run_id: UUID) -> HttpResponse:
    """The file. A run that has none is not there."""
    run = get_object_or_404(PrintRun, pk=run_id, state=PrintRun.State.READY)
    response = HttpResponse(bytes(run.file or b""), content_type="application/pdf")
    day = request.clinic.day_of(run.asked_at).isoformat()
    response.headers["Content-Disposition"] = f'inline; filename="bills-{day}-{run.total}.pdf"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


@require_POST
@keyed
def print_run_cancellation(request: ClinicRequest, run_id: UUID) -> HttpResponse:
    """Stop a run."""
    run = get_object_or_404(PrintRun.objects.defer("file"), pk=run_id)
    try:
        print_runs.cancel_run(run, at=timezone.now(), by=request.staff)
    except print_runs.Refused as refused:
        return _run(request, run_id, refusal=str(refused))
    return redirect("billing:print_run", request.clinic.slug, run_id)


@require_POST
@keyed
def print_run_resumption(request: ClinicRequest, run_id: UUID) -> HttpResponse:
    """Go on with a run that stopped."""
    run = get_object_or_404(PrintRun.objects.defer("file"), pk=run_id)
    try:
        print_runs.resume_run(run, by=request.staff)
    except print_runs.Refused as refused:
        return _run(request, run_id, refusal=str(refused))
    tasks.ring()
    return redirect("billing:print_run", request.clinic.slug, run_id)


def _list(request: ClinicRequest, narrowed: BillFilter, form: PrintForm, refusal: str) -> HttpResponse:
    earlier = PrintRun.objects.defer("file").select_related("by").order_by("-asked_at")[:EARLIER]
    context = {
        "form": form,
        "narrowed": narrowed,
        "asked": _asked(narrowed),
        "count": print_runs.count_for_one_file(narrowed.bills()) if narrowed.is_valid() else 0,
        "most": print_runs.MOST_BILLS,
        "can_print": pdf.can_print(),
        "earlier": earlier,
        "key": new_key(),
        "refusal": refusal,
    }
    return render(
        request, "billing/print_run_list.html", context, status=422 if request.method == "POST" else 200
    )


def _run(request: ClinicRequest, run_id: UUID, *, refusal: str = "") -> HttpResponse:
    run = get_object_or_404(PrintRun.objects.defer("file").select_related("by"), pk=run_id)
    context = {"run": run, "paper": PAPER_NAMES[run.paper], "key": new_key(), "refusal": refusal}
    return render(request, "billing/print_run.html", context, status=422 if refusal else 200)


def _asked(narrowed: BillFilter) -> dict[str, str]:
    """What narrows the list, as the form has it."""
    return {name: value for name in narrowed.fields if (value := narrowed.data.get(name, ""))}
