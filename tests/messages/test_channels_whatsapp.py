"""Messages by WhatsApp, against a server that behaves like it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from clinic.messages import accounts, delivery, health, personal, tasks
from clinic.messages.enclosures import Enclosure, _makers
from clinic.messages.whatsapp import LONGEST_TEXT
from clinic.models import ChannelAccount, Clinic, Message, MessageAttempt, Wording
from tests.factories import PatientFactory, owner_of
from tests.fake_whatsapp import FakeWhatsApp, account, send, status, told, whatsapp

__all__ = ["whatsapp"]
State, Checked = Message.State, ChannelAccount.Checked
HOUR = timedelta(hours=1)


@pytest.fixture
def clinic(asha: Clinic, whatsapp: FakeWhatsApp) -> Clinic:
    account(asha)
    return asha


def waiting(occasion: str = "1", **facts: Any) -> Message:
    phone = facts.pop("phone", "+919820011111")
    patient = PatientFactory(phones=[phone], email="priya@example.test", may_message=True)
    known = {"channel": "whatsapp", "address": phone, "body": "4 left.", "language": "en-in"}
    known |= {"kind": "test.left", "not_before": timezone.now() - HOUR}
    return Message.objects.create(patient=patient, occasion=occasion, **known | facts)


def turn(clinic: Clinic, channel: str = "whatsapp") -> int:
    return tasks.send_waiting(clinic_id=clinic.pk, channel=channel)


def again(message: Message) -> Message:
    message.refresh_from_db()
    return message


def later() -> None:
    """As if the pauses were over."""
    ChannelAccount.objects.update(paused_until=None)
    waiting = Message.objects.filter(state__in=[State.QUEUED, State.SENDING])
    waiting.update(not_before=timezone.now() - timedelta(minutes=1))


def test_a_text_goes_out_with_our_own_id_and_the_patients_link(
    clinic: Clinic, whatsapp: FakeWhatsApp
) -> None:
    message = waiting(body=f"4 left. {personal.mark('visits/1/')}")

    assert turn(clinic) == 1

    (taken,) = whatsapp.taken
    assert (taken["to"], taken["type"]) == ("919820011111", "text")
    assert taken["biz_opaque_callback_data"] == str(message.pk)
    assert taken["text"]["body"].startswith("4 left. http://localhost:8000/p/asha/")
    assert taken["text"]["body"].endswith("/visits/1/")
    assert (again(message).state, message.provider_id) == (State.SENT, taken["id"])
    assert ChannelAccount.objects.get().checked == Checked.FINE


def test_where_a_template_is_approved_it_is_sent_with_the_fields_by_their_names(
    clinic: Clinic, whatsapp: FakeWhatsApp
) -> None:
    Wording.objects.create(
        kind="test.left",
        language="en-in",
        subject="Left",
        body="Hello {first_name}, {left} left, valid to {until}. {link} {first_name}",
        template="sessions_left",
    )
    waiting(fields={"first_name": "Priya", "left": "4\n sessions", "until": "", "link": personal.mark()})

    turn(clinic)

    template = whatsapp.taken[0]["template"]
    (body,) = template["components"]
    values = {each["parameter_name"]: each["text"] for each in body["parameters"]}
    assert (template["name"], template["language"]) == ("sessions_left", {"code": "en"})
    assert list(values) == ["first_name", "left", "until", "link"]
    assert (values["first_name"], values["left"], values["until"]) == ("Priya", "4 sessions", "–")
    assert values["link"].startswith("http://localhost:8000/p/asha/")


def test_a_template_may_say_its_language(clinic: Clinic, whatsapp: FakeWhatsApp) -> None:
    Wording.objects.create(kind="test.left", language="en-in", body="Hello", template="hello:en_US")
    waiting()

    turn(clinic)

    template = whatsapp.taken[0]["template"]
    assert (template["language"]["code"], template["components"]) == ("en_US", [])


def test_a_paper_goes_with_its_text(
    clinic: Clinic, whatsapp: FakeWhatsApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(_makers, "paper", lambda key, at: Enclosure(f"{key}.pdf", b"%PDF-1.7"))
    waiting(enclosure="paper:R-1")

    turn(clinic)

    assert whatsapp.media == [b"%PDF-1.7"]
    assert whatsapp.taken[0]["document"] == {"id": "media-1", "filename": "R-1.pdf", "caption": "4 left."}


def test_no_text_is_longer_than_whatsapp_takes(clinic: Clinic, whatsapp: FakeWhatsApp) -> None:
    waiting(body="4" * 5000)

    turn(clinic)

    assert len(whatsapp.taken[0]["text"]["body"]) == LONGEST_TEXT


@pytest.mark.parametrize("code", [131026, 131047, 131051, 470, 100, *range(132000, 132016)])
def test_what_whatsapp_refuses_goes_the_next_way(clinic: Clinic, whatsapp: FakeWhatsApp, code: int) -> None:
    message = waiting(route=["email"])
    other = waiting("2", phone="+919820022222")
    whatsapp.mishaps = [("code", code)]

    assert turn(clinic) == 1

    assert (again(message).channel, message.address) == ("email", "priya@example.test")
    assert message.last_words.startswith(f"{code} ")
    assert again(other).state == State.SENT


@pytest.mark.parametrize("mishap", [401, 403, ("code", 190), ("code", 131042), ("code", 200)])
def test_a_refused_token_pauses_the_account_and_burns_no_message(
    clinic: Clinic, whatsapp: FakeWhatsApp, mishap: Any
) -> None:
    first, second = waiting(route=["email"]), waiting("2", phone="+919820022222", route=["email"])
    whatsapp.mishaps = [mishap]

    assert (turn(clinic), turn(clinic)) == (0, 0)

    row = ChannelAccount.objects.get()
    assert whatsapp.asked == 1  # nobody asks again while it is paused
    assert (row.checked, row.failures) == (Checked.REFUSED, 1)
    assert row.paused_until
    assert row.paused_until > timezone.now() + timedelta(minutes=14)
    for message in (first, second):
        assert (again(message).state, message.channel, message.attempts) == (State.QUEUED, "whatsapp", 0)


def test_a_wrong_token_is_what_the_owner_reads(clinic: Clinic, whatsapp: FakeWhatsApp) -> None:
    account(clinic, access_token="wrong")
    message = waiting()

    turn(clinic)

    assert ChannelAccount.objects.get().last_words == "190 Invalid OAuth access token"
    assert again(message).attempts == 0


def test_a_new_token_opens_the_account_at_once(clinic: Clinic, whatsapp: FakeWhatsApp) -> None:
    account(clinic, access_token="wrong")
    waiting()
    turn(clinic)
    account(clinic)
    Message.objects.update(not_before=timezone.now())

    assert turn(clinic) == 1

    row = ChannelAccount.objects.get()
    assert (row.failures, row.paused_until, row.last_words, row.checked) == (0, None, "", Checked.FINE)


@pytest.mark.parametrize(
    "mishap", [429, ("code", 130429), ("code", 80007), 500, 503, ("code", 131016), "away"]
)
def test_a_provider_that_cannot_now_is_asked_later_and_every_message_goes_out_once(
    clinic: Clinic, whatsapp: FakeWhatsApp, mishap: Any
) -> None:
    first, second = waiting(), waiting("2", phone="+919820022222")
    whatsapp.mishaps = [mishap]

    assert turn(clinic) == 0
    assert whatsapp.asked == 1
    later()
    assert turn(clinic) == 2

    assert {again(first).state, again(second).state} == {State.SENT}
    assert set(whatsapp.times.values()) == {1}


def test_too_many_to_one_patient_holds_up_only_that_patient(clinic: Clinic, whatsapp: FakeWhatsApp) -> None:
    first, second = waiting(), waiting("2", phone="+919820022222")
    whatsapp.mishaps = [("code", 131056)]

    assert turn(clinic) == 1

    assert (again(first).state, again(second).state) == (State.QUEUED, State.SENT)
    assert ChannelAccount.objects.get().failures == 0


@pytest.mark.parametrize("mishap", ["dropped", "slow"])
def test_a_message_that_was_taken_without_an_answer_is_not_sent_twice(
    clinic: Clinic, whatsapp: FakeWhatsApp, mishap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clinic.messages.whatsapp.TIMEOUT_SECONDS", 0.3)
    message = waiting()
    whatsapp.mishaps = [mishap]

    assert turn(clinic) == 0
    assert again(message).state == State.QUEUED
    send(told(statuses=[status(whatsapp.taken[0])]))
    later()
    assert turn(clinic) == 0

    assert (again(message).state, message.provider_id) == (State.DELIVERED, whatsapp.taken[0]["id"])
    assert whatsapp.times == {str(message.pk): 1}


def test_the_pauses_grow_with_each_failure_and_end_with_a_success(
    clinic: Clinic, whatsapp: FakeWhatsApp
) -> None:
    waiting()
    whatsapp.mishaps = [500, 500, 500]
    pauses = []
    for _ in range(3):
        turn(clinic)
        paused_until = ChannelAccount.objects.get().paused_until
        assert paused_until
        pauses.append(paused_until - timezone.now())
        later()

    assert timedelta(seconds=50) < pauses[0] < pauses[1] < pauses[2] < timedelta(minutes=5)
    assert ChannelAccount.objects.get().checked == Checked.UNREACHABLE
    assert max(health.pause_after(n) for n in range(1, 500)) <= health.LONGEST_PAUSE * 1.25
    assert turn(clinic) == 1
    assert ChannelAccount.objects.get().failures == 0


def test_what_waits_for_an_account_that_is_switched_off_goes_the_next_way(clinic: Clinic) -> None:
    message = waiting(route=["email", "by_hand"])
    accounts.switch(ChannelAccount.objects.get(), is_on=False, by=owner_of(clinic), at=timezone.now())

    assert turn(clinic) == 0

    assert (again(message).channel, message.route) == ("email", ["by_hand"])


def test_an_account_that_does_not_work_for_a_day_lets_its_messages_go(
    clinic: Clinic, whatsapp: FakeWhatsApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = waiting(route=["email"])
    whatsapp.mishaps = [401]
    turn(clinic)
    Message.objects.update(not_before=timezone.now())
    turn(clinic)
    assert again(message).channel == "whatsapp"

    monkeypatch.setattr(health, "PATIENCE", timedelta(0))
    turn(clinic)
    assert again(message).channel == "whatsapp"  # it has failed once
    ChannelAccount.objects.update(failures=health.LASTING)
    turn(clinic)

    assert (again(message).channel, message.last_words) == ("email", "401 mishap 401")


def test_an_answer_that_is_no_answer_is_no_success(clinic: Clinic, whatsapp: FakeWhatsApp) -> None:
    message = waiting()
    whatsapp.mishaps = [200]

    turn(clinic)

    assert (again(message).state, message.attempts) == (State.QUEUED, 1)


def test_what_the_token_is_stands_in_no_word_that_is_kept(clinic: Clinic, whatsapp: FakeWhatsApp) -> None:
    for n, mishap in enumerate([401, 500, "away", 429, ("code", 100)]):
        waiting(str(n), phone=f"+91982001111{n}")
        whatsapp.mishaps = [mishap]
        later()
        turn(clinic)

    kept = [*MessageAttempt.objects.values_list("words", flat=True), ChannelAccount.objects.get().last_words]
    assert len([words for words in kept if words]) >= 5
    assert "token-of-asha" not in "".join(kept)


def test_a_day_of_busy_answers_is_no_reason_to_give_up(clinic: Clinic, whatsapp: FakeWhatsApp) -> None:
    message = waiting(route=["email"])
    whatsapp.mishaps = [429] * (delivery.MOST_ATTEMPTS + 2)

    for _ in range(delivery.MOST_ATTEMPTS + 2):
        turn(clinic)
        later()

    assert turn(clinic) == 1
    assert again(message).channel == "whatsapp"
