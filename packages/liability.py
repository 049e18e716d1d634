"""What the clinic owes in care: sessions and value prepaid and not delivered, as of any day.

Reads the ledger only. Per package never below 0 and never netted across patients (DESIGN §6):
liability = max(0, min(received − used, value left)), owed by the patient = max(0, used − received).
Value that came with transferred sessions counts as received from the day they came, and no longer where they left.
A session in dispute is still owed.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from clinic.tenancy.context import current_clinic_id

from .models import Package
from .models.entries import DEDUCTIONS, Kind

USES = sorted(DEDUCTIONS | {Kind.REVERSED})

EACH = """
WITH moved AS (
  SELECT package_id, sum(sessions) AS sessions, sum(value) AS value_left,
         -coalesce(sum(value) FILTER (WHERE kind = ANY(%(uses)s)), 0) AS used,
         sum(value) FILTER (WHERE kind = 'opening') AS opened,
         -coalesce(sum(value) FILTER (WHERE kind = 'transferred_out'
           OR kind = 'transferred_in' AND reverses_id IS NOT NULL), 0) AS moved_out
    FROM packages_entry WHERE clinic_id = %(clinic)s AND happened_on <= %(day)s GROUP BY package_id
), received AS (
  SELECT package_id, sum(amount) AS amount
    FROM packages_receipt WHERE clinic_id = %(clinic)s AND received_on <= %(day)s GROUP BY package_id
), owed AS (
  SELECT p.id, p.number, p.patient_id, p.name, p.valid_until, p.state, m.sessions, m.value_left, m.used,
         -- of an opening balance: the money of before go-live, less what it had paid for by then
         CASE WHEN m.opened IS NULL THEN 0 ELSE p.paid_before - (p.price - m.opened) END
           + p.moved_in - m.moved_out + coalesce(r.amount, 0) AS received
    FROM moved m
    JOIN packages_package p ON p.clinic_id = %(clinic)s AND p.id = m.package_id
    LEFT JOIN received r ON r.package_id = m.package_id
)
SELECT owed.id, owed.number, patient.name AS patient, patient.number AS patient_number, owed.name AS package,
       owed.valid_until, owed.sessions, owed.received, owed.used,
       greatest(0, least(owed.received - owed.used, owed.value_left)) AS liability,
       greatest(0, owed.used - owed.received) AS owed_by_patient
  FROM owed JOIN clinic_patient patient ON patient.clinic_id = %(clinic)s AND patient.id = owed.patient_id
"""
BY_PACKAGE = (
    f"{EACH} WHERE owed.sessions > 0 OR owed.value_left > 0 OR owed.used > owed.received ORDER BY owed.number"
)
ONE_PACKAGE = f"{EACH} WHERE owed.id = %(package)s"

# The check line: what the packages say of themselves now, and what their entries add up to.
CHECK = """
SELECT (SELECT coalesce(sum(value_left), 0) FROM packages_package WHERE clinic_id = %(clinic)s),
       (SELECT coalesce(sum(value), 0) FROM packages_entry WHERE clinic_id = %(clinic)s)
"""


@dataclass(frozen=True)
class Owed:
    """What is owed on one package."""

    id: Any
    number: int
    patient: str
    patient_number: int
    package: str
    valid_until: date | None
    sessions: Decimal
    received: Decimal
    used: Decimal
    liability: Decimal
    owed_by_patient: Decimal


@dataclass(frozen=True)
class Liability:
    """The report as of the end of a local day."""

    as_of: date
    rows: tuple[Owed, ...]
    check_packages: Decimal
    check_ledger: Decimal

    @property
    def value(self) -> Decimal:
        return sum((row.liability for row in self.rows), Decimal(0))

    @property
    def sessions(self) -> Decimal:
        return sum((row.sessions for row in self.rows), Decimal(0))

    @property
    def packages(self) -> int:
        return sum(1 for row in self.rows if row.sessions > 0)

    @property
    def patients(self) -> int:
        return len({row.patient_number for row in self.rows if row.sessions > 0})

    @property
    def receivable(self) -> Decimal:
        """Owed by patients for care already given; never netted against the liability."""
        return sum((row.owed_by_patient for row in self.rows), Decimal(0))

    @property
    def difference(self) -> Decimal:
        """The check line: 0, or something is wrong."""
        return self.check_packages - self.check_ledger

    def totals(self) -> dict[str, Any]:
        names = ("as_of", "value", "sessions", "packages", "patients", "receivable", "difference")
        return {name: getattr(self, name) for name in names}

    def row_dicts(self) -> list[dict[str, Any]]:
        return [asdict(row) for row in self.rows]


def of_package(package: Package, day: date) -> Owed:
    """The same figures of one package: received, used, what is owed in care and what the patient owes for it."""
    facts = _facts(day) | {"package": package.pk}
    with connection.cursor() as cursor:
        cursor.execute(ONE_PACKAGE, facts)
        return Owed(*cursor.fetchone())


def _facts(day: date) -> dict[str, Any]:
    return {"clinic": current_clinic_id(), "day": day, "uses": USES}


def liability(day: date) -> Liability:
    """What the active clinic owes at the end of `day`, by what is known now."""
    facts = _facts(day)
    with connection.cursor() as cursor:
        cursor.execute(BY_PACKAGE, facts)
        rows = tuple(Owed(*row) for row in cursor.fetchall())
        cursor.execute(CHECK, facts)
        in_packages, in_ledger = cursor.fetchone()
    return Liability(as_of=day, rows=rows, check_packages=in_packages, check_ledger=in_ledger)
