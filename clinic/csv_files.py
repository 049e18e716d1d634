"""A report as a file for a spreadsheet."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from django.http import HttpResponse

from .money import places
from .ui.words import session_count

# A cell that begins so is a formula to a spreadsheet.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
PHONE = re.compile(r"\+[0-9]{7,15}")
# Without it Excel takes the file for one of Windows' own code pages, and a name in Hindi is rubbish.
BYTE_ORDER_MARK = "\ufeff"
Cell = str | int | date | Decimal | None


def csv_answer(name: str, heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> HttpResponse:
    """`name`.csv: days as 2027-05-31, figures as they are, and no cell of text that is a formula."""
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    answer.write(BYTE_ORDER_MARK)
    writer = csv.writer(answer)
    writer.writerow(heads)
    writer.writerows([_written(cell) for cell in row] for row in rows)
    return answer


def quoted(text: str) -> str:
    """The text, with a quote before it where it would be a formula; the number of a phone is none."""
    return f"'{text}" if text.startswith(FORMULA) and not PHONE.fullmatch(text) else text


def amount(money: Decimal, currency: str) -> Decimal:
    """Without the currency's sign, with as many digits as it has."""
    return Decimal(f"{money:.{places(currency)}f}")


def count(sessions: Decimal) -> Decimal:
    """4 for 4.0, 7.5 for 7.50."""
    return Decimal(session_count(sessions))


def _written(cell: Cell) -> str:
    if cell is None:
        return ""
    return quoted(cell) if isinstance(cell, str) else str(cell)
