"""A worker that dies at any step, a broker that goes and comes, providers that fail: nothing lost, nothing doubled."""

from __future__ import annotations

import os
import random
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

from clinic.messages import consent, delivery, tasks
from clinic.messages.whatsapp import WhatsApp
from clinic.models import ChannelAccount, Clinic, Consent, Message, MessageAttempt, Patient
from tests.factories import PatientFactory
from tests.fake_whatsapp import FakeWhatsApp, account, send, status, told, whatsapp
from tests.messages.real import Mailbox, mailbox

__all__ = ["mailbox", "whatsapp"]
State = Message.State
MESSAGES = 300


@pytest.fixture
def clinic(asha: Clinic, whatsapp: FakeWhatsApp) -> Clinic:
    account(asha)
    return asha


def patient(n: int = 1) -> Patient:
    return PatientFactory(phones=[f"+9198200{n:05}"], email=f"p{n}@example.test", may_message=True)


def waiting(to: Patient, occasion: str = "1", **facts: Any) -> Message:
    known = {"channel": "whatsapp", "address": to.phone, "route": ["email"], "body": "4 left."}
    return Message.objects.create(patient=to, occasion=occasion, subject="Left", **known | facts)


def turn(clinic: Clinic, channel: str = "whatsapp") -> int:
    return tasks.send_waiting(clinic_id=clinic.pk, channel=channel)


def later() -> None:
    """As if every pause and every lease were over."""
    ChannelAccount.objects.update(paused_until=None)
    open_ones = Message.objects.filter(state__in=[State.QUEUED, State.SENDING])
    open_ones.update(not_before=timezone.now() - timedelta(minutes=1))


def report_all(fake: FakeWhatsApp) -> None:
    """What WhatsApp tells about everything that it has."""
    send(told(statuses=[status(each, what) for each in fake.taken for what in ("sent", "delivered")]))


class Killed(BaseException):
    """The worker is gone: nothing after it runs."""


def killed_at(clinic: Clinic, where: Any, name: str, *, after: bool) -> None:
    real = getattr(where, name)

    def dies(*args: Any, **kwargs: Any) -> Any:
        if after:
            real(*args, **kwargs)
        raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(where, name, dies)
        with pytest.raises(Killed):
            turn(clinic)


@pytest.mark.parametrize(
    ("where", "name", "after"),
    [
        (delivery, "claim", False),
        (delivery, "_take", True),
        (tasks, "_prepared", True),
        (WhatsApp, "send", False),
        (WhatsApp, "send", True),
        (delivery, "record_sent", False),
        (delivery, "_end", True),
        (delivery, "record_sent", True),
    ],
)
def test_a_worker_killed_at_any_step_loses_and_doubles_nothing(
    clinic: Clinic, whatsapp: FakeWhatsApp, where: Any, name: str, after: bool
) -> None:
    message = waiting(patient())

    killed_at(clinic, where, name, after=after)
    report_all(whatsapp)
    later()
    turn(clinic)
    report_all(whatsapp)

    message.refresh_from_db()
    assert whatsapp.times == {str(message.pk): 1}
    assert (message.state, message.provider_id) == (State.DELIVERED, whatsapp.taken[0]["id"])


@pytest.mark.parametrize("name", ["record_failure", "give_up", "_change"])
@pytest.mark.parametrize("after", [False, True])
def test_a_worker_killed_in_the_middle_of_a_fall_back_sends_it_once_by_the_next_way(
    clinic: Clinic, whatsapp: FakeWhatsApp, mailbox: Mailbox, name: str, after: bool
) -> None:
    waiting(patient())
    whatsapp.mishaps = [("code", 131026)] * 2

    killed_at(clinic, delivery, name, after=after)
    for _ in range(2):
        later()
        turn(clinic)
        turn(clinic, "email")

    assert len(mailbox.letters) == 1
    assert whatsapp.taken == []
    assert Message.objects.get().state == State.SENT


def test_without_a_report_a_message_that_was_cut_short_is_sent_again_under_the_same_name(
    clinic: Clinic, whatsapp: FakeWhatsApp
) -> None:
    """At least once towards the provider: the twin that shows what the report is for."""
    message = waiting(patient())
    killed_at(clinic, WhatsApp, "send", after=True)
    later()

    turn(clinic)

    assert whatsapp.times == {str(message.pk): 2}


def test_with_a_third_of_faults_nothing_is_lost_doubled_stale_or_without_consent(
    clinic: Clinic, whatsapp: FakeWhatsApp, mailbox: Mailbox
) -> None:
    seed = int(os.environ.get("GINTI_SEED") or random.SystemRandom().randrange(2**32))
    print(f"GINTI_SEED={seed} repeats this")
    dice = random.Random(seed)
    faults = [429, 500, 503, "away", "dropped", ("code", 131026), ("code", 131056), ("code", 131016), 200]
    whatsapp.mishaps = [dice.choice(faults) if dice.random() < 0.3 else None for _ in range(MESSAGES * 20)]
    patients = [patient(n) for n in range(60)]
    for n in range(MESSAGES):
        good_until = timezone.now() + timedelta(seconds=dice.uniform(0, 60)) if n % 5 == 0 else None
        waiting(dice.choice(patients), str(n), good_until=good_until)
    silenced: dict[str, int] = {}
    reported = 0

    for _ in range(MESSAGES * 4):
        turn(clinic)
        turn(clinic, "email")
        reported = report_new(whatsapp, dice, reported)
        silenced |= silence_some(dice, patients, whatsapp, mailbox)
        if not Message.objects.filter(state__in=[State.QUEUED, State.SENDING]).exists():
            break
        later()

    reached = reached_by(whatsapp, mailbox)
    wrong = [
        (message.state, message.last_words, reached[str(message.pk)])
        for message in Message.objects.all()
        if reached[str(message.pk)] != (1 if message.is_gone else 0)
    ]
    states = Counter(Message.objects.values_list("state", flat=True))
    assert wrong == []
    assert {name: reached[name] for name in silenced} == silenced, "sent without consent"
    late = MessageAttempt.objects.filter(began_at__gte=F("message__good_until"))
    assert not late.exists(), "sent when it was of no use any more"
    assert set(states) <= {*Message.GONE, State.CANCELLED}, states
    assert states[State.CANCELLED] > 0
    assert len(mailbox.letters) > 0


def reached_by(whatsapp: FakeWhatsApp, mailbox: Mailbox) -> Counter[str]:
    """How often each message reached its patient, by what the providers have."""
    letters = (letter["Message-ID"].strip("<>").partition("@")[0] for letter in mailbox.letters)
    return whatsapp.times + Counter(letters)


def report_new(whatsapp: FakeWhatsApp, dice: random.Random, since: int) -> int:
    """Reports of what it has taken since, in any order, and some for the second time; how much it has by now."""
    news = [status(each, dice.choice(["sent", "delivered", "read"])) for each in whatsapp.taken[since:]]
    again = [status(each) for each in whatsapp.taken[max(since - 1, 0) : since]]
    told_of = [*news, *again]
    dice.shuffle(told_of)
    send(told(statuses=told_of))
    return len(whatsapp.taken)


def silence_some(
    dice: random.Random, patients: list[Patient], whatsapp: FakeWhatsApp, mailbox: Mailbox
) -> dict[str, int]:
    """Now and then a patient takes consent back: how often each message that still waited had arrived by then."""
    someone = dice.choice(patients)
    waited = list(Message.objects.filter(patient=someone, state=State.QUEUED))
    if dice.random() > 0.1 or not waited:
        return {}
    consent.withdraw(someone, source=Consent.Source.WORD, at=timezone.now())
    reached = reached_by(whatsapp, mailbox)
    return {str(message.pk): reached[str(message.pk)] for message in waited}
