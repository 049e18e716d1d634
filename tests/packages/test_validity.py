"""The last valid day, where acts meet that each move it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.utils import timezone

from clinic.models import Branch, Clinic
from desk.recount import recount
from packages import ledger, validity
from packages.models import Package
from packages.services import Opening, open_package
from tests.committing import check_now
from tests.factories import PatientFactory, complete, owner_of, package, plan, visit

DAY = timedelta(days=1)


def facts(clinic: Clinic) -> dict[str, Any]:
    return {"on": clinic.today(), "by": owner_of(clinic), "key": uuid4(), "reason": "Travelling"}


def bought_31_days_ago(clinic: Clinic) -> Package:
    """Valid to yesterday or the day before."""
    of = plan(validity_count=30, validity_unit="days")
    return package(clinic, of=of, at=timezone.now() - 31 * DAY)


def test_a_first_visit_here_does_not_move_the_last_day_of_an_opening_balance(asha: Clinic) -> None:
    """S32, S58: that day was agreed with the patient; the real first visit was before go-live."""
    today = asha.today()
    pack = open_package(
        PatientFactory(),
        plan=plan(validity_count=3, validity_start="first_visit"),
        branch=Branch.objects.get(),
        clinic=asha,
        on=today,
        by=owner_of(asha),
        key=uuid4(),
        opening=Opening(left=Decimal(3), agreed_on=today, valid_until=today + 10 * DAY),
    )

    complete(asha, visit(asha, pack.patient))
    check_now()

    pack.refresh_from_db()
    assert (pack.sessions_left, pack.valid_until) == (2, today + 10 * DAY)


def test_a_freeze_written_down_after_the_lapse_brings_back_what_had_lapsed(asha: Clinic) -> None:
    """S35, S36"""
    pack, today = bought_31_days_ago(asha), asha.today()
    ledger.lapse(pack, on=today)

    validity.freeze(pack, first_day=today - 10 * DAY, last_day=today - 5 * DAY, **facts(asha))
    check_now()

    pack.refresh_from_db()
    assert pack.valid_until is not None
    assert pack.valid_until >= today
    assert (pack.sessions_left, pack.value_left) == (10, 10_000)
    assert recount() == []


def test_a_freeze_that_ends_before_today_all_the_same_brings_nothing_back(asha: Clinic) -> None:
    pack, today = bought_31_days_ago(asha), asha.today()
    ledger.lapse(pack, on=today)

    validity.freeze(pack, first_day=today - 10 * DAY, last_day=today - 10 * DAY, **facts(asha))
    check_now()

    pack.refresh_from_db()
    assert pack.valid_until is not None
    assert (pack.valid_until < today, pack.sessions_left) == (True, 0)
