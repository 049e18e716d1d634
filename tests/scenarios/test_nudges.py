"""Nudges: SCENARIOS S37 and S56, at the services."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from clinic.models import Clinic, Message
from packages import nudges
from packages.models import Nudge, Package
from tests.factories import bring_to, owner_of, plan
from tests.nudging import book_on, patient, sold, use_on, written
from visits.services import move_visit

from .conftest import MakeClinic

ON = date(2026, 3, 3)


@pytest.mark.parametrize(
    ("unit", "count", "last_day"),
    [("months", 3, date(2026, 5, 31)), ("weeks", 4, date(2026, 3, 28)), ("days", 20, date(2026, 3, 20))],
)
def test_the_nudge_lists_the_visits_beyond_the_expiry(
    clinic_in: MakeClinic, unit: str, count: int, last_day: date
) -> None:
    """S37"""
    clinic = clinic_in()
    pack = sold(clinic, of=plan(validity_count=count, validity_unit=unit))
    on_the_last_day, late = book_on(clinic, pack.patient, last_day, last_day + timedelta(days=1))

    nudges.write_all(clinic, on=ON)

    (message,) = written("nudge.beyond_expiry")
    assert f"{(last_day + timedelta(days=1)).day} " in message.fields["bookings"]
    assert message.fields["bookings"].count(" at ") == 1
    move_visit(late, starts_at=on_the_last_day.starts_at + timedelta(hours=2), by=owner_of(clinic))
    assert nudges.due(clinic, on=ON) == []


def _run_out(clinic: Clinic) -> Package:
    pack = sold(clinic, patient(), of=plan(sessions=3, validity_count=3, validity_unit="months"))
    use_on(clinic, pack.patient, ON - timedelta(days=1))
    return pack


def test_each_patient_hears_once_whatever_the_job_does(clinic_in: MakeClinic) -> None:
    """S56: ten runs on each of two days."""
    clinic = clinic_in("Pacific/Auckland")
    for _ in range(3):
        _run_out(clinic)

    runs = [nudges.write_all(clinic, on=ON + timedelta(days=run // 10)) for run in range(20)]

    assert sum(runs) == 3
    assert len({message.patient_id for message in written()}) == len(written()) == 3


@pytest.mark.parametrize("how", ["renewed", Package.State.REFUNDED, Package.State.SUSPENDED, "frozen"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_nothing_for_a_pack_that_was_renewed_or_does_not_run(
    clinic_in: MakeClinic, how: str, when: str
) -> None:
    """S56: nothing is written, and what was written and has not gone out is taken back."""
    clinic = clinic_in()
    pack = _run_out(clinic)
    if when == "after":
        nudges.write_all(clinic, on=ON)
        assert len(written()) == 1

    if how == "renewed":
        sold(clinic, pack.patient, on=ON)
    else:
        bring_to(clinic, pack, how, on=ON)
    nudges.write_all(clinic, on=ON)

    assert written() == []
    if when == "after":
        assert Nudge.objects.get().message.state == Message.State.CANCELLED  # type: ignore[union-attr]
