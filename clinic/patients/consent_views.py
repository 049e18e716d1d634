"""A patient tells the desk whether messages may come."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinic.http import ClinicRequest
from clinic.keys import keyed
from clinic.messages import consent
from clinic.models import Consent, Patient


@require_POST
@keyed
def consent_recording(request: ClinicRequest, patient_id: UUID) -> HttpResponse:
    """Messages may come (`given=yes`), or may not any more."""
    patient = get_object_or_404(Patient, pk=patient_id, merged_into=None)
    facts: dict[str, Any] = {"source": Consent.Source.DESK, "at": timezone.now(), "by": request.staff}
    if request.POST.get("given") == "yes":
        consent.give(patient, **facts)
        messages.success(request, _("Noted: messages may come."))
    else:
        consent.withdraw(patient, **facts)
        messages.success(request, _("Noted: no more messages. What was waiting is taken back."))
    return redirect("desk:patient_file", request.clinic.slug, patient.pk)
