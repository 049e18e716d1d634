"""What insurers ask about a patient beside the visits."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic.http import ClinicRequest
from clinic.models import Patient

from ..attendance.claims import asked_fields, facts_of, keep_facts
from ..attendance.forms import ClaimForm


def claim(request: ClinicRequest, patient_id: UUID) -> HttpResponse:
    """Ask, check and remember it. Sending the same again changes nothing."""
    patient = get_object_or_404(Patient, pk=patient_id)
    if patient.merged_into_id:
        return redirect("desk:claim", request.clinic.slug, patient.merged_into_id)
    form = ClaimForm(
        request.POST or None, facts=asked_fields(request.clinic.profile), initial=facts_of(patient)
    )
    if request.method == "POST" and form.is_valid():
        keep_facts(patient, form.cleaned_data, at=timezone.now(), by=request.staff)
        messages.success(request, _("Kept for the next statement."))
        return redirect("desk:attendance", request.clinic.slug, patient.pk)
    context = {"patient": patient, "form": form}
    return render(request, "desk/claim.html", context, status=422 if request.method == "POST" else 200)
