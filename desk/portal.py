"""What a patient sees of themselves through the personal link. Nothing clinical, and no word of the desk's own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from billing.instalment_states import Schedule, by_package
from billing.models import Bill, Statement
from billing.payments import owed_lines
from clinic.models import Clinic, Patient
from packages.models import Entry, Package
from packages.naming import own_and_shared
from packages.passbook import Line, lines_of
from packages.states import state_of
from visits.answers import Answered
from visits.models import Visit

from .attendance.listing import statements_of
from .portal_asked import Attended, attended_by

MOST_VISITS, MOST_BILLS, MOST_STATEMENTS = 20, 60, 12


@dataclass(frozen=True)
class Pack:
    """A package with its passbook."""

    package: Package
    state: str
    lines: list[Line]
    instalments: Schedule | None = None


@dataclass(frozen=True)
class SharedPack:
    """A package of somebody else's that the patient is named on: days and counts, and no word about anybody (S22)."""

    package: Package
    state: str
    days: list[Day]

    @property
    def owner(self) -> str:
        return self.package.patient.first_name


@dataclass(frozen=True)
class Day:
    """What the count did on a day."""

    on: date
    sessions: Decimal
    after: Decimal


@dataclass(frozen=True)
class Page:
    """All that the page shows. `earlier` are packages that give nothing any more."""

    packs: list[Pack]
    shared: list[SharedPack]
    earlier: list[Pack]
    visits: list[Visit]
    bills: list[Bill]
    statements: list[Statement]
    attended: list[Attended]
    answers: dict[UUID, Answered]
    owed: Decimal

    @property
    def to_check(self) -> list[Attended]:
        """What the patient has not said yes to, and what is looked into."""
        return [each for each in self.attended if each.is_to_check]


def page_of(patient: Patient, *, clinic: Clinic, at: datetime) -> Page:
    """The patient's packages with their passbooks, next visits and bills."""
    today = clinic.day_of(at)
    own, shared = own_and_shared(patient, today)
    agreed = by_package(own, clinic=clinic, on=today)
    packs = [_pack(package, clinic, today, agreed.get(package.pk)) for package in own]
    attended, answers = attended_by(patient, [line.entry for pack in packs for line in pack.lines], at=at)
    current = [pack for pack in packs if _gives(pack.package, today)] or packs[:1]
    return Page(
        packs=current,
        shared=[_shared(package, today) for package in shared],
        earlier=[pack for pack in packs if pack not in current],
        visits=_next_visits(patient, at),
        bills=list(
            Bill.objects.filter(patient=patient).order_by("-issued_at", "-pk").defer("document")[:MOST_BILLS]
        ),
        statements=list(statements_of(patient)[:MOST_STATEMENTS]),
        attended=attended,
        answers=answers,
        owed=sum((line.owed for line in owed_lines(patient)), Decimal(0)),  # type: ignore[attr-defined]
    )


def bill_of(patient: Patient, bill_id: UUID) -> Bill | None:
    """A bill of this patient and of nobody else."""
    return Bill.objects.filter(patient=patient, pk=bill_id).select_related("corrects").first()


def statement_of(patient: Patient, statement_id: UUID) -> Statement | None:
    """A statement of this patient and of nobody else."""
    return Statement.objects.filter(patient=patient, pk=statement_id).first()


def _pack(package: Package, clinic: Clinic, today: date, instalments: Schedule | None) -> Pack:
    lines = lines_of(package, clinic, with_reasons=False)[::-1]
    return Pack(package, state_of(package, today), lines, instalments)


def _shared(package: Package, today: date) -> SharedPack:
    entries = Entry.objects.filter(package=package).order_by("-number")
    days = [Day(entry.happened_on, entry.sessions, entry.balance_after) for entry in entries]
    return SharedPack(package, state_of(package, today), days)


def _gives(package: Package, today: date) -> bool:
    open_one = package.state not in Package.CLOSED and not package.has_lapsed_on(today)
    return bool(open_one and package.sessions_left)


def _next_visits(patient: Patient, at: datetime) -> list[Visit]:
    visits = (
        Visit.objects.open()
        .filter(patient=patient, starts_at__gte=at)
        .select_related("service", "therapist", "branch")
    )
    return list(visits.order_by("starts_at")[:MOST_VISITS])
