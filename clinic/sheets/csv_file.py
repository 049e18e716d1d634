"""Sheets as one CSV file, one below the other."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TextIO

from clinic.csv_files import quoted

from .table import Sheet, Totals, plain


def write_csv(file: TextIO, sheets: Iterable[Sheet]) -> None:
    """Title, notes, heads, rows and totals of each sheet, with an empty line between them.

    Amounts are plain numbers, days are 2027-05-31, moments 2027-05-31 14:30, and no text can be taken for a formula.
    """
    writer = csv.writer(file)
    for number, sheet in enumerate(sheets):
        if number:
            writer.writerow([])
        _write_sheet(writer, sheet)


def _write_sheet(writer: Any, sheet: Sheet) -> None:
    writer.writerows([quoted(str(line))] for line in (sheet.title, *sheet.notes))
    writer.writerow([quoted(str(column.label)) for column in sheet.columns])
    totals = Totals(sheet.columns)
    for row in sheet.rows:
        values = _values(sheet, row)
        totals.add(values)
        writer.writerow([_cell(value) for value in values])
    if totals.sums:
        label = quoted(str(sheet.total_label))
        sums = [totals.sums.get(number) for number in range(len(sheet.columns))]
        row = [
            plain(value, column.kind, sheet.places) for value, column in zip(sums, sheet.columns, strict=True)
        ]
        writer.writerow([_cell(value) or (label if not number else "") for number, value in enumerate(row)])


def _values(sheet: Sheet, row: Sequence[Any]) -> list[Any]:
    pairs = zip(row, sheet.columns, strict=True)
    return [plain(value, column.kind, sheet.places) for value, column in pairs]


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case Decimal():
            return f"{value:f}"
        case datetime():
            return f"{value:%Y-%m-%d %H:%M}"
        case date():
            return value.isoformat()
    return quoted(value)
