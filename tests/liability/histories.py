"""Histories of a clinic's packs in any order of acts: some are of days ago, one may be of a day to come.

The acts are the ledger's own, without bills: quick enough for a thousand. Money is written as billing's trigger writes
it, which only the database's owner may do.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, TypeVar
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.db import connection
from hypothesis import strategies as st

from clinic.models import Branch, Clinic, Patient, Role, Service, Staff
from clinic.refusals import Refused
from packages import ledger, refunds, standing, transfers, validity
from packages.models import Entry, Package, Plan
from packages.months import close_month
from packages.plans import Line
from packages.services import Opening, open_package
from tests.desk.booking import state_moment
from tests.factories import PatientFactory, ServiceFactory, member, owner_of, plan
from visits.services import book_visit

from .recount import ONE_DAY
from .story import YEAR, Told, told_of

T = TypeVar("T")
ONE_MINUTE, KOLKATA = timedelta(minutes=1), ZoneInfo("Asia/Kolkata")
END_OF_JANUARY = date(YEAR, 1, 31)
START, WINDOW = date(YEAR, 1, 27), 7  # a month ends within
RECEIPT = """
WITH paid AS (UPDATE packages_package SET paid = paid + %(amount)s WHERE clinic_id = %(clinic)s AND id = %(package)s)
INSERT INTO packages_receipt (clinic_id, id, package_id, amount, received_on, recorded_at)
VALUES (%(clinic)s, %(id)s, %(package)s, %(amount)s, %(on)s, moment_of_record())
"""
SHARES = [Decimal(0), Decimal(1), Decimal("0.4"), Decimal("0.333")]
ACTS = [
    "sell", "bring_in", "pay", "pay", "use", "use", "use", "use", "use_part", "cancel_ahead", "reverse", "reverse",
    "set_aside", "uphold", "lapse", "lapse", "extend", "adjust", "refund", "take_back", "transfer", "undo", "void",
    "close", "day_passes", "day_passes", "day_passes",
]  # fmt: skip
NUMBERS = (st.integers(0, 11), st.integers(0, 5), st.integers(0, 5))
ACT = st.tuples(st.sampled_from(ACTS), *NUMBERS)
BRANCHES = 8
# Packs that are sold, what happens to them, and several ways in which that goes on: each is a history.
STORIES = st.tuples(
    st.lists(
        st.tuples(st.sampled_from(["sell", "sell", "sell", "bring_in"]), *NUMBERS), min_size=2, max_size=4
    ),
    st.lists(ACT, min_size=4, max_size=14),
    st.lists(st.lists(ACT, min_size=1, max_size=5), min_size=BRANCHES, max_size=BRANCHES),
)
Acts = list[tuple[str, int, int, int]]


class NothingThere(Refused):
    """There is nothing yet of what the act needs."""


def one_of(held: list[T], which: int) -> T:
    if not held:
        raise NothingThere("nothing yet")
    return held[which % len(held)]


@dataclass(frozen=True)
class World:
    """What stands before any history begins."""

    clinic: Clinic
    owner: Staff
    branches: list[Branch]
    patients: list[Patient]
    therapists: list[Staff]
    service: Service
    plans: list[Plan]
    visits: list[Any]


def world(clinic: Clinic) -> World:
    service, pool, owner = ServiceFactory(), ServiceFactory(name="Pool 30 min"), owner_of(clinic)
    branches = [Branch.objects.get(), Branch.objects.create(name="Second branch")]
    patients = [PatientFactory() for _ in range(3)]
    state_moment(datetime(START.year, START.month, START.day, tzinfo=clinic.zone))
    visits = [
        book_visit(
            patients[0],
            service=service,
            branch=branches[0],
            starts_at=datetime(START.year, START.month, START.day, 12, tzinfo=clinic.zone),
            by=owner,
            key=uuid4(),
        )
        for _ in range(12)
    ]
    therapists = [member(clinic, Role.THERAPIST) for _ in range(2)]
    return World(clinic, owner, branches, patients, therapists, service, _plans(service, pool), visits)


def _plans(service: Service, pool: Service) -> list[Plan]:
    usual: dict[str, Any] = {"activation": "at_once", "free_passes": 0}
    bonus = [Line(service, Decimal(2)), Line(service, Decimal(1), is_bonus=True)]
    return [
        plan(name="Ten", refund_rule="list_rate", **usual),
        plan(name="Three", sessions=3, **usual),
        plan(name="Seven days", sessions=2, price=333, validity_count=7, validity_unit="days", **usual),
        plan(*bonus, name="Two and one", price=999, validity_count=4, validity_unit="days", **usual),
        plan(
            name="Seven",
            sessions=7,
            price=Decimal("99.99"),
            refund_rule="fee",
            refund_fee=Decimal(10),
            **usual,
        ),
        plan(name="One", sessions=1, price=Decimal("0.05"), refund_rule="none", **usual),
        plan(name="Free", sessions=2, price=0, **usual),
        plan(Line(pool, Decimal(1)), Line(service, Decimal(2)), name="Both", price=100, **usual),
    ]


@dataclass
class History:
    world: World
    packs: list[Package] = field(default_factory=list)
    uses: list[Entry] = field(default_factory=list)
    asides: list[Entry] = field(default_factory=list)
    closed: list[tuple[date, datetime]] = field(default_factory=list)
    answered: dict[date, Told] = field(default_factory=dict)
    story: list[str] = field(default_factory=list)
    visits: int = 0
    now: datetime = field(default_factory=lambda: datetime.combine(START, time(8), KOLKATA))

    @property
    def today(self) -> date:
        return self.now.date()

    def branch(self) -> History:
        """Another history that began as this one did."""
        kept = {
            name: copy(getattr(self, name))
            for name in ("packs", "uses", "asides", "closed", "answered", "story")
        }
        return replace(self, **kept)

    def go(self, acts: Acts) -> None:
        """What is refused has written nothing and is passed over."""
        for name, which, much, back in acts:
            self.now += ONE_MINUTE
            state_moment(self.now)
            self.story.append(f"{self.today} {name}({which}, {much}, {back})")
            try:
                getattr(self, name)(which, much, back)
            except Refused as refused:
                self.story[-1] += f": {refused}"

    def end(self) -> None:
        """The days to the end go by."""
        while self.today < START + WINDOW * ONE_DAY:
            self.day_passes()

    def day_passes(self, *_numbers: int) -> None:
        if self.today < START + WINDOW * ONE_DAY:
            self.answered[self.today] = told_of(self.today)
            self.now += ONE_DAY

    def close(self, *_numbers: int) -> None:
        """January, once it is over."""
        facts = {"clinic": self.world.clinic, "today": self.today, "by": self.world.owner, "key": uuid4()}
        close_month(END_OF_JANUARY, **facts)
        self.closed.append((END_OF_JANUARY, self.now))

    # What acts need

    def facts(self, **more: Any) -> dict[str, Any]:
        return {"on": self.today, "by": self.world.owner, "key": uuid4(), "reason": "Said so"} | more

    def ago(self, back: int) -> date:
        """Mostly today."""
        return self.today - max(0, back - 2) * ONE_DAY

    def pack(self, which: int) -> Package:
        return Package.objects.get(pk=one_of(self.packs, which).pk)

    def receive(self, pack: Package, amount: Decimal, on: date) -> None:
        facts = {
            "clinic": self.world.clinic.pk,
            "id": uuid4(),
            "package": pack.pk,
            "amount": amount,
            "on": on,
        }
        with connection.cursor() as cursor:
            cursor.execute(RECEIPT, facts)

    # The acts

    def sell(self, which: int, much: int, back: int) -> None:
        of, patient = one_of(self.world.plans, which), one_of(self.world.patients, much)
        price = of.price if back % 2 else (of.price * 4 / 5).quantize(Decimal("0.01"))
        on = self.ago(back)
        facts = {
            "branch": one_of(self.world.branches, which),
            "clinic": self.world.clinic,
            "by": self.world.owner,
        }
        made = open_package(patient, plan=of, price=price, on=on, key=uuid4(), **facts)
        if paid := (price * one_of(SHARES, much)).quantize(Decimal("0.01")):
            self.receive(made, paid, on)
        self.packs.append(made)

    def bring_in(self, which: int, much: int, back: int) -> None:
        of = self.world.plans[which % 2]
        opening = Opening(Decimal(much) / 2, paid=None if back % 2 else of.price / 2)
        facts = {"branch": self.world.branches[0], "clinic": self.world.clinic, "by": self.world.owner}
        patient = one_of(self.world.patients, which)
        made = open_package(patient, plan=of, on=self.ago(back), key=uuid4(), opening=opening, **facts)
        self.packs.append(made)

    def pay(self, which: int, much: int, back: int) -> None:
        pack = self.pack(which)
        if (to_pay := pack.to_pay) > 0 and not pack.is_opening:  # no bill asks for what was brought in
            share = one_of([Decimal(1), Decimal("0.5"), Decimal("0.1")], much)
            amount = max(Decimal("0.01"), (to_pay * share).quantize(Decimal("0.01")))
            self.receive(pack, amount, max(self.ago(back), pack.sold_on))

    def take_back(self, which: int, much: int, back: int) -> None:
        """A bounce, or money that was set against the wrong pack: dated today."""
        pack = self.pack(which)
        if pack.paid and pack.state not in Package.CLOSED:
            self.receive(
                pack, -(pack.paid if much % 2 else (pack.paid / 2).quantize(Decimal("0.01"))), self.today
            )

    def use(self, which: int, much: int, back: int, **facts: Any) -> None:
        pack = self.pack(which)
        self.visits += 1
        entry = ledger.deduct(
            pack,
            service=one_of(list(pack.lines.select_related("service").order_by("position")), back).service,
            beneficiary=pack.patient,
            therapist=one_of([None, *self.world.therapists], much),
            visit_id=one_of(self.world.visits, self.visits).pk,
            by=self.world.owner,
            key=uuid4(),
            **{"on": max(self.ago(much), pack.sold_on), **facts},
        )
        self.uses.append(entry)

    def use_part(self, which: int, much: int, back: int) -> None:
        self.use(which, much, back, sessions=Decimal("0.5"), reason="Ten minutes")

    def cancel_ahead(self, which: int, much: int, back: int) -> None:
        """A late cancellation is of the visit's day, which is tomorrow."""
        self.use(which, much, back, on=self.today + ONE_DAY)

    def reverse(self, which: int, much: int, back: int) -> None:
        ledger.reverse(one_of(self.uses + self.asides, which), **self.facts())

    def set_aside(self, which: int, much: int, back: int) -> None:
        self.asides.append(ledger.set_aside(one_of(self.uses, which), **self.facts()))

    def uphold(self, which: int, much: int, back: int) -> None:
        aside = one_of(self.asides, which)
        self.uses.append(ledger.uphold(aside, kind=one_of(self.uses, which).kind, **self.facts()))

    def lapse(self, which: int, much: int, back: int) -> None:
        for pack in self.packs:
            ledger.lapse(pack, on=self.today)

    def extend(self, which: int, much: int, back: int) -> None:
        pack = self.pack(which)
        validity.extend(pack, until=(pack.valid_until or self.today) + (much + 1) * ONE_DAY, **self.facts())

    def adjust(self, which: int, much: int, back: int) -> None:
        sessions = one_of([Decimal(-1), Decimal(1), Decimal("-0.5"), Decimal(2)], much)
        ledger.adjust(
            one_of(list(self.pack(which).lines.order_by("position")), back), sessions=sessions, **self.facts()
        )

    def refund(self, which: int, much: int, back: int) -> None:
        change = refunds.refund(self.pack(which), **self.facts())
        pack = self.pack(which)
        if amount := min(change.amount or Decimal(0), pack.paid):
            self.receive(pack, -amount, self.today)

    def transfer(self, which: int, much: int, back: int) -> None:
        facts = self.facts(sessions=Decimal(1 + much) / 2, to=one_of(self.world.patients, back))
        self.packs.append(transfers.transfer(self.pack(which), **facts))

    def undo(self, which: int, much: int, back: int) -> None:
        moved = [pack for pack in self.packs if pack.moved_from_id]
        transfers.undo_transfer(one_of(moved, which), **self.facts())

    def void(self, which: int, much: int, back: int) -> None:
        standing.void(self.pack(which), **self.facts())
