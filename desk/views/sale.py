from __future__ import annotations

from typing import Any
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
from clinic.refusals import Refused
from desk import checkout
from desk.instalments_form import InstalmentsAsked
from desk.plan_choice import offers, terms_at
from desk.sale_form import SaleForm
from visits.models import Visit


@keyed
def sale(request: ClinicRequest, patient_id: UUID) -> HttpResponse:
    """Sell a package: choose the plan, see what it will be, take the money, take today's session."""
    patient = get_object_or_404(Patient, pk=patient_id, merged_into=None)
    offered = offers(request.clinic, chosen=request.POST.get("plan") or request.GET.get("plan"))
    chosen = next((offer for offer in offered if offer.is_chosen), None)
    if chosen is None:
        return _page(request, patient, offered)
    form = SaleForm(request.POST or None, plan=chosen.plan, patient=patient, clinic=request.clinic)
    money = tenders(request.POST, currency=request.clinic.currency, amount=chosen.plan.price)
    instalments = InstalmentsAsked(request.POST, total=form.price_so_far(request.POST), clinic=request.clinic)
    shown = {"chosen": chosen, "form": form, "money": money, "instalments": instalments}
    if request.method != "POST" or not (form.is_valid() and money.is_valid() and instalments.is_settled):
        shown["money"] = instalments.money_of(money, offered=chosen.plan.price)
        return _page(request, patient, offered, **shown)
    try:
        sold = _sell(request, patient, form, money, instalments)
    except Refused as refusal:
        money.ask_after(refusal)
        return _page(request, patient, offered, **shown, refusal=refusal)
    return _done(request, sold, _waiting_visit(request, patient))


def _sell(
    request: ClinicRequest, patient: Patient, form: SaleForm, money: Any, instalments: InstalmentsAsked
) -> checkout.Sale:
    return checkout.sell_package(
        patient,
        plan=form.plan,
        branch=form.cleaned_data["branch"],
        clinic=request.clinic,
        at=timezone.now(),
        by=request.staff,
        key=request.key,
        price=form.price,
        discount_reason=form.cleaned_data["discount_reason"],
        shown=form.cleaned_data["shown"] or None,
        agreed=form.agreed,
        tenders=money.tenders(),
        same_reference=money.same_reference,
        here_now=form.first_visit(),
        instalments=instalments.agreed(money.tenders()),
    )


def _waiting_visit(request: ClinicRequest, patient: Patient) -> Visit | None:
    """The visit from whose completion the desk came here because no package covered it."""
    try:
        visit_id = UUID(request.POST.get("for_visit") or request.GET.get("visit", ""))
    except ValueError:
        return None
    return Visit.objects.open().filter(pk=visit_id, patient=patient).first()


def _done(request: ClinicRequest, sold: checkout.Sale, waiting: Visit | None) -> HttpResponse:
    facts = {"package": sold.package.name, "bill": sold.bill.name}
    messages.success(request, _("%(package)s sold. Bill %(bill)s.") % facts)
    if visit := sold.first_visit.visit if sold.first_visit else waiting:
        return redirect("desk:completion", request.clinic.slug, visit.pk)
    return redirect("billing:bill_detail", request.clinic.slug, sold.bill.pk)


def _page(
    request: ClinicRequest, patient: Patient, offered: object, form: SaleForm | None = None, **context: object
) -> HttpResponse:
    if form is not None:
        price = form.price_so_far(request.POST or request.GET)
        context |= {"form": form, "clauses": terms_at(request.clinic, form.plan, price=price)}
    context |= {"patient": patient, "offers": offered, "waiting": _waiting_visit(request, patient)}
    return render(request, "desk/sale.html", context, status=422 if request.method == "POST" else 200)
