"""What packages say of some days beside what bills say of them, to the coin; what differs is named, package by package.

What is known to differ and in order is named as such; what is left over is a fault that somebody has to look at.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clinic.calendar import ONE_DAY, day_bounds
from clinic.models import Clinic

from .reconciliation_sql import PAID_BACK, RECEIVED, SOLD, TAKEN_BACK, USED, Question

Words = str | Promise


@dataclass(frozen=True)
class Check:
    """Two things that must be the same, in words; of sessions where it is not of money."""

    name: str
    ours: Words
    theirs: Words
    question: Question
    is_of_sessions: bool = False


CHECKS = (
    Check("sold", _("Packages sold, at the price of the sale"), _("Lines of packages on bills"), SOLD),
    Check("received", _("Received for packages"), _("Payments set against lines of packages"), RECEIVED),
    Check("paid_back", _("Refunds of packages"), _("Taken off bills, and account credit"), PAID_BACK),
    Check("taken_back", _("Sales that were made void"), _("Credit notes over packages"), TAKEN_BACK),
    Check(
        "used",
        _("Sessions that visits used"),
        _("Sessions on the bills of those visits"),
        USED,
        is_of_sessions=True,
    ),
)

KNOWN: dict[str, Words] = {
    "opening": _("Brought in as an opening balance: no bill was made for it"),
    "month": _("A month of a membership that was billed on another day than it began"),
    "day": _("Counted on another day: in all, both say the same of this package"),
    "refund": _("The note of a refund: it takes back what the rule of the package does not keep"),
    "dispute": _("Taken again when a dispute was decided: the bill was printed before it"),
}


@dataclass(frozen=True)
class Differing:
    """A package of which the two say different things. `known` names why that is in order, or is empty."""

    package: UUID
    number: int
    name: str
    patient_id: UUID
    patient: str
    ours: Decimal
    theirs: Decimal
    known: str

    @property
    def difference(self) -> Decimal:
        return self.ours - self.theirs

    @property
    def words(self) -> str:
        return str(KNOWN.get(self.known, _("Not explained: look at this package")))


@dataclass(frozen=True)
class Compared:
    """A check over the days: both sums, and the packages that differ, those not explained first."""

    check: Check
    ours: Decimal
    theirs: Decimal
    differing: list[Differing]

    @property
    def difference(self) -> Decimal:
        return self.ours - self.theirs

    @property
    def unexplained(self) -> list[Differing]:
        return [each for each in self.differing if not each.known]


def reconcile(clinic: Clinic, first: date, last: date) -> list[Compared]:
    """Every check between two local days of the active clinic, both included."""
    facts: dict[str, Any] = {"clinic": clinic.pk, "zone": clinic.time_zone, "first": first, "last": last}
    # Moments a day wide of the days on either side: what is looked up by its moment is asked for its day afterwards.
    facts |= {"start": day_bounds(first - ONE_DAY, clinic.zone)[0]}
    facts |= {"stop": day_bounds(last + ONE_DAY, clinic.zone)[1]}
    with connection.cursor() as cursor:
        return [_compared(check, cursor, facts) for check in CHECKS]


def _compared(check: Check, cursor: Any, facts: dict[str, Any]) -> Compared:
    cursor.execute(check.question.sql, facts)
    rows = cursor.fetchall()
    ours, theirs = rows[0][:2]
    return Compared(check, ours, theirs, [Differing(*row[2:]) for row in rows if row[2] is not None])
