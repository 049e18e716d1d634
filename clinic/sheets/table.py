"""A table as a spreadsheet takes it: what its columns hold, and its rows as they come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum, auto
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise

from clinic.money import places, rounded

Words = str | Promise


class Kind(Enum):
    """What a column holds; whatever it is, None is an empty cell."""

    TEXT = auto()
    SESSIONS = auto()  # a Decimal or an int; other things that are counted too
    MONEY = auto()  # a Decimal in the sheet's currency
    DATE = auto()
    MOMENT = auto()  # a datetime; written as the clinic's clock shows it
    PERCENT = auto()  # a Decimal: 12.5 is 12.5 %


NUMBERS = frozenset({Kind.SESSIONS, Kind.MONEY, Kind.PERCENT})


@dataclass(frozen=True, slots=True)
class Column:
    """`adds_up` puts the sum of the column below it."""

    label: Words
    kind: Kind = Kind.TEXT
    adds_up: bool = False

    def __post_init__(self) -> None:
        if self.adds_up and self.kind not in {Kind.SESSIONS, Kind.MONEY}:
            raise ValueError(f"{self.kind} does not add up")


@dataclass(frozen=True, slots=True)
class Sheet:
    """`rows` are read once, as the file is written; `notes` stand above the table, such as the day it is of."""

    title: Words
    columns: Sequence[Column]
    rows: Iterable[Sequence[Any]]
    currency: str
    notes: Sequence[Words] = ()
    total_label: Words = ""

    @property
    def places(self) -> int:
        return places(self.currency)

    @property
    def has_totals(self) -> bool:
        return any(column.adds_up for column in self.columns)


def plain(value: Any, kind: Kind, digits: int) -> Any:
    """The value as a file holds it: a text, a Decimal of so many digits, a date, a moment without zone, or None."""
    if value is None or value == "":
        return None
    match kind:
        case Kind.MONEY:
            return rounded(Decimal(value), digits)
        case Kind.SESSIONS:
            return Decimal(value).normalize()
        case Kind.PERCENT:
            return Decimal(value).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
        case Kind.DATE if isinstance(value, date):
            return value
        case Kind.MOMENT if isinstance(value, datetime):
            return timezone.make_naive(value) if timezone.is_aware(value) else value
        case Kind.TEXT:
            return str(value)
    raise TypeError(f"{value!r} is no {kind.name.lower()}")


class Totals:
    """Adds up what is written, column by column."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.sums = {number: Decimal(0) for number, column in enumerate(columns) if column.adds_up}

    def add(self, values: Sequence[Any]) -> None:
        for number in self.sums:
            self.sums[number] += values[number] or 0
