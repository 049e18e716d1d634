"""What is written into the outbox: to whom, by which way, in whose words, once."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.utils import timezone

from clinic.messages import consent, kinds, outbox
from clinic.messages.kinds import Field, Group, Kind, Timing
from clinic.messages.outbox import Occasion
from clinic.messages.rules import House, next_loud, next_morning, rule_of, settings_of
from clinic.messages.wording import faults_of, fill
from clinic.models import ChannelAccount, Clinic, Consent, Message, MessageSettings, Patient, Wording
from tests.factories import PatientFactory

KIND = Kind(
    name="test.left",
    group=Group.RECEIPT,
    label="Left",
    about="After a visit",
    subject="{clinic}: {left} left",
    body="Hello {first_name},\n\n{left} left.\nValid to {until}.\n\n{link}\n{clinic}\nPhone {phone}",
    fields=(
        Field("left", "Sessions left", "4 sessions", is_needed=True),
        Field("until", "Valid to", "30 June"),
    ),
    timings=(Timing("days", "Days before", (14, 7, 1), 1, 90, is_list=True),),
)
FOR_HAND = Kind("test.nudge", Group.NUDGE, "Nudge", "", "{clinic}", "{first_name}, call us.", for_hand=True)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinds, "_kinds", dict(kinds._kinds))
    kinds.register(KIND, FOR_HAND)


def patient(**facts: Any) -> Patient:
    known = {
        "name": "Priya Nair",
        "email": "priya@example.test",
        "phones": ["+919820011111"],
        "may_message": True,
    }
    return PatientFactory(**known | facts)


def post(
    clinic: Clinic, to: Patient, *, kind: Kind = KIND, name: str = "receipt:1", **facts: Any
) -> Message | None:
    fields = {"left": "4 sessions", "until": "30 June"} | facts.pop("fields", {})
    occasion = Occasion(name, kind.name, fields, **{k: facts.pop(k) for k in ("good_until",) if k in facts})
    return outbox.post(to, occasion, clinic=clinic, at=facts.pop("at", timezone.now()), **facts)


def decide(**facts: Any) -> None:
    MessageSettings.objects.update(**facts)


def test_a_message_is_in_the_patients_words_and_names_only_the_first_name(asha: Clinic) -> None:
    """S57"""
    message = post(asha, patient())

    assert message
    assert message.subject == f"{asha.name}: 4 sessions left"
    assert message.body.startswith("Hello Priya,\n\n4 sessions left.\nValid to 30 June.\n\n[[link]]\n")
    assert "Nair" not in message.body
    assert (message.channel, message.address, message.route) == ("email", "priya@example.test", [])


def test_a_line_without_its_fact_is_left_out(asha: Clinic) -> None:
    message = post(asha, patient(), fields={"until": ""})

    assert message
    assert "Valid to" not in message.body
    assert "Phone" not in message.body  # the clinic has none
    assert fill("a {x}\n\n\n\nb", {"x": ""}) == "b"


def test_the_same_occasion_is_written_once(asha: Clinic) -> None:
    to = patient()

    post(asha, to)
    post(asha, to, fields={"left": "5 sessions"})

    assert [each.body.count("4 sessions") for each in Message.objects.all()] == [1]


def test_nothing_is_written_without_consent(asha: Clinic) -> None:
    assert post(asha, patient(may_message=False)) is None

    assert not Message.objects.exists()


def test_without_consent_the_desk_is_asked_to_tell_what_is_worth_it(asha: Clinic) -> None:
    message = post(asha, patient(may_message=False), kind=FOR_HAND)

    assert message
    assert (message.channel, message.route) == ("by_hand", [])


def test_a_kind_that_is_switched_off_is_not_written_unless_somebody_asks(asha: Clinic) -> None:
    decide(rules={KIND.name: {"is_on": False}})
    to = patient()

    assert post(asha, to) is None
    assert post(asha, to, is_asked=True)


def test_channels_are_tried_in_the_clinics_order_as_far_as_they_reach_the_patient(asha: Clinic) -> None:
    decide(channels=["whatsapp", "sms", "email", "by_hand"])
    ChannelAccount.objects.create(channel="whatsapp")
    ChannelAccount.objects.create(channel="sms", is_on=False)

    message = post(asha, patient(), kind=FOR_HAND)

    assert message
    assert (message.channel, message.address) == ("whatsapp", "+919820011111")
    assert message.route == ["email", "by_hand"]


def test_a_patients_own_channel_comes_first(asha: Clinic) -> None:
    decide(channels=["whatsapp", "email"])
    ChannelAccount.objects.create(channel="whatsapp")

    message = post(asha, patient(channels=["email"]))

    assert message
    assert (message.channel, message.route) == ("email", ["whatsapp"])


def test_the_clinics_own_words_are_used(asha: Clinic) -> None:
    Wording.objects.create(kind=KIND.name, language="en-in", subject="Hi", body="Only {left}, {first_name}!")

    message = post(asha, patient())

    assert message
    assert (message.subject, message.body) == ("Hi", "Only 4 sessions, Priya!")


def test_the_same_link_whenever_it_is_sent_and_another_one_once_it_was_revoked(asha: Clinic) -> None:
    from clinic.messages.personal import with_link
    from clinic.models import PatientLink
    from clinic.patients.links import find_by_token, revoke_link

    message, now = post(asha, patient()), timezone.now()
    assert message
    first, second = (with_link(message.body, message, clinic=asha, at=now) for _ in range(2))
    token = first.split("/p/asha/")[1].split("/")[0]
    found = find_by_token(token, now)
    assert first == second
    assert found
    assert found.patient == message.patient

    revoke_link(found, by=None, at=now)

    assert token not in with_link(message.body, message, clinic=asha, at=now + HOUR)
    assert PatientLink.objects.count() == 2


@pytest.mark.parametrize(
    ("subject", "body", "says"),
    [
        ("", "{left} {sessions}", "{sessions} is not known here"),
        ("", "Hello", "{left} is missing"),
        ("", "{left} {", "A brace stands alone"),
        ("", "{left} {0.x}", "A brace stands alone"),
        ("{", "{left}", "A brace stands alone"),
        ("", " ", "Write what the message says"),
        ("x" * 151, "{left}", "At most"),
    ],
)
def test_a_wording_that_cannot_be_sent_is_refused_when_it_is_saved(
    subject: str, body: str, says: str
) -> None:
    assert any(says in fault for fault in faults_of(KIND, subject, body))


def test_what_is_shipped_has_no_fault() -> None:
    from clinic.messages.wording import shipped

    found = {
        (kind.name, language): faults
        for kind in kinds.all_kinds()
        for language in ("en-in", "hi")
        if (faults := faults_of(kind, *shipped(kind, language)))
    }

    assert found == {}


@pytest.mark.parametrize(
    ("hour", "expected_day", "expected_hour"),
    [(7, 0, 8), (8, 0, None), (20, 0, None), (21, 1, 8), (23, 1, 8), (0, 0, 8)],
)
def test_quiet_hours_are_the_clinics_own(
    asha: Clinic, hour: int, expected_day: int, expected_hour: int | None
) -> None:
    """By the clock of Kolkata, wherever the server stands."""
    decide(quiet_from=time(21), quiet_until=time(8))
    at = datetime(2026, 6, 1, hour, 30, tzinfo=asha.zone)

    loud = asha.local(next_loud(at, asha, settings_of()))

    if expected_hour is None:
        assert loud == at
    else:
        assert loud == datetime(2026, 6, 1 + expected_day, expected_hour, tzinfo=asha.zone)


def test_the_next_morning_is_after_the_quiet_hours(asha: Clinic) -> None:
    decide(quiet_from=time(21), quiet_until=time(8))
    at = datetime(2026, 6, 1, 11, tzinfo=asha.zone)

    assert next_morning(at, asha, settings_of()) == datetime(2026, 6, 2, 8, tzinfo=asha.zone)


def test_a_rule_is_as_shipped_until_the_clinic_decides(asha: Clinic) -> None:
    shipped = rule_of(KIND, settings_of())
    decide(rules={KIND.name: {"timing": {"days": [30]}, "by_hand": True}})
    own = rule_of(KIND, settings_of())

    assert (shipped.is_on, shipped.by_hand, shipped.timing) == (True, False, {"days": (14, 7, 1)})
    assert (own.is_on, own.by_hand, own.timing) == (True, True, {"days": (30,)})


def test_consent_is_written_down_each_time_and_a_no_takes_back_what_waits(asha: Clinic) -> None:
    to, at = patient(may_message=False), timezone.now()

    to = consent.give(to, source=Consent.Source.DESK, at=at)
    to = consent.give(to, source=Consent.Source.DESK, at=at + HOUR)
    post(asha, to)
    to = consent.withdraw(to, source=Consent.Source.WORD, at=at + 2 * HOUR, words="STOP")

    assert (to.may_message, to.may_message_since) == (False, None)
    said = list(Consent.objects.order_by("at").values_list("given", "source", "words"))
    assert said == [(True, "desk", ""), (False, "word", "STOP")]
    assert Message.objects.get().state == Message.State.CANCELLED


def test_many_messages_ask_for_the_rules_once(asha: Clinic, django_assert_num_queries: Any) -> None:
    patients = [patient() for _ in range(20)]

    with django_assert_num_queries(5):
        house = House.of(asha, KIND.name)
        drafts = [
            outbox.draft(
                each,
                Occasion(f"n:{each.pk}", KIND.name, {"left": "2", "until": ""}),
                house=house,
                at=timezone.now(),
            )
            for each in patients
        ]
        outbox.put([each for each in drafts if each])

    assert Message.objects.count() == 20


def test_the_way_that_somebody_chose_is_the_only_one(asha: Clinic) -> None:
    to, occasion = patient(may_message=False), Occasion("chosen", KIND.name, {"left": "4", "until": ""})
    house, way = House.of(asha, KIND.name), (Message.Channel.BY_HAND, "+919820011111")

    drafted = outbox.draft(to, occasion, house=house, at=timezone.now(), is_asked=True, way=way)

    assert drafted
    assert (drafted.channel, drafted.address, drafted.route) == (*way, [])
