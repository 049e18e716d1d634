from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from billing.forms import tenders
from billing.payments import Tender
from clinic.http import ClinicRequest
from clinic.keys import keyed
from clinic.models import Patient
from clinic.refusals import Refused
from desk.counter import Wanted, amounts_of, bill_together, plan_price
from desk.counter_form import CounterForm
from desk.plan_choice import terms_at


@keyed
def counter(request: ClinicRequest, patient_id: UUID) -> HttpResponse:
    """One bill for a visit, a package and goods: shown first, then issued."""
    patient = get_object_or_404(Patient, pk=patient_id, merged_into=None)
    asked = request.POST or (request.GET if "branch" in request.GET else None)
    initial = {"visit": request.GET.get("visit")}
    form = CounterForm(asked, initial=initial, patient=patient, clinic=request.clinic)
    money = tenders(request.POST, currency=request.clinic.currency)
    if not asked or not all([form.is_valid(), not money.is_bound or money.is_valid()]):
        return _page(request, patient, form, money)
    try:
        rows = amounts_of(form.wanted(), request.clinic)
        if request.method != "POST" or "show" in request.POST or form.has_terms_to_show:
            return _page(request, patient, form, money, rows=rows)
        billed = _bill(request, patient, form, money, rows)
    except Refused as refusal:
        money.ask_after(refusal)
        return _page(request, patient, form, money, refusal=refusal)
    messages.success(request, _("Bill %(bill)s.") % {"bill": billed.bill})
    return redirect("billing:bill_detail", request.clinic.slug, billed.bill.pk)


def _bill(request: ClinicRequest, patient: Patient, form: CounterForm, money: Any, rows: Any) -> Any:
    return bill_together(
        patient,
        form.wanted(),
        tenders=_paid(form, money, _total(form.wanted(), rows)),
        same_reference=money.same_reference,
        branch=form.cleaned_data["branch"],
        clinic=request.clinic,
        at=timezone.now(),
        by=request.staff,
        key=request.key,
    )


def _paid(form: CounterForm, money: Any, total: Decimal) -> list[Tender]:
    """The ways of paying; the first alone where all of it is paid and no amount was typed."""
    given: list[Tender] = money.tenders()
    if given or not form.cleaned_data["all_paid"] or not total:
        return given
    first = money.forms[0]
    return [first.as_tender(total)]


def _total(wanted: Wanted, rows: list[tuple[str, Decimal]]) -> Decimal:
    return sum((amount for _name, amount in rows), Decimal(0)) - wanted.off.amount


def _page(
    request: ClinicRequest, patient: Patient, form: CounterForm, money: Any, **context: Any
) -> HttpResponse:
    plan = form.plan_chosen if form.is_bound else None
    context |= {"patient": patient, "form": form, "money": money}
    if rows := context.get("rows"):
        context |= {"off": form.wanted().off, "total": _total(form.wanted(), rows)}
    if plan:
        price = plan_price(form.wanted(), request.clinic) if rows else plan.price
        clauses = terms_at(request.clinic, plan, price=price or Decimal(0))
        context |= {"clauses": clauses, "shown": form.fingerprint_now()}
    return render(request, "desk/counter.html", context, status=422 if request.method == "POST" else 200)
