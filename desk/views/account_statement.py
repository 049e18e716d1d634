"""The account statement of a patient: on screen in the patient's language, and as PDF."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from billing import pdf
from billing.papers import A4, paper_of
from billing.statement_sheet import file_name, language_of, page_html, statement_sheet
from clinic.http import ClinicRequest
from clinic.models import Patient

from ..account_forms import BetweenForm


@require_safe
def account_statement(request: ClinicRequest, patient_id: UUID) -> HttpResponse:
    """Bills, notes, payments and what went back between two days, to read and to print."""
    patient = get_object_or_404(Patient, pk=patient_id)
    if patient.merged_into_id:
        return redirect("desk:account_statement", request.clinic.slug, patient.merged_into_id)
    pdf.warm_up_soon()
    form, language, drawn = _drawn(request, patient)
    context = {
        "patient": patient,
        "form": form,
        "language": language[:2],
        "asked_language": request.GET.get("language", ""),
        "sheet": drawn,
    }
    return render(request, "billing/account_statement.html", context)


@require_safe
def account_statement_pdf(request: ClinicRequest, patient_id: UUID) -> HttpResponse:
    """The same on A5 or A4; where no PDF can be made, the page to print instead."""
    patient = get_object_or_404(Patient, pk=patient_id)
    _form, language, drawn = _drawn(request, patient)
    html = page_html(drawn, language)
    try:
        made = pdf.pdf_of(html, paper=paper_of(request.GET.get("paper", ""), usual=A4))
        response = HttpResponse(made, content_type="application/pdf")
        response.headers["Content-Disposition"] = f'inline; filename="{file_name(patient)}"'
    except pdf.NoPdf:
        response = HttpResponse(html)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _drawn(request: ClinicRequest, patient: Patient) -> tuple[BetweenForm, str, str]:
    asked = BetweenForm(request.GET)
    first, last = asked.days(request.clinic.today())
    language = language_of(patient, request.GET.get("language", ""))
    drawn = statement_sheet(patient, clinic=request.clinic, first=first, last=last, language=language)
    form = asked if asked.errors else BetweenForm(initial={"first": first, "last": last})
    return form, language, drawn
