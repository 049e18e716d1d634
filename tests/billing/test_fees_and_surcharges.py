"""What is billed beside a session, and for a visit that did not take place."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import timezone

from billing.credits import fee_bill
from billing.models import Bill, BillKind, LineKind
from billing.payments import owed_lines, unapplied_of
from billing.rendering import bill_html
from clinic.models import Clinic, Service
from desk import absences
from packages.eligibility import NotCovered
from packages.models import Package
from packages.plans import Also, Line
from tests.acts import REASON, cancelled_late, cash, not_come, now, pay
from tests.committing import check_now
from tests.factories import ServiceFactory, complete, package, plan, reopen, visit

HALF = Decimal("0.5")


@pytest.fixture
def longer(asha: Clinic) -> Service:
    return ServiceFactory(name="Physiotherapy 90 min", price=Decimal(1_500), tax_percent=Decimal(18))


@pytest.fixture
def pack(asha: Clinic, longer: Service) -> Package:
    """Ten of 60 minutes; one of 90 counts 2, or 1 and 500 beside it."""
    also = (Also(longer, Decimal(2)), Also(longer, Decimal(1), Decimal(590)))
    return package(asha, of=plan(Line(ServiceFactory(), Decimal(10), also=also)))


def words(bill: Bill) -> str:
    return " ".join(bill_html(bill, language="en-in", at=timezone.now()).split())


def test_one_and_the_difference_stand_on_one_bill_with_the_count(
    asha: Clinic, pack: Package, longer: Service
) -> None:
    """S18"""
    done = complete(asha, visit(asha, pack.patient, service=longer), sessions=Decimal(1), tenders=[cash(590)])
    check_now()

    covered, beside = done.bill.lines.order_by("position")
    assert (done.bill.kind, done.bill.total) == (BillKind.INVOICE, 590)
    assert (covered.kind, covered.amount, covered.package) == (LineKind.COVERED, 0, pack)
    assert (beside.kind, beside.amount, beside.tax) == (LineKind.VISIT, 590, 90)
    assert (done.bill.document["package"]["left"], done.bill.document["due"]) == ("9.0", "0.00")
    assert (owed_lines(pack.patient), unapplied_of(pack.patient)) == ([], [])
    assert "to be paid beside the session" in words(done.bill)


def test_two_sessions_are_said_on_the_receipt(asha: Clinic, pack: Package, longer: Service) -> None:
    """S18"""
    done = complete(asha, visit(asha, pack.patient, service=longer), sessions=Decimal(2))
    check_now()

    assert (done.bill.kind, done.bill.document["package"]["left"]) == (BillKind.RECEIPT, "8.0")
    assert f"2 sessions from package no. {pack.number}" in words(done.bill)


def test_the_longer_visit_is_refused_while_nobody_says_which_way(
    asha: Clinic, pack: Package, longer: Service
) -> None:
    """S18"""
    with pytest.raises(NotCovered):
        complete(asha, visit(asha, pack.patient, service=longer))


def test_the_last_half_session_asks_for_half_the_price(asha: Clinic) -> None:
    """S51"""
    pack = package(asha, of=plan(sessions=1, price=1_000, late_cancel_takes="half", free_passes=0))
    assert cancelled_late(asha, pack.patient).sessions == HALF

    done = complete(asha, visit(asha, pack.patient), sessions=HALF, tenders=[cash(500)])
    check_now()

    pack.refresh_from_db()
    assert (pack.sessions_left, pack.value_left, done.bill.total) == (0, 0, 500)
    assert done.entry is not None
    assert done.entry.value == -500
    assert f"0.5 sessions from package no. {pack.number}" in words(done.bill)


def test_reopening_answers_both_with_one_note_that_prints_the_balance(
    asha: Clinic, pack: Package, longer: Service
) -> None:
    """S06, S18"""
    done = complete(asha, visit(asha, pack.patient, service=longer), sessions=Decimal(1), tenders=[cash(590)])

    note = reopen(asha, done.visit)
    check_now()

    assert list(Bill.objects.filter(corrects=done.bill)) == [note]
    assert (note.kind, note.total, note.document["package"]["left"]) == (BillKind.CREDIT_NOTE, -590, "10.0")
    assert [amount for _, amount in unapplied_of(pack.patient)] == [590]
    said = words(note)
    assert f"Takes back what bill {done.bill.name} charged." in said
    assert f"0 used, 10 left; replaces the balance on bill {done.bill.name}." in said


def test_the_same_visit_may_be_completed_another_way_after_that(
    asha: Clinic, pack: Package, longer: Service
) -> None:
    """S18"""
    done = complete(asha, visit(asha, pack.patient, service=longer), sessions=Decimal(1))
    reopen(asha, done.visit)

    again = complete(asha, done.visit, sessions=Decimal(2))
    check_now()

    assert (again.bill.total, owed_lines(pack.patient)) == (0, [])


@pytest.fixture
def fined(asha: Clinic) -> Package:
    """A pack whose terms ask for a fee and take no session."""
    fees = {"late_cancel_fee": Decimal(300), "no_show_fee": Decimal(500)}
    return package(asha, of=plan(late_cancel_takes="fee", no_show_takes="fee", free_passes=1, **fees))


def test_the_pass_goes_first_then_the_fee_is_asked_for(asha: Clinic, fined: Package) -> None:
    """S49, S50"""
    first, second = not_come(asha, fined.patient), not_come(asha, fined.patient)
    check_now()

    assert (first.consequence, first.fee, first.bill, first.passes_left) == ("free_pass", 0, None, 0)
    assert (second.consequence, second.fee, second.passes_left) == ("fee", 500, 0)
    assert second.bill is not None
    assert fee_bill(second.visit) == second.bill
    assert fee_bill(first.visit) is None


def test_the_bill_of_a_fee_names_the_visit_and_what_became_of_it(asha: Clinic, fined: Package) -> None:
    """S49"""
    not_come(asha, fined.patient)
    missed, late = not_come(asha, fined.patient).bill, cancelled_late(asha, fined.patient).bill
    assert missed
    assert late

    assert "fee: did not come on" in words(missed)
    assert "fee: cancelled late, the visit of" in words(late)
    assert missed.document["visit"] is None


def test_doing_it_again_bills_no_second_fee(asha: Clinic, fined: Package) -> None:
    """S02, S49"""
    not_come(asha, fined.patient)
    first = not_come(asha, fined.patient)

    again = absences.mark_no_show(first.visit, **now(asha))
    check_now()

    assert again.bill == first.bill
    assert [line.owed for line in owed_lines(fined.patient)] == [500]


@pytest.mark.parametrize("paid", [0, 200, 500])
def test_a_fee_that_is_let_off_is_answered_by_a_credit_note(asha: Clinic, fined: Package, paid: int) -> None:
    """S49"""
    not_come(asha, fined.patient)
    missed = not_come(asha, fined.patient)
    if paid:
        pay(asha, fined.patient, paid, owed_lines(fined.patient))
    facts = now(asha, reason=REASON, key=uuid4())

    done = absences.let_off(missed.visit, **facts)
    check_now()

    assert done.note is not None
    assert (done.note.corrects, done.note.total) == (missed.bill, -500)
    assert (done.consequence, done.fee, owed_lines(fined.patient)) == ("waived", 0, [])
    assert sum(amount for _, amount in unapplied_of(fined.patient)) == paid
    assert absences.let_off(missed.visit, **facts) == done
    assert Bill.objects.filter(corrects=missed.bill).count() == 1


def test_booked_again_the_fee_goes_and_the_note_says_of_which_absence(asha: Clinic, fined: Package) -> None:
    """S49"""
    not_come(asha, fined.patient)
    missed = not_come(asha, fined.patient)

    done = absences.restore_visit(missed.visit, **now(asha))
    check_now()

    assert (done.visit.state, done.visit.charge, done.fee) == ("booked", 0, 0)
    assert done.note is not None
    assert "fee: did not come on" in words(done.note)
    again = absences.mark_no_show(done.visit, **now(asha))
    check_now()
    assert again.bill not in (None, missed.bill)


def test_booked_again_a_session_comes_back_without_any_note(asha: Clinic) -> None:
    """S50"""
    pack = package(asha, of=plan(free_passes=0))
    missed = not_come(asha, pack.patient)
    assert (missed.sessions, missed.fee) == (1, 0)

    done = absences.restore_visit(missed.visit, **now(asha))
    check_now()

    pack.refresh_from_db()
    assert (done.note, pack.sessions_left) == (None, 10)


def test_the_clinic_s_own_cancel_asks_for_nothing(asha: Clinic, fined: Package) -> None:
    """S50, S52"""
    booked = visit(asha, fined.patient, at=timezone.now() + timedelta(hours=2))

    done = absences.cancel_visit(booked, **now(asha), by_clinic=True)
    check_now()

    assert (done.consequence, done.fee, done.bill, done.sessions) == ("by_clinic", 0, None, 0)
