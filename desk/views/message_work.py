"""Messages that a person sends, one after the other, with a phone beside them."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clinic.http import ClinicRequest
from clinic.keys import keyed, new_key
from clinic.messages import by_hand
from clinic.models import Message
from clinic.phones import display_phone
from clinic.refusals import Refused

from ..message_list import counts
from ..message_tabs import tabs
from ..message_work import Work, work_from, work_on


@require_safe
def messages_by_hand(request: ClinicRequest) -> HttpResponse:
    """The next message with its WhatsApp link; `?after=` passes over those up to there.

    For who may share links: the text of the one message in hand is filled with the patient's own.
    """
    return _page(request, work_from(request.GET.get("after"), clinic=request.clinic, at=timezone.now()))


@require_safe
def message_by_hand(request: ClinicRequest, message_id: UUID) -> HttpResponse:
    """One chosen message, to be sent by hand: also one that the program gave up."""
    return _page(request, work_on(_read(message_id), clinic=request.clinic, at=timezone.now()))


def settle(request: ClinicRequest, message: Message) -> None:
    """Note what was pressed: sent or said; with `not_needed`, taken off unsent."""
    if "not_needed" in request.POST:
        by_hand.drop(message, by=request.staff)
        messages.success(request, _("Taken off the list."))
    else:
        by_hand.mark_sent_by_hand(message, by=request.staff, at=timezone.now())
        messages.success(request, _("Noted as sent."))


@require_POST
@keyed
def message_settling(request: ClinicRequest, message_id: UUID) -> HttpResponse:
    """It was sent or said; with `not_needed`, it is taken off unsent. The next one comes up."""
    message = _read(message_id)
    try:
        settle(request, message)
    except Refused as refused:
        work = work_from(None, clinic=request.clinic, at=timezone.now())
        return _page(request, work, sentence=str(refused))
    if request.POST.get("back") == "message":
        return redirect("desk:message", request.clinic.slug, message.pk)
    return redirect(f"{reverse('desk:messages_by_hand', args=[request.clinic.slug])}?after={message.pk}")


def _read(message_id: UUID) -> Message:
    return get_object_or_404(Message.objects.select_related("patient"), pk=message_id)


def _page(request: ClinicRequest, work: Work, *, sentence: str = "") -> HttpResponse:
    patient = work.task.message.patient if work.task else None
    context = {
        "work": work,
        "phone": display_phone(patient.phone, request.clinic.country) if patient and patient.phone else "",
        "tabs": tabs(request.clinic, "by_hand", counts()),
        "sentence": sentence,
        "key": new_key(),
    }
    return render(request, "desk/messages_by_hand.html", context, status=422 if sentence else 200)
