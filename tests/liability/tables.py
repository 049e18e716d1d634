"""The tables of a docstring, read: what is written there by hand is what the tests compare with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

ONE_DAY = timedelta(days=1)
# In the order of the columns.
ROWS = (
    "brought_in", "sold", "received", "reinstated", "reversed", "used", "refunded", "expired", "transferred",
    "adjusted", "difference",
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """A line of a table: what was there before, what changed by row, what is there after, and what stands beside."""

    opening: Decimal
    changes: dict[str, Decimal]
    closing: Decimal
    beside: tuple[Decimal, ...]


def table(text: str, title: str) -> dict[str, Line]:
    """The lines under a title, up to an empty one, by their first words; a dot is nothing."""
    (_, below), width = text.split(f"{title}\n"), len(ROWS)
    found = {}
    for row in below.split("\n\n")[0].splitlines()[1:]:
        words = row.split()
        cells = [number(word) for word in words if is_number(word)]
        if words[0].isdigit():  # "2 Jan" begins with a number of its own
            cells = cells[1:]
        name = " ".join(words[: len(words) - len(cells)])
        changes = dict(zip(ROWS, cells[1 : width + 1], strict=True))
        found[name] = Line(cells[0], changes, cells[width + 1], tuple(cells[width + 2 :]))
    return found


def is_number(word: str) -> bool:
    return word == "·" or word.lstrip("-").replace(".", "", 1).replace(",", "").isdigit()


def number(word: str) -> Decimal:
    return Decimal(0) if word == "·" else Decimal(word.replace(",", ""))


def by_day(lines: dict[str, Line], year: int) -> dict[date, Line]:
    """The same by date."""
    return {day_of(name, year): line for name, line in lines.items()}


def day_of(name: str, year: int) -> date:
    return datetime.strptime(f"{name} {year}", "%d %b %Y").date()  # noqa: DTZ007
