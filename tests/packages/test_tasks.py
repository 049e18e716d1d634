"""Lapsing by the clock: every clinic's own midnight, however often and however late."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import connections

from clinic.celery import app
from clinic.models import Clinic, MessageSettings
from clinic.tenancy.context import clinic_context
from packages import ledger, tasks
from packages.models import Entry, Kind, Package
from tests.factories import bring_to, found, package, plan

SOLD_AT = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)  # 1 March in Kolkata and in Auckland


@pytest.fixture
def clinic(transactional_db: None) -> Clinic:
    return found("asha", name="Asha Physiotherapy")


def _ten_days(clinic: Clinic, **facts: Any) -> Package:
    """A pack of ten sessions, valid from 1 to 10 March."""
    with clinic_context(clinic.pk), time_machine.travel(SOLD_AT, tick=False):
        return package(clinic, of=plan(validity_count=10, validity_unit="days"), at=SOLD_AT, **facts)


def _expiries(clinic: Clinic) -> list[tuple[date, int]]:
    with clinic_context(clinic.pk):
        entries = Entry.objects.filter(kind=Kind.EXPIRED).order_by("recorded_at", "pk")
        return [(entry.happened_on, int(entry.sessions)) for entry in entries]


def _lapse(clinic: Clinic, at: datetime) -> int:
    with time_machine.travel(at, tick=False):
        return tasks.lapse_clinic(clinic_id=clinic.pk)


def test_the_clock_names_tasks_that_exist() -> None:
    app.loader.import_default_modules()

    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        assert entry["task"] in app.tasks, entry["task"]


@pytest.mark.parametrize(
    ("zone", "before", "after"),
    [
        (
            "Asia/Kolkata",
            datetime(2026, 3, 10, 18, 29, tzinfo=UTC),
            datetime(2026, 3, 10, 18, 30, tzinfo=UTC),
        ),
        (
            "Pacific/Auckland",
            datetime(2026, 3, 10, 10, 59, tzinfo=UTC),
            datetime(2026, 3, 10, 11, 0, tzinfo=UTC),
        ),
        (
            "America/New_York",
            datetime(2026, 3, 11, 3, 59, tzinfo=UTC),
            datetime(2026, 3, 11, 4, 0, tzinfo=UTC),
        ),
    ],
)
def test_a_pack_lapses_at_the_clinics_own_midnight(
    transactional_db: None, zone: str, before: datetime, after: datetime
) -> None:
    clinic = found("far", time_zone=zone)
    _ten_days(clinic)

    assert _lapse(clinic, before) == 0
    assert _lapse(clinic, after) == 1

    assert _expiries(clinic) == [(date(2026, 3, 11), -10)]


def test_a_second_run_posts_nothing(clinic: Clinic) -> None:
    _ten_days(clinic)
    at = datetime(2026, 3, 11, 6, tzinfo=UTC)

    assert [_lapse(clinic, at) for _ in range(3)] == [1, 0, 0]

    assert len(_expiries(clinic)) == 1


def test_after_a_week_of_standstill_the_line_has_the_right_day(clinic: Clinic) -> None:
    _ten_days(clinic)

    _lapse(clinic, datetime(2026, 3, 18, 6, tzinfo=UTC))

    assert _expiries(clinic) == [(date(2026, 3, 11), -10)]


@pytest.mark.parametrize("state", [Package.State.REFUNDED, Package.State.VOID])
def test_a_pack_that_does_not_run_does_not_lapse(clinic: Clinic, state: str) -> None:
    pack = _ten_days(clinic)
    with clinic_context(clinic.pk):
        bring_to(clinic, pack, state, on=pack.sold_on)

    assert _lapse(clinic, datetime(2026, 3, 18, 6, tzinfo=UTC)) == 0

    assert _expiries(clinic) == []


def test_two_workers_at_once_post_each_expiry_once(clinic: Clinic) -> None:
    for _ in range(8):
        _ten_days(clinic)
    start = threading.Barrier(4, timeout=10)
    raised: list[BaseException] = []

    def work() -> None:
        try:
            start.wait()
            tasks.lapse_clinic(clinic_id=clinic.pk)
        except BaseException as error:
            raised.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert raised == []
    assert _expiries(clinic) == [(date(2026, 3, 11), -10)] * 8


def test_one_package_that_fails_keeps_no_other_from_lapsing(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, _good = _ten_days(clinic), _ten_days(clinic)
    real = ledger.lapse

    def lapse(package: Package, *, on: date) -> list[Entry]:
        entries = real(package, on=on)
        if package.pk == bad.pk:
            raise LookupError("half-way")
        return entries

    monkeypatch.setattr(ledger, "lapse", lapse)

    assert _lapse(clinic, datetime(2026, 3, 18, 6, tzinfo=UTC)) == 1

    assert len(_expiries(clinic)) == 1
    monkeypatch.setattr(ledger, "lapse", real)
    assert _lapse(clinic, datetime(2026, 3, 18, 6, tzinfo=UTC)) == 1
    assert len(_expiries(clinic)) == 2


def test_every_clinic_has_a_task_of_its_own(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(
        tasks.lapse_clinic, "apply_async", lambda kwargs, **options: asked.append(kwargs["clinic_id"])
    )
    clinics = [found("one"), found("two")]

    tasks.lapse_everywhere()

    assert asked == [clinic.pk for clinic in clinics]


def _say(clinic: Clinic, **how: Any) -> None:
    with clinic_context(clinic.pk):
        MessageSettings.objects.update(**how)


def test_nudges_go_out_only_at_the_clinics_hour(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(
        tasks.nudge_clinic, "apply_async", lambda kwargs, **options: asked.append(kwargs["clinic_id"])
    )
    kolkata = found("kolkata", time_zone="Asia/Kolkata")
    new_york = found("new-york", time_zone="America/New_York")
    _say(kolkata, nudge_hour=10, quiet_from=time(20), quiet_until=time(8))
    _say(new_york, nudge_hour=17, quiet_from=time(0), quiet_until=time(0))
    midnight = datetime(2026, 3, 10, 0, 0, tzinfo=UTC)

    at: dict[int, list[int]] = {}
    for hour in range(24):
        asked.clear()
        with time_machine.travel(midnight + timedelta(hours=hour), tick=False):
            tasks.nudge_everywhere()
        at[hour] = list(asked)

    assert [hour for hour in at if kolkata.pk in at[hour]] == list(range(5, 15))  # 10:30 to 19:30
    assert [hour for hour in at if new_york.pk in at[hour]] == [0, 1, 2, 3, 21, 22, 23]  # 17:00 to 23:00
