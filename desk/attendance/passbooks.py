"""Packages with the parts of their price, and the how manieth session each line of the passbook was."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from packages.models import Entry, Package

from .shares import Part, Way, parts_of

ZERO = Decimal(0)


@dataclass(frozen=True)
class Passbook:
    """A package, the parts of its price, and by line how many sessions were used with it, in the order of the days."""

    package: Package
    parts: list[Part]
    counts: dict[UUID, Decimal]

    @property
    def of_visits(self) -> list[Part]:
        """What visits took, and those that did not take place and count."""
        return [part for part in self.parts if part.way == Way.VISIT and part.sessions]

    @property
    def rest(self) -> list[Part]:
        """Where all other sessions went, what is left at the end."""
        return [part for part in self.parts if part.way != Way.VISIT]


def passbooks_of(packages: Iterable[Package]) -> list[Passbook]:
    """Those of several packages, in one statement."""
    packages = list(packages)
    lines: dict[UUID, list[Entry]] = {package.pk: [] for package in packages}
    entries = Entry.objects.filter(package__in=packages).select_related("line", "therapist")
    for entry in entries.order_by("package", "number"):
        lines[entry.package_id].append(entry)
    return [_passbook(package, lines[package.pk]) for package in packages]


def _passbook(package: Package, entries: list[Entry]) -> Passbook:
    parts = parts_of(package, entries)
    so_far = sum((part.sessions for part in parts if part.way == Way.BEFORE), ZERO)
    counts = {}
    for entry in sorted((part.entry for part in parts if part.way == Way.VISIT and part.entry), key=_day):
        so_far -= entry.sessions
        counts[entry.pk] = so_far
    return Passbook(package, parts, counts)


def _day(entry: Entry) -> tuple[date, int]:
    return entry.held_on or entry.happened_on, entry.number
