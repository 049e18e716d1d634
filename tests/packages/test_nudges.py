"""S56: each patient hears once, whatever the job does; nothing for packs that are renewed, refunded, frozen or done."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection, connections

from clinic.messages import doorbell, outbox
from clinic.models import Clinic, Message, Patient
from clinic.tenancy.context import clinic_context
from packages import nudges, validity
from packages.models import Nudge, Package
from packages.nudge_kinds import EXPIRING, FEW_LEFT, USED_UP
from tests.factories import PatientFactory, bring_to, found, owner_of, package, plan, use

SOLD_ON = date(2026, 3, 1)
LAST_DAY = date(2026, 5, 31)  # three months from 1 March
SOLD_AT = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)


@pytest.fixture
def clinic(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Clinic:
    """A clinic whose rows are committed; nobody rings."""
    monkeypatch.setattr(doorbell, "ring", lambda *turn: None)
    return found("asha", name="Asha Physiotherapy")


def _patient(**facts: Any) -> Patient:
    return PatientFactory(
        **{"name": "Priya Nair", "email": "priya@example.test", "may_message": True} | facts
    )


def _sold(
    clinic: Clinic, patient: Patient | None = None, *, on: date = SOLD_ON, used: int = 0, **facts: Any
) -> Package:
    """A pack of four sessions for three months; `used` of them used on the day after the sale."""
    facts.setdefault("of", plan(sessions=4, validity_count=3, validity_unit="months"))
    sold_at = datetime.combine(on, SOLD_AT.timetz())
    with time_machine.travel(sold_at, tick=False):
        pack = package(clinic, patient or _patient(), at=sold_at, **facts)
    with time_machine.travel(sold_at + timedelta(days=1), tick=False):
        use(clinic, pack, used)
    return pack


def _bodies() -> list[str]:
    return [message.body for message in _nudging().order_by("created_at", "pk")]


def _nudging() -> Any:
    return Message.objects.filter(occasion__startswith="nudge:")


def _days_with_a_nudge(clinic: Clinic, first: date, last: date) -> list[date]:
    """Run the job three times a day over the days; says on which it wrote anything."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [day for day in days if sum(nudges.write_all(clinic, on=day) for _ in range(3))]


def test_a_pack_that_ends_is_announced_14_7_and_1_day_before(asha: Clinic) -> None:
    _sold(asha, used=1)

    days = _days_with_a_nudge(asha, date(2026, 5, 12), LAST_DAY + timedelta(days=3))

    assert days == [date(2026, 5, 17), date(2026, 5, 24), date(2026, 5, 30)]
    assert _nudging().count() == 3
    assert "Hello Priya," in _bodies()[0]
    assert "You have 3 sessions left, valid to 31 May 2026.\n" in _bodies()[0]
    assert all("today" not in body for body in _bodies())  # it may be sent days after it was written


def test_a_job_that_stood_still_announces_once(asha: Clinic) -> None:
    _sold(asha)

    assert _days_with_a_nudge(asha, date(2026, 5, 27), LAST_DAY) == [date(2026, 5, 27), date(2026, 5, 30)]


def test_a_pack_of_ten_days_is_not_announced_on_the_day_it_is_bought(asha: Clinic) -> None:
    _sold(asha, of=plan(sessions=4, validity_count=10, validity_unit="days"))

    assert _days_with_a_nudge(asha, SOLD_ON, date(2026, 3, 12)) == [date(2026, 3, 3), date(2026, 3, 9)]


def test_few_left_is_said_once_on_the_day_after(asha: Clinic) -> None:
    _sold(asha, used=2)

    assert _days_with_a_nudge(asha, SOLD_ON, date(2026, 3, 12)) == [date(2026, 3, 3)]

    assert "You have 2 sessions left.\nValid to 31 May 2026." in _bodies()[0]


def test_used_up_is_said_once(asha: Clinic) -> None:
    _sold(asha, used=4)

    assert _days_with_a_nudge(asha, SOLD_ON, date(2026, 3, 12)) == [date(2026, 3, 3)]

    assert "All 4 sessions of your package are used." in _bodies()[0]


def test_one_message_answers_two_occasions_of_a_pack(asha: Clinic) -> None:
    pack = _sold(
        asha, on=date(2026, 5, 15), used=2, of=plan(sessions=4, validity_count=10, validity_unit="days")
    )

    assert _days_with_a_nudge(asha, date(2026, 5, 17), date(2026, 5, 17)) == [date(2026, 5, 17)]

    assert sorted(Nudge.objects.filter(package=pack).values_list("occasion", flat=True)) == [
        "expiring_7:2026-05-24",
        "few_left",
    ]
    assert _nudging().count() == 1


def test_a_pack_sold_with_two_sessions_does_not_run_out_from_the_first_day(asha: Clinic) -> None:
    _sold(asha, used=1, of=plan(sessions=2))

    assert _days_with_a_nudge(asha, SOLD_ON, date(2026, 3, 12)) == []


@pytest.mark.parametrize("state", [Package.State.REFUNDED, Package.State.VOID, Package.State.SUSPENDED])
def test_nothing_for_a_pack_that_does_not_run(asha: Clinic, state: str) -> None:
    pack = _sold(asha, used=2)
    bring_to(asha, pack, state, on=SOLD_ON)

    assert _days_with_a_nudge(asha, SOLD_ON, date(2026, 3, 6)) == []
    assert _days_with_a_nudge(asha, date(2026, 5, 24), date(2026, 5, 24)) == []


def test_nothing_while_a_pack_is_frozen_and_then_by_its_new_last_day(asha: Clinic) -> None:
    """S35, S56"""
    pack = _sold(asha, used=1)
    assert pack.valid_until is not None
    eve = pack.valid_until - timedelta(days=14)

    validity.freeze(
        pack,
        first_day=eve,
        last_day=eve + timedelta(days=9),
        on=SOLD_ON,
        by=owner_of(asha),
        key=uuid4(),
        reason="Travels",
    )

    assert _days_with_a_nudge(asha, eve, eve + timedelta(days=9)) == []
    assert _days_with_a_nudge(asha, eve + timedelta(days=10), eve + timedelta(days=10)) == [
        eve + timedelta(days=10)
    ]


def test_nothing_for_a_pack_that_is_used_up_or_lapsed(asha: Clinic) -> None:
    _sold(asha, used=4)
    nudges.write_all(asha, on=date(2026, 3, 3))
    _sold(asha, on=date(2025, 1, 1), used=1)

    assert _days_with_a_nudge(asha, date(2026, 3, 4), date(2026, 3, 12)) == []


@pytest.mark.parametrize("used", [0, 2, 4])
def test_nothing_where_the_pack_was_renewed_yesterday(asha: Clinic, used: int) -> None:
    patient = _patient()
    _sold(
        asha,
        patient,
        on=date(2026, 5, 10),
        used=used,
        of=plan(sessions=4, validity_count=14, validity_unit="days"),
    )
    _sold(asha, patient, on=date(2026, 5, 15))

    assert nudges.write_all(asha, on=date(2026, 5, 16)) == 0


@pytest.mark.parametrize(("first", "second"), [(2, 2), (2, 3), (3, 2)])
def test_of_two_packs_that_run_out_one_speaks(asha: Clinic, first: int, second: int) -> None:
    patient = _patient()
    one, two = _sold(asha, patient), _sold(asha, patient)
    with time_machine.travel(SOLD_AT + timedelta(days=1), tick=False):
        from tests.factories import complete, visit

        for pack, times in ((one, first), (two, second)):
            for _ in range(times):
                at = SOLD_AT + timedelta(days=1)
                complete(asha, visit(asha, patient, at=at), package=pack, at=at)

    assert nudges.write_all(asha, on=date(2026, 3, 3)) == 1
    assert Nudge.objects.get().package_id == two.pk


def test_without_consent_or_address_it_lands_on_the_desks_list(asha: Clinic) -> None:
    _sold(asha, _patient(may_message=False, phones=["+919876543210"]), used=2)

    nudges.write_all(asha, on=date(2026, 3, 3))

    message = _nudging().get()
    assert (message.channel, message.state, message.address) == ("by_hand", "queued", "+919876543210")


def test_the_patients_language_and_no_escaping(asha: Clinic) -> None:
    _sold(asha, _patient(name="D'Souza", language="hi"), used=2)

    nudges.write_all(asha, on=date(2026, 3, 3))

    assert "D'Souza" in _bodies()[0]
    assert "31 मई 2026" in _bodies()[0]


def test_nothing_clinical_and_no_surname(asha: Clinic) -> None:
    _sold(asha, _patient(notes="post ACL surgery"), used=2)

    nudges.write_all(asha, on=date(2026, 3, 3))

    assert not any(word in _bodies()[0] for word in ("Nair", "ACL", "surgery"))


def test_buying_again_takes_back_what_waits(asha: Clinic) -> None:
    pack = _sold(asha, used=2)
    nudges.write_all(asha, on=date(2026, 3, 3))

    assert nudges.withdraw(pack.patient_id) == 1

    assert _nudging().get().state == Message.State.CANCELLED


def test_a_crash_half_way_writes_the_rest_on_the_next_run(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    with clinic_context(clinic.pk):
        packs = [_sold(clinic, used=2) for _ in range(5)]
    monkeypatch.setattr(nudges, "AT_ONCE", 2)
    real, calls = outbox.put, []

    def put(messages: list[Message]) -> None:
        real(messages)
        calls.append(len(messages))
        if len(calls) == 2:
            raise ConnectionError("the worker is gone")

    monkeypatch.setattr(outbox, "put", put)
    with pytest.raises(ConnectionError):
        nudges.write_all(clinic, on=date(2026, 3, 3))
    monkeypatch.setattr(outbox, "put", real)
    with clinic_context(clinic.pk):
        assert Nudge.objects.count() == _nudging().count() == calls[0]  # the second batch is undone whole

    assert nudges.write_all(clinic, on=date(2026, 3, 3)) == 5 - calls[0]

    with clinic_context(clinic.pk):
        assert sorted(Nudge.objects.values_list("package_id", flat=True)) == sorted(pack.pk for pack in packs)
        assert _nudging().count() == 5


def test_two_workers_at_once_nudge_once(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    with clinic_context(clinic.pk):
        for _ in range(6):
            _sold(clinic, used=2)
    monkeypatch.setattr(nudges, "AT_ONCE", 2)
    start = threading.Barrier(3, timeout=10)
    written, raised = [], []

    def work() -> None:
        try:
            start.wait()
            written.append(nudges.write_all(clinic, on=date(2026, 3, 3)))
        except BaseException as error:
            raised.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert raised == []
    assert sum(written) == 6
    with clinic_context(clinic.pk):
        assert (Nudge.objects.count(), _nudging().count()) == (6, 6)


def test_by_hand(asha: Clinic) -> None:
    _sold(asha, used=2)
    out = StringIO()

    call_command("send_nudges", clinic="asha", on="2026-03-03", dry_run=True, stdout=out)
    assert out.getvalue() == "asha: package 1: few_left\n"
    assert not Nudge.objects.exists()

    for _ in range(2):
        call_command("send_nudges", clinic="asha", on="2026-03-03", stdout=out)
    assert out.getvalue().splitlines()[1:] == [
        "asha: 1 nudged, 0 reminded of instalments",
        "asha: 0 nudged, 0 reminded of instalments",
    ]


def test_by_hand_refuses_what_is_no_day_and_no_clinic(asha: Clinic) -> None:
    with pytest.raises(CommandError, match="such as 2026-03-31"):
        call_command("send_nudges", on="tomorrow")
    with pytest.raises(CommandError, match="nowhere"):
        call_command("send_nudges", clinic="nowhere")


def test_what_was_written_before_there_were_kinds_gets_its_kind(owner_connection: None, asha: Clinic) -> None:
    pack = _sold(asha)
    old = {"expiring_14:2026-05-31": EXPIRING, "few_left": FEW_LEFT, "used_up": USED_UP}
    messages = [
        outbox.plain(pack.patient, subject="", body="", occasion=f"nudge:{pack.pk}:{name}") for name in old
    ]
    other = outbox.plain(pack.patient, subject="", body="", occasion="reminder:1:expiring_14")
    outbox.put([*messages, other])

    with connection.cursor() as cursor:
        cursor.execute(import_module("packages.migrations.0009_nudges").KINDS)

    kinds = dict(Message.objects.values_list("occasion", "kind"))
    assert [kinds[each.occasion] for each in messages] == list(old.values())
    assert kinds[other.occasion] == ""
