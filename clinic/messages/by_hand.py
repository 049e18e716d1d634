"""Messages that a person sends: because the clinic has no account, the patient no e-mail, or every channel gave up."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from clinic import audit
from clinic.acts import act
from clinic.models import Message, Staff
from clinic.refusals import Refused
from clinic.tenancy.context import current_clinic_id

from . import doorbell

Channel, State = Message.Channel, Message.State


class NotToSend(Refused):
    """The message is not on the list of what people send by hand."""

    def __init__(self, message: Message) -> None:
        super().__init__(_("This message is %(state)s already.") % {"state": message.get_state_display()})


class NotToTry(Refused):
    """The message has not failed."""

    def __init__(self, message: Message) -> None:
        super().__init__(
            _("This message is %(state)s: there is nothing to try again.")
            % {"state": message.get_state_display()}
        )


@act
def mark_sent_by_hand(message: Message, *, by: Staff | None, at: datetime) -> Message:
    """Somebody has sent or said it. Twice is once. Refuses a message that the program itself is sending."""
    return _settle(message, State.SENT, by=by, sent_at=at)


@act
def drop(message: Message, *, by: Staff | None) -> Message:
    """Somebody has decided that it is not needed. Twice is once. Refuses as mark_sent_by_hand does."""
    return _settle(message, State.CANCELLED, by=by, last_words=_("Somebody decided that it is not needed."))


@act
def try_again(message: Message, *, by: Staff | None, at: datetime) -> Message:
    """Send a failed message once more, by the channel that it failed on and to the address that is known now. Twice is
    once. Refuses one that has not failed."""
    message = _locked(message)
    if message.state == State.QUEUED:
        return message
    if message.state != State.FAILED:
        raise NotToTry(message)
    patient = message.patient
    address = patient.email if message.channel == Channel.EMAIL else patient.phone
    message.state, message.attempts, message.not_before = State.QUEUED, 0, at
    message.address, message.provider_id = address or message.address, ""
    message.save(update_fields=["state", "attempts", "not_before", "address", "provider_id"])
    audit.record("retry_message", message, by=by, after={"occasion": message.occasion})
    ring = partial(doorbell.ring, current_clinic_id(), [message.channel])
    transaction.on_commit(ring, robust=True)
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


def _settle(message: Message, state: str, *, by: Staff | None, **facts: Any) -> Message:
    message = _locked(message)
    if message.state == state:
        return message
    if not is_for_hand(message):
        raise NotToSend(message)
    before = {"state": message.state}
    facts = {"state": state, "sent_at": None, "provider_id": ""} | facts
    for name, value in facts.items():
        setattr(message, name, value)
    message.save(update_fields=list(facts))
    audit.record(
        "settle_message", message, by=by, before=before, after={"state": state, "occasion": message.occasion}
    )
    return message


def _locked(message: Message) -> Message:
    rows = Message.objects.select_related("patient").select_for_update(no_key=True, of=("self",))
    found: Message = rows.get(pk=message.pk)
    return found
