"""Sending what waits in the outbox. Every step is a transaction of its own; none is open while a provider is asked.

A worker of its own does this, with threads, from a queue of its own: an import or a PDF never waits behind a message.
A turn is one clinic's on one channel, and nobody begins a second one beside it, so that a slow provider takes one
thread at most; it ends at the first sign that nothing goes out. Threads and not processes, because they wait nearly all
the time: measured, this worker takes 101 MB with eight threads, the other 118 MB with one process. Threads for both in
one worker would save that, but Celery's time limits do not reach threads, and imports and PDFs need them. Here each
question has its own limit (clinic.messages.providers, EMAIL_TIMEOUT), and each turn TURN_SECONDS.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from celery import shared_task
from celery.signals import worker_shutting_down
from django.db import connection
from django.utils import timezone

from clinic.models import Clinic, Message
from clinic.tenancy.context import clinic_context

from . import delivery, health
from .channels import Busy, Carrier, NotLetIn, NotSent, Refusal, Unreachable
from .doorbell import EXPIRES_SECONDS
from .enclosures import Enclosure, made
from .personal import address_for, put_link

log = structlog.get_logger(__name__)

# One turn: what is left over then waits for the next minute, so that no clinic holds up the others.
TURN_SECONDS = 45
# So many signs of a token tell it from all else, and open nothing.
TOKEN_BEGINS = 12

_stopping = threading.Event()


@worker_shutting_down.connect
def _stop(**_facts: Any) -> None:
    """The message in hand is finished, and no other begun: nothing is left in doubt by a restart."""
    _stopping.set()


@shared_task
def sweep() -> None:
    """Look into every clinic's outbox; what is due on a channel is sent by a task of its own."""
    for clinic_id in Clinic.objects.order_by("pk").values_list("pk", flat=True):
        for channel in _due(clinic_id):
            facts = {"clinic_id": clinic_id, "channel": channel}
            send_waiting.apply_async(kwargs=facts, expires=EXPIRES_SECONDS)


@shared_task
def send_waiting(*, clinic_id: int, channel: str = Message.Channel.EMAIL) -> int:
    """Send what is due in one clinic by one channel; says how many went out. Stops early where nothing goes out, and
    does nothing while somebody else is at it."""
    with _turn(clinic_id, channel) as is_ours:
        return _send_all(clinic_id, channel) if is_ours else 0


def _due(clinic_id: int) -> list[str]:
    at = timezone.now()
    try:
        with clinic_context(clinic_id):
            delivery.expire(at)
            return delivery.channels_due(at)
    except Exception:  # the other clinics' messages must not wait for this one
        log.exception("sweep_failed", clinic=clinic_id)
        return []


def _send_all(clinic_id: int, channel: str) -> int:
    ends_at = time.monotonic() + TURN_SECONDS
    with clinic_context(clinic_id):
        carrier = health.open_carrier(channel, Clinic.objects.get(pk=clinic_id), timezone.now())
    if carrier is None:
        return 0
    sent = 0
    try:
        while _goes_on(ends_at) and (message := _claimed(clinic_id, channel)):
            sent += _send(message, clinic_id, carrier)
    except Unreachable as silent:
        log.warning("provider_unreachable", clinic=clinic_id, channel=channel, error=str(silent))
        with clinic_context(clinic_id):
            health.note_failure(channel, timezone.now(), silent)
    finally:
        carrier.close()
    return sent


def _goes_on(ends_at: float) -> bool:
    return time.monotonic() < ends_at and not _stopping.is_set()


def _claimed(clinic_id: int, channel: str) -> Message | None:
    with clinic_context(clinic_id):
        return delivery.claim(timezone.now(), channel=channel, clinic=Clinic.objects.get(pk=clinic_id))


def _send(message: Message, clinic_id: int, carrier: Carrier) -> bool:
    """Send one message and write down what came of it. Raises Unreachable after that."""
    link = ""
    try:
        link, enclosure = _prepared(message, clinic_id)
        provider_id = carrier.send(message, put_link(message.body, link), enclosure, link=link)
    except NotSent as said:
        failure = _without_token(said, link)
        _record_failure(message, clinic_id, failure)
        if isinstance(failure, Unreachable):
            raise failure from None
        return False
    except Exception as bug:
        # A message that breaks its sender must not keep the others waiting.
        log.exception("message_broke_its_sender", message=str(message.pk), clinic=clinic_id)
        _record_failure(message, clinic_id, NotSent(type(bug).__name__))
        return False
    with clinic_context(clinic_id):
        at = timezone.now()
        delivery.record_sent(message, at, provider_id=provider_id)
        health.note_success(message.channel, at)
    return True


def _prepared(message: Message, clinic_id: int) -> tuple[str, Enclosure | None]:
    """The patient's own link, and what goes with the message."""
    with clinic_context(clinic_id):
        link = address_for(message, clinic=Clinic.objects.get(pk=clinic_id), at=timezone.now())
        return link, made(message.enclosure, message.created_at) if message.enclosure else None


def _without_token(failure: NotSent, link: str) -> NotSent:
    """The failure, also where the provider repeats what the message says: the token in the patient's own link is
    struck out, or as much of it as was repeated."""
    token = link.rstrip("/").rpartition("/")[2]
    if not token:
        return failure
    return type(failure)(re.sub(re.escape(token[:TOKEN_BEGINS]) + r"[\w-]*", "***", str(failure)))


def _record_failure(message: Message, clinic_id: int, failure: NotSent) -> None:
    with clinic_context(clinic_id):
        delivery.record_failure(
            message,
            timezone.now(),
            words=str(failure),
            for_good=isinstance(failure, Refusal),
            counts=not isinstance(failure, (NotLetIn, Busy)),
        )


@contextmanager
def _turn(clinic_id: int, channel: str) -> Iterator[bool]:
    """Whether the turn is ours; ours alone until it ends, also where the worker is killed."""
    name = f"messages:{clinic_id}:{channel}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
        (is_ours,) = cursor.fetchone()
    try:
        yield is_ours
    finally:
        if is_ours:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])
