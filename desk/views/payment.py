"""Taking money at the counter: for what is owed, line by line, for somebody else, or ahead."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from billing.forms import tenders
from billing.instalment_states import put_schedules
from clinic.http import ClinicRequest
from clinic.keys import keyed
from clinic.models import Patient
from clinic.patients.rows import rows_of
from clinic.patients.search import find_patients
from clinic.refusals import Refused
from clinic.templatetags.ui import money as in_words
from desk.instalments_money import asked_now
from desk.patient_file import Account, account_of
from desk.payment_form import PaymentForm, lines_to_pay
from desk.taking import DayIsClosed, Taken, take_money

ZERO = Decimal(0)
MOST_OTHERS = 5


@dataclass
class Counter:
    """The page: whose money it is, for whom it pays, and the two forms."""

    request: ClinicRequest
    account: Account
    others: list[Patient]
    form: Any
    money: Any

    @property
    def patient(self) -> Patient:
        return self.account.patient


@keyed
def payment(request: ClinicRequest, patient_id: UUID) -> HttpResponse:
    """Take money for chosen lines, of the patient or of others, or ahead; or use account credit."""
    patient = get_object_or_404(Patient, pk=patient_id, merged_into=None)
    counter = _counter(request, patient)
    if request.method != "POST" or not (counter.form.is_valid() & counter.money.is_valid()):
        return _page(counter)
    try:
        taken = _take(counter)
    except Refused as refusal:
        counter.money.ask_after(refusal)
        return _page(counter, refusal)
    messages.success(request, _said(counter, taken))
    return redirect("desk:patient_file", request.clinic.slug, patient.pk)


def _counter(request: ClinicRequest, patient: Patient) -> Counter:
    account, others = account_of(patient), _others(request, patient)
    owed = lines_to_pay([patient, *others], request.POST) if others or request.POST else account.owed
    put_schedules(owed, clinic=request.clinic, on=request.clinic.today())
    proposed = ZERO if "ahead" in request.GET else asked_now(owed, account.money_unapplied)
    currency = request.clinic.currency
    form = PaymentForm(
        request.POST or None,
        owed=owed,
        unapplied=account.money_unapplied,
        proposed=proposed,
        currency=currency,
        today=request.clinic.today(),
    )
    return Counter(request, account, others, form, tenders(request.POST, currency=currency, amount=proposed))


def _others(request: ClinicRequest, patient: Patient) -> list[Patient]:
    """For whom else the money pays: a son for his mother."""
    asked = request.POST.getlist("also") or request.GET.getlist("also")
    found = []
    for text in dict.fromkeys(asked[:MOST_OTHERS]):
        try:
            found.append(get_object_or_404(Patient, pk=UUID(text), merged_into=None))
        except ValueError:
            continue
    return [other for other in found if other != patient]


def _take(counter: Counter) -> Taken:
    form, request = counter.form, counter.request
    facts, given = form.cleaned_data, counter.money.tenders()
    use_credit = bool(facts.get("use_unapplied"))
    there_is = sum((tender.amount for tender in given), ZERO)
    there_is += counter.account.money_unapplied if use_credit else ZERO
    return take_money(
        counter.patient,
        tenders=given,
        split=form.split(there_is),
        branch=facts["branch"],
        clinic=request.clinic,
        at=timezone.now(),
        by=request.staff,
        key=request.key,
        on=facts["on"],
        use_credit=use_credit,
        same_reference=counter.money.same_reference,
    )


def _said(counter: Counter, taken: Taken) -> str:
    currency = counter.request.clinic.currency
    if not taken.payments:
        return _("The account credit was used.")
    facts = {
        "amount": in_words(taken.received, currency),
        "over": in_words(taken.over, currency),
        "name": counter.patient.name,
    }
    if taken.over:
        return _("%(amount)s received. Over: %(over)s is account credit of %(name)s now.") % facts
    return _("%(amount)s received.") % facts


def _page(counter: Counter, refusal: Refused | None = None) -> HttpResponse:
    request = counter.request
    text = request.GET.get("q", "").strip()
    found = [each for each in find_patients(text) if each != counter.patient] if text else []
    context = {
        "patient": counter.patient,
        "file": counter.account,
        "others": counter.others,
        "form": counter.form,
        "money": counter.money,
        "is_ahead": "ahead" in request.GET,
        "refusal": refusal,
        "closed_day": refusal.close.day if isinstance(refusal, DayIsClosed) else None,
        "text": text,
        "found": rows_of(found, request.clinic),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "desk/payment.html", context, status=status)
