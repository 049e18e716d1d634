"""A payment did not come in: what that would come to, the act, and what came of it (S46)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from billing.models import Bounce, Payment
from clinic.http import ClinicRequest
from clinic.keys import keyed
from clinic.refusals import Refused

from ..account_forms import BouncingForm
from ..bounce_preview import outlook
from ..bouncing import answer, bounce_payment


@keyed
def bouncing(request: ClinicRequest, payment_id: UUID) -> HttpResponse:
    """GET says what would follow, or what followed. POST marks the payment as bounced."""
    related = ("patient", "branch", "by")
    payment = get_object_or_404(Payment.objects.select_related(*related), pk=payment_id)
    if bounce := Bounce.objects.filter(payment=payment).select_related("payment__patient", "by").first():
        return _result(request, bounce)
    form = BouncingForm(request.POST or None, initial={"on": request.clinic.today()})
    if request.method != "POST" or not form.is_valid():
        return _preview(request, payment, form)
    try:
        bounce_payment(
            payment,
            clinic=request.clinic,
            at=timezone.now(),
            by=request.staff,
            key=request.key,
            reason=form.cleaned_data["reason"],
            on=form.cleaned_data["on"],
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _preview(request, payment, form)
    return redirect("desk:bouncing", request.clinic.slug, payment.pk)


def _preview(request: ClinicRequest, payment: Payment, form: Any) -> HttpResponse:
    follows = outlook(payment, clinic=request.clinic, on=request.clinic.today())
    context = {"payment": payment, "form": form, "follows": follows}
    return render(request, "desk/bouncing.html", context, status=422 if form.is_bound else 200)


def _result(request: ClinicRequest, bounce: Bounce) -> HttpResponse:
    """What came of it, as it is now; a second one who sends the form reads that it was done."""
    done = answer(bounce, clinic=request.clinic, on=request.clinic.today())
    context = {"payment": bounce.payment, "done": done, "bounce": bounce}
    return render(request, "desk/bounced.html", context, status=422 if request.method == "POST" else 200)
