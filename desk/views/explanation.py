"""Why is it 4? Pages to read out at the counter, for a package and for a patient."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from clinic.access import may
from clinic.http import ClinicRequest
from clinic.models import Patient
from packages.models import Package

from ..explanation import CountExplained, PatientExplained, explain_count, explain_patient
from ..explanation.as_of import AsOfForm, form_of
from ..explanation.offers import grouped


@require_safe
def package_explanation(request: ClinicRequest, package_id: UUID) -> HttpResponse:
    """The count of one package: what to say, every line, and what may be missing; at any moment."""
    form = form_of(request.GET.dict(), request.clinic)
    try:
        count = explain_count(Package(pk=package_id), clinic=request.clinic, as_of=form.moment)
    except Package.DoesNotExist:
        raise Http404 from None
    context = _context(request, form, count) | {"package": count.history.package, "count": count}
    return render(request, "desk/package_explanation.html", context, status=422 if form.errors else 200)


@require_safe
def patient_explanation(request: ClinicRequest, patient_id: UUID) -> HttpResponse:
    """The counts of all packages of a patient, and every near miss once."""
    patient = get_object_or_404(Patient, pk=patient_id)
    if patient.merged_into_id:
        return redirect("desk:patient_explanation", request.clinic.slug, patient.merged_into_id)
    form = form_of(request.GET.dict(), request.clinic)
    explained = explain_patient(patient, clinic=request.clinic, as_of=form.moment)
    context = _context(request, form, explained) | {"patient": patient, "explained": explained}
    return render(request, "desk/patient_explanation.html", context, status=422 if form.errors else 200)


def _context(
    request: ClinicRequest, form: AsOfForm, explained: CountExplained | PatientExplained
) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "clinic": request.clinic,
        "staff": request.staff,
        "here": request.path,
        "is_past": form.moment is not None,
    }
    at = request.clinic.local(form.moment).replace(tzinfo=None) if form.moment else None
    return {
        "form": form,
        "at": at,
        "asked": f"?as_of={at:%Y-%m-%dT%H:%M}" if at else "",
        "may_be_wrong": grouped(explained.may_be_wrong, **facts),
        "as_it_should_be": grouped(explained.as_it_should_be, **facts),
        "may_see_bills": may(request.staff, "see_visit_bill"),
    }
