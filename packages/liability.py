"""What the clinic owes in care: sessions and value prepaid and not delivered, at the end of any day.

Per package never below 0 and never netted across patients (DESIGN §6): money received less the worth of what was used
covers what is left, and that much of what is left is owed; where more was used than received, the patient owes. Value
that came with transferred sessions counts as received from the day they came, and no longer where they left. A session
in dispute is still owed; one that was given without a price is owed too, and worth 0.

A day's figures come from what was posted up to it: on the day on which it happened, or on the first open day where the
books of that day were closed (packages.months).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db import connection

from clinic.tenancy.context import current_clinic_id

from .liability_sql import ALL, CHECK, KNOWN_THEN, NOW, ONE_NOW, PAGE, TOTALS
from .models import Package


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
    free: Decimal
    received: Decimal
    used: Decimal
    liability: Decimal
    owed_by_patient: Decimal


@dataclass(frozen=True)
class Liability:
    """The report at the end of the local day `as_of`, by all that is known, or by what was known on `known_on`.

    `sessions` counts those in dispute too; `complimentary` of them were given without a price.
    """

    as_of: date
    known_on: date | None
    value: Decimal
    sessions: Decimal
    complimentary: Decimal
    receivable: Decimal
    packages: int
    patients: int
    check_packages: Decimal
    check_ledger: Decimal
    _facts: dict[str, Any] = field(repr=False, compare=False)

    @property
    def difference(self) -> Decimal:
        """The check line: the worth of what is left, by the packages less by the ledger. 0, or something is wrong."""
        return self.check_packages - self.check_ledger

    @cached_property
    def rows(self) -> tuple[Owed, ...]:
        """Every package on which something is open, by number."""
        return tuple(Owed(*row) for row in asked(ALL, self._facts))

    @cached_property
    def count(self) -> int:
        """How many rows there are."""
        return int(asked("SELECT count(*) FROM standing", self._facts)[0][0])

    def page(self, start: int, stop: int) -> Sequence[Owed]:
        """Some of the rows, without asking for the others."""
        facts = self._facts | {"start": start, "count": stop - start}
        return [Owed(*row) for row in asked(PAGE, facts)]

    def totals(self) -> dict[str, Any]:
        names = (
            "as_of",
            "value",
            "sessions",
            "complimentary",
            "packages",
            "patients",
            "receivable",
            "difference",
        )
        return {name: getattr(self, name) for name in names}

    def row_dicts(self) -> list[dict[str, Any]]:
        return [asdict(row) for row in self.rows]


def liability(day: date, known_on: date | None = None) -> Liability:
    """What the active clinic owes at the end of `day`, by what is known now or was recorded up to `known_on`."""
    facts = {"clinic": current_clinic_id(), "day": day, "known_on": known_on}
    (totals,), (check,) = asked(TOTALS, facts), asked(CHECK, facts)
    figures: list[Any] = [*totals, *check, facts]
    return Liability(day, known_on, *figures)


def of_package(package: Package, day: date) -> Owed:
    """The same figures of one package: received, used, what is owed in care and what the patient owes for it."""
    facts = {"clinic": current_clinic_id(), "day": day, "known_on": None, "package": package.pk}
    (row,) = asked(ALL, facts, standing=ONE_NOW)
    return Owed(*row)


def asked(sql: str, facts: dict[str, Any], standing: str = "") -> list[tuple[Any, ...]]:
    """The rows of a question to `standing` (packages.liability_sql)."""
    with connection.cursor() as cursor:
        cursor.execute((standing or (NOW if facts["known_on"] is None else KNOWN_THEN)) + sql, facts)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
