"""Whom the front desk tells, and whose package is ending."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clinic.http import ClinicRequest
from clinic.keys import keyed, new_key
from clinic.messages import by_hand
from clinic.models import Message
from clinic.refusals import Refused

from ..renewals import to_tell, told


@require_safe
def renewals(request: ClinicRequest) -> HttpResponse:
    """Messages to send by hand, and packages whose patients were told and have not bought again."""
    return _page(request)


@require_POST
@keyed
def message_sent(request: ClinicRequest, message_id: UUID) -> HttpResponse:
    """A message of the list was sent; with `not_needed`, it is taken off unsent."""
    message = get_object_or_404(Message, pk=message_id)
    try:
        if "not_needed" in request.POST:
            by_hand.drop(message, by=request.staff)
            messages.success(request, _("Taken off the list."))
        else:
            by_hand.mark_sent_by_hand(message, by=request.staff, at=timezone.now())
            messages.success(request, _("Noted as sent."))
    except Refused as refused:
        return _page(request, sentence=str(refused))
    return redirect("desk:renewals", request.clinic.slug)


def _page(request: ClinicRequest, *, sentence: str = "") -> HttpResponse:
    rows = [(each, new_key()) for each in to_tell()]
    context = {"to_tell": rows, "told": told(timezone.now()), "sentence": sentence}
    return render(request, "desk/renewals.html", context, status=422 if sentence else 200)
