"""Sending a bill to the patient: by a channel of the clinic's, or as a WhatsApp text that a person sends."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from billing.models import Bill
from clinic.access import require
from clinic.http import ClinicRequest
from clinic.keys import keyed, new_key
from clinic.messages.channels import whatsapp_link
from clinic.models import Message
from clinic.refusals import Refused

from .. import receipts, ways
from ..receipt_kinds import BILL


@keyed
def sending(request: ClinicRequest, bill_id: UUID) -> HttpResponse:
    """GET offers all ways. POST sends it by the channel `how`; with `by_hand` it notes that somebody sent the text."""
    bill = _bill(request, bill_id)
    if request.method != "POST":
        return _page(request, bill)
    if request.POST.get("how") != Message.Channel.BY_HAND:
        return _send(request, bill)
    receipts.note_sent_by_hand(
        bill, clinic=request.clinic, at=timezone.now(), by=request.staff, key=request.key
    )
    messages.success(request, _("Noted: the text was sent by hand."))
    return redirect("desk:sending", request.clinic.slug, bill.pk)


def _send(request: ClinicRequest, bill: Bill) -> HttpResponse:
    facts: dict[str, Any] = {"at": timezone.now(), "by": request.staff, "key": request.key}
    try:
        message = receipts.send_bill(
            bill, channel=request.POST.get("how", ""), clinic=request.clinic, **facts
        )
    except Refused as refused:
        return _page(request, bill, sentence=str(refused))
    messages.success(request, _("The bill goes to %(address)s.") % {"address": message.address})
    return redirect("desk:sending", request.clinic.slug, bill.pk)


def _page(request: ClinicRequest, bill: Bill, *, sentence: str = "") -> HttpResponse:
    body = receipts.text_of(bill, clinic=request.clinic)
    context = {
        "bill": bill,
        "patient": bill.patient,
        "body": body,
        "ways": ways.buttons_of(ways.ways_of(bill.patient, clinic=request.clinic, kind=BILL)),
        "whatsapp": whatsapp_link(bill.patient.phone, body),
        "sent": receipts.messages_of(bill),
        "sentence": sentence,
        "key": new_key(),
    }
    return render(request, "desk/sending.html", context, status=422 if sentence else 200)


def _bill(request: ClinicRequest, bill_id: UUID) -> Bill:
    """A bill of this clinic. That of a visit is for everybody who treats; the others ask for a money role."""
    bill: Bill = get_object_or_404(Bill.objects.select_related("patient", "corrects"), pk=bill_id)
    if (bill.corrects or bill).visit_id is None:
        require(request.staff, "see_bills")
    return bill
