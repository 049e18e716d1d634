"""The money of a refund where the sale was not an ordinary one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from billing.models import Bill, Method, Payment
from billing.payments import owed_lines, unapplied_of
from clinic.access import NotAllowed
from clinic.models import Branch, Clinic, Role
from desk import checkout
from desk.recount import recount
from desk.refunds import MoreThanTheRefund
from packages import services, standing, transfers
from packages.liability import liability, of_package
from packages.models import Package
from packages.refunds import QuoteChanged, quote_refund
from packages.services import Opening
from packages.standing import CannotVoid
from tests.acts import REASON, bounce, cash, cheque, pay, refund, void
from tests.committing import check_now
from tests.factories import PatientFactory, complete, member, owner_of, package, plan, sale, use, visit
from tests.written import everything

State = Package.State


@pytest.fixture(autouse=True)
def _adds_up_afterwards(asha: Clinic) -> Any:
    yield
    check_now()
    assert recount() == []


def opening(asha: Clinic, left: int, paid: Decimal | None = None) -> Package:
    return services.open_package(
        PatientFactory(),
        plan=plan(),
        branch=Branch.objects.get(),
        clinic=asha,
        on=asha.today(),
        by=None,
        key=uuid4(),
        opening=Opening(Decimal(left), agreed_on=asha.today(), paid=paid),
    )


def moved(asha: Clinic, pack: Package, sessions: int) -> Package:
    facts: dict[str, Any] = {"on": asha.today(), "by": owner_of(asha), "key": uuid4(), "reason": REASON}
    return transfers.transfer(pack, sessions=Decimal(sessions), to=PatientFactory(), **facts)


@pytest.mark.parametrize(("paid", "amount"), [(None, 3_000), (Decimal(8_000), 1_000)])
def test_a_pack_from_before_go_live_gives_back_what_was_paid_then(
    asha: Clinic, paid: Decimal | None, amount: int
) -> None:
    """S39"""
    pack = opening(asha, 3, paid)

    done = refund(asha, pack, pay_out=cash(400))

    assert (done.note, done.amount, done.credit) == (None, amount, amount - 400)
    (credit,) = Payment.objects.filter(patient=pack.patient)
    assert (credit.method, credit.package, credit.amount) == (Method.CREDIT, pack, amount)
    assert unapplied_of(pack.patient) == [(credit, amount - 400)]
    assert liability(asha.today()).rows == ()


def test_credit_of_a_refund_pays_for_the_next_pack_when_asked(asha: Clinic) -> None:
    """S47"""
    pack = opening(asha, 3)
    refund(asha, pack)
    again = sale(asha, pack.patient, of=plan(sessions=3, price=3_000), paid=0)

    checkout.apply_unapplied(
        pack.patient, lines=owed_lines(pack.patient), on=asha.today(), by=None, key=uuid4()
    )

    again.package.refresh_from_db()
    assert (again.package.state, again.package.paid) == (State.ACTIVE, 3_000)
    assert unapplied_of(pack.patient) == []


def test_a_pack_that_came_by_transfer_gives_its_owner_the_value_that_moved(asha: Clinic) -> None:
    """S39, S53"""
    pack = package(asha)
    use(asha, pack, 2)
    hers = moved(asha, pack, 3)
    use(asha, hers, 1)
    assert of_package(hers, asha.today()).liability == 2_000
    assert liability(asha.today()).value == 7_000

    done = refund(asha, hers)

    assert (done.amount, done.note) == (2_000, None)
    assert [amount for _, amount in unapplied_of(hers.patient)] == [2_000]
    assert liability(asha.today()).value == 5_000
    rest = refund(asha, pack)
    assert (rest.amount, rest.note and rest.note.total) == (5_000, -5_000)


def test_a_pack_paid_in_part_gives_back_what_was_not_used_and_asks_for_no_more(asha: Clinic) -> None:
    """S40"""
    pack = package(asha, of=plan(activation="as_paid"), paid=4_000)
    use(asha, pack, 3)

    done = refund(asha, pack)

    assert (done.amount, done.note and done.note.total) == (1_000, -7_000)
    assert (owed_lines(pack.patient), [amount for _, amount in unapplied_of(pack.patient)]) == ([], [1_000])


def test_a_pack_whose_payment_bounced_is_refunded_at_nothing_and_what_was_used_stays_owed(
    asha: Clinic,
) -> None:
    """S46"""
    sold = sale(asha, paid=0)
    (payment,) = pay(asha, sold.package.patient, 0, list(sold.bill.lines.all()), tenders=[cheque(10_000)])
    use(asha, sold.package, 2)
    bounce(asha, payment)

    done = refund(asha, sold.package)

    assert (done.amount, done.note and done.note.total) == (0, -8_000)
    assert [line.owed for line in owed_lines(sold.package.patient)] == [2_000]
    report = liability(asha.today())
    assert (report.value, report.receivable) == (0, 2_000)


def test_a_payment_that_bounces_after_its_pack_was_refunded_is_credit_no_more(asha: Clinic) -> None:
    """S46"""
    sold = sale(asha, paid=0)
    (payment,) = pay(asha, sold.package.patient, 0, list(sold.bill.lines.all()), tenders=[cheque(10_000)])
    use(asha, sold.package, 2)
    refund(asha, sold.package)

    done = bounce(asha, payment)

    assert (done.suspended, done.owed_for_care, done.lost) == ([], 2_000, [])
    assert [line.owed for line in done.owed] == [2_000]
    assert unapplied_of(sold.package.patient) == []


def refused(asha: Clinic, pack: Package, refusal: type[Exception], **facts: Any) -> None:
    written = everything()
    with pytest.raises(refusal):
        refund(asha, pack, **facts)
    assert everything() == written


def test_no_more_is_paid_out_than_the_refund_comes_to(asha: Clinic) -> None:
    pack = package(asha)
    use(asha, pack)

    refused(asha, pack, MoreThanTheRefund, pay_out=cash(Decimal("9000.01")))


def test_a_quote_of_before_is_refused(asha: Clinic) -> None:
    pack = package(asha)
    shown = quote_refund(pack).key_figures
    use(asha, pack)

    refused(asha, pack, QuoteChanged, shown=shown)


@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.ACCOUNTANT, Role.THERAPIST])
def test_the_owner_alone_refunds(asha: Clinic, role: Role) -> None:
    pack = package(asha)

    refused(asha, pack, NotAllowed, by=member(asha, role))


def test_money_of_somebody_else_goes_back_to_who_paid(asha: Clinic) -> None:
    """S47"""
    mother = PatientFactory()
    sold = sale(asha, paid=0)
    pay(asha, mother, 10_000, list(sold.bill.lines.all()))

    refund(asha, sold.package)

    assert [amount for _, amount in unapplied_of(mother)] == [10_000]
    assert unapplied_of(sold.package.patient) == []


def test_a_pack_given_away_is_void_without_any_note(asha: Clinic) -> None:
    """S54"""
    sold = sale(asha, price=0)

    done = void(asha, sold.package)

    assert (done.note, done.credit) == (None, 0)
    assert not Bill.objects.filter(corrects=sold.bill).exists()


def test_what_was_transferred_or_paid_before_is_not_void(asha: Clinic) -> None:
    """S53, S54"""
    with pytest.raises(CannotVoid, match="Undo the transfer"):
        void(asha, moved(asha, package(asha), 3))
    with pytest.raises(CannotVoid, match="before it was brought in"):
        void(asha, opening(asha, 3))


def test_a_bounce_takes_nothing_from_visits_that_another_pack_covers(asha: Clinic) -> None:
    """S46"""
    sold = sale(asha, paid=0)
    patient = sold.package.patient
    (payment,) = pay(asha, patient, 0, list(sold.bill.lines.all()), tenders=[cheque(10_000)])
    package(asha, patient, of=plan(sessions=1))
    coming = [visit(asha, patient) for _ in range(2)]

    done = bounce(asha, payment)

    assert len(done.lost) == 1
    assert done.lost[0] in coming


def test_a_pack_the_owner_suspended_for_another_reason_does_not_go_on_by_money(asha: Clinic) -> None:
    """S46"""
    sold = sale(asha, of=plan(activation="at_once"), paid=0)
    patient = sold.package.patient
    (payment,) = pay(asha, patient, 0, list(sold.bill.lines.all()), tenders=[cheque(10_000)])
    bounce(asha, payment)
    facts: dict[str, Any] = {"on": asha.today(), "by": owner_of(asha), "reason": REASON}
    standing.resume(sold.package, key=uuid4(), **facts)
    standing.suspend(sold.package, key=uuid4(), **facts)

    pay(asha, patient, 10_000, owed_lines(patient))

    sold.package.refresh_from_db()
    assert sold.package.state == State.SUSPENDED


def test_who_pays_the_used_part_of_an_open_pack_goes_on_with_it(asha: Clinic) -> None:
    """S46"""
    sold = sale(asha, of=plan(activation="at_once"), paid=0)
    patient = sold.package.patient
    (payment,) = pay(asha, patient, 0, list(sold.bill.lines.all()), tenders=[cheque(10_000)])
    use(asha, sold.package, 2)
    bounce(asha, payment)

    pay(asha, patient, 1_999, owed_lines(patient))
    sold.package.refresh_from_db()
    assert sold.package.state == State.SUSPENDED
    pay(asha, patient, 1, owed_lines(patient))

    sold.package.refresh_from_db()
    assert sold.package.state == State.ACTIVE
    assert complete(asha, visit(asha, patient)).entry.package == sold.package
