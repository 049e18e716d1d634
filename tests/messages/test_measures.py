"""What /metrics says about the messages of all clinics together."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from clinic.messages import measures
from clinic.models import Clinic, Message
from clinic.tenancy.context import clinic_context
from tests.factories import PatientFactory, found

State = Message.State
MINUTE = timedelta(minutes=1)


def message(occasion: str, channel: str, state: str, *, minutes: int = -5) -> None:
    patient = PatientFactory(phones=["+919820011111"], may_message=True)
    due = timezone.now() + minutes * MINUTE
    facts = {"sent_at": due} if state in Message.GONE else {}
    Message.objects.create(
        patient=patient,
        occasion=occasion,
        channel=channel,
        state=state,
        address="a",
        body="",
        not_before=due,
        **facts,
    )


def told() -> dict[str, float]:
    words = Client().get("/metrics").content.decode()
    return {
        name: float(value) for name, value in re.findall(r"^(ginti_messages\S+) (\S+)$", words, re.MULTILINE)
    }


def test_it_says_what_waits_since_when_and_what_failed_in_all_clinics(asha: Clinic) -> None:
    message("1", "email", State.QUEUED, minutes=-3)
    message("2", "email", State.SENT, minutes=-90)
    message("3", "by_hand", State.QUEUED, minutes=-600)
    message("4", "sms", State.FAILED, minutes=-30)
    message("5", "sms", State.FAILED, minutes=-90)
    other = found("other")
    with clinic_context(other.pk):
        message("1", "email", State.SENDING, minutes=-10)
        message("2", "whatsapp", State.QUEUED, minutes=30)

    says = told()

    assert says['ginti_messages_waiting{channel="email"}'] == 2
    assert says['ginti_messages_waiting{channel="whatsapp"}'] == 1
    assert says['ginti_messages_waiting{channel="by_hand"}'] == 1
    assert says['ginti_messages_failed_last_hour{channel="sms"}'] == 1
    assert 600 <= says["ginti_messages_oldest_due_seconds"] < 660


def test_with_nothing_to_send_every_number_is_0(asha: Clinic) -> None:
    assert set(told().values()) == {0}


def test_no_clinic_and_no_patient_is_named(asha: Clinic) -> None:
    message("1", "email", State.QUEUED)

    assert "asha" not in Client().get("/metrics").content.decode()


def test_the_web_is_measured_also_while_the_database_is_away(
    asha: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_args: Any) -> Any:
        raise DatabaseError("away")

    monkeypatch.setattr(measures.OutboxCollector, "_counted", away)

    answer = Client().get("/metrics")

    assert answer.status_code == 200
    assert b"ginti_answer_seconds" in answer.content
