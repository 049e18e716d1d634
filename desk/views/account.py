"""A patient's account: what is owed, the account credit and how it moved, and the acts on it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from billing.credit_statement import credit_statement
from billing.payment_refusals import refuse_parts_of_coins
from clinic.access import may
from clinic.http import ClinicRequest
from clinic.keys import keyed
from clinic.models import Patient
from clinic.refusals import Refused
from clinic.templatetags.ui import money

from ..account_forms import ApplyingForm, AsOfForm, HandingBackForm
from ..checkout import apply_unapplied
from ..patient_file import Account, account_of
from ..payment_form import lines_to_pay
from ..refunds import pay_back

ON_A_PAGE = 50


@require_safe
def account(request: ClinicRequest, patient_id: UUID) -> HttpResponse:
    """What is owed, the account credit payment by payment, and every movement of it up to a day."""
    patient = get_object_or_404(Patient, pk=patient_id)
    if patient.merged_into_id:
        return redirect("desk:account", request.clinic.slug, patient.merged_into_id)
    form = AsOfForm(request.GET or None)
    as_of = form.day(request.clinic.today())
    movements = credit_statement(patient, clinic=request.clinic, as_of=as_of)
    context = {
        "patient": patient,
        "account": account_of(patient),
        "form": form,
        "as_of": as_of,
        "credit": movements[-1].balance if movements else 0,
        "page": Paginator(movements[::-1], ON_A_PAGE).get_page(request.GET.get("page")),
        "query": f"as_of={as_of}&" if "as_of" in request.GET else "",
        "may_take": may(request.staff, "take_payment"),
        "may_pay_back": may(request.staff, "pay_back"),
    }
    return render(request, "desk/account.html", context)


@keyed
def applying(request: ClinicRequest, patient_id: UUID) -> HttpResponse:
    """Set account credit against chosen bills, each with its amount. Only ever when asked (S47)."""
    patient = get_object_or_404(Patient, pk=patient_id, merged_into=None)
    own = account_of(patient)
    form = ApplyingForm(
        request.POST or None,
        owed=lines_to_pay([patient], request.POST),
        credit=own.money_unapplied,
        currency=request.clinic.currency,
    )
    if request.method != "POST" or not form.is_valid():
        return _page(request, "desk/applying.html", own, form)
    split = form.split()
    try:
        refuse_parts_of_coins(*split.values(), currency=request.clinic.currency)
        apply_unapplied(patient, split=split, on=request.clinic.today(), by=request.staff, key=request.key)
    except Refused as refusal:
        return _page(request, "desk/applying.html", own, form, refusal)
    messages.success(request, _("The account credit was used."))
    return redirect("desk:account", request.clinic.slug, patient.pk)


@keyed
def handing_back(request: ClinicRequest, patient_id: UUID) -> HttpResponse:
    """Hand account credit back to the patient, with a reason."""
    patient = get_object_or_404(Patient, pk=patient_id, merged_into=None)
    own = account_of(patient)
    currency = request.clinic.currency
    form = HandingBackForm(request.POST or None, credit=own.money_unapplied, currency=currency)
    if request.method != "POST" or not form.is_valid():
        return _page(request, "desk/handing_back.html", own, form)
    facts = form.cleaned_data
    try:
        refunds = pay_back(
            patient,
            tender=form.tender(),
            branch=facts["branch"],
            reason=facts["reason"],
            clinic=request.clinic,
            at=timezone.now(),
            by=request.staff,
            key=request.key,
        )
    except Refused as refusal:
        return _page(request, "desk/handing_back.html", own, form, refusal)
    amount = money(sum(refund.amount for refund in refunds), currency)  # type: ignore[arg-type]
    messages.success(request, _("%(amount)s handed back.") % {"amount": amount})
    return redirect("desk:account", request.clinic.slug, patient.pk)


def _page(
    request: ClinicRequest, template: str, own: Account, form: object, refusal: Refused | None = None
) -> HttpResponse:
    status = 422 if request.method == "POST" else 200
    context = {"patient": own.patient, "account": own, "form": form, "refusal": refusal}
    return render(request, template, context, status=status)
