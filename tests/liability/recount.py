"""What is owed, counted anew from the raw rows in plain Python: by the definition and not by the program.

Of each package the postings up to a day are taken by day, and of a day in a fixed order. After every step
owed = max(0, min(received − value used, value left)), and what that changed belongs to the row of the step.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from packages.models import Change, Entry, Package, Receipt

ZERO, ONE_DAY = Decimal(0), timedelta(days=1)
# The order of a day's steps, and the row that each belongs to.
STEPS = {
    "opened": "brought_in", "sold": "sold", "moved_in": "transferred", "received": "received",
    "reinstated": "reinstated", "used": "used", "reversed": "reversed", "moved_out": "transferred",
    "adjusted": "adjusted", "expired": "expired", "refunded": "refunded", "taken_back": "received",
}  # fmt: skip
STEP_OF = {
    "opening": "opened", "sold": "sold", "bonus": "sold", "used": "used", "used_partly": "used", "no_show": "used",
    "late_cancel": "used", "reversed": "reversed", "expired": "expired", "adjusted": "adjusted",
    "reinstated": "reinstated", "refunded": "refunded", "transferred_out": "moved_out", "transferred_in": "moved_in",
}  # fmt: skip
ORDER = list(STEPS)
USES = {"used", "used_partly", "no_show", "late_cancel", "reversed"}


@dataclass(frozen=True)
class Posting:
    """What one raw row moves: sessions, the value that is left, and the cover: what was received and not used."""

    package: UUID
    on: date
    step: str
    recorded_at: datetime
    sessions: Decimal = ZERO
    left: Decimal = ZERO
    cover: Decimal = ZERO
    paid_back: Decimal = ZERO
    free: Decimal = ZERO


@dataclass
class Standing:
    """A package at the end of a day."""

    sessions: Decimal = ZERO
    left: Decimal = ZERO
    cover: Decimal = ZERO
    free: Decimal = ZERO

    @property
    def owed(self) -> Decimal:
        return max(ZERO, min(self.cover, self.left))

    @property
    def owing(self) -> Decimal:
        return max(ZERO, -self.cover)

    def take(self, posting: Posting) -> None:
        self.sessions += posting.sessions
        self.left += posting.left
        self.cover += posting.cover
        self.free += posting.free


class Recount:
    """Everything that the active clinic has written, read once."""

    def __init__(self, closed: Iterable[tuple[date, datetime]] = ()) -> None:
        """`closed`: the last days of months that were closed, and when."""
        self.closed = list(closed)
        self.packages: dict[UUID, Package] = {each.pk: each for each in Package.objects.all()}
        self.entries = list(Entry.objects.select_related("line").order_by("package", "number"))
        self.receipts = list(Receipt.objects.all())
        self.postings = sorted(
            [*self._of_entries(), *self._of_receipts()], key=lambda p: (p.on, ORDER.index(p.step))
        )

    def posted_on(self, happened_on: date, recorded_at: datetime) -> date:
        """The day itself, or the first day of the month that was open when it was recorded."""
        shut = [last for last, at in self.closed if at < recorded_at]
        return max([happened_on, *(last + ONE_DAY for last in shut)])

    def _of_entries(self) -> Iterator[Posting]:
        """A session in dispute is still owed: setting it aside takes nothing, and what ends that gives nothing."""
        refunds, asides = self._paid_back(), {entry.pk for entry in self.entries if entry.kind == "set_aside"}
        for entry in self.entries:
            if entry.kind == "set_aside" or entry.reverses_id in asides:
                continue
            pack, cover = self.packages[entry.package_id], ZERO
            if entry.kind in USES:
                cover = entry.value
            elif entry.kind == "opening":
                cover = pack.paid_before - (pack.price - entry.value)
            elif entry.kind in {"transferred_out", "transferred_in"}:
                cover = entry.value
            yield Posting(
                entry.package_id,
                self.posted_on(entry.happened_on, entry.recorded_at),
                STEP_OF[entry.kind],
                entry.recorded_at,
                entry.sessions,
                entry.value,
                cover,
                refunds.pop((entry.package_id, entry.happened_on), ZERO)
                if entry.kind == "refunded"
                else ZERO,
                entry.sessions if entry.line.is_bonus or not pack.price else ZERO,
            )

    @staticmethod
    def _paid_back() -> dict[tuple[UUID, date], Decimal]:
        found: dict[tuple[UUID, date], Decimal] = defaultdict(Decimal)
        for change in Change.objects.filter(kind="refunded"):
            found[change.package_id, change.happened_on] += change.amount or ZERO
        return found

    def _of_receipts(self) -> Iterator[Posting]:
        sold = {
            entry.package_id: self.posted_on(entry.happened_on, entry.recorded_at)
            for entry in self.entries
            if entry.number == 1
        }
        for row in self.receipts:
            on = self.posted_on(row.received_on, row.recorded_at)
            if row.amount < 0:
                step = "taken_back"
            elif on == sold.get(row.package_id):
                step = "opened" if self.packages[row.package_id].is_opening else "sold"
            else:
                step = "received"
            yield Posting(row.package_id, on, step, row.recorded_at, cover=row.amount)

    # What it comes to

    def standing(self, day: date, known_by: datetime | None = None) -> dict[UUID, Standing]:
        found: dict[UUID, Standing] = defaultdict(Standing)
        for posting in self.postings:
            if posting.on <= day and (known_by is None or posting.recorded_at < known_by):
                found[posting.package].take(posting)
        return found

    def told(self, day: date, known_by: datetime | None = None) -> tuple[Any, ...]:
        """Value, sessions, owed by patients, packages and patients at the end of a day."""
        found = self.standing(day, known_by)
        held = [package for package, each in found.items() if each.sessions > 0]
        return (
            sum((each.owed for each in found.values()), ZERO),
            sum((each.sessions for each in found.values()), ZERO),
            sum((each.owing for each in found.values()), ZERO),
            len(held),
            len({self.packages[package].patient_id for package in held}),
        )

    def changes(self, first: date, last: date) -> dict[str, tuple[Decimal, Decimal]]:
        """Value and sessions by row; rows in which nothing happened are left out."""
        value, sessions = defaultdict[str, Decimal](Decimal), defaultdict[str, Decimal](Decimal)
        standing = self.standing(first - ONE_DAY)
        for posting in self.postings:
            if not first <= posting.on <= last:
                continue
            pack, row = standing[posting.package], STEPS[posting.step]
            before = pack.owed
            pack.take(posting)
            value[row] += pack.owed - before
            sessions[row] += posting.sessions
            if posting.step == "refunded":  # what was released beyond what was paid back
                value["difference"] += pack.owed - before + posting.paid_back
                value["refunded"] -= pack.owed - before + posting.paid_back
        # The two sides of a transfer come to nothing, but for a coin now and then.
        value["difference"] += value.pop("transferred", ZERO)
        rows = {*value, *sessions}
        return {row: (value[row], sessions[row]) for row in rows if value[row] or sessions[row]}
