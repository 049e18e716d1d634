"""A branch's local day as closing it sees it: its visits, bills and payments, each read once whoever asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from uuid import UUID

from django.db.models import OuterRef, Q, Subquery

from billing.listing import owed_of
from billing.models import CHARGING, Allocation, Bill, BillKind, Method, Payment, Refund
from billing.models.payments import HANDED_OVER
from billing.payments import with_left
from clinic.calendar import day_bounds
from clinic.models import Branch, Clinic, Staff
from visits.holds import Cover, holds_of
from visits.models import Dispute, Visit

ZERO = Decimal(0)
# What a pack may still cover, or should have: what is open, and what was settled without one.
WITHOUT_PACKAGE = frozenset({Visit.Settlement.CHARGE, Visit.Settlement.FREE})


@dataclass
class BranchDay:
    """The local day `on` of a branch, looked at `at` some moment; without one, after its end."""

    clinic: Clinic
    branch: Branch
    on: date
    at: datetime | None = None

    @cached_property
    def bounds(self) -> tuple[datetime, datetime]:
        return day_bounds(self.on, self.clinic.zone)

    def is_to_come(self, visit: Visit) -> bool:
        return self.at is not None and visit.starts_at > self.at

    @cached_property
    def visits(self) -> list[Visit]:
        """The visits that were held, or were to be, by time."""
        rows = Visit.objects.between(*self.bounds).filter(branch=self.branch)
        return list(rows.select_related("patient", "service").order_by("starts_at", "id"))

    @cached_property
    def covers(self) -> dict[UUID, Cover]:
        """What would cover the visits that no pack was used for: the open ones first, they come before regrets."""
        waiting = [visit for visit in self.visits if visit.is_open]
        regretted = [visit for visit in self.visits if visit.settlement in WITHOUT_PACKAGE]
        if not waiting and not regretted:
            return {}
        patients = {visit.patient_id: visit.patient for visit in (*waiting, *regretted)}
        holds = holds_of(self.clinic, *patients.values())
        return holds.take_all(waiting) | holds.take_all(regretted)

    @cached_property
    def bills(self) -> list[Bill]:
        """The documents issued on the day, by time."""
        start, end = self.bounds
        issued = Bill.objects.filter(issued_at__gte=start, issued_at__lt=end, branch=self.branch)
        joined = issued.select_related("patient", "visit__patient", "visit__completed_by")
        return list(joined.defer("document").order_by("issued_at", "id"))

    @cached_property
    def owed(self) -> dict[UUID, Decimal]:
        """What is still to pay on the day's bills."""
        asking = [bill for bill in self.bills if bill.kind in CHARGING and bill.total > 0]
        return owed_of(asking) if asking else {}

    @property
    def recorded_late(self) -> list[Visit]:
        """Visits of an earlier day that were completed on this one: each completion has its bill."""
        start, _end = self.bounds
        return [
            bill.visit
            for bill in self.bills
            if bill.visit
            and bill.visit.starts_at < start
            and bill.visit.state == Visit.State.COMPLETED
            and bill.completion == bill.visit.completions
        ]

    @cached_property
    def payments(self) -> list[Payment]:
        """What was received on the day, and what its credit notes may have set free, each with what is `left`."""
        credited = {bill.patient_id for bill in self.bills if bill.kind == BillKind.CREDIT_NOTE}
        wanted = Q(received_on=self.on, branch=self.branch)
        if credited:
            wanted |= Q(patient__in=credited)
        taken_back = Allocation.objects.filter(payment=OuterRef("pk"), amount__lt=0).order_by("-recorded_at")
        rows = with_left().filter(wanted).annotate(freed_at=Subquery(taken_back.values("recorded_at")[:1]))
        return list(rows.select_related("patient", "by").order_by("id"))

    @property
    def received(self) -> list[Payment]:
        """What was received on the day in this branch; account credit of a refund is no money in."""
        return [
            payment
            for payment in self.payments
            if payment.received_on == self.on
            and payment.branch_id == self.branch.pk
            and payment.method in HANDED_OVER
        ]

    @property
    def takings(self) -> dict[Method, Decimal]:
        """What was received on the day by each method, in the order of the methods; 0 where nothing was."""
        sums: dict[Method, Decimal] = dict.fromkeys(HANDED_OVER, ZERO)
        for payment in self.received:
            sums[Method(payment.method)] += payment.amount
        return sums

    @cached_property
    def refunds(self) -> list[Refund]:
        """What was handed back on the day."""
        rows = Refund.objects.filter(given_on=self.on, branch=self.branch)
        return list(rows.select_related("by").order_by("method", "id"))

    @property
    def handed_back(self) -> dict[Method, Decimal]:
        """What was handed back on the day, by method; nothing where nothing was."""
        sums: dict[Method, Decimal] = {}
        for refund in self.refunds:
            method = Method(refund.method)
            sums[method] = sums.get(method, ZERO) + refund.amount
        return sums

    @property
    def cash_of_people(self) -> dict[Staff | None, Decimal]:
        """Who took how much cash, less what they handed back; None is the program."""
        sums: dict[Staff | None, Decimal] = {}
        for payment in self.received:
            if payment.method == Method.CASH:
                sums[payment.by] = sums.get(payment.by, ZERO) + payment.amount
        for refund in self.refunds:
            if refund.method == Method.CASH:
                sums[refund.by] = sums.get(refund.by, ZERO) - refund.amount
        return sums

    @cached_property
    def disputes(self) -> list[Dispute]:
        """Open disputes of the day's sessions, and those that were opened on the day."""
        start, end = self.bounds
        held = Q(visit__starts_at__gte=start, visit__starts_at__lt=end)
        opened = Q(opened_at__gte=start, opened_at__lt=end)
        rows = Dispute.objects.filter(held | opened, decision="", visit__branch=self.branch)
        return list(rows.select_related("visit__patient", "visit__service").order_by("opened_at"))

    @property
    def expected_cash(self) -> Decimal:
        """What came in in cash less what went back; where more went back it came from the change in the drawer."""
        return max(self.takings[Method.CASH] - self.handed_back.get(Method.CASH, ZERO), ZERO)
