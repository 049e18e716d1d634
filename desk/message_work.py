"""What the front desk sends by hand, one message after the other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from clinic.messages.by_hand import is_for_hand
from clinic.messages.channels import whatsapp_link
from clinic.messages.personal import with_link
from clinic.models import Clinic, Message

from .message_story import Shown

NEXT_ONES = 20


@dataclass(frozen=True)
class Task(Shown):
    """A message to be sent by a person, with the patient's own link in its text."""

    filled: str

    @property
    def whatsapp(self) -> str:
        """Opens WhatsApp with the text; nothing without consent or phone."""
        patient = self.message.patient
        return whatsapp_link(patient.phone, self.filled) if patient.may_message else ""


@dataclass(frozen=True)
class Work:
    """The message in hand, those that come next, and how many were passed over."""

    task: Task | None
    then: list[Shown]
    passed_over: int


def to_send(at: datetime) -> QuerySet[Message]:
    """What is still of use, the oldest first."""
    waiting = Message.objects.filter(state=Message.State.QUEUED, channel=Message.Channel.BY_HAND)
    useful = waiting.filter(Q(good_until=None) | Q(good_until__gt=at))
    return useful.select_related("patient").order_by("created_at", "pk")


def work_from(after: str | None, *, clinic: Clinic, at: datetime) -> Work:
    """The work that is left behind the message named by `after`, else all of it."""
    whole, done = to_send(at), _named(after)
    rest = whole.filter(_behind(done)) if done else whole
    found = list(rest[: NEXT_ONES + 1])
    passed_over = whole.exclude(_behind(done)).count() if done else 0
    task = _task(found[0], clinic, at) if found else None
    return Work(task, [Shown(message) for message in found[1:]], passed_over)


def work_on(message: Message, *, clinic: Clinic, at: datetime) -> Work:
    """One message that somebody chose; also one that the program gave up."""
    return Work(_task(message, clinic, at) if is_for_hand(message) else None, [], 0)


def _task(message: Message, clinic: Clinic, at: datetime) -> Task:
    may_link = message.patient.may_message and message.patient.phone
    text = with_link(message.body, message, clinic=clinic, at=at) if may_link else Shown(message).text
    return Task(message, text)


def _behind(message: Message) -> Q:
    later = Q(created_at__gt=message.created_at)
    return later | Q(created_at=message.created_at, pk__gt=message.pk)


def _named(text: str | None) -> Message | None:
    try:
        return Message.objects.only("created_at").filter(pk=UUID(text or "")).first()
    except ValueError:
        return None
