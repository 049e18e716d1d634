"""Everything about one patient on one page: packs and balances, visits, bills, what is owed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Prefetch
from django.utils import timezone

from billing.models import Bill, BillLine, Payment
from billing.payments import owed_lines, unapplied_of
from clinic.models import Clinic, Consent, Message, Patient
from packages.models import Package, PackageLine
from packages.states import notes_of, state_of
from visits.models import Visit

MOST_VISITS = 60
MOST_BILLS = 20
MOST_MESSAGES = 4


@dataclass(frozen=True)
class Shown:
    """A package as the file shows it."""

    package: Package
    state: str  # what the balance component calls it
    notes: list[str]  # what the number left does not say

    @property
    def is_live(self) -> bool:
        """Still of use: something is left or in dispute, and it has neither lapsed nor been closed."""
        held = self.package.sessions_left + self.package.set_aside
        return held > 0 and self.state not in {"expired", "refunded", "void"}


@dataclass(frozen=True)
class Account:
    """What a patient owes, and the account credit."""

    patient: Patient
    owed: list[BillLine]
    unapplied: list[tuple[Payment, Decimal]]

    @property
    def to_pay(self) -> Decimal:
        return sum((line.owed for line in self.owed), Decimal(0))  # type: ignore[attr-defined]

    @property
    def money_unapplied(self) -> Decimal:
        return sum((left for _, left in self.unapplied), Decimal(0))

    @property
    def still_to_pay(self) -> Decimal:
        """What is owed beyond the account credit."""
        return max(self.to_pay - self.money_unapplied, Decimal(0))


@dataclass(frozen=True)
class PatientFile(Account):
    packages: list[Shown]
    coming: list[Visit]
    past: list[Visit]
    bills: list[Bill]

    @property
    def live(self) -> list[Shown]:
        return [shown for shown in self.packages if shown.is_live]

    @property
    def closed(self) -> list[Shown]:
        return [shown for shown in self.packages if not shown.is_live]


def account_of(patient: Patient) -> Account:
    """The patient's account as of now."""
    return Account(patient, owed_lines(patient), unapplied_of(patient))


def open_file(patient: Patient, clinic: Clinic) -> PatientFile:
    """The patient's file as of now."""
    now = timezone.now()
    visits = Visit.objects.filter(patient=patient).select_related("service", "therapist", "entry")
    latest = list(visits.order_by("-starts_at")[:MOST_VISITS])
    coming = [visit for visit in reversed(latest) if visit.is_open and visit.starts_at >= now]
    return PatientFile(
        patient=patient,
        packages=packages_of(patient, clinic.today()),
        coming=coming,
        past=[visit for visit in latest if visit not in coming],
        bills=list(Bill.objects.filter(patient=patient).order_by("-issued_at", "-number")[:MOST_BILLS]),
        owed=owed_lines(patient),
        unapplied=unapplied_of(patient),
    )


@dataclass(frozen=True)
class Correspondence:
    """The last messages to a patient, and what the patient has said about messages, the latest first."""

    messages: list[Message]
    consents: list[Consent]


def correspondence_of(patient: Patient) -> Correspondence:
    """What was sent lately, and whether more may come."""
    messages = Message.objects.filter(patient=patient).order_by("-created_at", "-pk")
    consents = Consent.objects.filter(patient=patient).select_related("by").order_by("-at", "-pk")
    return Correspondence(list(messages[:MOST_MESSAGES]), list(consents[:MOST_BILLS]))


def packages_of(patient: Patient, today: date) -> list[Shown]:
    """The patient's own packages, those that lapse first at the top."""
    lines = Prefetch("lines", PackageLine.objects.select_related("service").order_by("position"))
    packages = Package.objects.filter(patient=patient).select_related("membership").prefetch_related(lines)
    ordered = sorted(packages, key=lambda each: (each.valid_until or date.max, each.number))
    return [Shown(package, state_of(package, today), notes_of(package, today)) for package in ordered]
