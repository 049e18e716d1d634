"""A report as a file for a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from django.http import HttpResponse

from .money import places
from .ui.words import session_count

# A cell that begins so is a formula to a spreadsheet.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
Cell = str | int | date | Decimal | None


def csv_answer(name: str, heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> HttpResponse:
    """`name`.csv: days as 2027-05-31, figures as they are, and no cell of text that is a formula."""
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    writer = csv.writer(answer)
    writer.writerow(heads)
    writer.writerows([_written(cell) for cell in row] for row in rows)
    return answer


def amount(money: Decimal, currency: str) -> Decimal:
    """Without the currency's sign, with as many digits as it has."""
    return Decimal(f"{money:.{places(currency)}f}")


def count(sessions: Decimal) -> Decimal:
    """4 for 4.0, 7.5 for 7.50."""
    return Decimal(session_count(sessions))


def _written(cell: Cell) -> str:
    if cell is None:
        return ""
    if not isinstance(cell, str):
        return str(cell)
    is_number = cell.lstrip("+-").isdigit()  # of a phone
    return f"'{cell}" if cell.startswith(FORMULA) and not is_number else cell
