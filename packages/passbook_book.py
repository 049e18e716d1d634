"""A package opened for reading: its lines, its changes, and the packages that its transfers refer to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from uuid import UUID, uuid5

from clinic.models import Clinic

from .models import Change, Entry, Kind, Package


@dataclass(frozen=True)
class Link:
    """From one line to another one, of this package or of another."""

    text: str
    package_id: UUID
    line: int | None = None


@dataclass(frozen=True)
class Book:
    """All that the sentences of a package speak of, read once."""

    package: Package
    clinic: Clinic
    entries: list[Entry]
    changes: list[Change]

    @cached_property
    def taken_back(self) -> set[UUID | None]:
        """The lines that a later one reverses."""
        return {entry.reverses_id for entry in self.entries if entry.kind == Kind.REVERSED}

    @cached_property
    def line_numbers(self) -> dict[UUID, int]:
        return {entry.pk: entry.number for entry in self.entries}

    @cached_property
    def moved_to(self) -> dict[UUID, Package]:
        """The packages that sessions of this one were transferred to, by the key of the line that says so."""
        if not any(entry.kind == Kind.TRANSFERRED_OUT for entry in self.entries):
            return {}
        made = Package.objects.filter(moved_from=self.package).select_related("patient")
        return {uuid5(other.key, "out"): other for other in made}

    @cached_property
    def moved_from(self) -> Package | None:
        if self.package.moved_from_id is None:
            return None
        return Package.objects.select_related("patient").get(pk=self.package.moved_from_id)

    def next_to(self, entry: Entry) -> Entry | None:
        """The line after this one."""
        return self.entries[entry.number] if entry.number < len(self.entries) else None

    def valid_until_at(self, entry: Entry) -> date | None:
        """The last valid day of the package when the line was written."""
        later = (change for change in self._moves() if change.recorded_at >= entry.recorded_at)
        change = next(later, None)
        return change.valid_until_before if change else self.package.valid_until

    def _moves(self) -> Iterator[Change]:
        return (change for change in self.changes if change.valid_until != change.valid_until_before)


def open_book(package: Package, clinic: Clinic) -> Book:
    """Everything about the package, in two queries; one more for each direction of a transfer."""
    related = ("by", "therapist", "beneficiary__merged_into", "reverses", "line__service")
    entries = Entry.objects.filter(package=package).select_related(*related).order_by("number")
    changes = Change.objects.filter(package=package).select_related("by").order_by("recorded_at", "id")
    return Book(package, clinic, list(entries), list(changes))
