"""What is to be sent: written in the transaction of the act, claimed by a worker, and never lost by either.

Towards the provider a message goes out at least once: a worker that is killed between sending and writing down
that it did sends again after LEASE, under the same Message-ID.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from clinic import audit
from clinic.acts import act
from clinic.models import Message, Patient, Staff
from clinic.refusals import Refused
from clinic.tenancy.context import current_clinic_id

from . import doorbell

# Longer than any sending takes (10 s to the mail server, and a worker's pause on top).
LEASE = timedelta(minutes=5)
# The pauses between attempts double up to the longest: fifteen attempts take about a day.
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=3)
MOST_ATTEMPTS = 15

Channel, State = Message.Channel, Message.State


class NotToSend(Refused):
    """The message is not on the list of what people send by hand."""

    def __init__(self, message: Message) -> None:
        super().__init__(_("This message is %(state)s already.") % {"state": message.get_state_display()})


def may_email(patient: Patient) -> bool:
    """Whether the patient has agreed to messages and has an e-mail address."""
    return bool(patient.may_message and patient.email)


def queue(
    patient: Patient,
    *,
    occasion: str,
    subject: str,
    body: str,
    channel: str = Channel.EMAIL,
    enclosure: str = "",
) -> Message | None:
    """Write an e-mail into the outbox; it goes out if and when the act's transaction commits.

    Writes nothing for a patient without consent or address, and nothing the second time for the same occasion.
    """
    if not may_email(patient):
        return None
    message = draft(
        patient, occasion=occasion, subject=subject, body=body, channel=channel, enclosure=enclosure
    )
    put([message])
    return message


def draft(patient: Patient, *, subject: str, channel: str = Channel.EMAIL, **words: Any) -> Message:
    """A message that is not in the outbox yet. By hand it goes to the phone, else to the e-mail address."""
    address = patient.phone if channel == Channel.BY_HAND else patient.email
    return Message(
        patient=patient, address=address, channel=channel, subject=" ".join(subject.split()), **words
    )


def put(messages: list[Message]) -> None:
    """Write drafts; those whose occasion is there already are left out. Rings for the worker after the commit."""
    # ON CONFLICT waits for whoever writes the same occasion now, and then writes nothing.
    Message.objects.bulk_create(messages, ignore_conflicts=True)
    if any(message.channel != Channel.BY_HAND for message in messages):
        transaction.on_commit(partial(doorbell.ring, current_clinic_id()), robust=True)


def cancel(**which: Any) -> int:
    """Take back what waits and has not gone out; says how many."""
    waiting = Message.objects.filter(state=State.QUEUED, **which)
    return waiting.update(state=State.CANCELLED)


def claim(at: datetime) -> Message | None:
    """Take the next message that is due, for LEASE. None when nothing is due.

    A message that was tried often enough fails for good here, also one that kills whoever sends it. One whose
    patient has taken back the consent is cancelled.
    """
    due = Message.objects.filter(
        channel=Channel.EMAIL, state__in=[State.QUEUED, State.SENDING], not_before__lte=at
    )
    # One row at a time: the others stay free for other workers.
    locked = due.select_for_update(skip_locked=True, of=["self"], no_key=True).select_related("patient")
    while message := locked.order_by("not_before").first():
        if not message.patient.may_message:
            _close(message, State.CANCELLED, _("The patient no longer agrees to messages."))
        elif message.attempts >= MOST_ATTEMPTS:
            _close(message, State.FAILED, message.last_words or _("Given up after too many attempts."))
        else:
            return _take(message, at)
    return None


def record_sent(message: Message, at: datetime) -> None:
    """The provider has it. True also for a worker that was slower than its lease."""
    Message.objects.filter(pk=message.pk).exclude(state=State.SENT).update(
        state=State.SENT, sent_at=at, last_words=""
    )


def record_failure(message: Message, at: datetime, *, words: str, for_good: bool) -> None:
    """The provider has it not: try again later, or give up. A claim that somebody else has taken over is left alone."""
    given_up = for_good or message.attempts >= MOST_ATTEMPTS
    mine = Message.objects.filter(pk=message.pk, state=State.SENDING, attempts=message.attempts)
    mine.update(
        state=State.FAILED if given_up else State.QUEUED,
        not_before=at + pause_after(message.attempts),
        last_words=words[:300],
    )


@act
def mark_sent_by_hand(message: Message, *, by: Staff | None, at: datetime) -> Message:
    """Somebody has sent or said it. Twice is once. Refuses a message that the program itself is sending."""
    return _settle_by_hand(message, State.SENT, by=by, sent_at=at)


@act
def drop(message: Message, *, by: Staff | None) -> Message:
    """Somebody has decided that it is not needed. Twice is once. Refuses as mark_sent_by_hand does."""
    return _settle_by_hand(message, State.CANCELLED, by=by)


def _settle_by_hand(
    message: Message, state: str, *, by: Staff | None, sent_at: datetime | None = None
) -> Message:
    message = Message.objects.select_for_update(no_key=True).get(pk=message.pk)
    if message.state == state:
        return message
    if not is_for_hand(message):
        raise NotToSend(message)
    before = {"state": message.state}
    message.state, message.sent_at = state, sent_at
    message.save(update_fields=["state", "sent_at"])
    audit.record(
        "settle_message", message, by=by, before=before, after={"state": state, "occasion": message.occasion}
    )
    return message


def is_for_hand(message: Message) -> bool:
    """Whether a person has to send it: meant so, or given up by the program."""
    meant_so = message.channel == Channel.BY_HAND and message.state == State.QUEUED
    return meant_so or message.state == State.FAILED


def for_hand() -> QuerySet[Message]:
    """All messages that a person has to send, the oldest first."""
    meant_so = Q(channel=Channel.BY_HAND, state=State.QUEUED)
    waiting = Message.objects.filter(meant_so | Q(state=State.FAILED), state__in=[State.QUEUED, State.FAILED])
    return waiting.order_by("created_at", "pk")


def pause_after(attempts: int) -> timedelta:
    """How long to wait after so many attempts; up to a quarter more, so that not all come back at once."""
    pause = min(FIRST_PAUSE * 2 ** max(attempts - 1, 0), LONGEST_PAUSE)
    return pause * random.uniform(1, 1.25)  # noqa: S311 - spreads load, hides nothing


def _take(message: Message, at: datetime) -> Message:
    message.state, message.attempts, message.not_before = State.SENDING, message.attempts + 1, at + LEASE
    message.save(update_fields=["state", "attempts", "not_before"])
    return message


def _close(message: Message, state: str, words: str) -> None:
    Message.objects.filter(pk=message.pk).update(state=state, last_words=words[:300])
