"""What happened in the demonstration clinic in the last months, in the order of time."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from random import Random
from typing import Any

from billing.models import Method
from billing.payments import Tender
from clinic.models import Patient, Service
from clinic.money import places
from clinic.patients.services import add_patient
from clinic.refusals import Refused
from desk import absences, checkout
from packages import ledger
from packages.models import Plan
from visits import services as visits
from visits.models import Visit

from . import people
from .evenings import close_evening
from .instalments import rest_of
from .pay import agree_on_pay
from .setting import Setting

SLOTS = [time(hour, minute) for hour in (*range(8, 13), *range(16, 20)) for minute in (0, 30)]
SUNDAY = 6
DONE_TODAY = 0.4


@dataclass(order=True)
class Event:
    """Something that happens at a moment; `order` keeps the sequence of what is planned for the same minute."""

    at: datetime
    order: int
    do: Callable[[datetime], object]


@dataclass
class Course:
    """A patient's treatment: a pack (or none), and how often they come."""

    patient: Patient
    plan: Plan | None
    starts_on: date
    every: int
    visits: int
    paid: Decimal | None = None


class Story:
    """Plans events for `count` patients with about `visit_count` visits up to `now`, and a booked week ahead."""

    def __init__(self, setting: Setting, *, seed: int, now: datetime, days: int = 100) -> None:
        self.setting, self.now, self.days = setting, now, days
        self.random = Random(f"{seed} {setting.clinic.slug}")
        self.today = setting.clinic.day_of(now)
        self.taken: set[tuple[object, datetime]] = set()
        self.events: list[Event] = []

    def plan(self, *, patients: int, packages: int, visit_count: int) -> list[Event]:
        each = max(1, round(visit_count / max(patients, 1)))
        for n in range(patients):
            self._course(n, has_pack=n < packages, visit_count=each)
        for n in range(patients, packages):  # more packs than patients: some bought a second one
            self._sale_only(n % patients)
        first = self.today - timedelta(days=self.days)
        self._add(self._at(first, time(7)), lambda at: agree_on_pay(self.setting, at=at))
        for n in range(1, self.days + 1):
            self._evening(self.today - timedelta(days=n))
        return sorted(self.events)

    def key(self) -> uuid.UUID:
        return uuid.UUID(int=self.random.getrandbits(128), version=4)

    def _course(self, n: int, *, has_pack: bool, visit_count: int) -> None:
        every = self.random.choice([2, 3, 3, 4, 7])
        span = min(self.days, every * visit_count + self.random.randint(0, 12))
        starts_on = self.today - timedelta(days=max(0, span - self.random.choice([0, 1, 2, 4, 9])))
        course = Course(self._patient(n), None, starts_on, every, visit_count)
        if has_pack:
            course.plan = self.random.choices(self.setting.plans, weights=[6, 3, 3, 2, 1, 2])[0]
            course.paid = self._paid(course.plan)
            self._add(self._at(starts_on, time(8, 5)), lambda at: self._sell(course, at))
        for day in self._days(course):
            self._visit(course, day)

    def _sale_only(self, n: int) -> None:
        patient = Patient.objects.order_by("number")[n]
        plan = self.random.choice(self.setting.plans[:3])
        course = Course(
            patient, plan, self.today - timedelta(days=self.random.randint(1, 20)), 3, 0, plan.price
        )
        self._add(self._at(course.starts_on, time(20, 5)), lambda at: self._sell(course, at))

    def _evening(self, day: date) -> None:
        close = partial(close_evening, day, setting=self.setting, today=self.today, key=self.key())
        self._add(self._at(day, time(20, 45)), lambda at: close(at=at))

    def _days(self, course: Course) -> Iterator[date]:
        day = course.starts_on
        for _ in range(course.visits + 2):  # two more than delivered: the next ones are booked
            if day.weekday() == SUNDAY:
                day += timedelta(days=1)
            if day > self.today + timedelta(days=7):
                return
            yield day
            day += timedelta(days=course.every)

    def _visit(self, course: Course, day: date) -> None:
        therapist = self.random.choice(self.setting.therapists[:2])
        starts_at = self._free_slot(day, therapist)
        service = self._service(course)
        booked_at = min(self._at(day - timedelta(days=1), time(17)), self.now)
        holder: dict[str, Visit] = {}

        def book(at: datetime) -> None:
            holder["visit"] = visits.book_visit(
                course.patient, service=service, branch=self.setting.branch, starts_at=starts_at,
                therapist=therapist, by=self.setting.desk, key=self.key(),
            )  # fmt: skip

        self._add(booked_at, book)
        ends_at = starts_at + timedelta(minutes=service.minutes)
        # Part of today is left to do, whatever the hour: somebody wants to press Complete.
        if ends_at <= self.now and (day < self.today or self.random.random() < DONE_TODAY):
            self._add(ends_at, lambda at: self._outcome(holder["visit"], at))
        elif starts_at <= self.now and self.random.random() < 0.5:
            self._add(starts_at, lambda at: visits.check_in(holder["visit"], at=at, by=self.setting.desk))

    def _outcome(self, visit: Visit, at: datetime) -> None:
        chance = self.random.random()
        facts: dict[str, Any] = {
            "clinic": self.setting.clinic,
            "at": at,
            "by": self.setting.desk,
            "key": self.key(),
        }
        if chance < 0.04:
            absences.mark_no_show(visit, **facts)
        elif chance < 0.08:
            absences.cancel_visit(visit, by_clinic=chance < 0.05, reason="Called in the morning", **facts)
        elif chance < 0.09:
            return  # left unmarked: it stands on the day's list
        else:
            self._complete(visit, at)

    def _complete(self, visit: Visit, at: datetime) -> None:
        clinic, desk = self.setting.clinic, self.setting.desk
        complete = partial(checkout.complete_visit, visit, clinic=clinic, at=at, by=desk)
        try:
            complete(key=self.key())
        except Refused:
            price = visit.service.to_pay(places(clinic.currency))
            paid = [Tender(self._method(), price)] if self.random.random() < 0.8 else []
            complete(key=self.key(), how=Visit.Settlement.CHARGE, tenders=paid)
            return
        if self.random.random() < 0.03:
            why = "Marked on the wrong patient"
            checkout.reopen_visit(visit, clinic=clinic, at=at, by=desk, key=self.key(), reason=why)
            complete(key=self.key())

    def _sell(self, course: Course, at: datetime) -> None:
        assert course.plan is not None
        amount = course.paid or Decimal(0)
        tenders = [Tender(self._method(), amount, "")] if amount else []
        clinic = self.setting.clinic
        rest = rest_of(course.plan.price, amount, on=clinic.day_of(at), currency=clinic.currency)
        package = checkout.sell_package(
            course.patient, plan=course.plan, branch=self.setting.branch, clinic=clinic, at=at,
            by=self.setting.desk, key=self.key(), tenders=tenders, instalments=rest,
        ).package  # fmt: skip
        until = package.valid_until
        if until and until < self.today:
            lapses_at = self._at(until + timedelta(days=1), time(0, 20))
            self._add(lapses_at, lambda at: ledger.lapse(package, on=clinic.day_of(at)))

    def _paid(self, plan: Plan) -> Decimal:
        if plan.activation == "paid_in_full" or self.random.random() < 0.7:
            return plan.price if self.random.random() < 0.96 else Decimal(2000)
        return (plan.price / 2).quantize(Decimal(1))

    def _service(self, course: Course) -> Service:
        line = course.plan.lines.order_by("position").first() if course.plan else None
        return line.service if line else self.random.choice(self.setting.services)

    def _patient(self, n: int) -> Patient:
        hindi = n % 9 == 4
        name = (
            people.HINDI[n // 9 % len(people.HINDI)]
            if hindi
            else f"{self.random.choice(people.FIRST)} {self.random.choice(people.LAST)}"
        )
        return add_patient(
            name=name,
            phones=[f"+919{self.random.randint(100_000_000, 999_999_999)}"],
            email=f"patient{n + 1}@{self.setting.clinic.slug}.example" if self.random.random() < 0.5 else "",
            may_message=self.random.random() < 0.8,
            language="hi" if hindi else "en-in",
            by=self.setting.desk,
            country=self.setting.clinic.country,
        )

    def _method(self) -> Method:
        return self.random.choices([Method.UPI, Method.CASH, Method.CARD], weights=[6, 3, 1])[0]

    def _free_slot(self, day: date, therapist: object) -> datetime:
        slots = [self._at(day, slot) for slot in SLOTS]
        free = [slot for slot in slots if (therapist, slot) not in self.taken] or slots
        chosen = self.random.choice(free)
        self.taken.add((therapist, chosen))
        return chosen

    def _at(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, self.setting.clinic.zone)

    def _add(self, at: datetime, do: Callable[[datetime], object]) -> None:
        self.events.append(Event(at, len(self.events), do))
