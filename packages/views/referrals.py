"""Entering a referral: visits that an insurer or a doctor authorised."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from clinic.http import ClinicRequest
from clinic.keys import keyed
from clinic.models import Patient
from clinic.refusals import Refused
from packages.models import Package
from packages.referral_form import ReferralForm
from packages.referrals import open_referral


@keyed
def referral_new(request: ClinicRequest, patient_id: UUID) -> HttpResponse:
    """Type what the letter says; its visits are then counted like those of a pack, at no price."""
    patient = get_object_or_404(Patient, pk=patient_id, merged_into=None)
    form = ReferralForm(request.POST or None, initial={"valid_from": request.clinic.today()})
    if form.is_valid():
        try:
            opened = _open(request, patient, form)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("%(name)s is entered.") % {"name": opened.name})
            return redirect("packages:package_detail", request.clinic.slug, opened.pk)
    context = {"patient": patient, "form": form}
    return render(request, "packages/referral_new.html", context, status=422 if form.errors else 200)


def _open(request: ClinicRequest, patient: Patient, form: ReferralForm) -> Package:
    return open_referral(
        patient,
        letter=form.letter,
        service=form.cleaned_data["service"],
        branch=form.cleaned_data["branch"],
        clinic=request.clinic,
        on=request.clinic.today(),
        by=request.staff,
        key=request.key,
    )
