"""The statement of a package's or a patient's lines: on screen in the patient's language, and as PDF."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from billing import pdf
from billing.papers import A4, paper_of
from clinic.http import ClinicRequest
from clinic.models import Patient
from packages.models import Package

from ..explanation.as_of import form_of
from ..explanation.statement import statement_of_package, statement_of_patient
from ..explanation.statement_sheet import file_name, language_of, page_html, sheet


@require_safe
def package_statement(request: ClinicRequest, package_id: UUID) -> HttpResponse:
    """Every line of one package, to read and to print."""
    package = _package(package_id)
    language = language_of(package.patient, request.GET.get("language", ""))
    return _page(request, _sheet_of_package(request, package, language), language, package.patient, package)


@require_safe
def package_statement_pdf(request: ClinicRequest, package_id: UUID) -> HttpResponse:
    """The same on paper."""
    package = _package(package_id)
    language = language_of(package.patient, request.GET.get("language", ""))
    html = page_html(_sheet_of_package(request, package, language), language)
    return _pdf(request, html, file_name(package=package))


@require_safe
def patient_statement(request: ClinicRequest, patient_id: UUID) -> HttpResponse:
    """Every line of every package of a patient."""
    patient = get_object_or_404(Patient, pk=patient_id)
    if patient.merged_into_id:
        return redirect("desk:patient_statement", request.clinic.slug, patient.merged_into_id)
    language = language_of(patient, request.GET.get("language", ""))
    return _page(request, _sheet_of_patient(request, patient, language), language, patient)


@require_safe
def patient_statement_pdf(request: ClinicRequest, patient_id: UUID) -> HttpResponse:
    """The same on paper."""
    patient = get_object_or_404(Patient, pk=patient_id)
    language = language_of(patient, request.GET.get("language", ""))
    html = page_html(_sheet_of_patient(request, patient, language), language)
    return _pdf(request, html, file_name(patient=patient))


def _package(package_id: UUID) -> Package:
    return get_object_or_404(Package.objects.select_related("patient"), pk=package_id)


def _sheet_of_package(request: ClinicRequest, package: Package, language: str) -> str:
    as_of = form_of(request.GET.dict(), request.clinic).moment
    return sheet(lambda: statement_of_package(package, clinic=request.clinic, as_of=as_of), language)


def _sheet_of_patient(request: ClinicRequest, patient: Patient, language: str) -> str:
    as_of = form_of(request.GET.dict(), request.clinic).moment
    return sheet(lambda: statement_of_patient(patient, clinic=request.clinic, as_of=as_of), language)


def _page(
    request: ClinicRequest, drawn: str, language: str, patient: Patient, package: Package | None = None
) -> HttpResponse:
    if not drawn:
        raise Http404
    pdf.warm_up_soon()
    context = {
        "sheet": drawn,
        "language": language[:2],
        "patient": patient,
        "package": package,
        "asked": request.GET.urlencode(),
    }
    return render(request, "desk/statement.html", context)


def _pdf(request: ClinicRequest, html: str, name: str) -> HttpResponse:
    """As PDF, on A4 unless another paper is asked for; where none can be made, the page to print instead."""
    if not html:
        raise Http404
    paper = paper_of(request.GET.get("paper", ""), usual=A4)
    try:
        response = HttpResponse(pdf.pdf_of(html, paper=paper), content_type="application/pdf")
        response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    except pdf.NoPdf:
        response = HttpResponse(html)
    response.headers["Cache-Control"] = "private, no-store"
    return response
