"""Money that was paid online: given back through the provider; and what a person has to look at."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from billing.gateways import refunds
from billing.models import GatewayQuestion, PaymentLink
from clinic.http import ClinicRequest
from clinic.keys import keyed
from clinic.refusals import Refused

from ..answering import answer_question
from ..forms import LinkRefundForm
from ..standing import payments_of
from .links import link_page


@require_POST
@keyed
def payment_link_refund(request: ClinicRequest, payment_link_id: UUID) -> HttpResponse:
    """Give back what a payment by this link has left."""
    link = get_object_or_404(PaymentLink, pk=payment_link_id)
    form = LinkRefundForm(request.POST, clinic=request.clinic)
    if not form.is_valid():
        return link_page(request, link, form=form)
    given = form.cleaned_data
    payment = next((each for each in payments_of(link) if each.pk == given["payment"]), None)
    if payment is None:
        return link_page(request, link, sentence=_("No money came in by this link."))
    try:
        refunds.ask_for_refund(
            payment,
            amount=given["amount"],
            currency=request.clinic.currency,
            by=request.staff,
            key=request.key,
            reason=given["reason"],
        )
    except Refused as refusal:
        return link_page(request, link, sentence=str(refusal), form=form)
    messages.success(request, _("The refund is on its way to the provider."))
    return redirect("desk:payment_link", request.clinic.slug, link.pk)


@require_POST
@keyed
def gateway_answer(request: ClinicRequest, question_id: UUID) -> HttpResponse:
    """Somebody has looked at it, and writes what was done."""
    question = get_object_or_404(GatewayQuestion, pk=question_id)
    try:
        answer_question(question, answer=request.POST.get("reason", ""), by=request.staff, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("desk:payment_links", request.clinic.slug)
