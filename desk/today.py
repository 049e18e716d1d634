"""A clinic's day: who comes, what covers each visit, what is owed. The same few statements for 3 visits and for 60."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import DecimalField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from billing.models import Allocation, Bill
from clinic.calendar import day_bounds
from clinic.messages import reasons
from clinic.messages.reasons import Tally
from clinic.models import Branch, Clinic, Staff
from clinic.ui.balance import LOW
from packages.models import Package
from visits.closed_days import ClosedDays, closed_along, closed_between
from visits.closed_days import remembered as remembered_days
from visits.holds import Cover, holds_of
from visits.models import Visit

from .day_close_calendar import Forgotten, forgotten, forgotten_along, remembered

ZERO = Decimal(0)
EVERYBODY = "all"


@dataclass(frozen=True)
class Shown:
    """Which visits of the day are shown: of one therapist, of one branch, or all; `first` puts the own on top."""

    therapist: UUID | None = None
    branch: UUID | None = None
    first: UUID | None = None

    def has(self, visit: Visit) -> bool:
        fits_therapist = self.therapist is None or visit.therapist_id == self.therapist
        return fits_therapist and (self.branch is None or visit.branch_id == self.branch)

    def order(self, visit: Visit) -> tuple[bool, datetime, UUID]:
        return (self.first is not None and visit.therapist_id != self.first, visit.starts_at, visit.pk)


@dataclass(frozen=True)
class DayVisit:
    """A visit of the day with what it will take, or took, and what its patient owes."""

    visit: Visit
    cover: Cover
    due: Decimal
    also: tuple[
        UUID, ...
    ] = ()  # the patient's other visits of the day: what happens to this one shows there too

    @property
    def package(self) -> Package | None:
        """The package that the visit uses, or the one that comes closest."""
        if self.visit.state == Visit.State.COMPLETED:
            return self.visit.package if self.visit.settlement == Visit.Settlement.PACKAGE else None
        return self.cover.package or self.cover.nearest


@dataclass(frozen=True)
class Day:
    """The visits that are shown, in order, and by whom and where the day's visits are."""

    on: date
    visits: list[DayVisit]
    therapists: list[Staff] = field(default_factory=list)
    branches: list[Branch] = field(default_factory=list)
    forgotten: Forgotten | None = None  # a day before today that nobody closed
    not_sent: list[Tally] = field(default_factory=list)  # messages that wait for somebody, on the day itself
    closed: list[ClosedDays] = field(default_factory=list)  # why it is a day on which nobody is to come

    @property
    def to_see(self) -> int:
        return sum(each.visit.is_open for each in self.visits)

    @property
    def done(self) -> int:
        return sum(each.visit.state == Visit.State.COMPLETED for each in self.visits)

    @property
    def nearly_used_up(self) -> int:
        """Packages in use today that will have few sessions left this evening."""
        left: dict[UUID, Decimal] = {}
        for each in self.visits:
            if each.cover.package:
                left[each.cover.package.pk] = each.cover.left_after
            elif each.visit.entry_id and each.visit.package:
                left.setdefault(each.visit.package.pk, each.visit.package.sessions_left)
        return sum(count <= LOW for count in left.values())

    @property
    def to_settle(self) -> int:
        """Open visits that no package covers."""
        return sum(
            each.visit.is_open and not each.cover.fit and not each.cover.offers for each in self.visits
        )

    @property
    def to_choose(self) -> int:
        """Open visits for which somebody has to say how a package is used."""
        return sum(each.visit.is_open and bool(each.cover.offers) for each in self.visits)


def load_day(clinic: Clinic, on: date, *, today: date, shown: Shown) -> Day:
    """The visits of the clinic's local day by time. Those of a day to come count what is booked before it."""
    found = list(_visits(clinic, on, today))
    start, _end = day_bounds(on, clinic.zone)
    of_the_day = [visit for visit in found if visit.starts_at >= start]
    chosen = sorted((visit for visit in of_the_day if shown.has(visit)), key=shown.order)
    covers = _covers(clinic, found, {visit.patient_id for visit in chosen if visit.is_open})
    return Day(
        on,
        [
            DayVisit(visit, covers.get(visit.pk, Cover()), _due(visit), _also(visit, of_the_day))
            for visit in chosen
        ],
        sorted({v.therapist.pk: v.therapist for v in of_the_day if v.therapist}.values(), key=str),
        sorted({visit.branch.pk: visit.branch for visit in of_the_day}.values(), key=str),
        _forgotten(clinic, found, today) if on == today else None,
        _not_sent(clinic, found, today) if on == today else [],
        [
            days
            for days in _closed(found, on)
            if shown.branch is None or days.branch_id in {None, shown.branch}
        ],
    )


def _visits(clinic: Clinic, on: date, today: date) -> QuerySet[Visit]:
    """The day's visits; for a day to come also what the same patients have before it, for it takes sessions first."""
    start, end = day_bounds(on, clinic.zone)
    that_day = Q(starts_at__gte=start, starts_at__lt=end)
    if on > today:
        now, _end = day_bounds(today, clinic.zone)
        patients = Visit.objects.between(start, end).order_by().values("patient_id")
        that_day |= Q(starts_at__gte=now, starts_at__lt=start, state__in=Visit.OPEN, patient_id__in=patients)
    rows = Visit.objects.filter(that_day).annotate(closed=closed_along(on)).order_by("starts_at", "id")
    if on == today:
        start, _end = day_bounds(today, clinic.zone)
        rows = rows.annotate(forgotten=forgotten_along(clinic, today), not_sent=reasons.tally_along(start))
    return rows.select_related("patient", "service", "therapist", "branch", "entry", "package").annotate(
        billed=_sum(
            Bill.objects.filter(patient_id=OuterRef("patient_id")).exclude(total=0), "patient_id", "total"
        ),
        paid=_sum(
            Allocation.objects.filter(line__bill__patient_id=OuterRef("patient_id")),
            "line__bill__patient_id",
            "amount",
        ),
    )


def _forgotten(clinic: Clinic, found: list[Visit], today: date) -> Forgotten | None:
    return remembered(found[0].forgotten) if found else forgotten(clinic, today)  # type: ignore[attr-defined]


def _not_sent(clinic: Clinic, found: list[Visit], today: date) -> list[Tally]:
    start, _end = day_bounds(today, clinic.zone)
    return reasons.remembered(found[0].not_sent) if found else reasons.tally(start)  # type: ignore[attr-defined]


def _closed(found: list[Visit], on: date) -> list[ClosedDays]:
    return remembered_days(found[0].closed) if found else closed_between(on, on)  # type: ignore[attr-defined]


def _due(visit: Visit) -> Decimal:
    due: Decimal = visit.billed - visit.paid  # type: ignore[attr-defined]
    return due


def _sum(rows: QuerySet, by: str, amount: str) -> Coalesce:
    summed = rows.order_by().values(by).annotate(sum=Sum(amount)).values("sum")
    return Coalesce(Subquery(summed, output_field=DecimalField(max_digits=14, decimal_places=3)), ZERO)


def _covers(clinic: Clinic, visits: Iterable[Visit], patients: set[UUID]) -> dict[UUID, Cover]:
    waiting = [visit for visit in visits if visit.is_open and visit.patient_id in patients]
    if not waiting:
        return {}
    return holds_of(clinic, *{visit.patient_id: visit.patient for visit in waiting}.values()).take_all(
        waiting
    )


def _also(visit: Visit, visits: Iterable[Visit]) -> tuple[UUID, ...]:
    return tuple(each.pk for each in visits if each.patient_id == visit.patient_id and each.pk != visit.pk)
