"""What the owner decides about messages: channels, hours, kinds, words. What cannot be is refused with a sentence."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest
from django.utils import timezone

from clinic.access import NotAllowed
from clinic.messages import wordings
from clinic.messages.deciding import Decision, NotDecided, decide_rules, decide_sending
from clinic.messages.kinds import Kind
from clinic.messages.rules import House, rule_of, settings_of
from clinic.models import AuditEvent, Clinic, MessageSettings, Role, Wording
from clinic.onboarding import found_clinic
from clinic.tenancy.context import clinic_context
from tests.factories import UserFactory, member, owner_of
from tests.written import everything

from .deciding import expiring  # noqa: F401 - a fixture

SENDING = {
    "channels": ["whatsapp", "by_hand"],
    "quiet_from": time(20),
    "quiet_until": time(9),
    "daily_cap": 3,
    "nudge_hour": 11,
}
WORDS = {"subject": "{clinic}: {left}", "body": "Hi {first_name}!\n{left} left.", "template": ""}


def decide(clinic: Clinic, **facts: Any) -> MessageSettings:
    return decide_sending(**SENDING | facts, by=owner_of(clinic))


def test_how_messages_go_is_kept_with_what_was_before(asha: Clinic) -> None:
    decide(asha)
    decide(asha)

    kept = settings_of()
    assert (kept.channels, kept.quiet_from, kept.daily_cap) == (["whatsapp", "by_hand"], time(20), 3)
    line = AuditEvent.objects.get(act="decide_messages")
    assert (line.before["channels"], line.after["channels"]) == (
        ["email", "by_hand"],
        ["whatsapp", "by_hand"],
    )


def test_a_clinic_that_never_decided_can(asha: Clinic) -> None:
    new = found_clinic(slug="new", name="New", owner=UserFactory()).clinic
    with clinic_context(new.pk):
        assert not MessageSettings.objects.exists()

        decide(new)

        assert settings_of().nudge_hour == 11


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"channels": []}, "channels"),
        ({"channels": ["email", "email"]}, "channels"),
        ({"channels": ["pigeon"]}, "channels"),
        ({"daily_cap": 51}, "daily_cap"),
        ({"daily_cap": -1}, "daily_cap"),
        ({"nudge_hour": 24}, "nudge_hour"),
    ],
)
def test_how_messages_cannot_go(asha: Clinic, wrong: dict[str, Any], field: str) -> None:
    before = everything()

    with pytest.raises(NotDecided) as refused:
        decide(asha, **wrong)

    assert set(refused.value.faults) == {field}
    assert everything() == before


def test_a_kind_is_switched_and_timed_and_only_what_differs_is_kept(asha: Clinic, expiring: Kind) -> None:  # noqa: F811
    decision = Decision(is_on=False, by_hand=True, timing={"days": (10, 3), "pause": (3,)})

    decide_rules({expiring.name: decision}, by=owner_of(asha))

    assert settings_of().rules == {expiring.name: {"is_on": False, "timing": {"days": [10, 3]}}}
    rule = rule_of(expiring, settings_of())
    assert (rule.is_on, rule.by_hand, rule.timing) == (False, True, {"days": (10, 3), "pause": (3,)})

    as_shipped = Decision(is_on=True, by_hand=True, timing={"days": (1, 7, 14)})
    decide_rules({expiring.name: as_shipped}, by=owner_of(asha))
    assert settings_of().rules == {}


@pytest.mark.parametrize(
    ("timing", "sentence"),
    [
        ({"days": (0,)}, "Choose a number from 1 to 90."),
        ({"days": (91, 7)}, "Choose a number from 1 to 90."),
        ({"days": (7, 7)}, "7 is there twice. Once is enough."),
        ({"days": ()}, "Write one number."),
        ({"days": tuple(range(1, 8))}, "At most 6 numbers."),
        ({"pause": (1, 2)}, "Write one number."),
        ({"weeks": (1,)}, "There is no time “weeks” to set."),
    ],
)
def test_a_time_that_cannot_be_is_refused_by_its_name(
    asha: Clinic,
    expiring: Kind,  # noqa: F811
    timing: dict[str, tuple[int, ...]],
    sentence: str,
) -> None:
    before, (name,) = everything(), timing

    with pytest.raises(NotDecided) as refused:
        decide_rules({expiring.name: Decision(True, True, timing)}, by=owner_of(asha))

    assert refused.value.faults == {f"{expiring.name}.{name}": sentence}
    assert everything() == before


def test_an_unknown_kind_is_refused(asha: Clinic) -> None:
    with pytest.raises(NotDecided, match="There is no kind of message"):
        decide_rules({"test.nothing": Decision(True, True, {})}, by=owner_of(asha))


def test_only_the_owner_decides(asha: Clinic, expiring: Kind) -> None:  # noqa: F811
    desk = member(asha, Role.FRONT_DESK)

    for act in (
        lambda: decide_sending(**SENDING, by=desk),
        lambda: decide_rules({}, by=desk),
        lambda: wordings.keep(expiring, "hi", **WORDS, by=desk, at=timezone.now()),
        lambda: wordings.take_back(expiring, "hi", by=desk, at=timezone.now()),
    ):
        with pytest.raises(NotAllowed):
            act()


def keep(clinic: Clinic, kind: Kind, language: str = "en-in", **words: str) -> Wording:
    return wordings.keep(kind, language, **WORDS | words, by=owner_of(clinic), at=timezone.now())


def test_own_words_are_used_until_the_shipped_ones_are_wanted_back(asha: Clinic, expiring: Kind) -> None:  # noqa: F811
    keep(asha, expiring, body="Hi {first_name}!\r\n{left} left.\r\n")
    keep(asha, expiring)

    now = wordings.words_of(expiring, "en-in")
    assert (now.subject, now.body) == ("{clinic}: {left}", "Hi {first_name}!\n{left} left.")
    assert wordings.words_of(expiring, "hi").own is None
    assert AuditEvent.objects.filter(act="keep_wording").count() == 1, "the same again is nothing new"

    for _ in range(2):
        wordings.take_back(expiring, "en-in", by=owner_of(asha), at=timezone.now())
    assert House.of(asha, expiring.name).wordings == {}
    assert wordings.words_of(expiring, "en-in").subject == "{clinic}: {left} left"
    assert AuditEvent.objects.filter(act="take_back_wording").count() == 1


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"body": "{left} for {amount}"}, "{amount} is not known here"),
        ({"body": "Hello {first_name}"}, "{left} is missing"),
        ({"body": "{left} {"}, "A brace stands alone"),
        ({"body": " "}, "Write what the message says"),
        ({"subject": " "}, "Write a subject"),
        ({"body": "{left}" + "x" * 2000}, "At most 2000"),
        ({"template": "Left Soon"}, "is written like few_left"),
    ],
)
def test_words_that_would_go_wrong_are_refused_when_they_are_saved(
    asha: Clinic,
    expiring: Kind,  # noqa: F811
    wrong: dict[str, str],
    sentence: str,
) -> None:
    before = everything()

    with pytest.raises(wordings.NotKept) as refused:
        keep(asha, expiring, **wrong)

    assert any(sentence in fault for fault in refused.value.faults)
    assert everything() == before


def test_a_language_that_nobody_reads_is_refused(asha: Clinic, expiring: Kind) -> None:  # noqa: F811
    with pytest.raises(wordings.NotKept, match="no language"):
        keep(asha, expiring, "xx")


def test_the_preview_is_filled_with_the_examples_and_the_clinics_name(asha: Clinic, expiring: Kind) -> None:  # noqa: F811
    subject, body = wordings.preview_of(
        expiring, "en-in", subject="{clinic}: {left}", body="{left}, {nonsense}\n{phone}", clinic=asha
    )

    assert subject == "Asha Physiotherapy: 4 sessions"
    assert body == "080 4123 4567", "a line with an unknown name is left out, as when it is sent"
