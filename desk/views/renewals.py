"""Whom the front desk tells, and whose package is ending."""

from __future__ import annotations

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from clinic.access import may
from clinic.http import ClinicRequest
from clinic.keys import keyed, new_key
from clinic.models import Message
from clinic.refusals import Refused

from ..renewal_words import REASONS
from ..renewals import counts, others, rows_of
from ..renewals import renewals as listed
from .message_work import settle

ON_A_PAGE = 25


@require_safe
def renewals(request: ClinicRequest) -> HttpResponse:
    """Packages that end, run out or lie idle, with whom to tell and who was told; and other messages to send by
    hand."""
    return _page(request)


@require_POST
@keyed
def message_sent(request: ClinicRequest, message_id: UUID) -> HttpResponse:
    """A message of the list was sent; with `not_needed`, it is taken off unsent."""
    message = get_object_or_404(Message, pk=message_id)
    try:
        settle(request, message)
    except Refused as refused:
        return _page(request, sentence=str(refused))
    why = _why(request)
    return redirect(reverse("desk:renewals", args=[request.clinic.slug]) + (f"?why={why}" if why else ""))


def _why(request: ClinicRequest) -> str:
    why = request.POST.get("why") or request.GET.get("why", "")
    return why if why in REASONS else ""


def _page(request: ClinicRequest, *, sentence: str = "") -> HttpResponse:
    now, why = timezone.now(), _why(request)
    kind, found = REASONS[why][0], counts(request.clinic, now)
    pages = Paginator(listed(request.clinic, now, kind=kind), ON_A_PAGE)
    # The count is known already: the paginator need not ask for it again.
    pages.count = found.get(kind, 0) if kind else sum(found.values())
    page = pages.get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [(row, new_key()) for row in rows_of(list(page), clinic=request.clinic, at=now)],
        "others": [(row, new_key()) for row in others(request.clinic, now)],
        "tabs": _tabs(found, why),
        "why": why,
        "sentence": sentence,
        "may_book": may(request.staff, "book_visit"),
        "may_extend": may(request.staff, "extend_package"),
        "may_freeze": may(request.staff, "freeze_package"),
    }
    return render(request, "desk/renewals.html", context, status=422 if sentence else 200)


def _tabs(found: dict[str, int], why: str) -> list[dict[str, object]]:
    return [
        {
            "url": f"?why={name}",
            "label": label,
            "count": found.get(kind, 0) if kind else sum(found.values()),
            "current": name == why,
        }
        for name, (kind, label) in REASONS.items()
        if name in ("", why) or found.get(kind)
    ]
