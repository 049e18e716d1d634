"""Sending what waits in the outbox. Every step is a transaction of its own; none is open while a server is asked."""

from __future__ import annotations

import time

import structlog
from celery import shared_task
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

from clinic.models import Clinic, Message
from clinic.tenancy.context import clinic_context

from . import delivery
from .channels import NotSent, Refusal, Unreachable, send_email
from .doorbell import EXPIRES_SECONDS
from .enclosures import Enclosure, made

log = structlog.get_logger(__name__)

# One clinic's turn: what is left over then waits for the next minute, so that no clinic holds up the others.
TURN_SECONDS = 45


@shared_task
def sweep() -> None:
    """Look into every clinic's outbox, each by a task of its own."""
    for clinic_id in Clinic.objects.order_by("pk").values_list("pk", flat=True):
        send_waiting.apply_async(kwargs={"clinic_id": clinic_id}, expires=EXPIRES_SECONDS)


@shared_task
def send_waiting(*, clinic_id: int) -> int:
    """Send what is due in one clinic; says how many went out. Stops early where the mail server is unreachable."""
    ends_at = time.monotonic() + TURN_SECONDS
    sent = 0
    server = get_connection()
    try:
        while time.monotonic() < ends_at and (message := _claimed(clinic_id)):
            sent += _send(message, clinic_id, server)
    except Unreachable as silent:
        log.warning("mail_server_unreachable", clinic=clinic_id, error=str(silent))
    finally:
        server.close()
    return sent


def _claimed(clinic_id: int) -> Message | None:
    with clinic_context(clinic_id):
        return delivery.claim(
            timezone.now(), channel=Message.Channel.EMAIL, clinic=Clinic.objects.get(pk=clinic_id)
        )


def _send(message: Message, clinic_id: int, server: BaseEmailBackend) -> bool:
    """Send one message and write down what came of it. Raises Unreachable after that."""
    try:
        send_email(message, _enclosed(message, clinic_id), by=server)
    except NotSent as failure:
        _record_failure(message, clinic_id, str(failure), for_good=isinstance(failure, Refusal))
        if isinstance(failure, Unreachable):
            raise
        return False
    except Exception as bug:
        # A message that breaks its sender must not keep the others waiting.
        log.exception("message_broke_its_sender", message=str(message.pk), clinic=clinic_id)
        _record_failure(message, clinic_id, type(bug).__name__, for_good=False)
        return False
    with clinic_context(clinic_id):
        delivery.record_sent(message, timezone.now())
    return True


def _enclosed(message: Message, clinic_id: int) -> Enclosure | None:
    if not message.enclosure:
        return None
    with clinic_context(clinic_id):
        return made(message.enclosure, message.created_at)


def _record_failure(message: Message, clinic_id: int, words: str, *, for_good: bool) -> None:
    with clinic_context(clinic_id):
        delivery.record_failure(message, timezone.now(), words=words, for_good=for_good)
