"""Reminders of visits: so many hours before, each once, whatever the job does."""

from __future__ import annotations

import threading
from datetime import datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connections
from django.utils import timezone

from clinic.messages import by_hand, consent, delivery, doorbell, outbox
from clinic.models import Clinic, Message, MessageSettings, Patient, Role
from clinic.tenancy.context import clinic_context
from tests.factories import PatientFactory, found, member, owner_of, package, plan, visit
from visits import reminders, services, tasks
from visits.models import Visit

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
QUARTER = timedelta(minutes=15)


@pytest.fixture
def clinic(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Clinic:
    """A clinic whose rows are committed; nobody rings."""
    monkeypatch.setattr(doorbell, "ring", lambda *turn: None)
    return found("asha", name="Asha Physiotherapy")


def person(**facts: Any) -> Patient:
    known = {"name": "Priya Nair", "email": "priya@example.test", "phones": ["+919820011111"]}
    return PatientFactory(**known | {"may_message": True} | facts)


def moment(clinic: Clinic, days: int, hour: int, minute: int = 0) -> datetime:
    """A time of the clinic's clock, so many days from today."""
    on = clinic.today() + days * DAY
    return datetime.combine(on, time(hour, minute), tzinfo=clinic.zone)


def booked(clinic: Clinic, patient: Patient, days: int = 4, hour: int = 10, **facts: Any) -> Visit:
    return visit(clinic, patient, at=moment(clinic, days, hour), **facts)


def every_quarter(clinic: Clinic, first: datetime, last: datetime) -> list[datetime]:
    """Run the job four times an hour; says when it wrote anything."""
    runs = [first + n * QUARTER for n in range(int((last - first) / QUARTER) + 1)]
    return [at for at in runs if reminders.write_all(clinic, at=at)]


def written() -> list[Message]:
    return list(Message.objects.filter(kind__startswith="reminder.").order_by("created_at", "pk"))


def decide(**rules: Any) -> None:
    MessageSettings.objects.update(rules=rules)


def test_two_days_and_one_day_before_and_on_the_day_where_the_clinic_wants_it(asha: Clinic) -> None:
    decide(**{"reminder.same_day": {"is_on": True}})
    seen = booked(asha, person())

    runs = every_quarter(asha, seen.starts_at - 60 * HOUR, seen.starts_at + 2 * HOUR)

    assert [seen.starts_at - at for at in runs] == [48 * HOUR, 24 * HOUR, 3 * HOUR]
    assert [each.kind.partition(".")[2] for each in written()] == ["two_days", "day_before", "same_day"]
    assert {each.good_until for each in written()} == {seen.starts_at}


def test_a_reminder_that_is_written_the_evening_before_names_the_day(asha: Clinic) -> None:
    decide(**{"reminder.same_day": {"is_on": True, "timing": {"hours": [20]}}})
    seen = booked(asha, person())

    reminders.write_all(asha, at=seen.starts_at - 20 * HOUR)

    subjects = [each.subject for each in written() if each.kind == "reminder.same_day"]
    local = asha.local(seen.starts_at)
    assert subjects == [f"Asha Physiotherapy: your visit on {local:%A}, {local.day} {local:%B}, 10:00"]


def test_as_shipped_nobody_is_reminded_on_the_day_and_the_hours_are_the_clinics(asha: Clinic) -> None:
    decide(**{"reminder.two_days": {"is_on": False}, "reminder.day_before": {"timing": {"hours": [20]}}})
    seen = booked(asha, person())

    runs = every_quarter(asha, seen.starts_at - 60 * HOUR, seen.starts_at)

    assert [seen.starts_at - at for at in runs] == [20 * HOUR]


@pytest.mark.parametrize(("sessions", "takes"), [(4, "of the 4 you"), (1, "of the 1 you")])
def test_it_says_when_with_whom_what_it_takes_and_until_when_cancelling_is_free(
    asha: Clinic, sessions: int, takes: str
) -> None:
    """S57"""
    patient = person()
    package(asha, patient, of=plan(sessions=sessions, late_cancel_hours=24))
    therapist = member(asha, Role.THERAPIST, name="Dr Anand Iyer")
    seen = booked(asha, patient, therapist=therapist)
    Message.objects.all().update(state="cancelled")

    reminders.write_all(asha, at=seen.starts_at - 48 * HOUR)

    (message,) = written()
    local = asha.local(seen.starts_at)
    assert f"See you on {local:%A}, {local.day} {local:%B}, 10:00 with Dr Anand Iyer." in message.body
    assert f"It takes 1 session {takes} have left." in message.body
    before = local - DAY
    assert f"free of charge until {before:%A}, {before.day} {before:%B}, 10:00." in message.body
    assert f"Confirm, move or cancel: [[link:visits/{seen.pk}/]]" in message.body
    for word in ("Nair", seen.service.name):
        assert word not in message.body


def test_several_visits_of_a_day_are_one_message_and_those_of_the_next_another(asha: Clinic) -> None:
    patient = person()
    package(asha, patient)
    first, second = booked(asha, patient), booked(asha, patient, hour=16)
    booked(asha, patient, days=5, hour=9)
    other = booked(asha, person(name="Rohan Das", email="rohan@example.test"), hour=10)

    every_quarter(asha, first.starts_at - 49 * HOUR, other.starts_at - 40 * HOUR)

    mine = [each for each in written() if each.address == "priya@example.test"]
    assert len(written()) == 2
    assert "10:00; 16:00" in mine[0].body
    assert "They take 2 sessions of the 10 you have left." in mine[0].body
    assert "move or cancel: [[link]]" in mine[0].body
    assert str(second.pk) in mine[0].fields[reminders.TOLD]


def test_what_is_booked_within_the_window_is_not_reminded_of_an_hour_later(asha: Clinic) -> None:
    seen = visit(asha, person(), at=timezone.now() + 47 * HOUR)

    assert reminders.write_all(asha, at=timezone.now() + 10 * timedelta(minutes=1)) == 0
    assert reminders.write_all(asha, at=seen.starts_at - 24 * HOUR) == 1


@pytest.mark.parametrize(("late", "count"), [(5 * HOUR, 1), (13 * HOUR, 0)])
def test_a_job_that_stood_still_for_long_leaves_it_to_the_next_reminder(
    asha: Clinic, late: timedelta, count: int
) -> None:
    seen = booked(asha, person())

    assert reminders.write_all(asha, at=seen.starts_at - 48 * HOUR + late) == count


@pytest.mark.parametrize("sent", [False, True])
def test_a_cancelled_visit_takes_its_reminder_back_and_a_moved_one_is_reminded_of_anew(
    asha: Clinic, sent: bool
) -> None:
    gone, moved = booked(asha, person()), booked(asha, person(email="moved@example.test"))
    at = gone.starts_at - 48 * HOUR
    assert reminders.write_all(asha, at=at) == 2
    if sent:
        Message.objects.update(state="sent", sent_at=at)

    services.cancel_visit(gone, clinic=asha, at=at, by=None, by_clinic=False, key=uuid4())
    services.move_visit(moved, starts_at=moved.starts_at + 3 * HOUR, by=owner_of(asha))

    assert {each.state for each in written()} == {"sent" if sent else "cancelled"}
    assert reminders.write_all(asha, at=at + 3 * HOUR) == 1
    assert "13:00" in written()[-1].body


@pytest.mark.parametrize("how", ["restored", "moved back"])
def test_a_reminder_that_was_taken_back_by_mistake_is_written_again_and_once(asha: Clinic, how: str) -> None:
    """S56"""
    seen, owner = booked(asha, person()), owner_of(asha)
    at, starts_at = seen.starts_at - 48 * HOUR, seen.starts_at
    assert reminders.write_all(asha, at=at) == 1
    Message.objects.update(last_words="The server did not answer.")

    for _ in range(2):
        if how == "restored":
            services.cancel_visit(seen, clinic=asha, at=at, by=owner, by_clinic=True, key=uuid4())
            services.restore_visit(seen, clinic=asha, at=at, by=owner, key=uuid4())
        else:
            seen = services.move_visit(seen, starts_at=starts_at + 9 * DAY, by=owner)
            seen = services.move_visit(seen, starts_at=starts_at, by=owner)
        assert len(every_quarter(asha, at + HOUR, at + 2 * HOUR)) == 1

    assert sorted(each.state for each in written()) == ["cancelled", "cancelled", "queued"]


@pytest.mark.parametrize("how", ["dropped", "late"])
def test_what_a_person_dropped_or_came_too_late_is_not_written_again(asha: Clinic, how: str) -> None:
    """S56"""
    seen = booked(asha, person(email=""))
    at = seen.starts_at - 24 * HOUR
    assert reminders.write_all(asha, at=at) == 1

    if how == "dropped":
        by_hand.drop(written()[0], by=owner_of(asha))
    else:
        delivery.expire(seen.starts_at + HOUR)

    assert [each.state for each in written()] == ["cancelled"]
    assert every_quarter(asha, at + QUARTER, at + HOUR) == []


def test_of_two_visits_one_cancelled_the_other_is_still_reminded_of(asha: Clinic) -> None:
    patient = person()
    first, _second = booked(asha, patient), booked(asha, patient, hour=16)
    at = first.starts_at - 48 * HOUR
    reminders.write_all(asha, at=at)

    services.cancel_visit(first, clinic=asha, at=at, by=None, by_clinic=True, key=uuid4())
    every_quarter(asha, at, at + 8 * HOUR)

    waiting = [each for each in written() if each.state == "queued"]
    assert len(waiting) == 1
    assert "10:00" not in waiting[0].body


def test_without_consent_nothing_and_without_a_channel_the_desk_reminds_the_day_before(asha: Clinic) -> None:
    booked(asha, person(may_message=False))
    by_hand = booked(asha, person(email=""))

    every_quarter(asha, by_hand.starts_at - 49 * HOUR, by_hand.starts_at - 20 * HOUR)

    (message,) = written()
    assert (message.channel, message.kind) == ("by_hand", "reminder.day_before")


def test_who_takes_the_consent_back_is_not_reminded(asha: Clinic) -> None:
    seen = booked(asha, person())
    reminders.write_all(asha, at=seen.starts_at - 48 * HOUR)

    consent.withdraw(seen.patient, source=consent.Source.LINK, at=timezone.now())

    assert [each.state for each in written()] == ["cancelled"]
    assert reminders.write_all(asha, at=seen.starts_at - 24 * HOUR) == 0


def test_it_is_of_no_use_after_the_visit_began(asha: Clinic) -> None:
    seen = booked(asha, person())
    reminders.write_all(asha, at=seen.starts_at - 24 * HOUR)

    assert delivery.claim(seen.starts_at + QUARTER, channel="email", clinic=asha) is None
    assert written()[0].state == "cancelled"


def test_the_statements_do_not_grow_with_the_visits(asha: Clinic, django_assert_max_num_queries: Any) -> None:
    patients = [person(email=f"p{n}@example.test") for n in range(8)]
    for patient in patients:
        package(asha, patient)
    seen = [booked(asha, patient) for patient in patients]

    with django_assert_max_num_queries(25):
        assert reminders.write_all(asha, at=seen[0].starts_at - 48 * HOUR) == 8


def test_ten_runs_from_two_workers_over_a_change_of_day_remind_once(clinic: Clinic) -> None:
    """S56"""
    with clinic_context(clinic.pk):
        seen = [
            booked(clinic, person(email=f"p{n}@example.test"), hour=hour) for n, hour in enumerate((0, 1, 1))
        ]
    before_midnight = seen[0].starts_at - 48 * HOUR
    start, counts, raised = threading.Barrier(2, timeout=30), [], []

    def work() -> None:
        try:
            for run in range(5):
                start.wait()
                counts.append(reminders.write_all(clinic, at=before_midnight + run * 15 * QUARTER / 15))
            start.wait()
            counts.append(reminders.write_all(clinic, at=before_midnight + 2 * HOUR))
        except BaseException as error:
            raised.append(error)
            start.abort()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (raised, sum(counts)) == ([], 3)
    with clinic_context(clinic.pk):
        assert len(written()) == 3


def test_a_crash_before_the_commit_leaves_all_to_the_next_run(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S56"""
    with clinic_context(clinic.pk):
        seen = booked(clinic, person())
    at, real = seen.starts_at - 48 * HOUR, outbox.put

    def put(messages: list[Message]) -> None:
        real(messages)
        raise ConnectionError("the worker is gone")

    monkeypatch.setattr(outbox, "put", put)
    with pytest.raises(ConnectionError):
        reminders.write_all(clinic, at=at)
    monkeypatch.setattr(outbox, "put", real)

    assert reminders.write_all(clinic, at=at) == 1


def test_the_clock_asks_every_clinic(asha: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(
        tasks.remind_clinic, "apply_async", lambda kwargs, **options: asked.append(kwargs["clinic_id"])
    )

    tasks.remind_everywhere()

    assert asked == [asha.pk]
    assert "visits.tasks.remind_everywhere" in {
        each["task"] for each in settings.CELERY_BEAT_SCHEDULE.values()
    }
