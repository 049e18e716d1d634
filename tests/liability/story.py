"""The four months that test_example works out by hand, told through the services, each act at its moment.

Only the database's owner may state a moment of record, so whoever tells it does so on the owner's connection.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.db import connection

from billing.models import Method, Payment
from billing.payments import Tender, owed_lines
from clinic.models import Branch, Clinic, Patient, Role, Service
from desk import absences, bouncing, checkout, refunds, voiding
from desk.checkout import HereNow
from packages import ledger, transfers, validity
from packages.liability import liability
from packages.models import Package, Plan
from packages.plans import Line
from packages.services import Opening, open_package
from tests.desk.booking import state_moment
from tests.factories import PatientFactory, ServiceFactory, member, owner_of, plan
from visits import disputes
from visits.models import Visit
from visits.services import book_visit

REASON = "Because of the story"
YEAR, ONE_DAY = 2025, timedelta(days=1)
Told = tuple[Decimal, Decimal, Decimal, int, int]


def the_clock_is_stated() -> None:
    """Money that is taken back is dated by the database's clock: in a story, by the moment that is stated.

    Undone with the test's transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('allocation_fits'::regproc)")
        (source,) = cursor.fetchone()
        cursor.execute(source.replace("clock_timestamp()", "moment_of_record()"))


def told_of(day: date, **known: Any) -> Told:
    """Value, sessions, owed by patients, packages and patients at the end of a day."""
    report = liability(day, **known)
    return report.value, report.sessions, report.receivable, report.packages, report.patients


@dataclass
class Story:
    """A clinic with two branches, a therapist and plans; `packs` and `visits` by the names of the tables."""

    clinic: Clinic
    day_ends: Callable[[date], None] = lambda day: (
        None
    )  # called as each day ends, with what was recorded until then
    packs: dict[str, Package] = field(default_factory=dict)
    visits: dict[str, Visit] = field(default_factory=dict)
    payments: dict[str, Payment] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.owner = owner_of(self.clinic)
        self.main = Branch.objects.get()
        self.second = Branch.objects.create(name="Second branch")
        names = {self.main: "Anand", self.second: "Meera"}
        self.therapists = {at: member(self.clinic, Role.THERAPIST, name=name) for at, name in names.items()}
        self.service = ServiceFactory()
        self.pool: Service = ServiceFactory(name="Pool 30 min", minutes=30)
        self.patients = {name: PatientFactory(name=f"Patient {name}") for name in "ABCDEFGHIJ"}
        self.patients["V"] = self.patients["D"]
        self.plans = self._plans()
        self.now = self.clock(date(YEAR, 1, 1))

    def _plans(self) -> dict[str, Plan]:
        usual = {"free_passes": 0, "activation": "as_paid", "refund_rule": "list_rate"}
        at_once, rate_paid = usual | {"activation": "at_once"}, usual | {"refund_rule": "rate_paid"}
        bonus = [Line(self.service, Decimal(5)), Line(self.service, Decimal(1), is_bonus=True)]
        return {
            "Ten": plan(name="Ten", **usual),
            "Five": plan(name="Five", sessions=5, price=5_000, **at_once),
            "Three": plan(name="Three", sessions=3, **rate_paid),
            "Five and one": plan(*bonus, name="Five and one", price=5_000, validity_count=1, **usual),
            "Seven": plan(name="Seven", sessions=7, **usual),
            "Two": plan(name="Two", sessions=2, price=2_000, service=self.pool, **usual),
        }

    # The clock

    def clock(self, day: date, hour: int = 10) -> datetime:
        return datetime(day.year, day.month, day.day, hour, tzinfo=self.clinic.zone)

    def day(self, month: int, day: int) -> None:
        """It is ten in the morning of that day; every day before it has ended."""
        while self.today < date(YEAR, month, day):
            self.day_ends(self.today)
            self.now += ONE_DAY
        state_moment(self.now)

    @property
    def today(self) -> date:
        return self.clinic.day_of(self.now)

    def acts(self, **more: Any) -> dict[str, Any]:
        return {"clinic": self.clinic, "at": self.now, "by": self.owner, "key": uuid4()} | more

    def decides(self, **more: Any) -> dict[str, Any]:
        return {"on": self.today, "by": self.owner, "key": uuid4(), "reason": REASON} | more

    # The acts

    def bring_in(self, name: str, of: str, *, left: int) -> None:
        facts = {
            "plan": self.plans[of],
            "branch": self.main,
            "clinic": self.clinic,
            "opening": Opening(Decimal(left)),
        }
        self.packs[name] = open_package(
            self._patient(name), on=self.today, by=self.owner, key=uuid4(), **facts
        )

    def sell(self, name: str, of: str, *tenders: Tender, here: bool = False, **facts: Any) -> None:
        """The first visit at once where the patient is `here`."""
        facts = {"plan": self.plans[of], "branch": self.main, "tenders": tenders} | facts
        if here:
            service = self.plans[of].lines.order_by("position")[0].service
            facts["here_now"] = HereNow(service, self.therapists[facts["branch"]])
        sale = checkout.sell_package(self._patient(name), **self.acts(**facts))
        self.packs[name] = sale.package
        if sale.payments:
            (self.payments[name],) = sale.payments

    def book(self, name: str, day: date | None = None) -> Visit:
        """A visit of the pack's owner, of today unless said otherwise."""
        made = book_visit(
            self._patient(name),
            service=self.packs[name].lines.order_by("position")[0].service,
            branch=self.packs[name].branch,
            therapist=self.therapists[self.packs[name].branch],
            starts_at=self.clock(day or self.today),
            by=self.owner,
            key=uuid4(),
        )
        self.visits[f"{name} {made.starts_at.astimezone(self.clinic.zone):%-d %b}"] = made
        return made

    def use(self, name: str, day: date | None = None) -> None:
        checkout.complete_visit(self.book(name, day), **self.acts())

    def reopen(self, visit: str) -> None:
        checkout.reopen_visit(self.visits[visit], **self.acts(reason=REASON))

    def stay_away(self, name: str) -> None:
        absences.mark_no_show(self.book(name), **self.acts())

    def cancel_late(self, name: str) -> None:
        absences.cancel_visit(self.book(name), **self.acts(by_clinic=False))

    def pay(self, name: str, amount: int) -> None:
        patient = self._patient(name)
        facts = {"tenders": [cash(amount)], "lines": owed_lines(patient), "branch": self.main}
        (self.payments[f"{name} later"],) = checkout.take_payment(patient, **self.acts(**facts))

    def bounce(self, name: str) -> None:
        bouncing.bounce_payment(self.payments[name], **self.acts(reason=REASON))

    def refund(self, name: str) -> Decimal:
        """What was paid back."""
        return refunds.refund_package(self.packs[name], **self.acts(reason=REASON)).amount

    def void(self, name: str) -> None:
        voiding.void_sale(self.packs[name], **self.acts(reason=REASON))

    def lapse(self, name: str) -> None:
        ledger.lapse(self.packs[name], on=self.today)

    def extend(self, name: str, until: date) -> None:
        validity.extend(self.packs[name], until=until, **self.decides())

    def transfer(self, name: str, sessions: int, to: str) -> None:
        facts = self.decides(sessions=Decimal(sessions), to=self._patient(to))
        self.packs[to] = transfers.transfer(self.packs[name], **facts)

    def undo_transfer(self, name: str) -> None:
        transfers.undo_transfer(self.packs[name], **self.decides())

    def adjust(self, name: str, sessions: int) -> None:
        ledger.adjust(self.packs[name].lines.get(), sessions=Decimal(sessions), **self.decides())

    def dispute(self, visit: str) -> None:
        disputes.open_dispute(self.visits[visit], words="I was away", **self.acts())

    def _patient(self, name: str) -> Patient:
        found: Patient = self.patients[name]
        return found


def cash(amount: int) -> Tender:
    return Tender(Method.CASH, Decimal(amount))


def cheque(amount: int) -> Tender:
    return Tender(Method.CHEQUE, Decimal(amount), "000123")
