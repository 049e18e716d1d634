from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from billing.forms import tenders
from billing.instalment_states import put_schedules
from billing.payments import PaymentRefused
from clinic.http import ClinicRequest
from clinic.keys import keyed
from clinic.models import Patient
from clinic.money import format_money
from clinic.refusals import Refused
from desk import checkout
from desk.instalments_money import asked_now
from desk.patient_file import Account, account_of
from desk.payment_form import PaymentForm


@keyed
def payment(request: ClinicRequest, patient_id: UUID) -> HttpResponse:
    """Take money for what is owed, or ahead; or use account credit."""
    patient = get_object_or_404(Patient, pk=patient_id, merged_into=None)
    account = account_of(patient)
    form = PaymentForm(request.POST or None, owed=account.owed, unapplied=account.money_unapplied)
    put_schedules(account.owed, clinic=request.clinic, on=request.clinic.today())
    offered = asked_now(account.owed, account.money_unapplied)
    money = tenders(request.POST, currency=request.clinic.currency, amount=offered)
    if request.method != "POST" or not (form.is_valid() and money.is_valid()):
        return _page(request, account, form=form, money=money)
    try:
        _take(request, patient, form, money)
    except Refused as refusal:
        return _page(request, account, form=form, money=money, refusal=refusal)
    return redirect("desk:patient_file", request.clinic.slug, patient.pk)


def _take(request: ClinicRequest, patient: Patient, form: PaymentForm, money: object) -> None:
    lines = form.lines()
    given = money.tenders()  # type: ignore[attr-defined]
    if not given and not form.cleaned_data.get("use_unapplied"):
        raise PaymentRefused(_("Write the amount that was received."))
    if form.cleaned_data.get("use_unapplied"):
        checkout.apply_unapplied(
            patient, lines=lines, on=request.clinic.today(), by=request.staff, key=request.key
        )
    if not given:
        messages.success(request, _("The account credit was used."))
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


def _page(request: ClinicRequest, account: Account, **context: object) -> HttpResponse:
    status = 422 if request.method == "POST" else 200
    return render(
        request, "desk/payment.html", {"patient": account.patient, "file": account, **context}, status=status
    )
