"""The ledger beside a model with a count of its own: whatever order things are done in, both say the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from billing.models import Method
from billing.payments import Tender, owed_lines
from clinic.calendar import valid_until
from clinic.models import Branch, Clinic, Patient
from clinic.refusals import Refused
from clinic.tenancy.context import clinic_context
from desk import checkout
from desk.recount import recount
from packages import ledger
from packages.models import Entry, Package
from packages.plans import Line
from tests.committing import check_now
from tests.factories import PatientFactory, ServiceFactory, found, owner_of, plan
from visits import services as visits
from visits.absences import NotStarted
from visits.models import Visit

DISCOUNTS = st.sampled_from([0, 0, 1, 10, 50, 100])
PRICES = st.sampled_from(["10000", "9999.99", "100", "0.05", "1234.56", "0"])
OPEN = {"booked", "checked_in"}


@dataclass
class Pack:
    """What the model knows of a package: counted in half sessions, valued in paise."""

    id: UUID
    patient: int
    price: int
    paid_halves: int
    bonus_halves: int
    received: int
    activation: str
    sold_on: date
    until: date | None
    order: int
    waits: bool
    paid_left: int = 0
    bonus_left: int = 0
    lines: int = 0

    @property
    def value_left(self) -> int:
        """Law 10, in whole paise: a half is rounded up, and what goes beyond the sold sessions is worth nothing."""
        used = self.paid_halves - min(self.paid_left, self.paid_halves)
        return self.price - int(Fraction(self.price * used, self.paid_halves) + Fraction(1, 2))

    def covers(self, day: date) -> bool:
        return (
            self.sold_on <= day
            and (self.until is None or day <= self.until)
            and max(self.paid_left, self.bonus_left) >= 2
            and self.is_open_for_one_more()
        )

    def is_open_for_one_more(self) -> bool:
        if self.received >= self.price or self.activation == "at_once":
            return True
        if self.activation == "paid_in_full":
            return False
        opened = (Fraction(self.received, self.price) * self.paid_halves / 2).__floor__()
        return Fraction(self.paid_halves - self.paid_left, 2) + 1 <= opened


@dataclass
class Appointment:
    """What the model knows of a visit."""

    id: UUID
    patient: int
    day: date
    state: str = "booked"
    pack: Pack | None = None
    of_bonus: bool = False
    settlement: str = ""
    completions: int = 0
    lines: int = 0
    key: UUID | None = None


@dataclass
class Book:
    """Everything the model has counted."""

    packs: list[Pack] = field(default_factory=list)
    visits: list[Appointment] = field(default_factory=list)


class TheCount(RuleBasedStateMachine):
    """Each example is a clinic of its own that is undone at its end."""

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.savepoint()
        self.clinic: Clinic = found(f"model-{uuid4().hex[:8]}")
        self.context = clinic_context(self.clinic.pk)
        self.context.__enter__()
        self.book = Book()
        self.now = datetime(2025, 1, 31, 12, tzinfo=ZoneInfo("Asia/Kolkata"))

    def teardown(self) -> None:
        try:
            self.recount_from_raw_entries()
            assert recount() == []
        finally:
            self.context.__exit__(None, None, None)
            transaction.savepoint_rollback(self.undo)

    @initialize()
    def two_patients(self) -> None:
        self.patients: list[Patient] = [PatientFactory(), PatientFactory()]
        self.service, self.branch, self.owner = ServiceFactory(), Branch.objects.get(), owner_of(self.clinic)

    @property
    def today(self) -> date:
        return self.now.date()

    @property
    def facts(self) -> dict[str, Any]:
        return {"clinic": self.clinic, "by": self.owner, "at": self.now}

    @rule(hours=st.integers(1, 24 * 40))
    def time_goes_by(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(
        patient=st.integers(0, 1),
        price=PRICES,
        discount=DISCOUNTS,
        sessions=st.integers(1, 7),
        bonus=st.sampled_from([0, 0, 1, 2]),
        paid=st.sampled_from([0, 40, 99, 100, 100, 120]),
        activation=st.sampled_from(["paid_in_full", "as_paid", "at_once"]),
        months=st.sampled_from([None, 1, 3]),
    )
    def sell(
        self, patient: int, price: str, discount: int, sessions: int, bonus: int, paid: int, **terms: Any
    ) -> None:
        months, activation = terms["months"], terms["activation"]
        lines = [Line(self.service, Decimal(sessions))]
        lines += [Line(self.service, Decimal(bonus), is_bonus=True)] if bonus else []
        takes = {"late_cancel_takes": "nothing", "no_show_takes": "nothing"}
        of = plan(*lines, price=Decimal(price), validity_count=months, activation=activation, **takes)
        cost = int(Decimal(price) * 100) * (100 - discount) // 100
        money = cost * paid // 100
        facts = {
            "plan": of,
            "branch": self.branch,
            "key": uuid4(),
            "price": Decimal(cost) / 100,
            "tenders": [Tender(Method.CASH, Decimal(money) / 100)] if money else [],
        } | self.facts
        sold = checkout.sell_package(self.patients[patient], **facts)
        assert checkout.sell_package(self.patients[patient], **facts).bill == sold.bill
        self.book.packs.append(
            Pack(
                id=sold.package.pk,
                patient=patient,
                price=cost,
                paid_halves=sessions * 2,
                bonus_halves=bonus * 2,
                received=min(money, cost),
                activation=activation,
                sold_on=self.today,
                until=valid_until(self.today, months, "months") if months else None,
                order=len(self.book.packs),
                waits=activation == "paid_in_full" and cost > min(money, cost),
                paid_left=sessions * 2,
                bonus_left=bonus * 2,
                lines=2 if bonus else 1,
            )
        )

    @rule(which=st.integers(0, 9), share=st.sampled_from([50, 100]))
    def pay(self, which: int, share: int) -> None:
        pack = pick(self.book.packs, which)
        if pack is None or not (due := pack.price - pack.received):
            return
        amount = max(due * share // 100, 1)
        lines = [line for line in owed_lines(self.patients[pack.patient]) if line.package_id == pack.id]
        facts = {"branch": self.branch, "lines": lines, "key": uuid4()} | self.facts
        tenders = [Tender(Method.UPI, Decimal(amount) / 100)]
        for _ in range(2):
            checkout.take_payment(self.patients[pack.patient], tenders=tenders, **facts)
        pack.received += amount
        pack.waits = pack.waits and pack.received < pack.price

    @rule(patient=st.integers(0, 1), later=st.integers(0, 2))
    def put_into_the_diary(self, patient: int, later: int) -> None:
        booked = visits.book_visit(
            self.patients[patient],
            service=self.service,
            branch=self.branch,
            starts_at=self.now + timedelta(days=later),
            by=self.owner,
            key=uuid4(),
        )
        self.book.visits.append(Appointment(booked.pk, patient, self.today + timedelta(days=later)))

    @rule(
        which=st.integers(0, 9),
        how=st.sampled_from(["package", "package", "package", "charge", "free"]),
        chosen=st.one_of(st.none(), st.integers(0, 9)),
    )
    def complete(self, which: int, how: str, chosen: int | None) -> None:
        seen = pick(self.book.visits, which)
        if seen is None:
            return
        insists = None if chosen is None else pick(self.book.packs, chosen)
        key = uuid4()
        expected = self.expected(seen, how, insists)
        facts = {"how": how, "key": key, "reason": "Camp" if how == "free" else ""} | self.facts
        if insists:
            facts["package"] = Package.objects.get(pk=insists.id)
        try:
            checkout.complete_visit(Visit(pk=seen.id), **facts)
        except Refused:
            assert expected is None, f"the program refused what the model allows: {seen} {how}"
            return
        assert expected is not None, f"the program allowed what the model refuses: {seen} {how}"
        seen.state, seen.settlement, seen.key = "completed", how, key
        seen.completions += 1
        if expected:
            self.take(seen, expected[0])
        again = checkout.complete_visit(Visit(pk=seen.id), **facts)
        assert again.visit.pk == seen.id

    def expected(self, seen: Appointment, how: str, insists: Pack | None) -> list[Pack] | None:
        """The pack that is used (none for a charge or a free visit); None for a refusal."""
        if seen.state not in OPEN or seen.day > self.today:
            return None
        if how != "package":
            return []
        own = [pack for pack in self.book.packs if pack.patient == seen.patient and pack.covers(seen.day)]
        if insists:
            return [insists] if insists in own else None
        own.sort(key=lambda pack: (pack.until or date.max, pack.sold_on, pack.order))
        return own[:1] or None

    def take(self, seen: Appointment, pack: Pack) -> None:
        seen.pack, seen.of_bonus = pack, pack.paid_left < 2
        seen.lines += 1
        pack.lines += 1
        if seen.of_bonus:
            pack.bonus_left -= 2
        else:
            pack.paid_left -= 2

    @rule(which=st.integers(0, 9))
    def send_the_old_form_again(self, which: int) -> None:
        seen = pick([each for each in self.book.visits if each.key], which)
        if seen:
            checkout.complete_visit(Visit(pk=seen.id), key=seen.key, **self.facts)

    @rule(which=st.integers(0, 9))
    def reopen(self, which: int) -> None:
        seen = pick(self.book.visits, which)
        if seen is None:
            return
        facts = {"key": uuid4(), "reason": "Wrong one"} | self.facts
        try:
            note = checkout.reopen_visit(Visit(pk=seen.id), **facts)
        except Refused:
            assert seen.state != "completed"
            return
        assert seen.state == "completed"
        assert checkout.reopen_visit(Visit(pk=seen.id), **facts) == note
        if seen.pack:
            seen.lines += 1
            seen.pack.lines += 1
            seen.pack.bonus_left += 2 * seen.of_bonus
            seen.pack.paid_left += 2 * (not seen.of_bonus)
        seen.state, seen.settlement, seen.pack = "checked_in", "", None

    @rule(which=st.integers(0, 9), what=st.sampled_from(["arrive", "no_show", "cancel", "restore"]))
    def something_else_happens(self, which: int, what: str) -> None:
        seen = pick(self.book.visits, which)
        if seen is None:
            return
        row = Visit(pk=seen.id)
        facts = {"clinic": self.clinic, "at": self.now, "by": None, "key": uuid4()}
        acts: dict[str, tuple[Any, str, set[str]]] = {
            "arrive": (lambda: visits.check_in(row, at=self.now, by=None), "checked_in", OPEN),
            "no_show": (lambda: visits.mark_no_show(row, **facts), "no_show", {*OPEN, "no_show"}),
            "cancel": (
                lambda: visits.cancel_visit(row, by_clinic=False, **facts),
                "cancelled_by_patient",
                {*OPEN, "cancelled_by_patient"},
            ),
            "restore": (
                lambda: visits.restore_visit(row, **facts),
                "booked",
                {"no_show", "cancelled_by_patient"},
            ),
        }
        act, state, allowed = acts[what]
        if what == "restore" and seen.state in OPEN:
            allowed, state = OPEN, seen.state
        try:
            act()
        except NotStarted:
            assert what == "no_show"
            return
        except Refused:
            assert seen.state not in allowed
            return
        assert seen.state in allowed
        seen.state = state

    @rule(which=st.integers(0, 9), halves=st.sampled_from([-20, -3, -2, -1, 1, 2, 5]), bonus=st.booleans())
    def the_owner_adjusts(self, which: int, halves: int, bonus: bool) -> None:
        pack = pick(self.book.packs, which)
        if pack is None or (bonus and not pack.bonus_halves):
            return
        line = Package.objects.get(pk=pack.id).lines.get(is_bonus=bonus)
        facts = {"on": self.today, "by": self.owner, "key": uuid4(), "reason": "Agreed"}
        left = pack.bonus_left if bonus else pack.paid_left
        try:
            entry = ledger.adjust(line, sessions=Decimal(halves) / 2, **facts)
        except ledger.NotEnoughLeft:
            assert left + halves < 0
            return
        assert left + halves >= 0
        assert ledger.adjust(line, sessions=Decimal(halves) / 2, **facts) == entry
        pack.lines += 1
        pack.bonus_left += halves * bonus
        pack.paid_left += halves * (not bonus)

    @rule(which=st.integers(0, 9))
    def the_night_job_lapses(self, which: int) -> None:
        pack = pick(self.book.packs, which)
        if pack is None:
            return
        posted = ledger.lapse(Package(pk=pack.id), on=self.today)
        due = pack.until is not None and pack.until < self.today
        lapsed = [left for left in (pack.paid_left, pack.bonus_left) if left] if due else []
        assert sorted(-entry.sessions for entry in posted) == sorted(Decimal(left) / 2 for left in lapsed)
        if due:
            pack.lines += len(lapsed)
            pack.paid_left = pack.bonus_left = 0

    @invariant()
    def both_say_the_same(self) -> None:
        check_now()
        stored = {pack.pk: pack for pack in Package.objects.all()}
        for pack in self.book.packs:
            row = stored.pop(pack.id)
            assert (row.sessions_left * 2, row.paid_left * 2) == (
                pack.paid_left + pack.bonus_left,
                pack.paid_left,
            )
            assert row.value_left * 100 == pack.value_left
            assert (row.paid * 100, row.entries_count) == (pack.received, pack.lines)
            assert row.state == ("pending_payment" if pack.waits else "active")
        assert not stored
        rows = {row.pk: row for row in Visit.objects.select_related("entry")}
        for seen in self.book.visits:
            row = rows[seen.id]
            told = (row.state, row.settlement, row.completions, row.entry.package_id if row.entry else None)
            assert told == (
                seen.state,
                seen.settlement,
                seen.completions,
                seen.pack.id if seen.pack else None,
            )

    def recount_from_raw_entries(self) -> None:
        """The history without its last column: what the lines alone say of every balance on the way."""
        for pack in self.book.packs:
            balance, lines = Decimal(0), Entry.objects.filter(package_id=pack.id).order_by("number")
            for number, line in enumerate(lines, start=1):
                balance += line.sessions
                assert (line.number, line.balance_after) == (number, balance)
                assert balance >= 0
            assert balance * 2 == pack.paid_left + pack.bonus_left
        for seen in self.book.visits:
            turns = Entry.objects.filter(visit_id=seen.id).order_by("turn").values_list("sessions", flat=True)
            assert [*turns] == [Decimal((-1) ** n) for n in range(1, seen.lines + 1)]


def pick(things: Sequence[Any], which: int) -> Any:
    """One of them, whichever number was drawn; None while there is none."""
    return things[which % len(things)] if things else None


@pytest.mark.usefixtures("db")
def test_the_ledger_and_a_model_of_its_own_never_differ() -> None:
    """S05, S08, S09, S15, S41, S45"""
    assert connection.in_atomic_block
    run_state_machine_as_test(
        TheCount,
        settings=settings(
            max_examples=60,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
