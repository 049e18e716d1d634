"""Where the provider tells us what happened. Open to everybody: only the signature counts."""

from __future__ import annotations

import structlog
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from billing.gateways import accounts
from billing.gateways.interface import NotGenuine
from billing.gateways.razorpay import is_signed
from clinic.models import Clinic
from clinic.tenancy.context import clinic_context

from ..hearing import hear

log = structlog.get_logger(__name__)

LARGEST_BYTES = 1024 * 1024


@csrf_exempt
@require_POST
def webhook(request: HttpRequest, clinic: str) -> HttpResponse:
    """200 once it is kept; 400 for what is not signed by this clinic's secret, and for a clinic that is not here."""
    if _length(request) > LARGEST_BYTES:
        return HttpResponse("too large", status=413, content_type="text/plain")
    found = Clinic.objects.filter(slug=clinic).first()
    if found is None or not _heard(request, found):
        is_signed(request.body, "", clinic)  # as much work as for a clinic that is here
        return HttpResponse("not genuine", status=400, content_type="text/plain")
    return HttpResponse("kept", content_type="text/plain")


def _heard(request: HttpRequest, clinic: Clinic) -> bool:
    headers = request.headers
    with clinic_context(clinic.pk), timezone.override(clinic.zone):
        try:
            told = accounts.gateway_of(accounts.account()).read_webhook(
                request.body,
                signature=headers.get("X-Razorpay-Signature", ""),
                event_id=headers.get("X-Razorpay-Event-Id", "")[:120],
            )
        except (accounts.NotSetUp, NotGenuine) as error:
            log.warning("webhook_refused", clinic=clinic.slug, why=type(error).__name__)
            return False
        hear(told, clinic=clinic, at=timezone.now())
    return True


def _length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0
