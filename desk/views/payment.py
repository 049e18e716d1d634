from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from billing.forms import tenders
from clinic.http import ClinicRequest
from clinic.keys import keyed
from clinic.models import Patient
from clinic.money import format_money
from clinic.refusals import Refused
from desk import checkout
from desk.patient_file import PatientFile, open_file
from desk.payment_form import PaymentForm


@keyed
def payment(request: ClinicRequest, patient_id: UUID) -> HttpResponse:
    """Take money for what is owed, or ahead; or use what was paid ahead."""
    patient = get_object_or_404(Patient, pk=patient_id, merged_into=None)
    file = open_file(patient, request.clinic)
    form = PaymentForm(request.POST or None, owed=file.owed, unapplied=file.money_unapplied)
    money = tenders(request.POST, currency=request.clinic.currency, amount=file.to_pay - file.money_unapplied)
    if request.method != "POST" or not (form.is_valid() and money.is_valid()):
        return _page(request, file, form=form, money=money)
    try:
        _take(request, patient, form, money)
    except Refused as refusal:
        return _page(request, file, form=form, money=money, refusal=refusal)
    return redirect("desk:patient_file", request.clinic.slug, patient.pk)


def _take(request: ClinicRequest, patient: Patient, form: PaymentForm, money: object) -> None:
    lines = form.lines()
    if form.cleaned_data.get("use_unapplied"):
        checkout.apply_unapplied(patient, lines=lines, by=request.staff, key=request.key)
    given = money.tenders()  # type: ignore[attr-defined]
    if not given:
        messages.success(request, _("The money that was paid ahead was used."))
        return
    payments = checkout.take_payment(
        patient,
        tenders=given,
        lines=lines,
        branch=form.cleaned_data["branch"],
        clinic=request.clinic,
        at=timezone.now(),
        by=request.staff,
        key=request.key,
    )
    total = format_money(
        sum((each.amount for each in payments), Decimal(0)), request.clinic.currency, request.LANGUAGE_CODE
    )
    messages.success(request, _("%(amount)s received.") % {"amount": total})


def _page(request: ClinicRequest, file: PatientFile, **context: object) -> HttpResponse:
    status = 422 if request.method == "POST" else 200
    return render(
        request, "desk/payment.html", {"patient": file.patient, "file": file, **context}, status=status
    )
