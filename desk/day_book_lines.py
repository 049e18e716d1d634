"""The single lines of a day book, a page at a time, in the order in which they were recorded."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from . import day_book_lines_sql as sql
from .day_book import DayBook, rows

MOST_LATE = 100


@dataclass(frozen=True)
class Line:
    """Money that came in, became credit, was handed back or bounced; `book_on` is the day whose book it stands in."""

    id: UUID
    book_on: date
    branch_id: UUID
    stated_on: date
    recorded_at: datetime
    what: str
    method: str
    reference: str
    amount: Decimal
    by_id: UUID | None
    reason: str
    patient_id: UUID
    patient: str
    patient_number: int
    bills: list[dict[str, Any]]
    unapplied: Decimal

    @property
    def signed(self) -> Decimal:
        return -self.amount if self.what in {"handed_back", "bounced"} else self.amount


class Lines(Sequence[Line]):
    """The lines of a book; a slice is one query."""

    def __init__(self, book: DayBook) -> None:
        self.book = book

    def __len__(self) -> int:
        return self.book.count

    def __getitem__(self, asked: Any) -> Any:
        if not isinstance(asked, slice):
            return self[asked : asked + 1][0]
        start, stop, _step = asked.indices(len(self))
        found = rows(sql.LINES, self.book.days, limit=max(stop - start, 0), offset=start)
        return [Line(**_whole(row)) for row in found]


def late_lines(book: DayBook) -> list[Line]:
    """What was recorded for these days after their books were shut: the first of it."""
    return [Line(**_whole(row)) for row in rows(sql.LATE, book.days, limit=MOST_LATE)]


def _whole(row: dict[str, Any]) -> dict[str, Any]:
    bills = json.loads(row["bills"] or "[]")
    return {**row, "bills": [{**bill, "amount": Decimal(bill["amount"])} for bill in bills]}
