"""Days of a clinic's counter at stated moments: what the tests of the day book tell their stories with.

Only the database's owner may state a moment of record, so these tests run on its connection; the rows of the
clinic are kept apart from others for it too.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import uuid4

from django.db import connection

from billing import payments as money
from billing import returns
from billing.models import Bounce, Method, Payment
from billing.payments import Tender
from clinic.models import Branch, Clinic, Patient, Staff
from desk import bouncing, checkout
from desk.day_book import DayBook, read_book
from desk.day_close import close_day, reopen_day
from desk.models import DayClose
from packages.models import Plan
from tests.factories import ServiceFactory, owner_of, plan
from visits.models import Visit
from visits.services import book_visit

REASON = "Because of the story"
REFERENCES = count(1)


def state_moment(moment: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.recorded_at', %s, true)", [moment.isoformat()])


@dataclass
class Counter:
    """A branch's counter on a day: every act at a time of the clinic's own clock, by somebody."""

    clinic: Clinic
    branch: Branch
    day: date
    by: Staff
    at: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.clock("09:00")

    def clock(self, text: str, *, days: int = 0) -> Counter:
        """It is that time now, so many days after the counter's day."""
        day = self.day + timedelta(days=days)
        self.at = datetime.combine(day, time.fromisoformat(text), self.clinic.zone)
        state_moment(self.at)
        return self

    def facts(self, **other: Any) -> dict[str, Any]:
        return {"clinic": self.clinic, "at": self.at, "by": self.by, "key": uuid4()} | other

    def visit(self, patient: Patient, **facts: Any) -> checkout.Completed:
        """A visit of 1,000, charged by itself."""
        given = {"branch": self.branch, "by": self.by, "key": uuid4()}
        booked = book_visit(patient, service=ServiceFactory(), starts_at=self.at, **given)
        return checkout.complete_visit(booked, **self.facts(how="charge", **facts))

    def sell(self, patient: Patient, *tenders: Tender, of: Plan | None = None) -> checkout.Sale:
        """A pack of 10,000."""
        facts = self.facts(tenders=list(tenders), branch=self.branch)
        return checkout.sell_package(patient, plan=of or plan(), **facts)

    def take(self, patient: Patient, *tenders: Tender, lines: Any = None) -> list[Payment]:
        """Money for what the patient owes, the rest as account credit."""
        lines = money.owed_lines(patient) if lines is None else lines
        return checkout.take_payment(
            patient, tenders=list(tenders), lines=lines, branch=self.branch, **self.facts()
        )

    def take_for(self, day: date, patient: Patient, tender: Tender) -> Payment:
        """Money that is dated by another day."""
        facts = {"branch": self.branch, "on": day, "today": self.clinic.day_of(self.at)}
        return money.take_payment(patient, tenders=[tender], by=self.by, key=uuid4(), **facts)[0]

    def apply(self, patient: Patient) -> None:
        on = self.clinic.day_of(self.at)
        checkout.apply_unapplied(patient, lines=money.owed_lines(patient), on=on, by=self.by, key=uuid4())

    def reopen(self, visit: Visit) -> Any:
        return checkout.reopen_visit(visit, **self.facts(reason=REASON))

    def bounce(self, payment: Payment) -> Bounce:
        return bouncing.bounce_payment(payment, **self.facts(reason=REASON)).bounce

    def hand_back(self, patient: Patient, tender: Tender) -> Any:
        on = self.clinic.day_of(self.at)
        facts = {"branch": self.branch, "on": on, "today": on, "by": owner_of(self.clinic)}
        return returns.pay_back(patient, tender=tender, key=uuid4(), reason=REASON, **facts)

    def close(self, counted: int | Decimal = 0, *, day: date | None = None, **facts: Any) -> DayClose:
        return close_day(
            day=day or self.day,
            branch=self.branch,
            counted=Decimal(counted),
            **self.facts(difference_reason=REASON, unsettled_reason=REASON, **facts),
        )

    def open_again(self) -> DayClose:
        return reopen_day(day=self.day, branch=self.branch, **self.facts(reason=REASON))

    def book(self, day: date | None = None, last: date | None = None) -> DayBook:
        """The book of a day, of all branches."""
        return read_book(self.clinic, Branch.objects.order_by("name"), day or self.day, last)


def cash(amount: int | Decimal) -> Tender:
    return Tender(Method.CASH, Decimal(amount))


def upi(amount: int | Decimal) -> Tender:
    return Tender(Method.UPI, Decimal(amount), f"UPI-{next(REFERENCES)}")


def card(amount: int | Decimal) -> Tender:
    return Tender(Method.CARD, Decimal(amount), "CARD-1")


def cheque(amount: int | Decimal) -> Tender:
    return Tender(Method.CHEQUE, Decimal(amount), "000123")


@contextmanager
def owners_connection(blocker: Any) -> Iterator[None]:
    from tests.conftest import connect_as

    with blocker.unblock():
        connect_as("owner")
    yield
    with blocker.unblock():
        connect_as("app")
