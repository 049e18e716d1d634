"""All that failed for one reason, sent once more."""

from __future__ import annotations

import threading

import pytest
from django.db import connections
from django.utils import timezone

from clinic.messages import by_hand, reasons
from clinic.models import Clinic, Message
from clinic.tenancy.context import clinic_context
from tests.factories import PatientFactory, found, owner_of

State = Message.State


def failed(occasion: str) -> Message:
    patient = PatientFactory(phones=["+919820011111"], may_message=True)
    known = {"channel": "sms", "address": patient.phone, "body": "4 left.", "state": State.FAILED}
    return Message.objects.create(patient=patient, occasion=occasion, **known)


@pytest.mark.django_db(transaction=True)
def test_what_somebody_deals_with_meanwhile_is_left_to_them(monkeypatch: pytest.MonkeyPatch) -> None:
    clinic = found("asha")
    monkeypatch.setattr("clinic.messages.doorbell.ring", lambda *turn: None)
    with clinic_context(clinic.pk):
        first, _second = failed("1"), failed("2")
    dropped, release = threading.Event(), threading.Event()

    def deal(clinic: Clinic, message: Message) -> None:
        with clinic_context(clinic.pk):
            by_hand.drop(message, by=None)
            dropped.set()
            release.wait(3)
        connections.close_all()

    thread = threading.Thread(target=deal, args=(clinic, first))
    thread.start()
    assert dropped.wait(30)
    try:
        with clinic_context(clinic.pk):
            done = reasons.try_all_again("other", by=owner_of(clinic), at=timezone.now())
    finally:
        release.set()
        thread.join()

    with clinic_context(clinic.pk):
        states = dict(Message.objects.values_list("occasion", "state"))
    assert (done, states) == (1, {"1": State.CANCELLED, "2": State.QUEUED})
