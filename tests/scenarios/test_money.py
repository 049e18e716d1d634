"""Money: SCENARIOS S39 to S48, what of them holds before refunds."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from billing.models import BillLine, Method
from billing.payments import PaymentRefused, Tender, owed_lines, unapplied_of
from clinic.models import Branch, Clinic, Patient
from desk import checkout
from desk.taking import take_money
from packages.eligibility import NotCovered, Why
from packages.models import Package
from packages.services import PriceNotAllowed
from tests.committing import check_now
from tests.factories import (
    PatientFactory,
    ServiceFactory,
    complete,
    owner_of,
    package,
    plan,
    sale,
    use,
    visit,
)
from tests.written import everything

from .conftest import MakeClinic


def worth(price: Decimal, k: int, n: int, places: int) -> Decimal:
    """The k-th of n sessions, by the sentence of law 10 and in whole coins: no Decimal of the program is asked."""

    def upto(each: int) -> int:
        coins = Fraction(price) * 10**places * each / n
        return int(
            (Decimal(coins.numerator) / Decimal(coins.denominator)).quantize(Decimal(1), ROUND_HALF_UP)
        )

    return Decimal(upto(k) - upto(k - 1)).scaleb(-places)


@pytest.mark.parametrize(
    ("currency", "places", "price", "sessions"),
    [
        ("INR", 2, "10000", 3),
        ("INR", 2, "9999.99", 7),
        ("INR", 2, "0.05", 10),
        ("INR", 2, "100", 8),  # 12.50 each, no rounding
        ("INR", 2, "0.01", 2),
        ("INR", 2, "0", 4),
        ("INR", 2, "12345678.91", 13),
        ("JPY", 0, "10000", 3),
        ("JPY", 0, "5", 8),
        ("KWD", 3, "100.001", 6),
    ],
)
def test_the_worth_of_the_sessions_adds_up_to_the_price(
    clinic_in: MakeClinic, currency: str, places: int, price: str, sessions: int
) -> None:
    """S41"""
    clinic = clinic_in(currency=currency)
    pack = package(clinic, of=plan(sessions=sessions, price=Decimal(price)))
    assert pack.value_left == Decimal(price)

    entries = [done.entry for done in use(clinic, pack, sessions)]
    check_now()

    cost = Decimal(price)
    assert [-entry.value for entry in entries] == [
        worth(cost, k, sessions, places) for k in range(1, sessions + 1)
    ]
    assert -sum(entry.value for entry in entries) == cost
    pack.refresh_from_db()
    assert (pack.sessions_left, pack.value_left) == (0, 0)


def test_of_ten_thousand_over_three_the_middle_session_is_worth_a_paisa_more(asha: Clinic) -> None:
    """S41"""
    pack = package(asha, of=plan(sessions=3))

    first, second, third = (done.entry for done in use(asha, pack, 3))

    assert (first.value_after, second.value_after, third.value_after) == (
        Decimal("6666.67"),
        Decimal("3333.33"),
        0,
    )
    assert [-e.value for e in (first, second, third)] == [
        Decimal("3333.33"),
        Decimal("3333.34"),
        Decimal("3333.33"),
    ]


@pytest.mark.parametrize(
    ("currency", "price"),
    [
        ("INR", "100.005"),
        ("INR", "99.999"),
        ("JPY", "100.5"),
        ("INR", "-1"),
        ("INR", "10000.01"),
        ("KWD", "1.0001"),
    ],
)
def test_a_price_finer_than_the_coin_or_above_the_plan_is_refused(
    clinic_in: MakeClinic, currency: str, price: str
) -> None:
    """Such a pack's last session could not be used: its worth would be a part of a coin. S41"""
    clinic = clinic_in(currency=currency)
    of, patient = plan(), PatientFactory()
    written = everything()

    with pytest.raises(PriceNotAllowed):
        sale(clinic, patient, of=of, price=Decimal(price), paid=0)

    assert everything() == written


@pytest.mark.parametrize(("discounted", "each"), [(8_000, 800), (0, 0), (9_995, Decimal("999.5"))])
def test_after_a_discount_a_session_is_worth_what_was_paid_for_it(
    asha: Clinic, discounted: int, each: Any
) -> None:
    """S39"""
    sold = sale(asha, price=discounted)

    entries = [done.entry for done in use(asha, sold.package, 10)]
    check_now()

    assert [-entry.value for entry in entries] == [each] * 10
    line = sold.bill.document["lines"][0]
    assert (Decimal(line["unit_price"]), Decimal(line["discount"])) == (10_000, 10_000 - discounted)


@pytest.mark.parametrize("paid", [0, 1, 4_000, Decimal("9999.99")])
def test_a_pack_that_is_locked_until_paid_opens_with_the_last_coin(asha: Clinic, paid: Decimal | int) -> None:
    """S45"""
    sold = sale(asha, paid=paid)
    assert sold.package.state == Package.State.PENDING
    with pytest.raises(NotCovered) as refused:
        complete(asha, visit(asha, sold.package.patient))
    assert refused.value.fits[0].reasons[0].why == Why.NOT_PAID

    pay(asha, sold.package.patient, 10_000 - paid, owed_lines(sold.package.patient))

    sold.package.refresh_from_db()
    assert sold.package.state == Package.State.ACTIVE
    assert complete(asha, visit(asha, sold.package.patient)).entry.package == sold.package
    check_now()


@pytest.mark.parametrize(
    ("price", "sessions", "paid", "opened"),
    [
        (10_000, 10, 4_000, 4),
        (10_000, 10, 4_999, 4),
        (10_000, 3, 3_333, 0),
        (10_000, 3, 6_667, 2),
        (7_000, 7, 6_999, 6),
    ],
)
def test_as_many_sessions_open_as_are_paid_for_and_the_next_asks_for_money(
    asha: Clinic, price: int, sessions: int, paid: int, opened: int
) -> None:
    """S45"""
    pack = package(asha, of=plan(sessions=sessions, price=price, activation="as_paid"), paid=paid)
    use(asha, pack, opened)

    with pytest.raises(NotCovered) as refused:
        complete(asha, visit(asha, pack.patient))

    (reason,) = refused.value.fits[0].reasons
    assert (reason.why, reason.facts["open"], reason.facts["to_pay"]) == (
        Why.NOT_PAID_ENOUGH,
        opened,
        price - paid,
    )
    pay(asha, pack.patient, price - paid, owed_lines(pack.patient))
    use(asha, pack, sessions - opened)
    check_now()


def pay(clinic: Clinic, patient: Patient, amount: Decimal | int, lines: list[BillLine], **facts: Any) -> Any:
    facts = {"by": owner_of(clinic), "key": uuid4(), "at": timezone.now()} | facts
    branch = visit(clinic, patient).branch
    tenders = [Tender(Method.UPI, Decimal(amount), "ref 1")]
    return checkout.take_payment(patient, tenders=tenders, lines=lines, branch=branch, clinic=clinic, **facts)


@pytest.mark.parametrize("over", ["500", "0.01"])
def test_what_was_overpaid_stays_by_name_and_pays_nothing_unasked(asha: Clinic, over: str) -> None:
    """S47"""
    sold = sale(asha, paid=10_000 + Decimal(over))
    patient = sold.package.patient
    assert sold.package.paid == 10_000

    charged = complete(asha, visit(asha, patient), how="charge")
    check_now()

    assert [amount for _, amount in unapplied_of(patient)] == [Decimal(over)]
    assert [line.owed for line in owed_lines(patient)] == [1000]
    checkout.apply_unapplied(
        patient, lines=list(charged.bill.lines.all()), on=asha.today(), by=None, key=uuid4()
    )
    assert unapplied_of(patient) == []
    assert [line.owed for line in owed_lines(patient)] == [1000 - Decimal(over)]


def test_several_methods_pay_one_pack_and_a_payment_sent_twice_is_one(asha: Clinic) -> None:
    """S48"""
    sold = sale(asha, paid=0)
    patient, key = sold.package.patient, uuid4()
    tenders = [Tender(Method.CASH, Decimal(3_000)), Tender(Method.UPI, Decimal(5_000), "upi 7")]
    facts = {"lines": owed_lines(patient), "branch": sold.bill.branch, "clinic": asha, "at": timezone.now()}
    first = checkout.take_payment(patient, tenders=tenders, by=None, key=key, **facts)
    written = everything()

    assert checkout.take_payment(patient, tenders=tenders, by=None, key=key, **facts) == first
    assert everything() == written
    assert [line.owed for line in owed_lines(patient)] == [2_000]
    check_now()


def test_one_payment_for_a_pack_and_something_taxed_is_split_as_stated(asha: Clinic) -> None:
    """S48"""
    patient = PatientFactory()
    pack = sale(asha, patient, paid=0)
    taxed = ServiceFactory(name="Taping", price=Decimal(1_180), tax_percent=Decimal(18))
    other = complete(asha, visit(asha, patient, service=taxed), how="charge").bill.lines.get()
    line = pack.bill.lines.get()
    split = {line: Decimal(6_000), other: Decimal(1_180)}

    taken = take_money(
        patient, tenders=[Tender(Method.UPI, Decimal(7_180), "upi 8")], split=split, **at_the_desk(asha)
    )
    check_now()

    assert (len(taken.payments), taken.over) == (1, 0)
    assert [(each.pk, each.owed) for each in owed_lines(patient)] == [(line.pk, 4_000)]
    assert (line.tax, other.tax) == (0, 180)


def test_what_is_over_is_credit_by_name_and_stays_while_new_bills_come(asha: Clinic) -> None:
    """S47"""
    patient, sister = PatientFactory(), PatientFactory()
    hers = complete(asha, visit(asha, sister), how="charge").bill.lines.get()

    taken = take_money(
        patient,
        tenders=[Tender(Method.CASH, Decimal(1_500))],
        split={hers: Decimal(1_000)},
        **at_the_desk(asha),
    )
    for each in (patient, sister):
        complete(asha, visit(asha, each), how="charge")
    check_now()

    assert taken.over == 500
    assert (unapplied_of(patient), unapplied_of(sister)) == ([(taken.payments[0], 500)], [])
    assert [line.owed for line in owed_lines(patient, sister)] == [1_000, 1_000]


def test_taking_money_twice_with_one_key_is_once_with_credit_too(asha: Clinic) -> None:
    """S02, S47"""
    patient = PatientFactory()
    pay(asha, patient, 700, [])
    line = complete(asha, visit(asha, patient), how="charge").bill.lines.get()
    for tenders, amount in (([], 300), ([Tender(Method.CASH, Decimal(100))], 500)):
        facts = {"tenders": tenders, "split": {line: Decimal(amount)}, "use_credit": True}
        facts |= at_the_desk(asha)
        first = take_money(patient, **facts)
        written = everything()
        assert take_money(patient, **facts) == first
        assert everything() == written

    assert [each.owed for each in owed_lines(patient)] == [200]
    assert unapplied_of(patient) == []
    check_now()


def at_the_desk(clinic: Clinic) -> dict[str, Any]:
    facts = {"branch": Branch.objects.get(), "clinic": clinic, "at": timezone.now()}
    return facts | {"by": owner_of(clinic), "key": uuid4()}


@pytest.mark.parametrize("amount", ["100.005", "0.001"])
def test_no_coin_is_so_small_as_a_thousandth_of_a_rupee(asha: Clinic, amount: str) -> None:
    patient = PatientFactory()
    line = complete(asha, visit(asha, patient), how="charge").bill.lines.get()
    cash = Tender(Method.CASH, Decimal(amount))
    written = everything()

    def no_coin() -> Any:
        return pytest.raises(PaymentRefused, match="no coin that small")

    with no_coin():
        take_money(patient, tenders=[cash], split={}, **at_the_desk(asha))
    one, split = Tender(Method.CASH, Decimal(1_000)), {line: Decimal(amount)}
    with no_coin():
        take_money(patient, tenders=[one], split=split, **at_the_desk(asha))

    assert everything() == written


@pytest.mark.parametrize("amount", [0, -1, Decimal("-0.01")])
def test_nothing_and_less_is_no_payment(asha: Clinic, amount: Decimal | int) -> None:
    sold = sale(asha, paid=0)
    lines = owed_lines(sold.package.patient)
    branch_visit = visit(asha, sold.package.patient)
    written = everything()

    with pytest.raises(PaymentRefused):
        checkout.take_payment(
            sold.package.patient,
            tenders=[Tender(Method.CASH, Decimal(10)), Tender(Method.CASH, Decimal(amount))],
            lines=lines,
            branch=branch_visit.branch,
            clinic=asha,
            at=timezone.now(),
            by=None,
            key=uuid4(),
        )

    assert everything() == written
