"""The message centre: what was sent to patients, what could not be, one message with its story."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from clinic.http import ClinicRequest
from clinic.keys import keyed, new_key
from clinic.messages import by_hand, reasons
from clinic.models import Message, Patient
from clinic.phones import display_phone
from clinic.refusals import Refused

from ..message_list import VIEWS, MessageFilter, counts, newest_first
from ..message_story import Shown, story_of
from ..message_tabs import tabs

A_PAGE = 40
FILTERS = ("q", "channel", "kind", "day")


@require_safe
def message_list(request: ClinicRequest) -> HttpResponse:
    """Messages of a view, newest first; what could not be sent comes with its reasons."""
    view = request.GET.get("view", "")
    view = view if view in VIEWS else next(iter(VIEWS))
    kept = {name: request.GET[name] for name in FILTERS if request.GET.get(name)}
    form = MessageFilter(request.GET, clinic=request.clinic)
    page = newest_first(form.messages().filter(VIEWS[view][1]), request.GET, per_page=A_PAGE)
    context = {
        "view": view,
        "form": form,
        "asked": kept,
        "page": page,
        "rows": [Shown(message) for message in page.messages],
        "tabs": tabs(request.clinic, view, counts(), "&" + urlencode(kept) if kept else ""),
        "reasons": [(reason, n, new_key()) for reason, n in _reasons(view)],
    }
    return render(request, "desk/message_list.html", context)


@require_safe
def patient_messages(request: ClinicRequest, patient_id: UUID) -> HttpResponse:
    """All messages to one patient, newest first."""
    patient = get_object_or_404(Patient, pk=patient_id)
    page = newest_first(Message.objects.filter(patient=patient), request.GET, per_page=A_PAGE)
    context = {"patient": patient, "page": page, "rows": [Shown(message) for message in page.messages]}
    return render(request, "desk/patient_messages.html", context)


@require_safe
def message_detail(request: ClinicRequest, message_id: UUID) -> HttpResponse:
    """What it says, what became of it, and what can be done now."""
    return _detail(request, message_id)


@require_POST
@keyed
def message_retry(request: ClinicRequest, message_id: UUID) -> HttpResponse:
    """Send a failed message once more."""
    message = get_object_or_404(Message, pk=message_id)
    try:
        by_hand.try_again(message, by=request.staff, at=timezone.now())
    except Refused as refused:
        return _detail(request, message_id, sentence=str(refused))
    messages.success(request, _("It is sent again."))
    return redirect("desk:message", request.clinic.slug, message_id)


@require_POST
@keyed
def message_retries(request: ClinicRequest) -> HttpResponse:
    """Send all that failed for one reason once more."""
    done = reasons.try_all_again(request.POST.get("reason", ""), by=request.staff, at=timezone.now())
    said = ngettext("%(n)d message is sent again.", "%(n)d messages are sent again.", done)
    if done == reasons.AT_ONCE:
        said += " " + _("There may be more: press again for them.")
    messages.success(request, said % {"n": done})
    return redirect("desk:messages", request.clinic.slug)


def _reasons(view: str) -> list[tuple[reasons.Reason, int]]:
    return reasons.tally(timezone.now()) if view == "attention" else []


def _detail(request: ClinicRequest, message_id: UUID, *, sentence: str = "") -> HttpResponse:
    rows = reasons.reasoned(Message.objects.select_related("patient"))
    message = get_object_or_404(rows, pk=message_id)
    is_for_hand = by_hand.is_for_hand(message)
    phone = "@" not in message.address and message.address
    context: dict[str, Any] = {
        "message": message,
        "shown": Shown(message),
        "address": display_phone(phone, request.clinic.country) if phone else message.address,
        "steps": story_of(message),
        "is_for_hand": is_for_hand,
        "sentence": sentence,
        "key": new_key(),
    }
    return render(request, "desk/message.html", context, status=422 if sentence else 200)
