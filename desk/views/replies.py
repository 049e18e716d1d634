"""What patients wrote back."""

from __future__ import annotations

from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from clinic.http import ClinicRequest
from clinic.keys import keyed, new_key
from clinic.messages.replies import mark_seen
from clinic.models import Reply
from clinic.phones import display_phone

from ..message_list import counts
from ..message_tabs import tabs

A_PAGE = 40


@require_safe
def replies(request: ClinicRequest) -> HttpResponse:
    """Those nobody has seen first, then the newest."""
    rows = Reply.objects.select_related("patient", "seen_by")
    rows = rows.order_by(F("seen_at").desc(nulls_first=True), "-received_at", "-pk")
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [(reply, _sender(reply, request.clinic.country), new_key()) for reply in page],
        "tabs": tabs(request.clinic, "replies", counts()),
    }
    return render(request, "desk/replies.html", context)


@require_POST
@keyed
def reply_seen(request: ClinicRequest, reply_id: UUID) -> HttpResponse:
    """Somebody has read it."""
    mark_seen(get_object_or_404(Reply, pk=reply_id), by=request.staff, at=timezone.now())
    return redirect("desk:replies", request.clinic.slug)


def _sender(reply: Reply, country: str) -> str:
    return reply.sender if "@" in reply.sender else display_phone(reply.sender, country)
