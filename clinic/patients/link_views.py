"""The page where the desk makes and closes a patient's personal links."""

from __future__ import annotations

from urllib.parse import quote
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinic.http import ClinicRequest
from clinic.models import Clinic, Patient, PatientLink

from .links import VALID_DAYS, live_links, make_link, revoke_link


def patient_link(request: ClinicRequest, patient_id: UUID) -> HttpResponse:
    """The links that open now; a POST makes one more and shows it, this once."""
    patient = get_object_or_404(Patient, pk=patient_id, merged_into=None)
    now = timezone.now()
    context = {"patient": patient, "valid_days": VALID_DAYS}
    if request.method == "POST":
        token = make_link(patient, by=request.staff, at=now)
        address = settings.SITE_URL + reverse("desk:portal", args=[request.clinic.slug, token])
        context |= {"address": address, "whatsapp": _whatsapp(patient, request.clinic, address)}
    live = live_links(now).filter(patient=patient).order_by("-created_at")
    context["links"] = [link for link in live if not link.is_derived]
    context["in_messages"] = [link for link in live if link.is_derived]
    return render(request, "patients/patient_link.html", context)


@require_POST
def link_revoking(request: ClinicRequest, patient_id: UUID, link_id: UUID) -> HttpResponse:
    """Close one link."""
    link = get_object_or_404(PatientLink, pk=link_id, patient_id=patient_id)
    revoke_link(link, by=request.staff, at=timezone.now())
    messages.success(request, _("The link no longer opens."))
    return redirect("patients:patient_link", request.clinic.slug, patient_id)


def _whatsapp(patient: Patient, clinic: Clinic, address: str) -> str:
    """Opens WhatsApp with the message written; the desk presses Send. Nothing without a phone."""
    if not patient.phone:
        return ""
    with translation.override(patient.language):
        text = _(
            "%(clinic)s: your sessions, visits and bills are here. Keep this link to yourself. %(address)s"
        )
        message = text % {"clinic": clinic.name, "address": address}
    return f"https://wa.me/{patient.phone.removeprefix('+')}?text={quote(message)}"
