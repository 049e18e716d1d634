"""The stories of the Money table with other values: prices that do not divide, halves, bonus, other currencies.

The expected amounts are worked out by hand from the rule.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from billing.models import Bill, BillKind
from billing.payments import owed_lines, unapplied_of
from clinic.models import Clinic, Patient
from desk.recount import recount
from desk.refunds import short_of
from packages import transfers
from packages.eligibility import NotCovered
from packages.liability import liability
from packages.models import Package
from packages.plans import Line
from tests.acts import apply, bounce, cash, cheque, pay, refund, void
from tests.committing import check_now
from tests.factories import (
    PatientFactory,
    ServiceFactory,
    complete,
    owner_of,
    package,
    plan,
    reopen,
    sale,
    visit,
)

from .conftest import MakeClinic

D = Decimal


def credit_of(patient: Patient) -> Decimal:
    return sum((left for _, left in unapplied_of(patient)), D(0))


def owed_by(patient: Patient) -> Decimal:
    return sum((line.owed for line in owed_lines(patient)), D(0))


def fresh(pack: Package) -> Package:
    return Package.objects.get(pk=pack.pk)


def used(clinic: Clinic, pack: Package, sessions: str) -> list[Any]:
    """Visits that take so many sessions in all: whole ones, and a half for ten minutes only."""
    whole, half = divmod(D(sessions), 1)
    done = [complete(clinic, visit(clinic, pack.patient), package=pack) for _ in range(int(whole))]
    if half:
        facts = {"package": pack, "sessions": D("0.5"), "reason": "Ten minutes only"}
        done.append(complete(clinic, visit(clinic, pack.patient), **facts))
    return done


def moved(clinic: Clinic, pack: Package, sessions: str, to: Patient) -> Package:
    facts = {"on": clinic.today(), "by": owner_of(clinic), "key": uuid4(), "reason": "For her sister"}
    return transfers.transfer(fresh(pack), sessions=D(sessions), to=to, **facts)


@pytest.mark.parametrize(
    ("currency", "listed", "price", "sessions", "gone", "rule", "amount"),
    [
        # 9,000 × 2.5 / 7 = 3,214.2857; 9,999.99 × 2.5 / 7 = 3,571.425, and a half goes up
        ("INR", "9999.99", "9000", 7, "2.5", "rate_paid", "5785.71"),
        ("INR", "9999.99", "9000", 7, "2.5", "list_rate", "5428.57"),
        ("INR", "9999.99", "9000", 7, "2.5", "fee", "5285.71"),
        ("INR", "10000", "8000", 10, "8", "list_rate", "0"),  # exactly nothing
        ("INR", "10000", "8000", 10, "7.5", "list_rate", "500"),
        ("INR", "1000", "500", 2, "1", "fee", "0"),  # the fee is more than what is left
        ("INR", "0.05", "0.05", 10, "0.5", "rate_paid", "0.05"),  # 0.0025 is no coin yet
        ("INR", "0.05", "0.05", 10, "1", "rate_paid", "0.04"),  # 0.005 is one
        ("JPY", "10000", "10000", 3, "1", "rate_paid", "6667"),
        ("JPY", "10000", "7000", 3, "1.5", "list_rate", "2000"),
        ("KWD", "100.001", "90", 6, "0.5", "rate_paid", "82.5"),
        ("KWD", "100.001", "90", 6, "0.5", "list_rate", "81.667"),
    ],
)
def test_a_refund_comes_to_what_the_rule_says_to_the_coin(
    clinic_in: MakeClinic,
    currency: str,
    listed: str,
    price: str,
    sessions: int,
    gone: str,
    rule: str,
    amount: str,
) -> None:
    """S39, S40, S41"""
    clinic = clinic_in(currency=currency)
    of = plan(sessions=sessions, price=D(listed), refund_rule=rule, refund_fee=D(500))
    pack = package(clinic, of=of, price=D(price))
    used(clinic, pack, gone)

    done = refund(clinic, pack)

    assert (done.amount, credit_of(pack.patient), owed_by(pack.patient)) == (D(amount), D(amount), 0)
    assert done.note is None if not D(amount) else done.note.total == -D(amount)
    assert liability(clinic.today()).value == 0
    check_now()
    assert recount() == []


@pytest.mark.parametrize(("gone", "amount"), [("0", 5_000), ("4.5", 500), ("5", 0), ("6", 0)])
def test_bonus_sessions_go_with_the_refund_whatever_was_used(asha: Clinic, gone: str, amount: int) -> None:
    """S44: also where only bonus sessions are left."""
    service = ServiceFactory()
    of = plan(Line(service, D(5)), Line(service, D(2), is_bonus=True), price=5_000)
    pack = package(asha, of=of)
    used(asha, pack, gone)

    done = refund(asha, pack)

    assert (done.amount, credit_of(pack.patient)) == (amount, amount)
    assert (fresh(pack).state, fresh(pack).sessions_left, fresh(pack).value_left) == ("refunded", 0, 0)


@pytest.mark.parametrize(
    ("rule", "gone", "short"),
    [
        ("rate_paid", "0.5", "450"),
        ("list_rate", "0.5", "500"),
        ("list_rate", "1", "1000"),
        ("none", "1", "0"),
    ],
)
def test_what_a_refund_was_short_of_goes_by_its_rule(asha: Clinic, rule: str, gone: str, short: str) -> None:
    """S42"""
    pack = package(asha, of=plan(refund_rule=rule), price=9_000)
    (seen,) = used(asha, pack, gone)
    refund(asha, pack)
    credit = credit_of(pack.patient)

    reopen(asha, seen.visit)

    (told,) = short_of(seen.visit.pk)
    assert (told.sessions, told.amount) == (D(gone), D(short))
    assert (fresh(pack).sessions_left, credit_of(pack.patient)) == (0, credit)


@pytest.mark.parametrize(("paid", "opened"), [("4000", "4"), ("4500", "4"), ("4999.99", "4"), ("5000", "5")])
def test_half_a_session_is_not_opened_by_half_its_money(asha: Clinic, paid: str, opened: str) -> None:
    """S45: 4,500 of 10,000 open four sessions and no half of the fifth."""
    pack = package(asha, of=plan(activation="as_paid"), paid=D(paid))
    used(asha, pack, opened)

    with pytest.raises(NotCovered):
        used(asha, pack, "0.5")


@pytest.mark.parametrize(
    ("price", "other", "gone", "owes"),
    [
        ("10000", "0", "2", "2000"),
        ("9999.99", "300", "2.5", "2200"),  # 2,499.9975 of care, less what other money paid
        ("10000", "2500", "2", "0"),
        ("10000", "0", "0", "0"),
    ],
)
def test_after_a_bounce_the_patient_owes_for_care_what_no_other_money_paid(
    asha: Clinic, price: str, other: str, gone: str, owes: str
) -> None:
    """S46"""
    sold = sale(asha, of=plan(price=D(price)), paid=D(other))
    pack, patient = sold.package, sold.package.patient
    (payment,) = pay(asha, patient, 0, owed_lines(patient), tenders=[cheque(D(price) - D(other))])
    used(asha, pack, gone)

    done = bounce(asha, payment)

    assert (fresh(pack).state, done.owed_for_care) == (Package.State.SUSPENDED, D(owes))
    assert owed_by(patient) == D(price) - D(other)
    report = liability(asha.today())
    value_used = D(price) - fresh(pack).value_left
    assert report.value == max(D(0), D(other) - value_used)


def test_one_cheque_for_two_packs_and_a_visit_takes_all_three_along(asha: Clinic) -> None:
    """S46, S47"""
    patient = PatientFactory()
    packs = [sale(asha, patient, of=plan(price=price), paid=0).package for price in (3_000, 7_001)]
    complete(asha, visit(asha, patient), how="charge")
    (payment,) = pay(asha, patient, 0, owed_lines(patient), tenders=[cheque(11_501)])
    assert (owed_by(patient), credit_of(patient)) == (0, 500)

    done = bounce(asha, payment)

    assert {pack.pk for pack in done.suspended} == {pack.pk for pack in packs}
    assert (owed_by(patient), credit_of(patient)) == (11_001, 0)


@pytest.mark.parametrize(
    ("currency", "price", "sessions", "gone", "moves", "value"),
    [
        ("INR", "10000", 10, "3", "3", "3000"),
        ("INR", "10000", 3, "1", "1", "3333.34"),  # the middle one of three
        ("INR", "10000", 3, "1", "0.5", "1666.67"),
        ("INR", "0.05", 10, "0", "0.5", "0.00"),
        ("JPY", "10000", 7, "0", "3", "4286"),
        ("KWD", "1.001", 2, "0", "1", "0.501"),
    ],
)
def test_sessions_move_with_their_value_and_come_back_with_it(
    clinic_in: MakeClinic, currency: str, price: str, sessions: int, gone: str, moves: str, value: str
) -> None:
    """S53: no coin is lost between the two, and the refund of either is of its own."""
    clinic = clinic_in(currency=currency)
    pack, sister = package(clinic, of=plan(sessions=sessions, price=D(price))), PatientFactory()
    used(clinic, pack, gone)
    before, total = fresh(pack), liability(clinic.today()).value

    hers = moved(clinic, pack, moves, sister)

    assert (hers.value_left, hers.sessions_left) == (D(value), D(moves))
    assert fresh(pack).value_left + hers.value_left == before.value_left
    assert liability(clinic.today()).value == total
    back = {"on": clinic.today(), "by": owner_of(clinic), "key": uuid4(), "reason": "A mistake"}
    transfers.undo_transfer(hers, **back)
    assert (fresh(pack).value_left, fresh(pack).sessions_left) == (before.value_left, before.sessions_left)
    assert (liability(clinic.today()).value, fresh(hers).value_left) == (total, 0)


def test_both_ends_of_a_transfer_are_refunded_and_come_to_what_was_paid(asha: Clinic) -> None:
    """S53, S39"""
    pack, sister = package(asha, of=plan(sessions=3)), PatientFactory()
    used(asha, pack, "0.5")  # 1,666.67
    hers = moved(asha, pack, "1", sister)

    amounts = [refund(asha, each).amount for each in (fresh(pack), hers)]

    assert sum(amounts) == D("8333.33")
    assert (credit_of(pack.patient), credit_of(sister)) == tuple(amounts)
    assert (owed_by(pack.patient), liability(asha.today()).value) == (0, 0)
    assert recount() == []


@pytest.mark.parametrize(
    ("paid", "amount", "owes", "owed_in_care"),
    [
        (0, 0, 5_000, 3_000),  # two used and three moved, of which nothing came in
        (6_000, 1_000, 0, 4_000),
        (4_000, 0, 1_000, 3_000),
    ],
)
def test_what_moved_to_a_sister_is_paid_for_by_whoever_bought_it_though_a_cheque_bounced(
    asha: Clinic, paid: int, amount: int, owes: int, owed_in_care: int
) -> None:
    """S46, S53: the money of the sister's sessions is not there a second time for those that are left."""
    sold = sale(asha, of=plan(activation="at_once"), paid=paid)
    patient = sold.package.patient
    (payment,) = pay(asha, patient, 0, owed_lines(patient), tenders=[cheque(10_000 - paid)])
    used(asha, sold.package, "2")
    moved(asha, sold.package, "3", PatientFactory())

    done = bounce(asha, payment)

    report = liability(asha.today())
    assert (report.value, report.receivable, done.owed_for_care) == (owed_in_care, owes, owes)
    assert refund(asha, sold.package).amount == amount
    assert owed_by(patient) == owes
    assert liability(asha.today()).value == 3_000


@pytest.mark.parametrize(
    ("paid", "credit"), [("0", "0"), ("3000", "3000"), ("10000", "10000"), ("10500.5", "10500.5")]
)
def test_a_void_sale_sets_free_what_came_in_and_asks_for_nothing(
    asha: Clinic, paid: str, credit: str
) -> None:
    """S54"""
    sold = sale(asha, paid=D(paid))

    done = void(asha, sold.package)

    assert done.note is not None
    assert (done.note.total, owed_by(sold.package.patient)) == (-10_000, 0)
    assert credit_of(sold.package.patient) == D(credit)
    assert Bill.objects.get(pk=sold.bill.pk).total == 10_000


@pytest.mark.parametrize("paid", ["0", "400", "1000", "1200"])
def test_a_visit_that_was_paid_in_part_gives_back_what_was_paid_when_a_pack_is_applied(
    asha: Clinic, paid: str
) -> None:
    """S34"""
    patient = PatientFactory()
    tenders = [cash(D(paid))] if D(paid) else []
    single = complete(asha, visit(asha, patient), how="charge", tenders=tenders)
    pack = package(asha, patient)

    apply(asha, single.visit, pack)

    assert (credit_of(patient), owed_by(patient), fresh(pack).sessions_left) == (D(paid), 0, 9)
    note = Bill.objects.get(corrects=single.bill)
    assert (note.kind, note.total) == (BillKind.CREDIT_NOTE, -1_000)


@pytest.mark.parametrize("part", ["0.5", "1"])
def test_taking_a_visits_charge_back_takes_and_gives_no_session(asha: Clinic, part: str) -> None:
    """S43"""
    pack = package(asha)
    used(asha, pack, part)
    single = complete(asha, visit(asha, pack.patient), how="charge", tenders=[cash(1_000)])
    left = fresh(pack).sessions_left

    reopen(asha, single.visit)

    assert (fresh(pack).sessions_left, credit_of(pack.patient)) == (left, 1_000)
