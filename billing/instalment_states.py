"""How instalments stand on a day: what is paid of each follows from the payments of the line, in their order.

Nothing of it is stored. Money goes to the first instalment that is not paid, so more than it asks pays the next ahead;
what a credit note took back comes off the last ones; a payment that bounced is owed again where it was.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, TextChoices
from django.db.models.functions import Coalesce, Greatest, Least
from django.utils.translation import gettext_lazy as _

from clinic.calendar import day_bounds
from clinic.models import Clinic
from packages.models import Package

from .models import Allocation, BillLine, Instalment, InstalmentPlan, LineKind

ZERO = Decimal(0)


class State(TextChoices):
    PAID = "paid", _("paid")
    PART_PAID = "part_paid", _("part paid")
    TO_COME = "to_come", _("to come")
    DUE = "due", _("due")
    OVERDUE = "overdue", _("overdue")
    DROPPED = "dropped", _("no longer asked for")  # a credit note took it back


@dataclass(frozen=True)
class Part:
    """An instalment as it stands on the day `on`: `asked` is what credit notes left of its amount."""

    instalment: Instalment
    asked: Decimal
    left: Decimal
    on: date

    @property
    def number(self) -> int:
        return self.instalment.number

    @property
    def due_on(self) -> date:
        return self.instalment.due_on

    @property
    def paid(self) -> Decimal:
        return self.asked - self.left

    @property
    def days_over(self) -> int:
        """For how many days it has been overdue; negative before it is due."""
        return (self.on - self.due_on).days

    @property
    def state(self) -> State:
        if not self.asked:
            return State.DROPPED
        if not self.left:
            return State.PAID
        if self.days_over >= 0:
            return State.OVERDUE if self.days_over else State.DUE
        return State.PART_PAID if self.paid else State.TO_COME


@dataclass(frozen=True)
class Schedule:
    """A plan that holds, with its instalments. `beside` is owed on the line and in none of them: paid before the plan
    was agreed, and bounced since."""

    plan: InstalmentPlan
    parts: list[Part]
    beside: Decimal

    @property
    def line(self) -> BillLine:
        return self.plan.line

    @property
    def open(self) -> list[Part]:
        return [part for part in self.parts if part.left]

    @property
    def next(self) -> Part | None:
        """The first that is not paid."""
        return next(iter(self.open), None)

    @property
    def overdue(self) -> list[Part]:
        return [part for part in self.parts if part.state == State.OVERDUE]

    @property
    def asked_count(self) -> int:
        return sum(part.state != State.DROPPED for part in self.parts)

    @property
    def paid_count(self) -> int:
        return sum(part.state == State.PAID for part in self.parts)

    @property
    def left(self) -> Decimal:
        return sum((part.left for part in self.parts), ZERO)

    @property
    def due_by_now(self) -> Decimal:
        """What should have been paid by the day and was not."""
        return self.beside + sum((part.left for part in self.parts if part.days_over >= 0), ZERO)


def standing(*, end: datetime | None = None) -> Any:
    """Instalments of the plans that hold, as the database counts them: what is `asked` and `left` of each, and what
    is `payable` and `settled` of its plan; with `end`, from what was written before that moment."""
    before: dict[str, Any] = {"recorded_at__lt": end} if end else {}
    paid = Allocation.objects.filter(line=OuterRef("plan__line"), **before).order_by().values("line")
    issued: dict[str, Any] = {"bill__issued_at__lt": end} if end else {}
    credited = BillLine.objects.filter(credits=OuterRef("plan__line"), **issued).order_by().values("credits")
    so_far = Instalment.objects.filter(plan=OuterRef("plan"), number__lte=OuterRef("number"))
    upto = so_far.order_by().values("plan").annotate(sum=Sum("amount")).values("sum")
    return _of_plans_that_hold(end).annotate(
        upto=Subquery(upto),
        settled=_sum(paid) - F("plan__paid_before"),
        payable=F("plan__line__amount") + _sum(credited) - F("plan__paid_before"),
        # of the stretch between the sum before it and the sum with it: what is payable, and beyond what is paid
        asked=Greatest(Least(F("upto"), F("payable")) - F("upto") + F("amount"), ZERO),
        left=Greatest(Least(F("upto"), F("payable")) - Greatest(F("upto") - F("amount"), F("settled")), ZERO),
    )


def schedules(which: Q, *, clinic: Clinic, on: date) -> list[Schedule]:
    """The plans that hold on the local day with how they stand at its end, the first agreed first; one statement."""
    _start, end = day_bounds(on, clinic.zone)
    joined = standing(end=end).filter(which).select_related("plan__line__bill", "plan__line__package")
    return grouped(joined.order_by("plan__agreed_at", "plan", "number"), on=on)


def grouped(instalments: Iterable[Instalment], *, on: date) -> list[Schedule]:
    """Instalments that follow each other by plan, as schedules."""
    found = []
    for plan, rows in groupby(instalments, key=lambda each: each.plan):
        parts = [part_of(row, on=on) for row in rows]
        first: Any = parts[0].instalment
        beside = first.payable - first.settled - sum((part.left for part in parts), ZERO)
        found.append(Schedule(plan, parts, beside))
    return found


def part_of(row: Any, *, on: date) -> Part:
    """One instalment of `standing` as of the day."""
    return Part(row, row.asked, row.left, on)


def put_schedules(lines: list[BillLine], *, clinic: Clinic, on: date) -> list[BillLine]:
    """The lines, each with `schedule`: how its instalments stand, or None. One statement, and none for no lines."""
    found = schedules(Q(plan__line__in=lines), clinic=clinic, on=on) if lines else []
    by_line = {schedule.plan.line_id: schedule for schedule in found}
    for line in lines:
        line.schedule = by_line.get(line.pk)  # type: ignore[attr-defined]
    return lines


def by_package(packages: Iterable[Package], *, clinic: Clinic, on: date) -> dict[UUID, Schedule]:
    """How the instalments of the sales of these packages stand; one statement, and none where all are paid."""
    unpaid = [package.pk for package in packages if package.to_pay]
    sold = Q(plan__line__package__in=unpaid, plan__line__kind=LineKind.PACKAGE)
    found = schedules(sold, clinic=clinic, on=on) if unpaid else []
    return {schedule.line.package_id: schedule for schedule in found if schedule.line.package_id}


def of_line(line: BillLine, *, clinic: Clinic, on: date) -> Schedule | None:
    """How the instalments of a line stand, if any were agreed."""
    return next(iter(schedules(Q(plan__line=line), clinic=clinic, on=on)), None)


def _of_plans_that_hold(end: datetime | None) -> QuerySet[Instalment]:
    later = InstalmentPlan.objects.filter(replaces=OuterRef("plan"))
    if end is None:
        return Instalment.objects.exclude(Exists(later))
    return Instalment.objects.filter(plan__agreed_at__lt=end).exclude(Exists(later.filter(agreed_at__lt=end)))


def _sum(grouped: Any) -> Any:
    return Coalesce(Subquery(grouped.annotate(sum=Sum("amount")).values("sum")), ZERO)
