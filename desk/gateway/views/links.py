"""Payment links at the desk: made for what is owed, shown as a code, sent, cancelled."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from billing import upi
from billing.gateways import accounts, links
from billing.models import GatewayQuestion, PaymentLink
from clinic.access import may
from clinic.http import ClinicRequest
from clinic.keys import keyed, new_key
from clinic.messages.channels import whatsapp_link
from clinic.models import Patient
from clinic.refusals import Refused
from desk.patient_file import account_of

from ... import ways
from ...letter_kinds import PAYMENT_LINK
from .. import sending
from ..forms import LinkForm, LinkRefundForm
from ..standing import stands

A_PAGE = 40


@require_safe
def payment_links(request: ClinicRequest) -> HttpResponse:
    """What the provider asks first, then all links, the latest first."""
    rows = PaymentLink.objects.select_related("patient").order_by("-created_at", "-pk")
    waiting = GatewayQuestion.objects.filter(answered_at=None).select_related("link__patient")
    context = {
        "questions": list(waiting.order_by("asked_at")[:A_PAGE]),
        "page": Paginator(rows, A_PAGE).get_page(request.GET.get("page")),
        "is_on": accounts.is_on(),
        "may_answer": may(request.staff, "take_payment"),
        "may_set_up": may(request.staff, "manage_clinic"),
        "key": new_key(),
    }
    return render(request, "desk/online/payment_links.html", context)


@keyed
def payment_link_new(request: ClinicRequest, patient_id: UUID) -> HttpResponse:
    """A link for lines that are owed: those of one bill (`?bill=`), or all."""
    patient = get_object_or_404(Patient, pk=patient_id, merged_into=None)
    account = account_of(patient)
    facts: dict[str, Any] = {
        "owed": account.owed,
        "clinic": request.clinic,
        "bill": request.GET.get("bill", ""),
    }
    form = LinkForm(request.POST or None, **facts)
    if request.method == "POST" and form.is_valid():
        try:
            link = links.ask_for_link(
                patient,
                lines=form.lines(),
                amount=form.cleaned_data["amount"],
                branch=form.cleaned_data["branch"],
                clinic=request.clinic,
                at=timezone.now(),
                by=request.staff,
                key=request.key,
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("desk:payment_link", request.clinic.slug, link.pk)
    live = PaymentLink.objects.filter(patient=patient, state__in=PaymentLink.LIVE).order_by("-created_at")
    context = {"patient": patient, "file": account, "form": form, "live": live[:A_PAGE]}
    context |= {"is_on": accounts.is_on(), "may_set_up": may(request.staff, "manage_clinic")}
    return render(request, "desk/online/payment_link_new.html", context, status=422 if form.is_bound else 200)


@require_safe
def payment_link(request: ClinicRequest, payment_link_id: UUID) -> HttpResponse:
    """One link: its code, what it is for, what came in by it."""
    return link_page(request, _link(payment_link_id))


@require_POST
@keyed
def payment_link_sending(request: ClinicRequest, payment_link_id: UUID) -> HttpResponse:
    """Send the link by the channel `how`, or note that somebody sent it themselves (`by_hand`)."""
    link, how = _link(payment_link_id), request.POST.get("how", "")
    facts: dict[str, Any] = {"clinic": request.clinic, "by": request.staff, "key": request.key}
    try:
        if how == "by_hand":
            sending.note_sent_by_hand(link, at=timezone.now(), **facts)
            messages.success(request, _("Noted: the link was sent by hand."))
        else:
            message = sending.send_link(link, channel=how, at=timezone.now(), **facts)
            messages.success(request, _("The link goes to %(address)s.") % {"address": message.address})
    except Refused as refusal:
        return link_page(request, link, sentence=str(refusal))
    return redirect("desk:payment_link", request.clinic.slug, link.pk)


@require_POST
@keyed
def payment_link_cancellation(request: ClinicRequest, payment_link_id: UUID) -> HttpResponse:
    """Nobody shall pay by it any more."""
    link = _link(payment_link_id)
    try:
        links.cancel_link(link, by=request.staff, at=timezone.now())
    except Refused as refusal:
        return link_page(request, link, sentence=str(refusal))
    return redirect("desk:payment_link", request.clinic.slug, link.pk)


def link_page(
    request: ClinicRequest, link: PaymentLink, *, sentence: str = "", form: LinkRefundForm | None = None
) -> HttpResponse:
    """The page of a link, with what was refused or typed."""
    link = _link(link.pk)
    body = sending.text_of(link, clinic=request.clinic)
    may_take = may(request.staff, "take_payment")
    context = {
        "link": link,
        "patient": link.patient,
        "stands": stands(link),
        "image": upi.qr_image(link.short_url) if link.is_payable else "",
        "body": body,
        "ways": ways.buttons_of(ways.ways_of(link.patient, clinic=request.clinic, kind=PAYMENT_LINK)),
        "whatsapp": whatsapp_link(link.patient.phone, body),
        "sent": sending.messages_of(link),
        "sentence": sentence,
        "refund_form": form or LinkRefundForm(clinic=request.clinic),
        "may_take": may_take,
        "may_pay_back": may(request.staff, "pay_back"),
        "key": new_key(),
    }
    status = 422 if sentence or (form and form.is_bound) else 200
    return render(request, "desk/online/payment_link.html", context, status=status)


def _link(payment_link_id: UUID) -> PaymentLink:
    found: PaymentLink = get_object_or_404(
        PaymentLink.objects.select_related("patient", "by", "branch"), pk=payment_link_id
    )
    return found
