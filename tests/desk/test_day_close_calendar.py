"""Which days are closed, which are open, and which were forgotten."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.utils import timezone

from billing.models import Method
from billing.payments import Tender
from clinic.models import Branch, Clinic
from desk import checkout
from desk.day_close_calendar import first_day, forgotten, standings
from tests.factories import (
    PatientFactory,
    ServiceFactory,
    complete,
    owner_of,
    package,
    plan,
    sale,
    visit,
)
from visits.past import PastVisit, add_past_visits

from .test_day_close import cancelled, close, items, moment, open_again


def test_the_calendar_says_what_happened_and_what_was_counted(asha: Clinic) -> None:
    before = moment(asha, -1)
    sale(asha, at=before)
    visit(asha, PatientFactory(), at=before)
    cancelled(asha, visit(asha, PatientFactory(), at=before))
    done = close(asha, days=-1, counted=Decimal(9000), difference_reason="?", unsettled_reason="?", at=before)
    today = asha.today()

    ((now,), (then,), (nothing,)) = standings(asha, today - timedelta(days=2), today)

    assert (then.visits, then.open_visits, then.cash, then.close) == (1, 1, 10_000, done)
    assert (then.cash_since, done.difference) == (0, -1000)
    assert not now.has_something
    assert not nothing.has_something


def test_cash_recorded_after_the_closing_is_seen(asha: Clinic) -> None:
    close(asha)
    sale(asha)

    (today,) = standings(asha, asha.today(), asha.today())[0]

    assert today.cash_since == 10_000


def test_a_day_on_which_only_a_pack_was_paid_by_upi_is_a_day_to_close(asha: Clinic) -> None:
    tenders = [Tender(Method.UPI, Decimal(10_000))]
    of, patient = plan(), PatientFactory()
    facts: dict[str, Any] = {"clinic": asha, "at": timezone.now(), "by": owner_of(asha), "key": uuid4()}
    checkout.sell_package(patient, plan=of, branch=Branch.objects.get(), tenders=tenders, **facts)

    (today,) = standings(asha, asha.today(), asha.today())[0]

    assert (today.has_something, today.cash) == (True, 0)


def test_a_branch_that_closed_down_is_shown_where_something_happened_there(asha: Clinic) -> None:
    gone = Branch.objects.create(name="Old town", is_active=False)
    today = asha.today()
    assert [each.branch.name for each in standings(asha, today, today)[0]] == [Branch.objects.first().name]  # type: ignore[union-attr]

    close(asha, branch=gone)

    assert "Old town" in [each.branch.name for each in standings(asha, today, today)[0]]


def test_a_day_before_today_with_visits_that_nobody_closed_is_remembered(asha: Clinic) -> None:
    today = asha.today()
    assert forgotten(asha, today) is None
    pack = package(asha, at=moment(asha, -5))
    complete(asha, visit(asha, pack.patient, at=moment(asha, -3)), at=moment(asha, -3))
    visit(asha, pack.patient, at=moment(asha, -1))
    cancelled(asha, visit(asha, pack.patient, at=moment(asha, -2)))
    visit(asha, pack.patient)

    found_open = forgotten(asha, today)

    assert found_open is not None
    assert found_open.day == today - timedelta(days=1)
    assert found_open.branch_id == str(Branch.objects.get().pk)
    close(asha, days=-1, unsettled_reason="?")
    earlier = forgotten(asha, today)
    assert earlier is not None
    assert earlier.day == today - timedelta(days=3)
    close(asha, days=-3)
    assert forgotten(asha, today) is None


def test_days_before_go_live_are_nobody_s_to_close(asha: Clinic) -> None:
    """S58"""
    pack = package(asha)
    before = PastVisit(uuid4(), pack, ServiceFactory(), None, asha.today() - timedelta(days=3))
    add_past_visits([before], branch=Branch.objects.get(), clinic=asha, by=None)

    assert forgotten(asha, asha.today()) is None
    assert first_day(asha) is None
    assert not standings(asha, before.on, before.on)[0][0].has_something
    assert items(asha, -3) == []


def test_a_day_that_was_opened_again_is_remembered(asha: Clinic) -> None:
    visit(asha, PatientFactory(), at=moment(asha, -1))
    yesterday = asha.today() - timedelta(days=1)
    close(asha, days=-1, unsettled_reason="?")

    open_again(asha, day=yesterday)

    found_open = forgotten(asha, asha.today())
    assert found_open is not None
    assert found_open.day == yesterday
