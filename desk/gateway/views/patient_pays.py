"""The patient pays what is owed, from the personal link; and where the provider sends them back to."""

from __future__ import annotations

import uuid
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone, translation
from django.views.decorators.http import require_http_methods, require_safe

from billing.gateways import links
from billing.models import PaymentLink
from clinic.keys import new_key
from clinic.models import Clinic
from clinic.refusals import Refused
from clinic.tenancy.context import clinic_context
from desk.views.portal import to_page
from desk.views.portal_link import Opened, opened

from ..paying import owed_by, refuse_too_many


@require_http_methods(["GET", "HEAD", "POST"])
def portal_payment(request: HttpRequest, clinic: str, token: str) -> HttpResponse:
    """What is owed, as a UPI code and by the provider's page; POST asks for a link to that."""
    with opened(request, clinic, token) as link, translation.override(link.language):
        if link.is_shut:
            return link.door()
        if request.method != "POST":
            return _page(link)
        try:
            _ask(link)
        except Refused as refusal:
            return _page(link, sentence=str(refusal), status=422)
        return to_page(link, "portal_payment")


@require_safe
def payment_return(request: HttpRequest, clinic: str, payment_link_id: UUID) -> HttpResponse:
    """Where the provider sends the payer: the amount, and whether it has arrived. Nothing else of anybody."""
    found = get_object_or_404(Clinic, slug=clinic)
    with clinic_context(found.pk), timezone.override(found.zone):
        link = get_object_or_404(PaymentLink, pk=payment_link_id)
        context = {"clinic": found, "link": link}
        response = render(request, "desk/online/payment_return.html", context)
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response


def _ask(link: Opened) -> None:
    """One link for what is owed now, however often it is asked for."""
    owed = owed_by(link.patient, clinic=link.clinic)
    if owed.link or not owed.lines:
        return
    refuse_too_many(link.patient, timezone.now())
    try:
        key = uuid.UUID(link.request.POST.get("key", ""))
    except ValueError:
        key = new_key()
    links.ask_for_link(
        link.patient,
        lines=owed.lines,
        branch=owed.lines[-1].bill.branch,
        clinic=link.clinic,
        at=timezone.now(),
        by=None,
        key=key,
    )


def _page(link: Opened, *, sentence: str = "", status: int = 200) -> HttpResponse:
    owed = owed_by(link.patient, clinic=link.clinic)
    return link.page("desk/online/portal_payment.html", status, owed=owed, sentence=sentence, key=new_key())
