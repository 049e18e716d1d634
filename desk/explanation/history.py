"""A package with all that was ever written about it, from which any past moment can be told exactly."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import uuid5

from psycopg.types.range import Range

from clinic.models import Clinic
from packages.models import Change, ChangeKind, Entry, Kind, Package, PackageLine
from packages.passbook_book import Book

ZERO = Decimal(0)
ONE_DAY = timedelta(days=1)
GONE = frozenset({Kind.EXPIRED, Kind.REINSTATED})


@dataclass(frozen=True)
class PackageHistory:
    """The row as it is now, and what was written until the moment that is asked about, in its order."""

    package: Package
    entries: tuple[Entry, ...]
    changes: tuple[Change, ...]
    receipts: tuple[tuple[datetime, Decimal], ...]
    transfers: tuple[Package, ...] = ()  # the packages that its sessions went to or came from
    later_change: Change | None = None  # the first one after that moment: it knows what was before

    @cached_property
    def now(self) -> Package:
        """The package as all that is in this history left it."""
        return _as_written(self)

    @cached_property
    def taken_back(self) -> frozenset[Any]:
        return frozenset(entry.reverses_id for entry in self.entries if entry.kind == Kind.REVERSED)

    def until(self, moment: datetime) -> PackageHistory:
        """What had been written by then. Nothing later shines through."""
        later = [change for change in self.changes if change.recorded_at > moment]
        return PackageHistory(
            self.package,
            tuple(entry for entry in self.entries if entry.recorded_at <= moment),
            tuple(change for change in self.changes if change.recorded_at <= moment),
            tuple(receipt for receipt in self.receipts if receipt[0] <= moment),
            self.transfers,
            later[0] if later else self.later_change,
        )

    def book(self, clinic: Clinic) -> Book:
        """The same as the passbook's sentences read it."""
        book = Book(self.now, clinic, list(self.entries), list(self.changes))
        # Read for all packages at once; the book would ask for each.
        book.__dict__["moved_to"] = {
            uuid5(other.key, "out"): other
            for other in self.transfers
            if other.moved_from_id == self.package.pk
        }
        came_from = (other for other in self.transfers if other.pk == self.package.moved_from_id)
        book.__dict__["moved_from"] = next(came_from, None)
        return book


def _as_written(history: PackageHistory) -> Package:
    """A copy of the row with every field that the database moves set to what this history says."""
    package = copy.copy(history.package)
    last = history.entries[-1] if history.entries else None
    package.sessions_left = last.balance_after if last else ZERO
    package.sessions_used = last.used_after if last else ZERO
    package.value_left = last.value_after if last else ZERO
    package.entries_count = len(history.entries)
    package.paid = sum((amount for _at, amount in history.receipts), ZERO)
    package.set_aside = set_aside(history)
    package.frozen = frozen_days(history.changes)
    package.lifted = [change.clause for change in history.changes if change.kind == ChangeKind.LIFTED]
    package.state, package.valid_until = _standing(history)
    lines = [_line_as_written(line, history.entries) for line in history.package.lines.all()]
    package.paid_left = _paid_left(lines, history)
    _put_lines(package, lines)
    return package


def _standing(history: PackageHistory) -> tuple[str, Any]:
    """State and last valid day: what the last change left, or what the first change found."""
    if history.changes:
        last = history.changes[-1]
        return last.state_after, last.valid_until
    if history.later_change:
        return history.later_change.state_before, history.later_change.valid_until_before
    return history.package.state, history.package.valid_until


def set_aside(history: PackageHistory) -> Decimal:
    """Sessions in dispute: set aside and not decided."""
    return sum(
        (
            entry.taken
            for entry in history.entries
            if entry.kind == Kind.SET_ASIDE and entry.pk not in history.taken_back
        ),
        ZERO,
    )


def frozen_days(changes: Iterable[Change]) -> list[Any]:
    """The frozen days after these changes, each a range of one day: freezes add, thaws take away."""
    days: set[Any] = set()
    for change in changes:
        if change.kind not in {ChangeKind.FROZEN, ChangeKind.UNFROZEN}:
            continue
        assert change.first_day
        assert change.last_day
        length = (change.last_day - change.first_day).days + 1
        these = {change.first_day + n * ONE_DAY for n in range(length)}
        days = days | these if change.kind == ChangeKind.FROZEN else days - these
    return [Range(day, day + ONE_DAY) for day in sorted(days)]


def _line_as_written(line: PackageLine, entries: Sequence[Entry]) -> PackageLine:
    then = copy.copy(line)
    mine = [entry for entry in entries if entry.line_id == line.pk]
    then.sessions_left = mine[-1].line_after if mine else ZERO
    gone = -sum((entry.sessions for entry in mine if entry.kind in GONE), ZERO)
    then.lapsed = gone  # type: ignore[attr-defined]
    return then


def _paid_left(lines: Iterable[PackageLine], history: PackageHistory) -> Decimal:
    paid = {line.pk for line in lines if not line.is_bonus}
    aside = (
        entry.taken
        for entry in history.entries
        if entry.kind == Kind.SET_ASIDE and entry.pk not in history.taken_back and entry.line_id in paid
    )
    return sum((line.sessions_left for line in lines if line.pk in paid), ZERO) + sum(aside, ZERO)


def _put_lines(package: Package, lines: list[PackageLine]) -> None:
    """Make package.lines.all() answer with these: packages.eligibility reads prefetched lines."""
    kept: Any = package.lines.all()._chain()  # type: ignore[attr-defined]
    kept._result_cache = lines
    package._prefetched_objects_cache = {"lines": kept}  # type: ignore[attr-defined]
