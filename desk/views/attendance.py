"""Statements for a patient's insurer: chosen and looked at, issued, read later, printed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from billing import pdf
from billing.models import Statement, StatementKind
from clinic.access import may, require
from clinic.http import ClinicRequest
from clinic.keys import keyed
from clinic.models import Patient
from clinic.refusals import Refused
from packages.models import Package

from ..attendance.forms import DAYS, AttendanceForm
from ..attendance.issuing import ACT_OF, drawn_up, issue_statement
from ..attendance.listing import statements_of
from ..attendance.printing import issue_of, language_of, paper_of, printed
from ..attendance.reading import read
from ..attendance.rendering import sheet
from ..attendance.since import changes_since
from ..explanation.statement_sheet import language_of as language_for

ON_A_PAGE = 25


@keyed
def attendance(request: ClinicRequest, patient_id: UUID) -> HttpResponse:
    """GET chooses a package or days and shows what would be printed; POST issues it."""
    patient = get_object_or_404(Patient, pk=patient_id)
    if patient.merged_into_id:
        return redirect("desk:attendance", request.clinic.slug, patient.merged_into_id)
    form = _form(request, patient)
    if request.method != "POST" or not form.is_valid():
        return _choice(request, patient, form)
    try:
        statement = issue_statement(
            form.scope,
            kind=form.chosen_kind,
            clinic=request.clinic,
            at=timezone.now(),
            by=request.staff,
            key=request.key,
            reason=form.cleaned_data["reason"],
        )
    except Refused as refusal:
        return _choice(request, patient, form, refusal)
    address = reverse("desk:attendance_detail", args=[request.clinic.slug, statement.pk])
    return redirect(f"{address}?{request.GET.urlencode()}")


@require_safe
def package_attendance(request: ClinicRequest, package_id: UUID) -> HttpResponse:
    """To the choice, with this package chosen."""
    package = get_object_or_404(Package, pk=package_id)
    address = reverse("desk:attendance", args=[request.clinic.slug, package.patient_id])
    return redirect(f"{address}?about={package.pk}")


@require_safe
def attendance_list(request: ClinicRequest, patient_id: UUID) -> HttpResponse:
    """What was issued for the patient, the latest first."""
    patient = get_object_or_404(Patient, pk=patient_id)
    if patient.merged_into_id:
        return redirect("desk:attendance_list", request.clinic.slug, patient.merged_into_id)
    page = Paginator(statements_of(patient, request.staff), ON_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "desk/attendance_list.html", {"patient": patient, "page": page})


@require_safe
def attendance_detail(request: ClinicRequest, statement_id: UUID) -> HttpResponse:
    """The statement as issued, and apart from it what changed since."""
    pdf.warm_up_soon()
    statement = _statement(request, statement_id)
    language, issue = language_of(statement, request.GET.get("language", "")), issue_of(statement)
    context = {
        "statement": statement,
        "sheet": sheet(statement.document, issue, language=language, at=timezone.now()),
        "language": language[:2],
        "replaced_by": Statement.objects.filter(replaces=statement).defer("document").first(),
        "changes": changes_since(statement, request.clinic),
    }
    return render(request, "desk/attendance_detail.html", context)


@require_safe
def attendance_pdf(request: ClinicRequest, statement_id: UUID) -> HttpResponse:
    """The statement on paper; where no PDF can be made, the page to print instead."""
    statement = _statement(request, statement_id)
    language = language_of(statement, request.GET.get("language", ""))
    paper = paper_of(request.GET.get("paper", ""))
    return printed(statement, language=language, at=timezone.now(), paper=paper)


def _form(request: ClinicRequest, patient: Patient) -> AttendanceForm:
    facts: dict[str, Any] = {"patient": patient, "clinic": request.clinic, "staff": request.staff}
    if request.method == "POST":
        return AttendanceForm(request.POST, **facts)
    form = AttendanceForm(**facts)
    today = request.clinic.today()
    start = {
        "about": next(iter(form.packages), DAYS),
        "first_day": today.replace(day=1).isoformat(),
        "last_day": today.isoformat(),
        "kind": "attendance",
        "key": form["key"].value(),
    }
    return AttendanceForm(start | request.GET.dict(), **facts)


def _choice(
    request: ClinicRequest, patient: Patient, form: AttendanceForm, refused: Refused | None = None
) -> HttpResponse:
    """The form, and beneath it what would be printed."""
    pdf.warm_up_soon()
    language, drawn = language_for(patient, request.GET.get("language", "")), ""
    if form.is_valid():
        try:
            document = drawn_up(
                read(form.scope, request.clinic), kind=form.chosen_kind, clinic=request.clinic
            )
            drawn = sheet(document, None, language=language, at=timezone.now())
        except Refused as lacking:
            refused = refused or lacking
    context = {
        "patient": patient,
        "form": form,
        "sheet": drawn,
        "refused": refused,
        "language": language[:2],
        "may_keep": may(request.staff, "keep_claim"),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "desk/attendance.html", context, status=status)


def _statement(request: ClinicRequest, statement_id: UUID) -> Statement:
    """A statement of this clinic. One that says what the illness is asks for more."""
    rows = Statement.objects.select_related("patient", "package__branch", "replaces", "by")
    statement: Statement = get_object_or_404(rows, pk=statement_id)
    require(request.staff, ACT_OF[StatementKind(statement.kind)])
    return statement
