"""Messages of the demonstration in each of their states: read, delivered, not sent, to send by hand; and replies."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from clinic.messages import delivery, outbox
from clinic.messages.personal import mark
from clinic.models import Clinic, Message, MessageReport, Patient, Reply

Channel, State = Message.Channel, Message.State
# Before anything else that waits, so that it is theirs to be taken.
LONG_AGO = timedelta(days=400)


class Told(NamedTuple):
    """A message and what became of it: how far it came, or the provider's words."""

    channel: Message.Channel
    subject: str
    says: str
    reached: tuple[str, ...] = ()
    refused: str = ""


NO_USER = "550 5.1.1 The email account that you tried to reach does not exist"
SENT = (
    Told(
        Channel.WHATSAPP, "Visit tomorrow", "We look forward to your visit tomorrow.", ("delivered", "read")
    ),
    Told(Channel.WHATSAPP, "Session used", "Session 6 of 10 was used today. Is this right?", ("delivered",)),
    Told(Channel.EMAIL, "Your receipt", "Thank you for your payment."),
    Told(Channel.EMAIL, "Your receipt", "Thank you for your payment.", refused=NO_USER),
    Told(Channel.EMAIL, "Package ends soon", "4 sessions are left, valid for a week.", refused=NO_USER),
    Told(Channel.WHATSAPP, "Package ends soon", "2 sessions are left.", refused="TimeoutError: timed out"),
)
BY_HAND = (
    "Two sessions are left in your package.",
    "Your package ends in 7 days. Three sessions are left.",
    "Your package is used up. Shall we book your next visits?",
)
REPLIES = ("Can I come at 6 instead?", "Thank you!")


def write_letters(clinic: Clinic, now: datetime) -> None:
    """Write them and have them end as they do. The clinic must be active."""
    agreeing = list(Patient.objects.filter(may_message=True).order_by("number")[:10])
    mailed = [patient for patient in agreeing if patient.email]
    if not mailed:
        return
    for n, told in enumerate(SENT):
        patients = mailed if told.channel == Channel.EMAIL else agreeing
        _send(told, patients[n % len(patients)], f"demo:{n}", clinic, now)
    outbox.put(_by_hand(agreeing))
    for patient, words in zip(agreeing, REPLIES, strict=False):
        _reply(patient, words, now)


def _send(told: Told, patient: Patient, occasion: str, clinic: Clinic, now: datetime) -> None:
    message = outbox.plain(
        patient, subject=told.subject, channel=told.channel, occasion=occasion, body=_body(patient, told.says)
    )
    message.address = patient.email if told.channel == Channel.EMAIL else patient.phone
    message.is_asked, message.not_before = True, now - LONG_AGO
    outbox.put([message])
    claimed = delivery.claim(now, channel=told.channel, clinic=clinic)
    assert claimed is not None
    if told.refused:
        delivery.record_failure(claimed, now, words=told.refused, for_good=True)
        return
    provider_id = f"{occasion}:{claimed.pk}"
    delivery.record_sent(claimed, now, provider_id=provider_id)
    for status in told.reached:
        MessageReport.objects.create(provider_id=provider_id, status=status, happened_at=now)
    delivery.catch_up(provider_id)


def _by_hand(agreeing: list[Patient]) -> list[Message]:
    """The last of them to somebody who has not agreed, and is told in person."""
    silent = Patient.objects.filter(may_message=False).order_by("number")[:1]
    facts = {"channel": Channel.BY_HAND, "subject": "Package ends soon"}
    return [
        outbox.plain(patient, **facts, occasion=f"demo:hand:{n}", body=_body(patient, f"{says}\n{mark()}"))
        for n, (patient, says) in enumerate(zip([*agreeing[:2], *silent], BY_HAND, strict=False))
    ]


def _body(patient: Patient, says: str) -> str:
    return f"Hello {patient.first_name},\n\n{says}"


def _reply(patient: Patient, words: str, now: datetime) -> None:
    Reply.objects.create(
        patient=patient,
        channel=Channel.WHATSAPP,
        sender=patient.phone,
        words=words,
        provider_id=f"demo:reply:{patient.pk}",
        received_at=now - timedelta(hours=2),
    )
