"""What was recorded after a day for that day or one before: why its report is not what it was that evening."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from clinic.tenancy.context import current_clinic_id

from .liability import asked
from .liability_sql import KNOWN_THEN, NOW
from .models import Entry, Package, Receipt

ZERO = Decimal(0)
OWED = "SELECT package_id, owed FROM standing WHERE package_id = ANY(%(packages)s)"


@dataclass(frozen=True)
class Late:
    """A package with lines that were recorded after the day, and what was owed on it without and with them."""

    package: Package
    before: Decimal
    after: Decimal
    entries: list[Entry] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)

    @property
    def change(self) -> Decimal:
        return self.after - self.before


def recorded_after(day: date) -> list[Late]:
    """The packages whose lines up to `day` were recorded later, in the order of their numbers.

    Their changes add up to the difference between the day's report now and that evening's.
    """
    entries = list(_after(Entry, day).select_related("by").order_by("number"))
    receipts = list(_after(Receipt, day).order_by("recorded_at"))
    ids = {line.package_id for line in [*entries, *receipts]}
    before, after = _owed(day, ids, known_on=day), _owed(day, ids, known_on=None)
    found = Package.objects.filter(pk__in=ids).select_related("patient").order_by("number")
    late = {
        package.pk: Late(package, before.get(package.pk, ZERO), after.get(package.pk, ZERO))
        for package in found
    }
    for entry in entries:
        late[entry.package_id].entries.append(entry)
    for receipt in receipts:
        late[receipt.package_id].receipts.append(receipt)
    return list(late.values())


def _after(lines: Any, day: date) -> Any:
    return lines.objects.filter(posted_on__lte=day, recorded_on__gt=day)


def _owed(day: date, ids: set[uuid.UUID], *, known_on: date | None) -> dict[uuid.UUID, Decimal]:
    facts = {"clinic": current_clinic_id(), "day": day, "known_on": known_on, "packages": list(ids)}
    return dict(asked(OWED, facts, standing=NOW if known_on is None else KNOWN_THEN))
