"""S56 for instalments: before, on the day and after, each once; nothing for what is paid or does not run."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from io import StringIO

import pytest
import time_machine
from django.conf import settings
from django.core.management import call_command
from django.db import connections

from billing.credits import sale_line
from billing.instalment_dates import Due
from billing.instalments import agree_instalments, plan_of
from billing.models import BillLine
from clinic.messages import by_hand, doorbell, outbox
from clinic.models import Clinic, Message, MessageSettings, Patient
from clinic.tenancy.context import clinic_context
from desk import instalments_reminders as reminders
from desk import tasks
from packages.models import Package
from tests.acts import bounce, now, pay, refund
from tests.factories import PatientFactory, bring_to, found, plan, sale

SOLD_AT = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)
SOLD_ON = date(2026, 3, 1)
FIRST, SECOND = date(2026, 3, 11), date(2026, 4, 11)


@pytest.fixture
def clinic(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Clinic:
    """A clinic whose rows are committed; nobody rings."""
    monkeypatch.setattr(doorbell, "ring", lambda *turn: None)
    return found("asha", name="Asha Physiotherapy")


def agreed(clinic: Clinic, patient: Patient | None = None, *due: date) -> BillLine:
    """A pack of 10,000 sold on 1 March, to be paid in two halves."""
    patient = patient or PatientFactory(
        name="Priya Nair", phones=["+919820012345"], email="priya@example.test", may_message=True
    )
    with time_machine.travel(SOLD_AT, tick=False):
        line = sale_line(sale(clinic, patient, of=plan(activation="as_paid"), paid=0, at=SOLD_AT).package)
        assert line is not None
        rows = [Due(on, Decimal(5_000)) for on in due or (FIRST, SECOND)]
        agree_instalments(line, rows=rows, **now(clinic, at=SOLD_AT))
    return line


def written() -> list[Message]:
    return list(Message.objects.filter(occasion__startswith="instalment:").order_by("created_at", "pk"))


def days_with_a_reminder(clinic: Clinic, first: date, last: date) -> list[date]:
    """Run the job three times a day over the days; says on which it wrote anything."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [day for day in days if sum(reminders.write_all(clinic, on=day) for _ in range(3))]


def test_three_days_before_on_the_day_and_three_days_after(asha: Clinic) -> None:
    """S56"""
    agreed(asha)

    days = days_with_a_reminder(asha, SOLD_ON, date(2026, 4, 30))

    assert [f"{day:%d %b}" for day in days] == ["08 Mar", "11 Mar", "14 Mar", "08 Apr", "11 Apr", "14 Apr"]
    before, on_the_day, after = (message.body for message in written()[:3])
    assert "Hello Priya," in before
    assert "₹5,000.00 is due on 11 March 2026" in before or "₹5,000.00 is due on 11 Mar 2026" in before
    assert "₹5,000.00 is due today" in on_the_day
    assert "₹5,000.00 was due on 11 Mar" in after
    assert "Nair" not in before
    until = [message.good_until and asha.local(message.good_until).date() for message in written()[:3]]
    assert until == [FIRST + timedelta(days=1), FIRST + timedelta(days=1), None]


def test_a_job_that_stood_still_says_what_is_true_and_digs_nothing_up(asha: Clinic) -> None:
    agreed(asha)

    assert days_with_a_reminder(asha, date(2026, 3, 13), date(2026, 3, 20)) == [
        date(2026, 3, 13),
        date(2026, 3, 14),
    ]
    assert "was due on" in written()[0].body
    agreed(asha)  # the same days; nobody looked for two months
    assert days_with_a_reminder(asha, date(2026, 5, 20), date(2026, 5, 25)) == []


def test_nothing_on_the_day_of_the_agreement_nor_before_it_was_agreed(asha: Clinic) -> None:
    agreed(asha, None, SOLD_ON, SOLD_ON + timedelta(days=2))

    assert days_with_a_reminder(asha, SOLD_ON, SOLD_ON + timedelta(days=1)) == []
    assert days_with_a_reminder(asha, SOLD_ON + timedelta(days=2), SOLD_ON + timedelta(days=9)) == [
        SOLD_ON + timedelta(days=2),
        SOLD_ON + timedelta(days=5),
    ]


def test_nothing_for_what_is_paid_and_what_waits_is_taken_back(asha: Clinic) -> None:
    line = agreed(asha, PatientFactory(phones=["+919820012345"]))
    assert days_with_a_reminder(asha, FIRST, FIRST) == [FIRST]

    pay(asha, line.bill.patient, 5_000, [line])

    assert [message.state for message in written()] == [Message.State.CANCELLED]
    assert days_with_a_reminder(asha, FIRST, SECOND - timedelta(days=4)) == []


def test_what_is_partly_paid_asks_for_the_rest(asha: Clinic) -> None:
    line = agreed(asha)
    pay(asha, line.bill.patient, 3_500, [line])

    days_with_a_reminder(asha, FIRST, FIRST)

    assert "₹1,500.00 is due today" in written()[0].body


def test_what_bounced_is_asked_for_by_people_while_the_pack_is_suspended(asha: Clinic) -> None:
    """S46"""
    line = agreed(asha)
    (paid,) = pay(asha, line.bill.patient, 5_000, [line])
    bounce(asha, paid)

    assert days_with_a_reminder(asha, FIRST, FIRST + timedelta(days=5)) == []


@pytest.mark.parametrize("state", [Package.State.REFUNDED, Package.State.VOID, Package.State.SUSPENDED])
def test_nothing_for_a_pack_that_does_not_run_and_what_waits_is_taken_back(asha: Clinic, state: str) -> None:
    line = agreed(asha, PatientFactory(phones=["+919820012345"]))
    assert days_with_a_reminder(asha, FIRST, FIRST) == [FIRST]
    assert line.package

    bring_to(asha, line.package, state, on=SOLD_ON)

    assert days_with_a_reminder(asha, FIRST, FIRST + timedelta(days=5)) == []
    assert [message.state for message in written()] == [Message.State.CANCELLED]


def test_a_refund_takes_the_reminders_with_it(asha: Clinic) -> None:
    line = agreed(asha)
    assert line.package
    refund(asha, line.package)

    assert days_with_a_reminder(asha, SOLD_ON, SECOND) == []


def test_agreed_anew_only_the_new_days_speak(asha: Clinic) -> None:
    line = agreed(asha, PatientFactory(phones=["+919820012345"]))
    assert days_with_a_reminder(asha, FIRST - timedelta(days=3), FIRST - timedelta(days=3))
    with time_machine.travel(SOLD_AT + timedelta(days=8), tick=False):
        later = [Due(date(2026, 3, 25), Decimal(10_000))]
        agree_instalments(line, rows=later, **now(asha, replaces=plan_of(line), reason="Later"))

    assert days_with_a_reminder(asha, FIRST, date(2026, 3, 25)) == [date(2026, 3, 22), date(2026, 3, 25)]
    assert written()[0].state == Message.State.CANCELLED


def test_without_consent_or_address_it_lands_on_the_desks_list(asha: Clinic) -> None:
    agreed(asha, PatientFactory(phones=["+919820012345"], may_message=False, email="x@example.test"))

    reminders.write_all(asha, on=FIRST)

    (message,) = written()
    assert (message.channel, message.address) == ("by_hand", "+919820012345")
    assert list(by_hand.for_hand()) == [message]


def test_the_patients_language(asha: Clinic) -> None:
    agreed(asha, PatientFactory(language="hi", email="x@example.test", may_message=True))

    reminders.write_all(asha, on=FIRST + timedelta(days=3))

    assert "11 मार्च 2026" in written()[0].body


def test_two_workers_at_once_remind_once(clinic: Clinic) -> None:
    """S56"""
    with clinic_context(clinic.pk):
        for _ in range(4):
            agreed(clinic)
    start, counts, raised = threading.Barrier(3, timeout=30), [], []

    def work() -> None:
        try:
            start.wait()
            counts.append(reminders.write_all(clinic, on=FIRST))
        except BaseException as error:
            raised.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (raised, sum(counts)) == ([], 4)
    with clinic_context(clinic.pk):
        assert len(written()) == 4


def test_a_crash_before_the_commit_leaves_all_to_the_next_run(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S56"""
    with clinic_context(clinic.pk):
        agreed(clinic)
    real = outbox.put

    def put(messages: list[Message]) -> None:
        real(messages)
        raise ConnectionError("the worker is gone")

    monkeypatch.setattr(outbox, "put", put)
    with pytest.raises(ConnectionError):
        reminders.write_all(clinic, on=FIRST)
    monkeypatch.setattr(outbox, "put", real)

    assert reminders.write_all(clinic, on=FIRST) == 1


@pytest.mark.parametrize(("hour", "reminded"), [(3, 0), (9, 1), (15, 0)])  # 08:30, 14:30 and 20:30 in India
def test_the_clock_reminds_by_day_and_by_the_clinics_own(
    asha: Clinic, monkeypatch: pytest.MonkeyPatch, hour: int, reminded: int
) -> None:
    MessageSettings.objects.update(quiet_from=time(20), quiet_until=time(8))
    asked: list[int] = []
    monkeypatch.setattr(
        tasks.remind_clinic, "apply_async", lambda kwargs, **options: asked.append(kwargs["clinic_id"])
    )

    with time_machine.travel(datetime(2026, 3, 11, hour, 0, tzinfo=UTC), tick=False):
        tasks.remind_everywhere()

    assert asked == [asha.pk] * reminded
    assert "desk.tasks.remind_everywhere" in {each["task"] for each in settings.CELERY_BEAT_SCHEDULE.values()}


def test_the_task_writes_what_its_clinics_day_asks_for(clinic: Clinic) -> None:
    with clinic_context(clinic.pk):
        agreed(clinic)

    with time_machine.travel(datetime(2026, 3, 11, 9, 0, tzinfo=UTC), tick=False):
        assert [tasks.remind_clinic(clinic_id=clinic.pk) for _ in range(2)] == [1, 0]


def test_by_hand(asha: Clinic) -> None:
    line, out = agreed(asha), StringIO()
    name = BillLine.objects.select_related("bill").get(pk=line.pk).bill.name

    call_command("send_nudges", clinic="asha", on=FIRST.isoformat(), dry_run=True, stdout=out)
    assert out.getvalue() == f"asha: bill {name}, instalment 1: due\n"
    assert written() == []

    for _ in range(2):
        call_command("send_nudges", clinic="asha", on=FIRST.isoformat(), stdout=out)
    assert [each.rpartition(", ")[2] for each in out.getvalue().splitlines()[1:]] == [
        "1 reminded of instalments",
        "0 reminded of instalments",
    ]
