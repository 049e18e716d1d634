"""What is to be sent: written in the transaction of the act, once for each occasion, and never lost.

`post` writes one message; for many, `draft` them with one `House` and `put` them. What is written says by which
channels it may go and until when it is of use; clinic.messages.delivery takes it from there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from clinic.models import Clinic, Message, Patient
from clinic.tenancy.context import current_clinic_id

from . import doorbell
from .kinds import Kind, kind_named
from .rules import House, next_loud
from .wording import Worded, worded

Channel, State = Message.Channel, Message.State


@dataclass(frozen=True)
class Occasion:
    """What a message is about: it is written once for each name, whoever asks how often."""

    name: str
    kind: str
    fields: Mapping[str, str]
    enclosure: str = ""
    good_until: datetime | None = None


def post(
    patient: Patient,
    occasion: Occasion,
    *,
    clinic: Clinic,
    at: datetime,
    is_asked: bool = False,
    house: House | None = None,
) -> Message | None:
    """Write a message into the outbox; it goes out if and when the act's transaction commits.

    None, and nothing is written, where the clinic has switched the kind off, where the patient has not agreed to
    messages, or where no channel reaches the patient; and nothing the second time for the same occasion.
    """
    if not (patient.may_message or kind_named(occasion.kind).for_hand):
        return None
    house = house or House.of(clinic, occasion.kind)
    message = draft(patient, occasion, house=house, at=at, is_asked=is_asked)
    if message is None:
        return None
    put([message])
    return message


def draft(
    patient: Patient,
    occasion: Occasion,
    *,
    house: House,
    at: datetime,
    is_asked: bool = False,
    way: tuple[str, str] | None = None,
) -> Message | None:
    """A message that is not in the outbox yet, or None as `post` says. Not before the quiet hours are over.

    `way` is the channel and the address that somebody chose: by it and no other, and without asking for consent.
    """
    kind = kind_named(occasion.kind)
    if not is_asked and not house.rule(kind).is_on:
        return None
    route = [way] if way else house.route(patient, kind) or _by_word_of_mouth(patient, house, kind)
    if not route:
        return None
    says = _says(kind, patient, occasion, house)
    (channel, address), *later = route
    return Message(
        patient=patient,
        kind=kind.name,
        language=patient.language,
        channel=channel,
        address=address,
        route=[each for each, _address in later],
        subject=" ".join(says.subject.split())[:200],
        body=says.body,
        fields=says.fields,
        occasion=occasion.name,
        enclosure=occasion.enclosure,
        is_asked=is_asked,
        not_before=at if is_asked else next_loud(at, house.clinic, house.settings),
        good_until=occasion.good_until,
    )


def put(messages: Iterable[Message]) -> None:
    """Write drafts; those whose occasion is there already are left out. Rings for the worker after the commit."""
    messages = list(messages)
    # ON CONFLICT waits for whoever writes the same occasion now, and then writes nothing.
    Message.objects.bulk_create(messages, ignore_conflicts=True)
    if channels := sorted({message.channel for message in messages} - {Channel.BY_HAND}):
        clinic_id = current_clinic_id()
        transaction.on_commit(lambda: doorbell.ring(clinic_id, channels), robust=True)


def cancel(**which: Any) -> int:
    """Take back what waits and has not gone out; says how many. What is taken back has no last words; what a person
    dropped or came too late has."""
    waiting = Message.objects.filter(state=State.QUEUED, **which)
    return waiting.update(state=State.CANCELLED, last_words="")


def plain(patient: Patient, *, subject: str, channel: str = Channel.EMAIL, **words: Any) -> Message:
    """A message of no kind that is not in the outbox yet. By hand it goes to the phone, else to the e-mail address."""
    address = patient.phone if channel == Channel.BY_HAND else patient.email
    return Message(
        patient=patient, address=address, channel=channel, subject=" ".join(subject.split()), **words
    )


def _by_word_of_mouth(patient: Patient, house: House, kind: Kind) -> list[tuple[str, str]]:
    """Where nothing may or can be sent, the front desk is asked to tell, if the kind is worth it."""
    return [(Channel.BY_HAND, patient.phone or patient.email)] if house.rule(kind).by_hand else []


def _says(kind: Kind, patient: Patient, occasion: Occasion, house: House) -> Worded:
    own = house.wordings.get((kind.name, patient.language))
    return worded(kind, patient, occasion.fields, clinic=house.clinic, phone=house.phone, own=own)
