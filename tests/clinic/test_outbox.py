"""The outbox against a real mail server: what goes out, how often, and what a crash leaves behind."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from clinic.messages import by_hand, channels, delivery, doorbell, outbox, tasks
from clinic.messages.enclosures import Enclosure, _makers, enclose
from clinic.models import Clinic, Message, Patient
from clinic.patients.services import change_patient
from clinic.tenancy.context import clinic_context
from tests.factories import PatientFactory, found
from tests.messages.real import Mailbox, at_once, black_hole, free_port, mailbox, wait_for, worker
from tests.plain import queue

__all__ = ["mailbox"]

State = Message.State


@pytest.fixture
def clinic(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Clinic:
    """A clinic whose rows are committed; the bell is not rung unless a test asks."""
    monkeypatch.setattr(doorbell, "ring", lambda *turn: None)
    return found("asha", name="Asha Physiotherapy")


def _patient(**facts: Any) -> Patient:
    return PatientFactory(
        **{"name": "Priya Nair", "email": "priya@example.test", "may_message": True} | facts
    )


def _queued(clinic: Clinic, *occasions: str, **facts: Any) -> None:
    with clinic_context(clinic.pk):
        patient = _patient(**facts)
        for occasion in occasions or ("receipt:1",):
            queue(patient, occasion=occasion, subject="Receipt", body="4 left.")


def _states(clinic: Clinic) -> list[str]:
    with clinic_context(clinic.pk):
        return list(Message.objects.order_by("created_at", "pk").values_list("state", flat=True))


def _later(clinic: Clinic, minutes: int) -> None:
    """As if so many minutes had passed."""
    with clinic_context(clinic.pk):
        for message in Message.objects.all():
            Message.objects.filter(pk=message.pk).update(
                not_before=message.not_before - timedelta(minutes=minutes)
            )


def test_an_occasion_is_written_once(asha: Clinic) -> None:
    patient = _patient()

    for body in ("4 left.", "4 left, again."):
        queue(patient, occasion="receipt:1", subject="Receipt", body=body)

    assert Message.objects.get().body == "4 left."


def test_what_a_message_says_cannot_be_changed(asha: Clinic) -> None:
    from django.db import ProgrammingError

    message = queue(_patient(), occasion="receipt:1", subject="Receipt", body="4 left.")

    for change in ({"body": "5 left."}, {"subject": "Other"}, {"occasion": "other"}):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            Message.objects.filter(pk=message.pk).update(**change)


def test_an_act_that_fails_sends_nothing(clinic: Clinic, mailbox: Mailbox) -> None:
    def act() -> None:
        with clinic_context(clinic.pk):
            queue(_patient(), occasion="receipt:1", subject="Receipt", body="4 left.")
            raise ValueError("refused")

    with pytest.raises(ValueError, match="refused"):
        act()

    tasks.send_waiting(clinic_id=clinic.pk)

    assert mailbox.letters == []


def test_a_message_goes_out_once(clinic: Clinic, mailbox: Mailbox) -> None:
    _queued(clinic)

    assert [tasks.send_waiting(clinic_id=clinic.pk) for _ in range(3)] == [1, 0, 0]

    (letter,) = mailbox.letters
    with clinic_context(clinic.pk):
        message = Message.objects.get()
    assert letter["To"] == "priya@example.test"
    assert letter["Message-ID"] == f"<{message.pk}@localhost>"
    assert letter.get_payload().strip() == "4 left."
    assert (message.state, message.attempts) == (State.SENT, 1)
    assert message.sent_at is not None


def test_two_workers_send_each_message_once(clinic: Clinic, mailbox: Mailbox) -> None:
    _queued(clinic, *[f"receipt:{n}" for n in range(12)])

    at_once(lambda: tasks._send_all(clinic.pk, "email"), times=4)

    assert len({letter["Message-ID"] for letter in mailbox.letters}) == len(mailbox.letters) == 12
    assert set(_states(clinic)) == {State.SENT}


def test_without_locks_two_workers_would_send_twice(
    clinic: Clinic, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin of the test above: the race is real."""
    both = threading.Barrier(2, timeout=5)

    def unlocked(at: Any, **which: Any) -> Message:
        message = Message.objects.select_related("patient").get()
        both.wait()
        return delivery._take(message, at)

    monkeypatch.setattr(delivery, "claim", unlocked)
    _queued(clinic)

    def send_one() -> None:
        with clinic_context(clinic.pk):
            carrier = channels.Email(clinic)
        with closing(carrier):
            message = tasks._claimed(clinic.pk, "email")
            assert message
            tasks._send(message, clinic.pk, carrier)

    at_once(send_one, times=2)

    assert len(mailbox.letters) == 2


def test_no_transaction_is_open_while_the_server_is_asked(
    clinic: Clinic, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _queued(clinic)
    open_ones: list[bool] = []

    def send(*_args: Any, **_kwargs: Any) -> str:
        open_ones.append(connection.in_atomic_block)
        return ""

    monkeypatch.setattr(channels.Email, "send", send)

    tasks.send_waiting(clinic_id=clinic.pk)

    assert open_ones == [False]


class Killed(BaseException):
    """The worker is gone: nothing after it runs."""


def _kill_worker_at(
    monkeypatch: pytest.MonkeyPatch, module: Any, name: str, clinic: Clinic, *, after: bool
) -> None:
    real = getattr(module, name)

    def dies(*args: Any, **kwargs: Any) -> Any:
        if after:
            real(*args, **kwargs)
        raise Killed

    monkeypatch.setattr(module, name, dies)
    with pytest.raises(Killed):
        tasks.send_waiting(clinic_id=clinic.pk)
    monkeypatch.setattr(module, name, real)


def test_a_worker_killed_before_it_claims_leaves_the_message_to_the_next(
    clinic: Clinic, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    _queued(clinic)
    _kill_worker_at(monkeypatch, delivery, "_take", clinic, after=True)  # within the claim: it is rolled back

    assert tasks.send_waiting(clinic_id=clinic.pk) == 1
    assert len(mailbox.letters) == 1


def test_a_worker_killed_between_claim_and_sending_loses_nothing(
    clinic: Clinic, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    _queued(clinic)
    _kill_worker_at(monkeypatch, channels.Email, "send", clinic, after=False)

    assert _states(clinic) == [State.SENDING]
    assert tasks.send_waiting(clinic_id=clinic.pk) == 0  # the lease still runs
    _later(clinic, 6)
    assert tasks.send_waiting(clinic_id=clinic.pk) == 1
    assert len(mailbox.letters) == 1


def test_a_worker_killed_after_sending_repeats_it_so_that_it_can_be_recognised(
    clinic: Clinic, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    _queued(clinic)
    _kill_worker_at(monkeypatch, channels.Email, "send", clinic, after=True)
    _later(clinic, 6)

    tasks.send_waiting(clinic_id=clinic.pk)

    first, second = mailbox.letters
    assert first["Message-ID"] == second["Message-ID"]
    assert _states(clinic) == [State.SENT]


def test_a_slow_worker_that_lost_its_claim_does_not_undo_what_the_other_did(clinic: Clinic) -> None:
    _queued(clinic)
    slow = tasks._claimed(clinic.pk, "email")
    _later(clinic, 6)
    quick = tasks._claimed(clinic.pk, "email")
    assert slow
    assert quick

    with clinic_context(clinic.pk):
        delivery.record_sent(quick, timezone.now())
        delivery.record_failure(slow, timezone.now(), words="timed out", for_good=True)

    assert _states(clinic) == [State.SENT]


def test_an_unreachable_server_is_tried_again_with_growing_pauses(clinic: Clinic, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    _queued(clinic, "receipt:1", "receipt:2")

    assert tasks.send_waiting(clinic_id=clinic.pk) == 0

    with clinic_context(clinic.pk):
        tried, untouched = Message.objects.order_by("-attempts")
    assert (tried.state, tried.attempts, untouched.attempts) == (
        State.QUEUED,
        1,
        0,
    )  # one try was enough to know
    assert tried.last_words.startswith("ConnectionRefusedError")
    assert tried.not_before > timezone.now() + timedelta(seconds=50)
    pauses = [delivery.pause_after(n) for n in range(1, delivery.MOST_ATTEMPTS)]
    assert timedelta(minutes=1) <= pauses[0] <= timedelta(minutes=1.25)
    assert max(pauses) <= delivery.LONGEST_PAUSE * 1.25
    assert timedelta(hours=20) < sum(pauses, timedelta()) < timedelta(hours=34)


def test_it_gives_up_in_the_end_and_says_why(clinic: Clinic, settings: Any, mailbox: Mailbox) -> None:
    _queued(clinic)
    mailbox.answer = "451 Try later"

    for _ in range(delivery.MOST_ATTEMPTS + 2):
        tasks.send_waiting(clinic_id=clinic.pk)
        _later(clinic, 300)

    with clinic_context(clinic.pk):
        message = Message.objects.get()
    assert (message.state, message.attempts) == (State.FAILED, delivery.MOST_ATTEMPTS)
    assert message.last_words == "451 Try later"


@pytest.mark.parametrize("where", ["answer", "refuse_recipient"])
def test_a_refusal_for_good_is_not_tried_again_and_holds_up_nobody(
    clinic: Clinic, mailbox: Mailbox, where: str
) -> None:
    _queued(clinic)
    setattr(mailbox, where, "550 No such mailbox")

    tasks.send_waiting(clinic_id=clinic.pk)

    with clinic_context(clinic.pk):
        message = Message.objects.get()
    assert (message.state, message.last_words) == (State.FAILED, "550 No such mailbox")


def test_a_message_that_breaks_its_sender_lets_the_others_through(
    clinic: Clinic, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(key: str, at: Any) -> Enclosure:
        raise LookupError(key)

    monkeypatch.setitem(_makers, "broken", broken)
    with clinic_context(clinic.pk):
        queue(_patient(), occasion="1", subject="Bill", body="See the bill.", enclosure="broken:1")
    _queued(clinic, "2")

    assert tasks.send_waiting(clinic_id=clinic.pk) == 1

    assert sorted(_states(clinic)) == [State.QUEUED, State.SENT]


def test_the_enclosure_is_made_when_it_is_sent(
    clinic: Clinic, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clinic.messages.enclosures._makers", dict(_makers))
    enclose("test", lambda key, at: Enclosure(f"{key}.pdf", b"%PDF-1.7"))
    with clinic_context(clinic.pk):
        queue(_patient(), occasion="1", subject="Bill", body="See the bill.", enclosure="test:R-1")

    tasks.send_waiting(clinic_id=clinic.pk)

    _text, paper = mailbox.letters[0].get_payload()
    assert (paper.get_filename(), paper.get_content_type()) == ("R-1.pdf", "application/pdf")
    assert paper.get_payload(decode=True) == b"%PDF-1.7"


def test_consent_taken_back_cancels_what_waits(clinic: Clinic, mailbox: Mailbox) -> None:
    _queued(clinic)
    with clinic_context(clinic.pk):
        change_patient(Patient.objects.get(), by=None, country="IN", may_message=False)

    tasks.send_waiting(clinic_id=clinic.pk)

    assert (mailbox.letters, _states(clinic)) == ([], [State.CANCELLED])


def test_a_subject_of_two_lines_becomes_one(clinic: Clinic, mailbox: Mailbox) -> None:
    with clinic_context(clinic.pk):
        queue(_patient(), occasion="1", subject="Receipt\nBcc: all@example.test", body="4 left.")

    tasks.send_waiting(clinic_id=clinic.pk)

    assert mailbox.letters[0]["Subject"] == "Receipt Bcc: all@example.test"
    assert mailbox.letters[0]["Bcc"] is None


def test_what_is_sent_by_hand_is_left_to_people(clinic: Clinic, mailbox: Mailbox) -> None:
    with clinic_context(clinic.pk):
        patient = _patient(phones=["+919876543210"], may_message=False)
        outbox.put(
            [outbox.plain(patient, occasion="1", subject="Few left", body="2 left.", channel="by_hand")]
        )

    tasks.send_waiting(clinic_id=clinic.pk)

    with clinic_context(clinic.pk):
        message = Message.objects.get()
        assert (message.state, message.address) == (State.QUEUED, "+919876543210")
        done = by_hand.mark_sent_by_hand(message, by=None, at=timezone.now())
        assert by_hand.mark_sent_by_hand(message, by=None, at=timezone.now()).sent_at == done.sent_at
    assert _states(clinic) == [State.SENT]


def test_a_message_that_the_program_is_sending_is_not_for_hand(asha: Clinic) -> None:
    message = queue(_patient(), occasion="1", subject="Receipt", body="4 left.")
    assert message

    with pytest.raises(by_hand.NotToSend):
        by_hand.mark_sent_by_hand(message, by=None, at=timezone.now())

    assert Message.objects.get().state == State.QUEUED


def test_the_link_opens_whatsapp_with_the_text() -> None:
    assert channels.whatsapp_link("+919876543210", "4 left & valid") == (
        "https://wa.me/919876543210?text=4%20left%20%26%20valid"
    )
    assert channels.whatsapp_link("", "4 left") == ""


def test_one_clinic_never_sends_anothers(clinic: Clinic, mailbox: Mailbox) -> None:
    _queued(clinic)
    other = found("other")

    assert tasks.send_waiting(clinic_id=other.pk) == 0
    assert mailbox.letters == []


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_never_answers_holds_up_no_act(monkeypatch: pytest.MonkeyPatch) -> None:
    from celery import Celery

    clinic = found("asha")
    with black_hole() as port:
        silent = Celery("silent", broker=f"redis://127.0.0.1:{port}/0", set_as_current=False)
        silent.conf.broker_transport_options = {"socket_timeout": 1, "socket_connect_timeout": 1}
        asked = threading.Event()

        def publish(**options: Any) -> None:
            asked.set()
            silent.send_task("clinic.messages.tasks.send_waiting", **options)

        monkeypatch.setattr(tasks.send_waiting, "apply_async", publish)
        began = time.monotonic()
        _queued(clinic)
        took = time.monotonic() - began

        assert asked.wait(5), "the bell was not rung"
        wait_for(lambda: not doorbell._ringing, seconds=30)
    assert took < 1
    assert _states(clinic) == [State.QUEUED]


@pytest.mark.django_db(transaction=True)
def test_the_bell_rings_after_the_commit_and_a_real_worker_sends(mailbox: Mailbox, settings: Any) -> None:
    """Redis, a worker process, SMTP: nothing is played."""
    clinic = found("asha")
    with worker(settings) as queue:
        before = time.monotonic()
        with pytest.MonkeyPatch.context() as patch:
            _publish_to(patch, queue)
            _queued(clinic, "receipt:1")
            wait_for(lambda: _states(clinic) == [State.SENT], seconds=60)
            assert len(mailbox.letters) == 1

            _queued(clinic, "receipt:2", name="Second")
            tasks.sweep()  # and what the clock does, on top of the bell
            wait_for(lambda: _states(clinic) == [State.SENT] * 2, seconds=30)
    assert len(mailbox.letters) == 2
    assert time.monotonic() - before < 100


def _publish_to(patch: pytest.MonkeyPatch, queue: str) -> None:
    real = tasks.send_waiting.apply_async
    patch.setattr(tasks.send_waiting, "apply_async", lambda **options: real(queue=queue, **options))
