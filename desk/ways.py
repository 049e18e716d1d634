"""Sending one message because somebody pressed Send: by the channel that they chose, or with their own hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.utils.translation import gettext as _

from clinic.messages import outbox
from clinic.messages.kinds import kind_named
from clinic.messages.outbox import Occasion
from clinic.messages.rules import House
from clinic.models import Clinic, Message, Patient
from clinic.refusals import Refused

Channel = Message.Channel
ICONS = {Channel.EMAIL: "mail", Channel.WHATSAPP: "message-circle"}

Way = tuple[str, str]


class NoWay(Refused):
    """No channel reaches the patient, or not the one that was asked for."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "There is no address for it on the patient's record, or the patient has not agreed to messages."
            )
        )


def ways_of(patient: Patient, *, clinic: Clinic, kind: str) -> dict[str, str]:
    """Channel and address of each way by which the program can send it, the first first; none without consent."""
    route = House.of(clinic).route(patient, kind_named(kind))
    return {channel: address for channel, address in route if channel != Channel.BY_HAND}


def buttons_of(ways: dict[str, str]) -> list[dict[str, str]]:
    """How a page offers them."""
    return [
        {
            "channel": channel,
            "label": str(Channel(channel).label),
            "address": address,
            "icon": ICONS.get(Channel(channel), "send"),
        }
        for channel, address in ways.items()
    ]


def chosen(ways: dict[str, str], channel: str) -> Way:
    """The channel that was asked for, or the first. Refuses where there is none."""
    channel = channel or next(iter(ways), "")
    if channel not in ways:
        raise NoWay
    return channel, ways[channel]


def by_hand(patient: Patient) -> Way:
    return Channel.BY_HAND, patient.phone or patient.email


def draft(patient: Patient, about: Occasion, way: Way, *, clinic: Clinic, at: datetime) -> Message:
    """The message as it would go out that way; not in the outbox yet."""
    if way[0] == Channel.BY_HAND:  # the text is shown before it is sent, and looking makes no personal link
        about = replace(about, fields={**about.fields, "link": "", "answer_link": ""})
    house = House.of(clinic, about.kind)
    message = outbox.draft(patient, about, house=house, at=at, is_asked=True, way=way)
    assert message is not None
    return message


def write(patient: Patient, about: Occasion, way: Way, *, clinic: Clinic, at: datetime) -> Message:
    """The message in the outbox; the same one for the same occasion."""
    outbox.put([draft(patient, about, way, clinic=clinic, at=at)])
    return Message.objects.get(occasion=about.name)
