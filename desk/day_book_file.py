"""The day book as a file for a spreadsheet: its tables one below the other."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from io import StringIO

from .day_book_asked import Asked
from .day_book_sheet import Sheet
from .day_book_tables import Cell

# A cell that begins so is a formula to a spreadsheet.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def book_csv(sheet: Sheet) -> str:
    """Every table with its title, each followed by an empty line; amounts without a currency's sign."""
    file = StringIO()
    writer = csv.writer(file)
    writer.writerow(_safe([sheet.title, sheet.place]))
    writer.writerows([_safe([each]) for each in sheet.standing])
    for table in sheet.whole:
        writer.writerow([])
        writer.writerow(_safe([str(table.title)]))
        writer.writerow(_safe([str(head.label) for head in table.heads]))
        writer.writerows([_row(row) for row in [*table.rows, *([table.foot] if table.foot else [])]])
    return file.getvalue()


def file_name(asked: Asked, kind: str) -> str:
    """day-book-2027-05-31.csv, day-book-2027-05-01-2027-05-31.pdf."""
    days = f"{asked.first}-{asked.last}" if asked.is_range else str(asked.first)
    return f"day-book-{days}.{kind}"


def _row(cells: Sequence[Cell]) -> list[str]:
    return [cell.plain if cell.amount is not None else _cell(cell.plain) for cell in cells]


def _safe(cells: Sequence[str]) -> list[str]:
    return [_cell(cell) for cell in cells]


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text
