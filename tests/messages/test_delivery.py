"""What becomes of a message that waits: taken once, put off, moved to the next channel, told about later."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.utils import timezone

from clinic.messages import by_hand, delivery
from clinic.models import Clinic, Message, MessageAttempt, MessageReport, MessageSettings, Patient
from tests.factories import PatientFactory, owner_of

State = Message.State
HOUR = timedelta(hours=1)


def waiting(channel: str = "email", occasion: str = "1", **facts: Any) -> Message:
    known = {"email": "priya@example.test", "phones": ["+919820011111"], "may_message": True}
    patient = facts.pop("patient", None) or PatientFactory(**known)
    known = {"address": "priya@example.test", "body": "4 left.", "not_before": timezone.now() - HOUR}
    return Message.objects.create(patient=patient, channel=channel, occasion=occasion, **known | facts)


def claim(clinic: Clinic, at: datetime | None = None, channel: str = "email") -> Message | None:
    return delivery.claim(at or timezone.now(), channel=channel, clinic=clinic)


def again(message: Message) -> Message:
    message.refresh_from_db()
    return message


def at_hour(clinic: Clinic, hour: int) -> datetime:
    return (clinic.local(timezone.now()) + timedelta(days=1)).replace(hour=hour, minute=0)


def report(message: Message, status: str, *, minutes: int = 0, about: bool = False, words: str = "") -> None:
    MessageReport.objects.create(
        provider_id="wamid.1",
        about=str(message.pk) if about else "",
        status=status,
        words=words,
        happened_at=timezone.now() + timedelta(minutes=minutes),
    )


def test_each_attempt_is_written_down(asha: Clinic) -> None:
    message = waiting()
    claimed = claim(asha)
    assert claimed
    delivery.record_failure(claimed, timezone.now(), words="451 Greylisted", for_good=False)
    claimed = claim(asha, timezone.now() + HOUR)
    assert claimed
    delivery.record_sent(claimed, timezone.now(), provider_id="abc")

    tries = MessageAttempt.objects.filter(message=message).order_by("pk")
    assert [(each.outcome, each.words, each.provider_id) for each in tries] == [
        ("later", "451 Greylisted", ""),
        ("sent", "", "abc"),
    ]
    assert (again(message).state, message.attempts, message.provider_id) == (State.SENT, 2, "abc")


def test_what_one_channel_refuses_the_next_one_has(asha: Clinic) -> None:
    message = waiting(route=["whatsapp", "by_hand"])
    claimed = claim(asha)
    assert claimed

    delivery.record_failure(claimed, timezone.now(), words="550 No such mailbox", for_good=True)

    assert (again(message).channel, message.address, message.state) == (
        "whatsapp",
        "+919820011111",
        State.QUEUED,
    )
    assert (message.route, message.attempts, message.last_words) == (["by_hand"], 0, "550 No such mailbox")


def test_a_channel_that_does_not_reach_the_patient_is_passed_over(asha: Clinic) -> None:
    patient = PatientFactory(email="", phones=["+919820011111"], may_message=True)
    message = waiting("whatsapp", patient=patient, route=["email", "sms"])
    claimed = claim(asha, channel="whatsapp")
    assert claimed

    delivery.record_failure(claimed, timezone.now(), words="131026", for_good=True)

    assert (again(message).channel, message.route) == ("sms", [])


def test_at_the_end_of_its_route_it_has_failed_and_can_be_tried_again(asha: Clinic) -> None:
    message = waiting()
    claimed = claim(asha)
    assert claimed
    delivery.record_failure(claimed, timezone.now(), words="550", for_good=True)
    assert again(message).state == State.FAILED

    for _ in range(2):
        by_hand.try_again(message, by=owner_of(asha), at=timezone.now())

    assert (again(message).state, message.attempts) == (State.QUEUED, 0)
    assert claim(asha)
    with pytest.raises(by_hand.NotToTry):
        by_hand.try_again(message, by=owner_of(asha), at=timezone.now())


def test_in_quiet_hours_it_waits_for_the_morning(asha: Clinic) -> None:
    MessageSettings.objects.update(quiet_from=time(21), quiet_until=time(8))
    message = waiting()

    assert claim(asha, at_hour(asha, 23)) is None
    assert claim(asha, at_hour(asha, 23) + 8 * HOUR) is None
    assert asha.local(again(message).not_before).time() == time(8)
    assert claim(asha, at_hour(asha, 23) + 9 * HOUR) == message


def test_what_somebody_sends_by_pressing_send_goes_out_at_night(asha: Clinic) -> None:
    MessageSettings.objects.update(quiet_from=time(21), quiet_until=time(8), daily_cap=1)
    message = waiting(is_asked=True)
    waiting(patient=message.patient, occasion="2", state=State.SENT, sent_at=at_hour(asha, 22))

    assert claim(asha, at_hour(asha, 23)) == message


def test_a_patient_gets_so_many_messages_a_day_and_the_rest_on_the_next(asha: Clinic) -> None:
    MessageSettings.objects.update(daily_cap=2)
    noon = at_hour(asha, 12)
    first = waiting(occasion="0")
    for n in range(1, 4):
        waiting(patient=first.patient, occasion=str(n))
    went = 0
    while message := claim(asha, noon):
        delivery.record_sent(message, noon)
        went += 1

    assert went == 2
    assert claim(asha, noon + 2 * HOUR) is None
    assert claim(asha, noon + 13 * HOUR)
    assert waiting(occasion="other") == claim(asha, noon)  # of somebody else


def test_what_is_of_no_use_any_more_is_not_sent(asha: Clinic) -> None:
    message = waiting(good_until=timezone.now() - HOUR)
    by_hand_one = waiting("by_hand", "2", good_until=timezone.now() - HOUR)

    assert claim(asha) is None
    assert delivery.expire(timezone.now()) == 1
    assert {again(message).state, again(by_hand_one).state} == {State.CANCELLED}


def test_consent_is_asked_for_when_it_is_sent(asha: Clinic) -> None:
    message = waiting(patient=PatientFactory(may_message=False, email="a@example.test"))

    assert claim(asha) is None
    assert again(message).state == State.CANCELLED


@pytest.mark.parametrize("order", [("delivered", "read"), ("read", "delivered"), ("read",)])
def test_reports_in_any_order_come_to_the_same(asha: Clinic, order: tuple[str, ...]) -> None:
    message = waiting("whatsapp", state=State.SENT, sent_at=timezone.now(), provider_id="wamid.1")

    for status in order:
        report(message, status, minutes=len(status))
        delivery.catch_up("wamid.1")

    assert again(message).state == State.READ
    assert message.read_at


def test_a_report_that_came_before_we_knew_the_providers_name_is_not_lost(asha: Clinic) -> None:
    waiting("whatsapp")
    message = claim(asha, channel="whatsapp")
    assert message
    report(message, "delivered", about=True)
    delivery.catch_up("wamid.1")

    delivery.record_sent(message, timezone.now(), provider_id="wamid.1")

    assert again(message).state == State.DELIVERED


def test_a_sending_that_was_cut_short_is_not_repeated_where_the_provider_says_that_it_has_it(
    asha: Clinic,
) -> None:
    waiting("whatsapp")
    message = claim(asha, channel="whatsapp")
    assert message
    report(message, "sent", about=True)

    assert claim(asha, timezone.now() + 2 * delivery.LEASE, channel="whatsapp") is None

    assert (again(message).state, message.provider_id) == (State.SENT, "wamid.1")


def test_what_the_provider_could_not_deliver_after_all_goes_the_next_way(asha: Clinic) -> None:
    message = waiting(
        "whatsapp", state=State.SENT, sent_at=timezone.now(), provider_id="wamid.1", route=["email"]
    )
    report(message, "failed", words="131026 Message undeliverable")

    delivery.catch_up("wamid.1")
    delivery.catch_up("wamid.1")

    assert (again(message).channel, message.state) == ("email", State.QUEUED)
    assert message.last_words.startswith("131026")


def test_a_failure_that_is_told_again_does_not_touch_what_was_sent_by_hand_since(asha: Clinic) -> None:
    message = waiting("whatsapp", state=State.SENT, sent_at=timezone.now(), provider_id="wamid.1")
    report(message, "failed", words="131026")
    delivery.catch_up("wamid.1")
    assert (again(message).state, message.provider_id) == (State.FAILED, "")
    by_hand.mark_sent_by_hand(message, by=owner_of(asha), at=timezone.now())

    delivery.catch_up("wamid.1")

    assert again(message).state == State.SENT


@pytest.mark.parametrize("settle", [by_hand.mark_sent_by_hand, by_hand.try_again])
def test_what_a_person_takes_in_hand_is_not_the_providers_any_more(asha: Clinic, settle: Any) -> None:
    message = waiting("whatsapp", state=State.FAILED, provider_id="wamid.1")

    settle(message, by=owner_of(asha), at=timezone.now())

    assert again(message).provider_id == ""


def test_a_message_that_was_taken_and_not_answered_is_not_sent_again(asha: Clinic) -> None:
    message = waiting("whatsapp", address="+919820011111")
    claimed = claim(asha, channel="whatsapp")
    assert claimed
    delivery.record_failure(claimed, timezone.now(), words="ReadTimeout", for_good=False)
    report(message, "delivered", about=True)

    assert claim(asha, timezone.now() + HOUR, channel="whatsapp") is None

    assert (again(message).state, message.provider_id) == (State.DELIVERED, "wamid.1")


def test_a_report_of_an_attempt_that_failed_says_nothing_about_the_next(asha: Clinic) -> None:
    message = waiting("whatsapp", address="+919820011111", route=["sms"])
    claimed = claim(asha, channel="whatsapp")
    assert claimed
    delivery.record_sent(claimed, timezone.now(), provider_id="wamid.1")
    report(message, "sent", about=True)
    report(message, "failed", minutes=1, about=True, words="131026")
    delivery.catch_up("wamid.1")
    assert (again(message).channel, message.state) == ("sms", State.QUEUED)

    claimed = claim(asha, timezone.now() + HOUR, channel="sms")
    assert claimed
    delivery.record_failure(claimed, timezone.now(), words="ReadTimeout", for_good=False)

    assert claim(asha, timezone.now() + 2 * HOUR, channel="sms") == message


def test_an_attempt_that_only_shows_that_nothing_goes_out_does_not_count(asha: Clinic) -> None:
    message = waiting()
    for hours in range(delivery.MOST_ATTEMPTS + 2):
        claimed = claim(asha, timezone.now() + hours * 4 * HOUR)
        assert claimed
        at = timezone.now() + hours * 4 * HOUR
        delivery.record_failure(claimed, at, words="401", for_good=False, counts=False)

    assert (again(message).state, message.attempts) == (State.QUEUED, 0)


def test_what_waits_on_a_channel_that_is_gone_goes_on_to_the_next(asha: Clinic) -> None:
    old = waiting("whatsapp", "1", address="+919820011111", route=["by_hand"])
    since = old.created_at - HOUR

    assert delivery.move_on("whatsapp", timezone.now(), words="401", waiting_since=since) == 0
    assert delivery.move_on("whatsapp", timezone.now(), words="401", waiting_since=timezone.now()) == 1

    assert (again(old).channel, old.last_words) == ("by_hand", "401")


def test_only_channels_with_something_due_are_looked_at(asha: Clinic) -> None:
    now = timezone.now()
    waiting("email", "1", not_before=now + HOUR)
    waiting("by_hand", "2", patient=Message.objects.get().patient)
    assert delivery.channels_due(now) == []

    waiting("sms", "3", patient=Message.objects.get(occasion="1").patient)

    assert delivery.channels_due(now) == ["sms"]
    assert sorted(delivery.channels_due(now + 2 * HOUR)) == ["email", "sms"]


def moved(message: Message, **facts: Any) -> None:
    Patient.objects.filter(pk=message.patient_id).update(**facts)


@pytest.mark.parametrize(("channel", "address"), [("email", "new@example.test"), ("sms", "+919820022222")])
def test_it_goes_to_the_address_that_the_patient_has_now(asha: Clinic, channel: str, address: str) -> None:
    message = waiting(channel, address="old")
    moved(message, email="new@example.test", phones=["+919820022222"])

    assert claim(asha, channel=channel)

    assert again(message).address == address
    assert MessageAttempt.objects.get().address == address


@pytest.mark.parametrize(
    ("phones", "address"),
    [
        (["+919820022222", "+919820011111"], "+919820011111"),
        (["+919820022222"], "+919820022222"),
    ],
)
def test_the_number_that_somebody_chose_is_kept_while_it_is_the_patients(
    asha: Clinic, phones: list[str], address: str
) -> None:
    message = waiting("whatsapp", address="+919820011111", is_asked=True)
    moved(message, phones=phones)

    assert claim(asha, channel="whatsapp")

    assert again(message).address == address


def test_without_an_address_of_the_patient_any_more_it_goes_the_next_way(asha: Clinic) -> None:
    first, second = waiting(route=["sms"]), waiting(occasion="2")
    for message in (first, second):
        moved(message, email="")

    assert claim(asha) is None

    assert (again(first).channel, first.address, first.state) == ("sms", "+919820011111", State.QUEUED)
    assert again(second).state == State.FAILED
    assert second.last_words == "The patient’s record has no e-mail address any more."
    assert not MessageAttempt.objects.exists()
