"""Taking messages out of the outbox, and writing down what became of them. Every function is one short transaction of
the caller's; nothing here speaks with a provider.

Towards the provider a message goes out at least once: a worker that is killed between sending and writing down that it
did sends again after LEASE, under the same name. A provider that tells us what it has (MessageReport) is believed
first. When a channel gives a message up, the next of its route has it.
"""

from __future__ import annotations

import random
import uuid
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from clinic.keys import hold
from clinic.models import Clinic, Message, MessageAttempt, MessageReport, MessageSettings, Patient
from clinic.tenancy.context import current_clinic_id

from .rules import WITH_ACCOUNT, is_quiet, next_loud, next_morning, settings_of

# Longer than any sending takes (10 s to a provider, and a worker's pause on top).
LEASE = timedelta(minutes=5)
# The pauses between attempts double up to the longest: fifteen attempts take about a day.
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=3)
MOST_ATTEMPTS = 15
A_BATCH = 200
NAMES = uuid.UUID("2f1b3a5e-7c0d-4a86-9b1e-5d7f0c9e4a21")

Channel, State, Outcome = Message.Channel, Message.State, MessageAttempt.Outcome
# How far a message has come, as providers report it: it only ever goes on.
REACHED = {State.SENDING: 0, State.QUEUED: 0, State.SENT: 1, State.DELIVERED: 2, State.READ: 3}


def claim(at: datetime, *, channel: str, clinic: Clinic) -> Message | None:
    """Take the next message of a channel that is due, for LEASE, with `attempt` set. None when nothing is due.

    What is past its use, without consent or address, tried often enough, or held up by quiet hours or the daily cap is
    dealt with on the way, also a message that kills whoever sends it.
    """
    due = Message.objects.filter(
        channel=channel, state__in=[State.QUEUED, State.SENDING], not_before__lte=at
    ).select_related("patient")
    # One row at a time: the others stay free for other workers.
    locked = due.select_for_update(skip_locked=True, of=["self"], no_key=True)
    settings = settings_of()
    while message := locked.order_by("not_before", "pk").first():
        if _may_go(message, at, clinic=clinic, settings=settings):
            return _take(message, at)
    return None


def record_sent(message: Message, at: datetime, *, provider_id: str = "") -> None:
    """The provider has what was claimed. True also for a worker that was slower than its lease."""
    hold_name(provider_id)
    _end(message, at, Outcome.SENT, provider_id=provider_id)
    Message.objects.filter(pk=message.pk).exclude(state__in=Message.GONE).update(
        state=State.SENT, sent_at=at, last_words="", channel=message.channel, provider_id=provider_id
    )
    catch_up(provider_id)


def record_failure(
    message: Message, at: datetime, *, words: str, for_good: bool, counts: bool = True
) -> None:
    """The provider has it not: try again later, go on to the next channel, or give up. An attempt that only showed that
    nothing goes out at the moment does not count.

    A claim that somebody else has taken over is left alone.
    """
    _end(message, at, Outcome.REFUSED if for_good else Outcome.LATER, words=words)
    rows = Message.objects.select_related("patient").select_for_update(no_key=True, of=("self",))
    mine = rows.filter(pk=message.pk, state=State.SENDING, attempt=message.attempt).first()
    if mine is None:
        return
    if not counts:
        _change(mine, attempts=mine.attempts - 1)
    if for_good or mine.attempts >= MOST_ATTEMPTS:
        give_up(mine, at, words=words)
    else:
        _put_back(mine, at + pause_after(mine.attempts), words)


def give_up(message: Message, at: datetime, *, words: str) -> None:
    """This channel cannot deliver the message: the next one of its route that reaches the patient has it, else it has
    failed. What its provider may still say is not about the message any more. The row must be locked by the caller."""
    addresses = {Channel.EMAIL: message.patient.email}
    addresses |= dict.fromkeys((*WITH_ACCOUNT, Channel.BY_HAND), message.patient.phone)
    route = list(message.route)
    while route:
        channel = Channel(route.pop(0))
        if addresses[channel]:
            _change(
                message,
                channel=channel,
                address=addresses[channel],
                route=route,
                state=State.QUEUED,
                attempts=0,
                provider_id="",
                not_before=at,
                last_words=words[:300],
            )
            return
    _change(message, state=State.FAILED, route=[], provider_id="", last_words=words[:300])


def catch_up(provider_id: str) -> None:
    """Bring a message in line with all that its provider has reported, in whatever order it came."""
    if not provider_id:
        return
    hold_name(provider_id)
    message = Message.objects.select_for_update(no_key=True).filter(provider_id=provider_id).first()
    if message is None:
        return
    reports = list(MessageReport.objects.filter(provider_id=provider_id).order_by("happened_at"))
    reached = {State.DELIVERED: "delivered_at", State.READ: "read_at"}
    for report in reports:
        if report.status in reached and message.state in Message.GONE:
            state = State(report.status)
            facts: dict[str, object] = {reached[state]: report.happened_at}
            if REACHED[state] > REACHED[State(message.state)]:
                facts["state"] = state
            _change(message, **facts)
    failed = next((report for report in reports if report.status == State.FAILED), None)
    if failed and message.state == State.SENT:
        give_up(message, failed.happened_at, words=failed.words)


def hold_name(provider_id: str) -> None:
    """Whoever writes down the provider's id and whoever hears of it at the same moment wait for each other, so that one
    of them sees both."""
    if provider_id:
        hold(uuid.uuid5(NAMES, f"{current_clinic_id()}:{provider_id}"))


def channels_due(at: datetime) -> list[str]:
    """The channels on which something has to be sent now."""
    due = Message.objects.filter(state__in=[State.QUEUED, State.SENDING], not_before__lte=at)
    found = due.exclude(channel=Channel.BY_HAND).order_by().values_list("channel", flat=True).distinct()
    return list(found)


def move_on(channel: str, at: datetime, *, words: str, waiting_since: datetime) -> int:
    """Give up what has waited on a channel since before this moment, because nothing goes out by it; says how many."""
    rows = Message.objects.select_related("patient").filter(
        channel=channel, state=State.QUEUED, created_at__lte=waiting_since, not_before__lte=at
    )
    stuck = list(rows.select_for_update(skip_locked=True, of=("self",), no_key=True).order_by("pk")[:A_BATCH])
    for message in stuck:
        give_up(message, at, words=words)
    return len(stuck)


def expire(at: datetime) -> int:
    """Take back what nobody has sent by hand while it was of use; says how many."""
    late = Message.objects.filter(
        channel=Channel.BY_HAND, state=State.QUEUED, good_until__lt=at, good_until__isnull=False
    )
    return late.update(state=State.CANCELLED, last_words=_("Too late to be of use.")[:300])


def pause_after(attempts: int) -> timedelta:
    """How long to wait after so many attempts; up to a quarter more, so that not all come back at once."""
    pause = min(FIRST_PAUSE * 2 ** max(attempts - 1, 0), LONGEST_PAUSE)
    return pause * random.uniform(1, 1.25)  # noqa: S311 - spreads load, hides nothing


def sent_on(patient: Patient, at: datetime, *, clinic: Clinic) -> QuerySet[Message]:
    """What has gone out to the patient by itself on the clinic's local day."""
    start = clinic.local(at).replace(hour=0, minute=0, second=0, microsecond=0)
    gone: QuerySet[Message] = Message.objects.filter(
        patient=patient, state__in=Message.GONE, sent_at__gte=start
    )
    return gone.exclude(channel=Channel.BY_HAND)


def _may_go(message: Message, at: datetime, *, clinic: Clinic, settings: MessageSettings) -> bool:
    """Whether it goes out now; if not, it is closed or put off here."""
    if not message.patient.may_message:
        _close(message, State.CANCELLED, _("The patient no longer agrees to messages."))
    elif message.good_until and at >= message.good_until:
        _close(message, State.CANCELLED, _("Too late to be of use."))
    elif _has_arrived(message, at):
        pass
    elif message.attempts >= MOST_ATTEMPTS:
        give_up(message, at, words=message.last_words or _("Given up after too many attempts."))
    elif not (address := _address_now(message)):
        give_up(message, at, words=_without_address(message))
    elif not message.is_asked and is_quiet(clinic.local(at).time(), settings):
        _put_back(message, next_loud(at, clinic, settings), message.last_words)
    elif not message.is_asked and _has_had_enough(message, at, clinic=clinic, settings=settings):
        _put_back(message, next_morning(at, clinic, settings), message.last_words)
    else:
        message.address = address
        return True
    return False


def _address_now(message: Message) -> str:
    """Where it goes: what stood on the record when it was written may have been somebody else's. The number that
    somebody chose is kept while it is the patient's."""
    patient = message.patient
    own = [patient.email] if message.channel == Channel.EMAIL else patient.phones
    if message.is_asked and message.address in own:
        return message.address
    return own[0] if own else ""


def _without_address(message: Message) -> str:
    if message.channel == Channel.EMAIL:
        return _("The patient’s record has no e-mail address any more.")
    return _("The patient’s record has no phone number any more.")


def _has_arrived(message: Message, at: datetime) -> bool:
    """Whether the provider has told us that it has a message whose sending was cut short, or not answered."""
    if not message.attempts:
        return False
    reports = list(MessageReport.objects.filter(about=str(message.pk)).order_by("happened_at"))
    failed = {report.provider_id for report in reports if report.status == State.FAILED}
    report = next((report for report in reports if report.provider_id not in failed), None)
    if report is None:
        return False
    _change(
        message, state=State.SENT, sent_at=report.happened_at, provider_id=report.provider_id, last_words=""
    )
    catch_up(report.provider_id)
    return True


def _has_had_enough(message: Message, at: datetime, *, clinic: Clinic, settings: MessageSettings) -> bool:
    """Whether the patient has had as many messages today as the clinic sends in a day."""
    cap = settings.daily_cap
    return bool(cap) and sent_on(message.patient, at, clinic=clinic).count() >= cap


def _take(message: Message, at: datetime) -> Message:
    attempt = MessageAttempt.objects.create(
        message=message, channel=message.channel, address=message.address, began_at=at
    )
    _change(
        message,
        address=message.address,
        state=State.SENDING,
        attempts=message.attempts + 1,
        attempt=attempt.pk,
        not_before=at + LEASE,
    )
    return message


def _end(message: Message, at: datetime, outcome: str, *, words: str = "", provider_id: str = "") -> None:
    if message.attempt is None:  # sent by nobody of ours
        return
    MessageAttempt.objects.filter(pk=message.attempt, ended_at=None).update(
        ended_at=at, outcome=outcome, words=words[:300], provider_id=provider_id
    )


def _put_back(message: Message, not_before: datetime, words: str) -> None:
    _change(message, state=State.QUEUED, not_before=not_before, last_words=words[:300])


def _close(message: Message, state: str, words: str) -> None:
    _change(message, state=state, last_words=words[:300])


def _change(message: Message, **facts: object) -> None:
    for name, value in facts.items():
        setattr(message, name, value)
    Message.objects.filter(pk=message.pk).update(**facts)
