"""The day book, worked by hand.

Two branches (Andheri, Bandra), three people (Sunita at Andheri, Ravi at Bandra, the owner), packs of 10,000, visits
of 1,000.

THE DAY BEFORE. Andheri: Meera buys a pack, pays 6,000 by cheque (Sunita): 4,000 to pay. Bandra: Lakshmi's visit, paid
with 1,300 by UPI: 300 credit. Gita's visit, paid by card (both Ravi). Both close at 20:00.

THE DAY. Andheri: Meera's cheque bounces. Rohan's pack, paid with 3,000 cash + 7,500 UPI (Sunita): 500 credit. Rohan's
visit: 500 from his credit, 500 by card (owner). Usha's visit, 1,000 cash (Sunita); taken back at once: credit note, and
her 1,000 are credit; 400 are handed back in cash (owner). Closed at 20:00 with 3,500 counted. At 20:30 Usha's
second visit, 1,000 cash (Sunita): after the closing. Bandra, never closed: Lakshmi's visit: 300 from credit, 700
cash (Ravi). Gita's visit of yesterday is taken back: credit note, 1,000 credit.

    received      cash            UPI    card   cheque  together
    Sunita        3,000 + 1,000   7,500                 11,500
    owner                                500               500
    Ravi          700                                      700
    together      4,700           7,500  500            12,700     (Andheri 12,000, Bandra 700)
    handed back   400 cash (Andheri); bounced 6,000 cheque
    bills         Andheri 3: 12,000, Bandra 1: 1,000; credit notes −1,000 each
    receipts      for money taken outside a bill, of total 0: Andheri 2 (Rohan's 3,000 + 7,500, and his 500 by
                  card), Bandra 1 (Lakshmi's 700)

    credit        300 opening + 1,000 received (Usha's; Rohan's 500 came and went on the day) + 1,000 released (Gita)
                  − 300 applied (Lakshmi) − 400 handed back − 0 bounced (the cheque paid for a pack) = 1,600
    still to pay  4,000 opening + 13,000 billed − 2,000 credited − 13,000 paid + 2,000 released + 6,000 bounced = 10,000
    cash          Andheri 4,000 − 400 = 3,600 expected, 3,500 counted, 100 missing; Bandra 700 expected
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from billing.models import BillKind, Method
from clinic.models import Branch, Clinic, Role
from clinic.tenancy.context import clinic_context
from desk.day_book import DayBook
from tests.factories import PatientFactory, found, member, owner_of

from .booking import Counter, card, cash, cheque, owners_connection, state_moment, upi
from .test_day_close import close

ONE_DAY = timedelta(days=1)


@pytest.fixture
def owner_connection(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with owners_connection(django_db_blocker):
        yield


@dataclass
class Worked:
    """The clinic after the worked day; `a` and `b` are its two counters on that day."""

    clinic: Clinic
    day: date
    a: Counter
    b: Counter
    patients: dict[str, Any]
    cheque: Any

    def book(self, day: date | None = None, last: date | None = None) -> DayBook:
        return self.a.book(day, last)


@pytest.fixture
def worked(owner_connection: None, asha: Clinic) -> Worked:
    andheri = Branch.objects.get()
    Branch.objects.filter(pk=andheri.pk).update(name="Andheri")
    andheri.name = "Andheri"
    bandra = Branch.objects.create(name="Bandra")
    sunita, ravi = member(asha, Role.FRONT_DESK, name="Sunita"), member(asha, Role.FRONT_DESK, name="Ravi")
    day = asha.today() - 10 * ONE_DAY
    a, b = Counter(asha, andheri, day, sunita), Counter(asha, bandra, day, ravi)
    patients = {name: PatientFactory(name=name) for name in ("Meera", "Lakshmi", "Gita", "Rohan", "Usha")}
    meera, lakshmi, gita, rohan, usha = patients.values()

    a.clock("10:00", days=-1)
    bounces = a.sell(meera, cheque(6000)).payments[0]
    b.clock("11:00", days=-1)
    b.visit(lakshmi, tenders=[])
    b.take(lakshmi, upi(1300))
    b.clock("12:00", days=-1)
    seen = b.visit(gita, tenders=[card(1000)])
    a.clock("20:00", days=-1).close(day=day - ONE_DAY)
    b.clock("20:00", days=-1).close(day=day - ONE_DAY)

    a.clock("09:00").bounce(bounces)
    a.clock("10:00").sell(rohan)
    a.take(rohan, cash(3000), upi(7500))
    a.clock("11:00").visit(rohan)
    a.apply(rohan)
    Counter(asha, andheri, day, owner_of(asha)).clock("11:00").take(rohan, card(500))
    mistaken = a.clock("12:00").visit(usha, tenders=[cash(1000)])
    a.clock("12:30").reopen(mistaken.visit)
    a.clock("13:00").hand_back(usha, cash(400))
    b.clock("15:00").visit(lakshmi)
    b.apply(lakshmi)
    b.take(lakshmi, cash(700))
    b.clock("16:00").reopen(seen.visit)
    a.clock("20:00").close(3500)
    a.clock("20:30").visit(usha, tenders=[cash(1000)])
    return Worked(asha, day, a, b, patients, bounces)


def names(worked: Worked) -> dict[Any, str]:
    return {worked.a.by.pk: "Sunita", worked.b.by.pk: "Ravi", owner_of(worked.clinic).pk: "owner"}


def test_what_was_received_by_person_and_method(worked: Worked) -> None:
    book = worked.book()

    found = {names(worked)[who]: methods for who, methods in book.by_person("received").items()}
    assert found == {
        "Sunita": {Method.CASH: 4000, Method.UPI: 7500},
        "owner": {Method.CARD: 500},
        "Ravi": {Method.CASH: 700},
    }
    assert book.by_method("received") == {Method.CASH: 4700, Method.UPI: 7500, Method.CARD: 500}
    assert [book.of(branch=each).received for each in (worked.a.branch, worked.b.branch)] == [12000, 700]
    assert book.by_method("handed_back") == {Method.CASH: 400}
    assert book.by_method("bounced") == {Method.CHEQUE: 6000}


def test_the_papers_of_the_day_by_kind(worked: Worked) -> None:
    book = worked.book()

    by_branch = {(each.branch_id, each.kind): (each.count, each.amount) for each in book.papers}
    a, b = worked.a.branch.pk, worked.b.branch.pk
    assert by_branch == {
        (a, BillKind.BILL): (3, 12000),
        (b, BillKind.BILL): (1, 1000),
        (a, BillKind.CREDIT_NOTE): (1, -1000),
        (b, BillKind.CREDIT_NOTE): (1, -1000),
        (a, BillKind.MONEY_RECEIPT): (2, 0),
        (b, BillKind.MONEY_RECEIPT): (1, 0),
    }
    bills = next(each for each in book.papers if (each.branch_id, each.kind) == (a, BillKind.BILL))
    assert (bills.first_name[-6:], bills.last_name[-6:]) == ("000004", "000006")


def test_account_credit_adds_up(worked: Worked) -> None:
    book = worked.book()

    assert book.credit.opening == 300
    assert book.credit.moved == {
        "received": 1000,
        "released": 1000,
        "credit": 0,
        "applied": -300,
        "handed_back": -400,
        "bounced": 0,
    }
    assert book.credit.closing == 1600
    assert book.of(branch=worked.a.branch).credit.closing == 600
    assert book.of(branch=worked.b.branch).credit.closing == 1000


def test_what_is_still_to_pay_adds_up_and_is_never_netted_against_credit(worked: Worked) -> None:
    book = worked.book()

    assert book.owed.opening == 4000
    assert book.owed.moved == {
        "billed": 13000,
        "credited": -2000,
        "paid": -13000,
        "released": 2000,
        "bounced": 6000,
    }
    assert book.owed.closing == 10_000


def test_a_bounce_takes_off_the_credit_what_was_not_handed_back_before(
    owner_connection: None, asha: Clinic
) -> None:
    """A cheque of 1,500, of which a visit takes 1,000 and 300 are handed back, bounces the day after (decision 0009).

    The day: 1,500 received − 1,000 applied − 300 handed back = 200. The day after: all 1,500 bounced, 1,000 of them off
    the bill and 200 off the credit: 0. Still to pay 1,000 + 300, which are billed.
    """
    counter = Counter(asha, Branch.objects.get(), asha.today() - 5 * ONE_DAY, owner_of(asha))
    patient = PatientFactory()
    counter.clock("10:00").visit(patient)
    (payment,) = counter.take(patient, cheque(1500))
    counter.clock("12:00").hand_back(patient, cash(300))
    counter.clock("10:00", days=1).bounce(payment)

    first, second, third = (counter.book(counter.day + n * ONE_DAY) for n in range(3))

    assert first.credit.closing == 200
    assert (second.sum("bounced"), second.credit.moved["bounced"], second.credit.closing) == (1500, -200, 0)
    assert (second.owed.closing, second.owed.moved["billed"]) == (1300, 300)
    assert (third.credit.opening, third.owed.opening) == (0, 1300)


def test_what_came_after_the_closing_stands_in_the_next_book(worked: Worked) -> None:
    book, after = worked.book(), worked.book(worked.day + ONE_DAY)

    late = {(each.what, each.method): (each.count, each.amount) for each in book.late}
    assert late == {("received", "cash"): (1, 1000), ("paper", "bill"): (1, 1000)}
    assert [(each.amount, each.for_earlier_days) for each in after.money] == [(1000, 1000)]
    assert [(each.kind, each.amount) for each in after.papers] == [("bill", 1000)]
    assert (after.credit.opening, after.owed.opening) == (book.credit.closing, book.owed.closing)
    assert (after.credit.closing, after.owed.closing) == (1600, 10_000)


def test_a_closed_book_says_the_same_whatever_is_recorded_later(worked: Worked) -> None:
    """Law 3: a bounce, a credit note, an allocation taken back, a refund and money of that day, all recorded later."""
    worked.b.clock("21:00").close(700)
    before = [worked.book(worked.day + n * ONE_DAY) for n in (-1, 0)]
    a, rohan, usha = worked.a, worked.patients["Rohan"], worked.patients["Usha"]

    a.clock("10:00", days=2).bounce(a.take(worked.patients["Meera"], cheque(2000))[0])
    paid = rohan.payments.get(method="card")
    a.reopen(paid.allocations.get().line.visit)  # a credit note, and its 1,000 are taken back
    a.hand_back(usha, cash(600))
    a.take_for(worked.day, usha, cash(250))
    a.open_again()
    a.take_for(worked.day, usha, cash(150))
    a.close(3900)

    again = [worked.book(worked.day + n * ONE_DAY) for n in (-1, 0)]
    for then, now in zip(before, again, strict=True):
        assert (now.money, now.papers) == (then.money, then.papers)
        assert (now.credit, now.owed) == (then.credit, then.owed)
    late = {(each.what, each.method): each.amount for each in again[1].late}
    assert late == {("received", "cash"): 1400, ("paper", "bill"): 1000}
    of_that_day = worked.book(worked.day + 2 * ONE_DAY)
    assert of_that_day.sum("received") == 2000 + 250 + 150
    assert sum(each.for_earlier_days for each in of_that_day.money) == 400


def test_the_books_of_all_days_are_all_the_money(worked: Worked) -> None:
    whole = worked.book(worked.day - ONE_DAY, worked.day + ONE_DAY)

    assert whole.received == 6000 + 1300 + 1000 + 12_700 + 1000
    assert (whole.credit.opening, whole.credit.closing) == (0, 1600)
    assert (whole.owed.opening, whole.owed.closing) == (0, 10_000)
    for n in (-1, 0, 1):
        day = worked.day + n * ONE_DAY
        alone, part = worked.book(day), whole.of(day)
        assert (part.money, part.credit, part.owed) == (alone.money, alone.credit, alone.owed)
        assert sorted(map(str, part.papers)) == sorted(map(str, alone.papers))


def test_a_minute_before_midnight_is_another_day(owner_connection: None, asha: Clinic) -> None:
    """Law 6: 23:50 and 00:10 on the clinic's clock, which is 18:20 and 18:40 of one day in UTC."""
    counter = Counter(asha, Branch.objects.get(), asha.today() - 5 * ONE_DAY, owner_of(asha))
    patient = PatientFactory()
    counter.clock("23:50").visit(patient, tenders=[cash(1000)])
    counter.clock("00:10", days=1).visit(patient, tenders=[cash(999)])

    book = counter.book(counter.day, counter.day + ONE_DAY)

    assert [book.of(each).received for each in book.days.days] == [1000, 999]
    assert [book.of(each).owed.closing for each in book.days.days] == [0, 1]
    assert [len(book.of(each).papers) for each in book.days.days] == [1, 1]


def test_the_days_of_a_clinic_in_los_angeles_are_its_own(owner_connection: None, db: None) -> None:
    """Law 6: half past eleven in the evening there is the next day everywhere east of it."""
    clinic = found("pacific", time_zone="America/Los_Angeles", currency="USD", country="US")
    with clinic_context(clinic.pk):
        counter = Counter(clinic, Branch.objects.get(), clinic.today() - 5 * ONE_DAY, owner_of(clinic))
        counter.clock("23:30").visit(PatientFactory(), tenders=[cash(1000)])
        counter.clock("00:30", days=1).visit(PatientFactory())

        book = counter.book(counter.day, counter.day + ONE_DAY)

        assert [book.of(each).received for each in book.days.days] == [1000, 0]
        assert [book.of(each).owed.closing for each in book.days.days] == [0, 1000]


def test_nothing_is_added_to_a_book_of_an_earlier_day_than_a_closed_one(
    owner_connection: None, asha: Clinic
) -> None:
    """A forgotten Tuesday: what is dated by it after Wednesday was closed stands in Thursday's book."""
    tuesday = asha.today() - 5 * ONE_DAY
    counter = Counter(asha, Branch.objects.get(), tuesday, owner_of(asha))
    patient = PatientFactory()
    counter.clock("10:00").take(patient, cash(100))
    counter.clock("20:00", days=1).close(day=tuesday + ONE_DAY)
    counter.clock("10:00", days=2).take_for(tuesday, patient, cash(50))
    closed = counter.close(150)

    received = [counter.book(tuesday + n * ONE_DAY).received for n in range(3)]

    assert received == [100, 0, 50]
    assert closed.expected_cash == Decimal(150)  # the count is of the day that the money is dated by


def test_a_bill_that_was_begun_before_the_closing_is_issued_after_it(
    owner_connection: None, asha: Clinic
) -> None:
    """Its act began at 19:59, the day was closed at 20:00, and it is written a moment later."""
    counter = Counter(asha, Branch.objects.get(), asha.today() - 5 * ONE_DAY, owner_of(asha))
    closed = counter.clock("20:00").close()
    counter.clock("19:59")
    state_moment(closed.recorded_at + timedelta(seconds=1))
    bill = counter.visit(PatientFactory()).bill

    bill.refresh_from_db()

    assert bill.issued_at > closed.recorded_at
    assert bill.issued_on == counter.day
    assert [len(counter.book(counter.day + n * ONE_DAY).papers) for n in range(2)] == [0, 1]


def test_a_moment_of_record_is_the_databases(asha: Clinic) -> None:
    """Whatever moment the program states for a closing, the books are shut when it is written."""
    closed = close(asha, at=timezone.now() - timedelta(hours=3))

    closed.refresh_from_db()
    assert closed.recorded_at > closed.at + timedelta(hours=2)
