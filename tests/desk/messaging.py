"""Messages in each of their states, and a browser at the desk, for the tests of the message centre."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any
from uuid import uuid4

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.messages import delivery, outbox
from clinic.models import Clinic, Message, Patient, Reply, Role
from tests.factories import PatientFactory, member

HOUR = timedelta(hours=1)
_numbers = count(1)


def priya(**facts: Any) -> Patient:
    """A patient with everything that a message needs."""
    known = {
        "name": "Priya Nair",
        "email": "priya@example.test",
        "phones": ["+919820011111"],
        "may_message": True,
    }
    patient: Patient = PatientFactory(**known | facts)
    return patient


def waiting(to: Patient | None = None, *, channel: str = "email", **facts: Any) -> Message:
    known = {"subject": "Your sessions", "body": "Hello Priya,\n\n4 left.", "occasion": f"o{next(_numbers)}"}
    message = outbox.plain(to or priya(), channel=channel, **known | facts)
    message.not_before = timezone.now() - HOUR
    outbox.put([message])
    return Message.objects.select_related("patient").get(occasion=message.occasion)


def by_hand(to: Patient | None = None, **facts: Any) -> Message:
    return waiting(to, channel="by_hand", **facts)


def failed(clinic: Clinic, to: Patient | None = None, *, words: str = "", **facts: Any) -> Message:
    message = waiting(to, **facts)
    claimed = delivery.claim(timezone.now(), channel=message.channel, clinic=clinic)
    assert claimed is not None
    assert claimed.pk == message.pk
    delivery.record_failure(
        claimed, timezone.now(), words=words or "550 5.1.1 No such user here", for_good=True
    )
    message.refresh_from_db()
    return message


def sent(clinic: Clinic, to: Patient | None = None, **facts: Any) -> Message:
    message = waiting(to, **facts)
    claimed = delivery.claim(timezone.now(), channel=message.channel, clinic=clinic)
    assert claimed is not None
    delivery.record_sent(claimed, timezone.now(), provider_id=f"id-{message.pk}")
    message.refresh_from_db()
    return message


def reply(patient: Patient | None, words: str = "I will come later") -> Reply:
    made: Reply = Reply.objects.create(
        patient=patient,
        channel="whatsapp",
        sender=patient.phone if patient else "+919999900000",
        words=words,
        provider_id=f"in-{next(_numbers)}",
        received_at=timezone.now(),
    )
    return made


def as_role(clinic: Clinic, role: Role) -> Client:
    client = Client()
    user = member(clinic, role, name="Meena").user
    assert user is not None
    client.force_login(user)
    return client


def words(response: HttpResponse) -> str:
    return " ".join(response.content.decode().split())


def url(name: str, *args: object) -> str:
    return reverse(f"desk:{name}", args=["asha", *args])


def post(client: Client, where: str, **given: Any) -> HttpResponse:
    return client.post(where, {"key": uuid4()} | given)


def again(message: Message) -> Message:
    message.refresh_from_db()
    return message


def followed(client: Client, where: str, **given: Any) -> str:
    return words(client.post(where, {"key": uuid4()} | given, follow=True))
