"""Turns at the outbox: begun where something is due, one at a time, ended when the worker is asked to stop."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from clinic.messages import delivery, doorbell, outbox, tasks
from clinic.models import Clinic, Message
from clinic.tenancy.context import clinic_context
from tests import fake_whatsapp
from tests.factories import PatientFactory, found
from tests.fake_whatsapp import FakeWhatsApp, whatsapp

__all__ = ["whatsapp"]
State = Message.State


def waiting(channel: str, occasion: str, **facts: Any) -> None:
    to = PatientFactory(phones=["+919820011111"], email="p@example.test", may_message=True)
    known = {"channel": channel, "address": to.phone, "body": "4 left.", "not_before": timezone.now()}
    Message.objects.create(patient=to, occasion=occasion, **known | facts)


def published(patch: pytest.MonkeyPatch) -> list[tuple[int, str]]:
    turns: list[tuple[int, str]] = []

    def publish(*, kwargs: dict[str, Any], **_options: Any) -> None:
        turns.append((kwargs["clinic_id"], kwargs["channel"]))

    patch.setattr(tasks.send_waiting, "apply_async", publish)
    return turns


def test_the_sweep_begins_a_turn_only_where_something_is_due(
    asha: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = published(monkeypatch)
    other = found("other")
    waiting("email", "1")
    waiting("sms", "2", not_before=timezone.now() + timedelta(hours=1))
    waiting("by_hand", "3", good_until=timezone.now() - timedelta(hours=1))
    with clinic_context(other.pk):
        waiting("whatsapp", "1")

    tasks.sweep()

    assert sorted(turns) == sorted([(asha.pk, "email"), (other.pk, "whatsapp")])
    assert Message.objects.get(occasion="3").state == State.CANCELLED


def test_a_clinic_that_cannot_be_looked_into_holds_up_no_other(
    asha: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = published(monkeypatch)
    other = found("other")
    with clinic_context(other.pk):
        waiting("email", "1")
    real = delivery.expire

    def breaks(at: Any) -> int:
        if not Message.objects.exists():
            raise LookupError("this clinic")
        return real(at)

    monkeypatch.setattr(delivery, "expire", breaks)
    tasks.sweep()

    assert turns == [(other.pk, "email")]


def test_the_bell_rings_for_the_channels_of_what_was_written(
    asha: Clinic, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    rung: list[Any] = []
    monkeypatch.setattr(doorbell, "ring", lambda *turn: rung.append(turn))
    to = PatientFactory(phones=["+919820011111"], may_message=True)

    with django_capture_on_commit_callbacks(execute=True):
        outbox.put(
            Message(patient=to, channel=channel, address="a", body="", occasion=channel)
            for channel in ("sms", "by_hand", "whatsapp")
        )

    assert rung == [(asha.pk, ["sms", "whatsapp"])]


def test_a_worker_that_is_asked_to_stop_begins_no_other_message(
    asha: Clinic, whatsapp: FakeWhatsApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "_stopping", threading.Event())
    fake_whatsapp.account(asha)
    waiting("whatsapp", "1")
    waiting("whatsapp", "2")
    whatsapp.before = tasks._stop

    assert tasks.send_waiting(clinic_id=asha.pk, channel="whatsapp") == 1
    assert sorted(Message.objects.values_list("state", flat=True)) == [State.QUEUED, State.SENT]


@pytest.mark.django_db(transaction=True)
def test_nobody_begins_a_turn_beside_another(whatsapp: FakeWhatsApp) -> None:
    clinic = found("asha")
    with clinic_context(clinic.pk):
        fake_whatsapp.account(clinic)
        waiting("whatsapp", "1")
        waiting("whatsapp", "2")
        waiting("email", "3")
    asked, release = threading.Event(), threading.Event()

    def hold() -> None:
        asked.set()
        release.wait(30)

    whatsapp.before = hold
    went: list[int] = []

    def turn() -> None:
        went.append(tasks.send_waiting(clinic_id=clinic.pk, channel="whatsapp"))
        connections.close_all()

    first = threading.Thread(target=turn)
    first.start()
    assert asked.wait(30)

    beside = tasks.send_waiting(clinic_id=clinic.pk, channel="whatsapp")
    on_another = tasks.send_waiting(clinic_id=clinic.pk, channel="email")
    release.set()
    first.join()

    assert (beside, on_another, went) == (0, 1, [2])
