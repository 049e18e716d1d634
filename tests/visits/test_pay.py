"""What a therapist earns: posted when the session is used, taken back when it comes back, whatever the way."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from clinic.models import Branch, Clinic, Staff
from desk import absences, counter, disputes
from desk.bill_voiding import take_back
from desk.merging import merge_patients
from desk.recount import recount
from packages.models import Takes
from packages.plans import Line
from tests import acts
from tests.factories import (
    PatientFactory,
    ServiceFactory,
    complete,
    package,
    plan,
    reopen,
    visit,
)
from visits.disputes import open_dispute
from visits.models import Dispute, PayLine, Visit
from visits.services import move_visit

from .paying import HALF, lines, pays, seen, therapist


@pytest.fixture
def anand(asha: Clinic) -> Staff:
    return therapist(asha)


@pytest.fixture
def priya(asha: Clinic) -> Staff:
    return therapist(asha, "Dr Priya Nair")


def test_a_session_pays_its_rate_when_it_is_used_and_no_more_when_it_came_back(
    asha: Clinic, anand: Staff
) -> None:
    """S55"""
    pays(asha, anand, 450)
    done = seen(asha, package(asha), anand)

    assert lines() == [(1, 1000, 450)]

    reopen(asha, done)

    assert lines() == [(1, 1000, 450), (-1, -1000, -450)]
    back = PayLine.objects.get(reverses__isnull=False)
    assert (back.staff, back.happened_on) == (anand, asha.today())
    assert recount() == []


def test_a_part_of_the_value_is_paid_in_whole_coins(asha: Clinic, anand: Staff) -> None:
    """S55, S41"""
    pays(asha, anand, percent="33.33")
    pack = package(asha, of=plan(sessions=3, price=10_000))
    for _n in range(3):
        seen(asha, pack, anand)

    assert lines() == [
        (1, Decimal("3333.33"), Decimal("1111.00")),  # 1,110.998889
        (1, Decimal("3333.34"), Decimal("1111.00")),  # 1,111.002222
        (1, Decimal("3333.33"), Decimal("1111.00")),
    ]
    assert recount() == []


def test_half_a_coin_goes_up(asha: Clinic, anand: Staff) -> None:
    """S55"""
    pays(asha, anand, percent="12.5")
    seen(asha, package(asha, of=plan(sessions=1, price=Decimal("100.20"))), anand)

    assert lines() == [(1, Decimal("100.20"), Decimal("12.53"))]  # 12.525


def test_a_visit_paid_singly_is_worth_what_its_bill_says(asha: Clinic, anand: Staff) -> None:
    """S55"""
    pays(asha, anand, percent=40)
    patient = PatientFactory()
    complete(asha, visit(asha, patient, therapist=anand), how="charge")
    wanted = counter.Wanted(visit(asha, patient, therapist=anand), counter.Off(Decimal(150), "Neighbour"))
    counter.bill_together(patient, wanted, **acts.now(asha, branch=Branch.objects.get()))

    assert lines() == [(1, 1000, 400), (1, 850, 340)]
    assert recount() == []


def test_a_visit_paid_singly_is_taken_back_with_its_bill(asha: Clinic, anand: Staff) -> None:
    """S55"""
    pays(asha, anand, 300)
    done = complete(asha, visit(asha, PatientFactory(), therapist=anand), how="charge").visit
    reopen(asha, done)
    complete(asha, done, how="charge")

    assert lines() == [(1, 1000, 300), (-1, -1000, -300), (1, 1000, 300)]
    assert recount() == []


def last_month(clinic: Clinic) -> datetime:
    last_day = clinic.today().replace(day=1) - timedelta(days=1)
    return datetime.combine(last_day, time(12), clinic.zone)


WAYS: dict[str, dict[str, Any]] = {
    "paid singly": {"how": "charge"},
    "free": {"how": "free", "reason": "A favour"},
    "from a package": {},
}


@pytest.mark.parametrize("way", WAYS)
def test_what_came_back_after_its_month_is_earned_again_on_the_day_it_came_back(
    asha: Clinic, anand: Staff, way: str
) -> None:
    """The statement of last month has the visit once, whatever is done with it now. S55, S05"""
    then = last_month(asha)
    pack = package(asha, at=then - timedelta(days=1))
    done = complete(asha, visit(asha, pack.patient, therapist=anand, at=then), **WAYS[way]).visit
    reopen(asha, done)
    complete(asha, done, **WAYS[way])

    today = asha.today()
    days = PayLine.objects.order_by("turn").values_list("happened_on", "sessions")
    assert list(days) == [(then.date(), 1), (today, -1), (today, 1)]
    assert recount() == []


def test_a_pack_applied_to_a_visit_of_last_month_pays_by_the_pack_from_today_on(
    asha: Clinic, anand: Staff
) -> None:
    """S55, S34"""
    then = last_month(asha)
    pack = package(asha, of=plan(sessions=10, price=8000), at=then - timedelta(days=1))
    done = complete(asha, visit(asha, pack.patient, therapist=anand, at=then), how="charge").visit
    acts.apply(asha, done, pack)

    today = asha.today()
    days = PayLine.objects.order_by("turn").values_list("happened_on", "value")
    assert list(days) == [(then.date(), 1000), (today, -1000), (today, 800)]
    assert recount() == []


def test_a_free_visit_pays_by_the_session_but_no_part_of_its_value(
    asha: Clinic, anand: Staff, priya: Staff
) -> None:
    """S55"""
    pays(asha, anand, 300)
    pays(asha, priya, percent=40)
    for staff in (anand, priya):
        complete(asha, visit(asha, PatientFactory(), therapist=staff), how="free", reason="A favour")

    assert lines() == [(1, 0, 300), (1, 0, 0)]


def test_free_visits_pay_nothing_where_the_rule_says_so(asha: Clinic, anand: Staff) -> None:
    """S55"""
    pays(asha, anand, 300, pays_free=False)
    pack = package(
        asha, of=plan(Line(ServiceFactory(), Decimal(1)), Line(ServiceFactory(), Decimal(1), is_bonus=True))
    )
    seen(asha, pack, anand)
    seen(asha, pack, anand)

    assert lines() == [(1, 10_000, 300), (1, 0, 0)]
    assert recount() == []


def test_half_a_session_pays_half(asha: Clinic, anand: Staff) -> None:
    """S55, S21"""
    pays(asha, anand, 425)
    seen(asha, package(asha), anand, sessions=HALF, reason="It was only ten minutes")

    assert lines() == [(HALF, 500, Decimal("212.50"))]


def test_what_is_paid_beside_half_a_session_makes_it_a_whole_one(asha: Clinic, anand: Staff) -> None:
    """S55, S51"""
    pays(asha, anand, 400)
    pack = package(asha, of=plan(sessions=1, price=900))
    seen(asha, pack, anand, sessions=HALF, reason="It was only ten minutes")
    seen(asha, pack, anand, sessions=HALF)

    done = Visit.objects.get(charge__gt=0)
    assert lines(done) == [(1, 450 + done.charge, 400)]
    assert recount() == []


def test_another_therapist_earns_what_the_first_one_loses(asha: Clinic, anand: Staff, priya: Staff) -> None:
    """S55, S05"""
    pays(asha, anand, 300)
    pays(asha, priya, percent=50)
    done = seen(asha, package(asha), anand)
    reopen(asha, done)
    move_visit(done, starts_at=done.starts_at, by=None, therapist=priya)
    complete(asha, done)

    told = [
        (line.staff.name, line.amount) for line in PayLine.objects.order_by("turn").select_related("staff")
    ]
    assert told == [("Dr Anand Iyer", 300), ("Dr Anand Iyer", -300), ("Dr Priya Nair", 500)]
    assert recount() == []


def test_three_times_completed_and_reopened_pays_once(asha: Clinic, anand: Staff) -> None:
    """S55, S05"""
    pays(asha, anand, 300)
    done = seen(asha, package(asha), anand)
    for _n in range(3):
        reopen(asha, done)
        complete(asha, done)

    assert len(lines(done)) == 7
    assert sum(amount for _sessions, _value, amount in lines(done)) == 300


def test_the_same_key_twice_pays_once(asha: Clinic, anand: Staff) -> None:
    """S55, S02"""
    pays(asha, anand, 300)
    booked, key = visit(asha, package(asha).patient, therapist=anand), uuid4()
    complete(asha, booked, key=key)
    complete(asha, booked, key=key)

    assert lines() == [(1, 1000, 300)]


@pytest.mark.parametrize(
    ("decision", "after"),
    [("stands", [(1, 1000, 300)]), ("half", [(HALF, 500, 150)]), ("given_back", [(1, 0, 300)])],
)
def test_a_disputed_session_is_not_paid_until_it_is_decided(
    asha: Clinic, anand: Staff, decision: str, after: list[Any]
) -> None:
    """S55"""
    pays(asha, anand, 300)
    done = seen(asha, package(asha), anand)
    case = open_dispute(done, **acts.now(asha))

    assert lines(done) == [(1, 1000, 300), (-1, -1000, -300)]

    disputes.decide(case, decision=Dispute.Decision(decision), reason="Talked it over", **acts.now(asha))

    assert lines(done)[2:] == after
    assert recount() == []


def test_a_pack_applied_to_an_earlier_visit_pays_by_the_pack(asha: Clinic, anand: Staff) -> None:
    """S55, S34"""
    pays(asha, anand, percent=40)
    patient = PatientFactory()
    done = complete(asha, visit(asha, patient, therapist=anand), how="charge").visit
    acts.apply(asha, done, package(asha, patient, of=plan(sessions=10, price=8000)))

    assert lines(done) == [(1, 1000, 400), (-1, -1000, -400), (1, 800, 320)]
    assert recount() == []


def test_an_absence_is_paid_only_where_the_rule_says_so(asha: Clinic, anand: Staff, priya: Staff) -> None:
    """S55, S50"""
    pays(asha, anand, 300)
    pays(asha, priya, 300, pays_absences=True)
    for staff in (anand, priya):
        pack = package(asha, of=plan(no_show_takes=Takes.ONE, free_passes=0))
        absences.mark_no_show(visit(asha, pack.patient, therapist=staff), **acts.now(asha))

    assert lines() == [(1, 1000, 0), (1, 1000, 300)]
    assert set(PayLine.objects.values_list("is_absence", flat=True)) == {True}
    assert recount() == []


def test_an_absence_that_is_let_off_is_taken_back(asha: Clinic, priya: Staff) -> None:
    """S55, S50"""
    pays(asha, priya, 300, pays_absences=True)
    pack = package(asha, of=plan(no_show_takes=Takes.ONE, free_passes=0))
    away = absences.mark_no_show(visit(asha, pack.patient, therapist=priya), **acts.now(asha)).visit
    absences.let_off(away, reason="Was in hospital", **acts.now(asha))

    assert lines(away) == [(1, 1000, 300), (-1, -1000, -300)]
    assert recount() == []


def test_merging_two_records_of_a_patient_changes_no_pay(asha: Clinic, anand: Staff) -> None:
    """S55, S17"""
    pays(asha, anand, 300)
    done = seen(asha, package(asha), anand)
    before = lines()
    merge_patients(PatientFactory(), done.patient, **acts.now(asha, reason="The same birthday"))

    assert lines() == before
    assert recount() == []


def test_the_refund_of_the_bill_takes_no_pay(asha: Clinic, anand: Staff) -> None:
    """S55, S43"""
    pays(asha, anand, 300)
    done = complete(asha, visit(asha, PatientFactory(), therapist=anand), how="charge")
    line = done.bill.lines.get()
    take_back(done.bill, {line.pk: line.amount}, **acts.now(asha, reason="A favour"))

    assert lines() == [(1, 1000, 300)]
    assert recount() == []


def test_without_a_rule_the_session_is_counted_and_nothing_is_paid(asha: Clinic, anand: Staff) -> None:
    seen(asha, package(asha), anand)

    assert lines() == [(1, 1000, 0)]
    assert recount() == []


def test_a_visit_of_nobody_earns_nobody_anything(asha: Clinic) -> None:
    pack = package(asha)
    done = complete(asha, visit(asha, pack.patient)).visit
    reopen(asha, done)

    assert lines() == []
    assert recount() == []
