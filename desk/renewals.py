"""The front desk's list of whom to tell, and whose package is ending."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from clinic.messages import by_hand
from clinic.messages.channels import whatsapp_link
from clinic.models import Message, Patient
from packages.models import Nudge, Package
from packages.nudges import OPEN

AT_MOST = 200
LATELY = timedelta(days=30)


@dataclass(frozen=True)
class ToTell:
    """A message that a person has to send, and the package it is about, if any."""

    message: Message
    package: Package | None

    @property
    def patient(self) -> Patient:
        return self.message.patient

    @property
    def whatsapp(self) -> str:
        return whatsapp_link(self.patient.phone, self.message.body)

    @property
    def failed(self) -> bool:
        return self.message.state == Message.State.FAILED


def to_tell() -> list[ToTell]:
    """What is to be sent by hand: for patients without e-mail or consent, and what the mail server refused."""
    messages = list(by_hand.for_hand().select_related("patient")[:AT_MOST])
    nudges = Nudge.objects.filter(message__in=messages).select_related("package")
    packages = {nudge.message_id: nudge.package for nudge in nudges}
    return [ToTell(message, packages.get(message.pk)) for message in messages]


def told(at: datetime) -> list[Nudge]:
    """Who was told by e-mail lately and has not bought again; one line a message."""
    newer = Package.objects.filter(
        patient=OuterRef("package__patient"), number__gt=OuterRef("package__number"), state__in=OPEN
    )
    nudges = Nudge.objects.filter(created_at__gte=at - LATELY, message__channel=Message.Channel.EMAIL)
    open_ones = nudges.exclude(message__state__in=[Message.State.FAILED, Message.State.CANCELLED])
    found = (
        open_ones.exclude(Exists(newer))
        .select_related("package__patient", "message")
        .order_by("-created_at", "-pk")
    )
    return list({nudge.message_id: nudge for nudge in found[:AT_MOST]}.values())
