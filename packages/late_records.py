"""What was recorded after a day for that day or one before: why its report is not what it was that evening."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F, QuerySet

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


class RecordedLater:
    """The packages with such lines by their numbers; sliced as a list, and counted without being read.

    Their changes add up to the difference between the day's report now and that evening's.
    """

    def __init__(self, day: date) -> None:
        self.day = day
        ids = _after(Entry, day).values("package").union(_after(Receipt, day).values("package"))
        self.packages: QuerySet[Package] = Package.objects.filter(pk__in=ids).order_by("number")

    @property
    def change(self) -> Decimal:
        """By how much what is owed differs because of all of them."""
        ids = list(self.packages.order_by().values_list("pk", flat=True))
        now, then = (_owed(self.day, ids, known_on=known_on) for known_on in (None, self.day))
        return sum(now.values(), ZERO) - sum(then.values(), ZERO)

    def __len__(self) -> int:
        return self.packages.count()

    def __iter__(self) -> Iterator[Late]:
        return iter(self[:])

    def __getitem__(self, part: slice) -> list[Late]:
        return list(_late(self.packages.select_related("patient")[part], self.day))


def recorded_after(day: date) -> RecordedLater:
    """The packages whose lines up to `day` were recorded later."""
    return RecordedLater(day)


def _late(packages: Iterable[Package], day: date) -> Iterator[Late]:
    found = {package.pk: package for package in packages}
    before, after = (_owed(day, found, known_on=known_on) for known_on in (day, None))
    late = {pk: Late(found[pk], before.get(pk, ZERO), after.get(pk, ZERO)) for pk in found}
    for entry in _after(Entry, day).filter(package__in=found).select_related("by").order_by("number"):
        late[entry.package_id].entries.append(entry)
    for receipt in _after(Receipt, day).filter(package__in=found).order_by("recorded_at"):
        late[receipt.package_id].receipts.append(receipt)
    return iter(late.values())


def _after(lines: Any, day: date) -> Any:
    """The second condition follows from the others; by it PostgreSQL knows the index of what was recorded late."""
    return lines.objects.filter(posted_on__lte=day, recorded_on__gt=day).filter(
        recorded_on__gt=F("posted_on")
    )


def _owed(day: date, ids: Iterable[uuid.UUID], *, known_on: date | None) -> dict[uuid.UUID, Decimal]:
    facts = {"clinic": current_clinic_id(), "day": day, "known_on": known_on, "packages": list(ids)}
    return dict(asked(OWED, facts, standing=NOW if known_on is None else KNOWN_THEN))
