"""Payments of the clinic: the list, one payment with all that became of it, and money taken off a bill."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from billing.models import BillLine, Method, Payment
from billing.payment_listing import PaymentFilter, by_method, newest_first
from billing.payment_story import Story, story_of
from billing.taking_back import take_back
from clinic.access import may
from clinic.http import ClinicRequest
from clinic.keys import keyed
from clinic.refusals import Refused

from ..account_forms import TakingBackForm

ON_A_PAGE = 50


@require_safe
def payment_list(request: ClinicRequest) -> HttpResponse:
    """Payments, newest first, by day, method, person, branch, patient and reference."""
    form = PaymentFilter(request.GET)
    payments = form.payments()
    asked = {name: value for name, value in request.GET.items() if name in form.fields and value}
    context = {
        "form": form,
        "asked": asked,
        "page": newest_first(payments, request.GET, per_page=ON_A_PAGE),
        "by_method": by_method(payments) if asked else [],
    }
    return render(request, "desk/payment_list.html", context)


@require_safe
def payment_detail(request: ClinicRequest, payment_id: UUID) -> HttpResponse:
    """One payment: what it pays for, what it paid for, what went back, who took it and when."""
    payment = _payment(payment_id)
    story = story_of(payment)
    context = {
        "payment": payment,
        "story": story,
        "may_bounce": may(request.staff, "bounce_payment") and _can_bounce(story),
        "may_take_back": may(request.staff, "take_back"),
        "may_apply": may(request.staff, "take_payment"),
    }
    return render(request, "desk/payment_detail.html", context)


@keyed
def taking_back(request: ClinicRequest, payment_id: UUID) -> HttpResponse:
    """Take money of this payment off a line of a bill; it is account credit then. The line is named by ?line=."""
    payment = _payment(payment_id)
    if "line" not in request.GET:
        return redirect("desk:payment_detail", request.clinic.slug, payment.pk)
    line = _line(payment, request.GET["line"])
    pays = {each.line.pk: each.amount for each in story_of(payment).pays}.get(line.pk)
    form = TakingBackForm(request.POST or None, pays=pays or 0, currency=request.clinic.currency)  # type: ignore[arg-type]
    context = {"payment": payment, "line": line, "pays": pays or 0, "form": form}
    if request.method != "POST" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return render(request, "desk/taking_back.html", context, status=status)
    facts = {"by": request.staff, "key": request.key, "reason": form.cleaned_data["reason"]}
    try:
        take_back(payment, line, amount=form.cleaned_data["amount"], **facts)
    except Refused as refusal:
        return render(request, "desk/taking_back.html", context | {"refusal": refusal}, status=422)
    messages.success(request, _("Taken back: it is account credit of %(name)s.") % {"name": payment.patient})
    return redirect("desk:payment_detail", request.clinic.slug, payment.pk)


def _payment(payment_id: UUID) -> Payment:
    return get_object_or_404(Payment.objects.select_related("patient", "branch", "by"), pk=payment_id)


def _line(payment: Payment, asked: str) -> BillLine:
    """A line that this payment pays, or once paid."""
    try:
        lines = BillLine.objects.filter(pk=UUID(asked), allocations__payment=payment)
    except ValueError:
        raise Http404 from None
    line = lines.select_related("bill__patient", "package").first()
    if line is None:
        raise Http404
    return line


def _can_bounce(story: Story) -> bool:
    return story.bounce is None and story.payment.method != Method.CREDIT
