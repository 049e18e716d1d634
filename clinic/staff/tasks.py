"""Sending what waits for those who work here. Every step is a transaction of its own; none is open while the mail
server is asked. Not the messages' worker does this: a paper that goes with a letter may take a while to make."""

from __future__ import annotations

import structlog
from celery import shared_task
from django.utils import timezone

from clinic.messages.channels import Email, NotSent, Refusal
from clinic.messages.enclosures import Enclosure, made
from clinic.models import Clinic, StaffLetter
from clinic.tenancy.context import clinic_context

from . import letters

log = structlog.get_logger(__name__)

EXPIRES_SECONDS = 800


@shared_task
def send_letters_everywhere() -> None:
    """Look into every clinic; what is due there is sent by a task of its own."""
    for clinic_id in Clinic.objects.order_by("pk").values_list("pk", flat=True):
        with clinic_context(clinic_id):
            waiting = StaffLetter.objects.filter(
                state__in=StaffLetter.WAITING, not_before__lte=timezone.now()
            )
            is_due = waiting.exists()
        if is_due:
            send_letters.apply_async(kwargs={"clinic_id": clinic_id}, expires=EXPIRES_SECONDS)


@shared_task
def send_letters(*, clinic_id: int) -> int:
    """Send what is due in one clinic; says how many went out. Stops at the first that does not go out."""
    clinic, sent = Clinic.objects.get(pk=clinic_id), 0
    with clinic_context(clinic_id):
        post = Email(clinic)
    try:
        while letter := _claimed(clinic_id):
            if not _send(letter, clinic_id, post):
                break
            sent += 1
    finally:
        post.close()
    return sent


def _claimed(clinic_id: int) -> StaffLetter | None:
    with clinic_context(clinic_id):
        return letters.claim(timezone.now())


def _send(letter: StaffLetter, clinic_id: int, post: Email) -> bool:
    """Send one and write down what came of it."""
    try:
        post.send(letter, letter.body, _enclosed(letter, clinic_id), link="")
    except Exception as failure:
        if not isinstance(
            failure, NotSent
        ):  # a letter that breaks its sender must not come to nothing unseen
            log.exception("letter_broke_its_sender", letter=str(letter.pk), clinic=clinic_id)
        with clinic_context(clinic_id):
            for_good = isinstance(failure, Refusal)
            letters.record_failure(letter, timezone.now(), words=_words(failure), for_good=for_good)
        return False
    with clinic_context(clinic_id):
        letters.record_sent(letter, timezone.now())
    return True


def _enclosed(letter: StaffLetter, clinic_id: int) -> Enclosure | None:
    with clinic_context(clinic_id):
        return made(letter.enclosure, letter.created_at) if letter.enclosure else None


def _words(failure: Exception) -> str:
    return str(failure) if isinstance(failure, NotSent) else type(failure).__name__
