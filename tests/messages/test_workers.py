"""Real workers, real Redis: killed, stopped, started again, held up by one provider."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from kombu import Connection

from clinic.messages import doorbell, tasks
from clinic.models import ChannelAccount, Clinic, Message
from clinic.tenancy.context import clinic_context
from ginti_run import broker
from ginti_run.child import Child
from tests import fake_sms, fake_whatsapp
from tests.factories import PatientFactory, found
from tests.fake_sms import FakeSms, sms
from tests.fake_whatsapp import FakeWhatsApp, send, status, told, whatsapp
from tests.messages.real import Mailbox, black_hole, mailbox, wait_for, worker
from tests.plain import queue

__all__ = ["mailbox", "sms", "whatsapp"]
pytestmark = pytest.mark.django_db(transaction=True)
State = Message.State
PRIVATE = {"GINTI_ALLOW_PRIVATE_PROVIDERS": "1", "NO_PROXY": "127.0.0.1,localhost"}


def waiting(clinic: Clinic, channel: str, n: int = 1) -> None:
    with clinic_context(clinic.pk):
        for each in range(n):
            to = PatientFactory(phones=[f"+9198200{each:05}"], email="p@example.test", may_message=True)
            address = to.email if channel == "email" else to.phone
            facts = {"channel": channel, "address": address, "subject": "Left", "body": "4 left."}
            Message.objects.create(patient=to, occasion=f"{channel}:{each}", **facts)


def states(clinic: Clinic) -> list[str]:
    with clinic_context(clinic.pk):
        return list(Message.objects.order_by("created_at").values_list("state", flat=True))


def ring(queue: str, clinic: Clinic, channel: str) -> None:
    tasks.send_waiting.apply_async(kwargs={"clinic_id": clinic.pk, "channel": channel}, queue=queue)


def test_one_clinics_silent_provider_holds_up_no_other_clinic(settings: Any, sms: FakeSms) -> None:
    """Two threads; the silent one is rung for three times and has one of them."""
    silent, quick = found("silent"), found("quick")
    with black_hole() as port, worker(settings, **PRIVATE) as queue:
        with clinic_context(silent.pk):
            fake_sms.account(silent, sms, url=f"http://127.0.0.1:{port}/send")
        with clinic_context(quick.pk):
            fake_sms.account(quick, sms)
        waiting(quick, "sms")
        ring(queue, quick, "sms")
        wait_for(lambda: states(quick) == [State.SENT], seconds=90)  # the worker is there
        waiting(silent, "sms", 3)
        for _ in range(3):
            ring(queue, silent, "sms")
        wait_for(lambda: State.SENDING in states(silent), seconds=30)
        with clinic_context(quick.pk):
            Message.objects.update(state=State.QUEUED, sent_at=None, not_before=timezone.now())

        began = time.monotonic()
        ring(queue, quick, "sms")
        wait_for(lambda: states(quick) == [State.SENT], seconds=30)
        took = time.monotonic() - began

        assert states(silent).count(State.SENDING) == 1, "the silent provider answered, or has both threads"
        wait_for(lambda: State.SENDING not in states(silent), seconds=30)
    print(f"the other clinic's message took {took:.1f} s")
    assert took < 6
    with clinic_context(silent.pk):
        assert ChannelAccount.objects.get().failures == 1
        assert sorted(Message.objects.values_list("attempts", flat=True)) == [0, 0, 1]


def test_a_worker_that_is_killed_while_whatsapp_answers_sends_nothing_twice(
    settings: Any, whatsapp: FakeWhatsApp
) -> None:
    clinic = found("asha")
    asked, release = threading.Event(), threading.Event()

    def hold() -> None:
        asked.set()
        release.wait(60)

    with clinic_context(clinic.pk):
        fake_whatsapp.account(clinic)
    waiting(clinic, "whatsapp", 2)
    whatsapp.before = hold
    environment = {"GINTI_WHATSAPP_URL": whatsapp.url, **PRIVATE}
    with worker(settings, **environment) as queue:
        ring(queue, clinic, "whatsapp")
        assert asked.wait(90)
        kill_workers_of(queue)
    release.set()
    wait_for(lambda: len(whatsapp.taken) == 1, seconds=10)
    send(told(statuses=[status(whatsapp.taken[0])]))
    assert states(clinic) == [State.SENDING, State.QUEUED]

    with clinic_context(clinic.pk):
        Message.objects.update(not_before=timezone.now() - timedelta(minutes=1))
    tasks.send_waiting(clinic_id=clinic.pk, channel="whatsapp")

    assert states(clinic) == [State.DELIVERED, State.SENT]
    assert sorted(whatsapp.times.values()) == [1, 1]


def test_acts_go_on_without_redis_and_their_messages_go_out_when_it_is_back(
    settings: Any, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic = found("asha")
    with redis_of_our_own() as (url, redis), worker(settings, REDIS_URL=url) as queue:
        publish_to(monkeypatch, url, queue)
        act(clinic, "1")
        wait_for(lambda: states(clinic) == [State.SENT], seconds=90)

        redis.stop()
        began = time.monotonic()
        act(clinic, "2")
        assert time.monotonic() - began < 2
        wait_for(lambda: not doorbell._ringing, seconds=30)
        assert states(clinic) == [State.SENT, State.QUEUED]

        redis.launch()
        wait_for(redis.service.is_ready, seconds=30)
        wait_for(partial(swept, clinic), seconds=90)
    assert [letter["Subject"] for letter in mailbox.letters] == ["Receipt 1", "Receipt 2"]


def act(clinic: Clinic, name: str) -> None:
    """Something that is done at the desk, and a receipt for it."""
    with clinic_context(clinic.pk):
        to = PatientFactory(email="priya@example.test", may_message=True)
        queue(to, occasion=f"receipt:{name}", subject=f"Receipt {name}", body="4 left.")


def swept(clinic: Clinic) -> bool:
    """What the clock does every minute, and whether all is sent."""
    tasks.sweep()
    threading.Event().wait(1)
    return states(clinic) == [State.SENT] * 2


def publish_to(patch: pytest.MonkeyPatch, url: str, queue: str) -> None:
    real: Callable[..., Any] = tasks.send_waiting.apply_async

    def publish(**options: Any) -> None:
        limits = {"socket_connect_timeout": 1, "socket_timeout": 1}
        with Connection(url, transport_options=limits) as connection:
            real(queue=queue, connection=connection, **options | {"retry": False})

    patch.setattr(tasks.send_waiting, "apply_async", publish)


def kill_workers_of(queue: str) -> None:
    """kill -9 of the process and whatever it started."""
    found_ones = subprocess.run(["pgrep", "-f", queue], capture_output=True, text=True, check=True).stdout
    for pid in map(int, found_ones.split()):
        os.kill(pid, signal.SIGKILL)


@contextmanager
def redis_of_our_own() -> Iterator[tuple[str, Child]]:
    folder = Path(tempfile.mkdtemp(prefix="ginti-redis-"))
    chosen = broker.choose(folder)
    child = Child(chosen.service(dict(os.environ)), folder / "redis.log")
    child.launch()
    try:
        wait_for(chosen.is_ready, seconds=30)
        yield chosen.url, child
    finally:
        child.stop()
        shutil.rmtree(folder, ignore_errors=True)
