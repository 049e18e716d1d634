"""The demonstration shows messages in each of their states."""

from __future__ import annotations

from django.db.models import Count
from django.utils import timezone

from clinic.messages.reasons import tally
from clinic.models import Clinic, Message, Reply
from desk.demo.letters import write_letters

from .messaging import priya


def test_the_demonstration_has_messages_in_each_state(asha: Clinic) -> None:
    for n in range(4):
        priya(name=f"Patient {n}", email=f"p{n}@example.test")
    priya(may_message=False)

    write_letters(asha, timezone.now())

    states = dict(Message.objects.values_list("state").annotate(n=Count("pk")))
    assert states == {"read": 1, "delivered": 1, "sent": 1, "failed": 3, "queued": 3}
    assert [(reason.name, n) for reason, n in tally(timezone.now())] == [("address", 2), ("silent", 1)]
    assert Reply.objects.count() == 2


def test_a_demonstration_without_e_mail_has_none(asha: Clinic) -> None:
    priya(email="")

    write_letters(asha, timezone.now())

    assert not Message.objects.exists()
