"""Where the providers of messages tell us what happened. Open to everybody: only the signature, or the secret in the
address, counts; what is not genuine learns nothing, not even whether there is such a clinic."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse, RawPostDataException
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from clinic.messages import hearing, sms_reports
from clinic.messages.accounts import HOOK, Account, NoAccount, account_of
from clinic.models import Clinic, Message
from clinic.tenancy.context import clinic_context

log = structlog.get_logger(__name__)

LARGEST_BYTES = 2 * 1024 * 1024
CHALLENGE = re.compile(r"[\w.=-]{1,200}", re.ASCII)


@csrf_exempt
@require_http_methods(["GET", "POST"])
@never_cache
def whatsapp(request: HttpRequest, clinic: str) -> HttpResponse:
    """GET: WhatsApp asks whether this is ours. POST: reports and replies; 200 once they are kept."""
    if request.method == "GET":
        return _verification(request, clinic)
    if _length(request) > LARGEST_BYTES:
        return _says("too large", 413)
    found, account = _account(clinic, Message.Channel.WHATSAPP)
    secret = account.of("app_secret") if account else ""
    is_signed = _is_signed(request.body, request.headers.get("X-Hub-Signature-256", ""), secret)
    if not (found and account and secret and is_signed):
        log.warning("webhook_refused", clinic=clinic[:60], channel="whatsapp")
        return _says("not genuine", 401)
    with clinic_context(found.pk):
        number = account.of("phone_number_id")
        hearing.hear_whatsapp(request.body, phone_number_id=number, at=timezone.now())
    return _says("kept", 200)


@csrf_exempt
@require_POST
@never_cache
def sms(request: HttpRequest, clinic: str, secret: str) -> HttpResponse:
    """What the provider of SMS says became of a message; 200 once it is kept."""
    if _length(request) > LARGEST_BYTES:
        return _says("too large", 413)
    found, account = _account(clinic, Message.Channel.SMS)
    known = account.secrets.get(HOOK, "") if account else ""
    if not (found and account and known and _is_same(secret, known)):
        log.warning("webhook_refused", clinic=clinic[:60], channel="sms")
        return _says("not genuine", 401)
    with clinic_context(found.pk):
        sms_reports.hear_sms(_told(request), account, at=timezone.now())
    return _says("kept", 200)


def _verification(request: HttpRequest, clinic: str) -> HttpResponse:
    _found, account = _account(clinic, Message.Channel.WHATSAPP)
    known = account.of("verify_token") if account else ""
    asked, challenge = request.GET.get("hub.verify_token", ""), request.GET.get("hub.challenge", "")
    is_ours = bool(known) and _is_same(asked, known) and request.GET.get("hub.mode") == "subscribe"
    if not (is_ours and CHALLENGE.fullmatch(challenge)):
        return _says("not genuine", 403)
    return _says(challenge, 200)


def _account(slug: str, channel: str) -> tuple[Clinic | None, Account | None]:
    clinic = Clinic.objects.filter(slug=slug).first()
    if clinic is None:
        return None, None
    with clinic_context(clinic.pk):
        try:
            return clinic, account_of(channel, also_off=True)
        except NoAccount:
            return clinic, None


def _is_signed(body: bytes, signature: str, secret: str) -> bool:
    """HMAC SHA-256 of the raw body; as much work without a secret as with one."""
    expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return _is_same(signature, f"sha256={expected}")


def _is_same(given: str, known: str) -> bool:
    return hmac.compare_digest(given.encode(errors="replace"), known.encode())


def _told(request: HttpRequest) -> dict[str, Any]:
    """A form or a JSON object; nothing where it is neither."""
    if request.content_type != "application/json":
        return dict(request.POST.items())
    try:
        told = json.loads(request.body)
    except (ValueError, RecursionError, RawPostDataException):
        return {}
    return told if isinstance(told, dict) else {}


def _length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _says(words: str, status: int) -> HttpResponse:
    return HttpResponse(words, status=status, content_type="text/plain")
