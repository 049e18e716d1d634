"""Days that nobody made up: whatever happens at the counters, the books add up (law 3)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from django.db.models import Sum

from billing.models import BY_HAND, HANDED_OVER, Bounce, Method, Payment, Refund
from billing.payments import Tender, unapplied_of, with_left, with_owed
from clinic.models import Branch, Clinic, Patient, Role
from desk.day_book import DayBook
from desk.models import DayClose
from desk.recount import recount
from tests.factories import PatientFactory, member
from visits.models import Visit

from .booking import Counter, owners_connection

ONE_DAY = timedelta(days=1)
DAYS = 5
HOURS = range(9, 22, 2)


@pytest.fixture
def owner_connection(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with owners_connection(django_db_blocker):
        yield


class Story:
    """Two counters and a few patients who do whatever chance says."""

    def __init__(self, clinic: Clinic, seed: int) -> None:
        self.random, self.clinic = Random(seed), clinic
        self.first = clinic.today() - (DAYS + 2) * ONE_DAY
        first = Branch.objects.get()
        second = Branch.objects.create(name="Bandra")
        self.patients = [PatientFactory() for _ in range(4)]
        people = [member(clinic, Role.FRONT_DESK, name=name) for name in ("Sunita", "Ravi")]
        self.counters = [
            Counter(clinic, branch, self.first, person)
            for branch, person in zip((first, second), people, strict=True)
        ]
        self.books: dict[date, DayBook] = {}

    def live(self) -> None:
        """So many days, hour by hour; each book is kept as it was when the last branch had closed its day."""
        for n in range(DAYS):
            for hour in HOURS:
                for half, counter in zip((0, 30), self.counters, strict=True):
                    counter.clock(f"{hour:02}:{half + self.random.randrange(30):02}", days=n)
                    self.something(counter, self.first + n * ONE_DAY)

    def something(self, counter: Counter, today: date) -> None:
        acts = [
            self.come,
            self.come,
            self.buy,
            self.pay,
            self.apply,
            self.take_back,
            self.go_back,
            self.bounce,
        ]
        self.random.choice([*acts, self.write_late, self.close])(counter, today)

    def somebody(self) -> Patient:
        return self.random.choice(self.patients)

    def money(self, most: int = 3000) -> Tender:
        reference = f"{self.random.getrandbits(64):x}"  # a gateway's is of one payment
        return Tender(self.random.choice(HANDED_OVER), Decimal(self.random.randint(1, most)), reference)

    def come(self, counter: Counter, today: date) -> None:
        tenders = [self.money(900)] if self.random.random() < 0.6 else []
        counter.visit(self.somebody(), tenders=tenders)

    def buy(self, counter: Counter, today: date) -> None:
        counter.sell(self.somebody(), self.money())

    def pay(self, counter: Counter, today: date) -> None:
        counter.take(self.somebody(), self.money(), self.money())

    def apply(self, counter: Counter, today: date) -> None:
        counter.apply(self.somebody())

    def take_back(self, counter: Counter, today: date) -> None:
        done = Visit.objects.filter(state=Visit.State.COMPLETED).order_by("?").first()
        if done:
            counter.reopen(done)

    def go_back(self, counter: Counter, today: date) -> None:
        patient = self.somebody()
        if free := sum(left for _payment, left in unapplied_of(patient)):
            amount = Decimal(self.random.randint(1, int(free)))
            counter.hand_back(patient, Tender(self.random.choice(BY_HAND), amount))

    def bounce(self, counter: Counter, today: date) -> None:
        free = Payment.objects.exclude(pk__in=Bounce.objects.values("payment"))
        if payment := free.exclude(method=Method.CREDIT).order_by("?").first():
            counter.bounce(payment)

    def write_late(self, counter: Counter, today: date) -> None:
        earlier = today - self.random.randint(0, 2) * ONE_DAY
        counter.take_for(max(earlier, self.first), self.somebody(), self.money())

    def close(self, counter: Counter, today: date) -> None:
        day = max(today - self.random.choice([0, 0, 1]) * ONE_DAY, self.first)
        last = DayClose.objects.filter(branch=counter.branch, day=day).order_by("-number").first()
        if last and last.is_closed:
            counter.day, kept = day, counter.day
            counter.open_again()
            counter.day = kept
        else:
            counter.close(day=day)
            self.keep(day)

    def keep(self, day: date) -> None:
        """The books that are shut in both branches, as they are now."""
        for each in (each for each in self.every_day() if each <= day and each not in self.books):
            book = self.counters[0].book(each)
            if all(book.days.is_shut(branch, each) for branch in book.days.branches):
                self.books[each] = book

    def every_day(self) -> list[date]:
        return [self.first + n * ONE_DAY for n in range(DAYS + 1)]


@pytest.mark.parametrize("seed", range(2))
def test_the_books_of_random_days_add_up(owner_connection: None, asha: Clinic, seed: int) -> None:
    story = Story(asha, seed)

    story.live()

    book = story.counters[0].book
    days = story.every_day()
    whole = book(days[0], days[-1])
    alone = [book(day) for day in days]
    for day, each in zip(days, alone, strict=True):
        of_whole = whole.of(day)
        assert (of_whole.credit, of_whole.owed, of_whole.received) == (each.credit, each.owed, each.received)
    for before, after in pairwise(alone):
        for branch in before.days.branches:
            then, now = before.of(branch=branch), after.of(branch=branch)
            assert (now.credit.opening, now.owed.opening) == (then.credit.closing, then.owed.closing)
    # All books are all the money,
    assert whole.received == total(Payment.objects.exclude(method=Method.CREDIT))
    assert whole.sum("handed_back") == total(Refund.objects.all())
    assert whole.sum("bounced") == total(Payment.objects.filter(bounces__isnull=False))
    # and end with what patients have unapplied, and still to pay, now.
    assert whole.credit.closing == with_left().aggregate(sum=Sum("left"))["sum"]
    assert whole.owed.closing == with_owed().filter(credits=None).aggregate(sum=Sum("owed"))["sum"]
    # What was shut says what it said then.
    assert story.books
    for day, kept in story.books.items():
        now = book(day)
        assert (now.money, now.papers, now.credit, now.owed) == (
            kept.money,
            kept.papers,
            kept.credit,
            kept.owed,
        )
    assert recount() == []


def total(found: Any) -> Decimal:
    return found.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
