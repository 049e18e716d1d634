"""What patients are told when the count or the last day of a package moves beside its use."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
import time_machine

from clinic.messages import kinds, wording
from clinic.models import Clinic, Message, Patient
from packages import ledger, transfers, validity
from packages.models import Package
from tests.factories import PatientFactory, owner_of, package, plan, use

NOW = datetime(2026, 3, 10, 6, 0, tzinfo=UTC)
TODAY = date(2026, 3, 10)
ONE_DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def on_10_march() -> Any:
    with time_machine.travel(NOW, tick=True):
        yield


def person(name: str = "Priya Nair", **facts: Any) -> Patient:
    return PatientFactory(**{"name": name, "email": "priya@example.test", "may_message": True} | facts)


def pack_of(asha: Clinic, patient: Patient) -> Package:
    pack = package(asha, patient, of=plan(validity_count=3, validity_unit="months", transfer_rule="anybody"))
    Message.objects.update(state="cancelled")
    return pack


def facts(asha: Clinic, **more: Any) -> dict[str, Any]:
    return {"on": TODAY, "by": owner_of(asha), "key": uuid4(), "reason": "Asked for at the counter"} | more


def freeze(asha: Clinic, pack: Package, **more: Any) -> Any:
    days = {"first_day": TODAY, "last_day": TODAY + 9 * ONE_DAY}
    return validity.freeze(pack, **facts(asha, **days | more))


def told() -> dict[str, str]:
    """Kind and words of what waits, without greeting and end."""
    waiting = Message.objects.filter(state="queued").order_by("created_at", "pk")
    return {each.kind: " ".join(each.body.split("\n\n")[1].split()) for each in waiting}


def test_a_freeze_says_from_when_to_when_and_the_new_last_day(asha: Clinic) -> None:
    """S35"""
    freeze(asha, pack_of(asha, person()))

    assert told() == {
        "receipt.freeze": "Your package is frozen from 10 Mar 2026 to 19 Mar 2026. 10 left, valid to 19 Jun 2026. "
        "If this is not right, please tell us."
    }
    assert "Asked for" not in Message.objects.latest("created_at").body


@pytest.mark.parametrize("sent", [False, True])
def test_a_freeze_undone_at_once_is_taken_back_and_one_that_was_told_is_answered(
    asha: Clinic, sent: bool
) -> None:
    pack = pack_of(asha, person())
    freeze(asha, pack)
    if sent:
        Message.objects.filter(kind="receipt.freeze").update(state="sent", sent_at=NOW)

    validity.unfreeze(pack, from_day=TODAY, **facts(asha))

    assert list(told()) == (["receipt.thaw"] if sent else [])
    if sent:
        assert "valid to 9 Jun 2026" in told()["receipt.thaw"]


def test_an_extension_says_both_days(asha: Clinic) -> None:
    pack = pack_of(asha, person())

    key = uuid4()
    for _ in range(2):
        validity.extend(pack, until=date(2026, 7, 9), **facts(asha, key=key))

    assert told()["receipt.extension"].startswith(
        "Your package was valid to 9 Jun 2026 and is valid to 9 Jul 2026 now. 10 left"
    )
    assert Message.objects.filter(kind="receipt.extension").count() == 1


def test_closed_days_say_that_the_clinic_was_closed(asha: Clinic) -> None:
    """S52"""
    pack = pack_of(asha, person())

    validity.add_closed_days(pack, first_day=TODAY, last_day=TODAY + ONE_DAY, **facts(asha))

    assert (
        "We are closed from 10 Mar 2026 to 11 Mar 2026: your package lasts to 11 Jun 2026 now."
        in " ".join(told().values())
    )


@pytest.mark.parametrize("sessions", [1, 3])
def test_a_transfer_is_told_to_both_by_first_names_and_its_undoing_too(asha: Clinic, sessions: int) -> None:
    """S53, S57"""
    giver, getter = person("Priya Nair"), person("Meera Das", email="meera@example.test")
    pack = pack_of(asha, giver)
    made = transfers.transfer(pack, sessions=Decimal(sessions), to=getter, **facts(asha))

    bodies = dict(Message.objects.filter(kind="receipt.transfer").values_list("address", "body"))
    assert f"transferred to Meera.\n{10 - sessions} left" in bodies["priya@example.test"]
    assert f"Priya transferred {sessions} session" in bodies["meera@example.test"]
    assert not any("Nair" in body or "Das" in body for body in bodies.values())
    Message.objects.filter(address="priya@example.test", state="queued").update(state="sent", sent_at=NOW)

    transfers.undo_transfer(made, **facts(asha))

    waiting = Message.objects.filter(kind="receipt.transfer", state="queued")
    assert [each.address for each in waiting] == ["priya@example.test"]
    assert "undone.\n10 left" in waiting[0].body


def test_what_lapses_is_told_once_and_not_weeks_later(asha: Clinic) -> None:
    pack = pack_of(asha, person())
    use(asha, pack, 7)
    late = pack_of(asha, person(email="late@example.test"))
    Message.objects.update(state="cancelled")

    with time_machine.travel(NOW + 92 * ONE_DAY, tick=False):
        for _ in range(2):
            ledger.lapse(pack, on=TODAY + 92 * ONE_DAY)
    with time_machine.travel(NOW + 120 * ONE_DAY, tick=False):
        ledger.lapse(late, on=TODAY + 120 * ONE_DAY)

    (message,) = Message.objects.filter(state="queued")
    assert message.address == "priya@example.test"
    assert "valid to 9 Jun 2026. 3 sessions were not used and have lapsed." in message.body


@pytest.mark.parametrize(
    ("sessions", "words"),
    [("2", "2 sessions were added to your package. 12 left"), ("-0.5", "0.5 sessions were taken from")],
)
def test_sessions_given_or_taken(asha: Clinic, sessions: str, words: str) -> None:
    pack = pack_of(asha, person())

    ledger.adjust(pack.lines.get(), sessions=Decimal(sessions), **facts(asha))

    assert words in told()["receipt.adjustment"]


def test_nothing_without_consent_and_nothing_that_was_written_down_days_later(asha: Clinic) -> None:
    freeze(asha, pack_of(asha, person(may_message=False)))
    late = pack_of(asha, person())
    validity.extend(late, until=date(2026, 7, 9), **facts(asha, on=TODAY - 3 * ONE_DAY))

    assert told() == {}


@pytest.mark.parametrize("kind", kinds.all_kinds(), ids=lambda kind: kind.name)
@pytest.mark.parametrize("language", ["en-in", "hi"])
def test_every_kind_can_be_filled_as_it_is_shipped(kind: kinds.Kind, language: str, asha: Clinic) -> None:
    subject, body = wording.shipped(kind, language)

    assert wording.faults_of(kind, subject, body) == []
    filled = wording.fill(body, wording.example_of(kind, language))
    assert "{" not in filled
    assert kind.label
    assert kind.about
