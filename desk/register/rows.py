"""The rows of a register: every line becomes a `RegisterRow`, or says in sentences why it cannot."""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from clinic.spelling import clean

from .cells import blank
from .columns import Column, ColumnMap
from .dates import DateOrder, date_order
from .keys import with_keys
from .line import Context, LineReader
from .register_row import RegisterRow, RowProblem
from .table import Line, Table

TOTALS = frozenset({"total", "totals", "grand total", "sub total", "subtotal", "कुल", "कुल योग", "योग"})
DATES = (Column.BOUGHT_ON, Column.VALID_UNTIL, Column.VISITS, Column.AGREED_ON)


@dataclass(frozen=True)
class SkippedLine:
    """A line that is no pack: blank, or the sums below the table."""

    line: int
    sentence: str


@dataclass(frozen=True)
class Reading:
    rows: tuple[RegisterRow, ...]
    problems: tuple[RowProblem, ...]
    skipped: tuple[SkippedLine, ...]


def read_rows(table: Table, columns: ColumnMap, *, country: str, currency: str, today: date) -> Reading:
    """Read every line; `today` is the clinic's, and no purchase or visit lies after it.

    Refuses (ValueError) columns that have problems: without them no line could be understood.
    """
    if columns.problems:
        raise ValueError(columns.problems[0].sentence)
    context = Context(columns, _order(table, columns), country, currency, today, table.is_sheet)
    rows: list[RegisterRow] = []
    problems: list[RowProblem] = []
    skipped: list[SkippedLine] = []
    for line in table.rows:
        if reason := _no_pack(line, columns):
            skipped.append(SkippedLine(line.number, reason))
            continue
        reader = LineReader(line, context)
        row = reader.row()
        problems.extend(reader.problems)
        rows.extend([row] if row else [])
    return Reading(tuple(with_keys(rows)), tuple(problems), tuple(skipped))


def _order(table: Table, columns: ColumnMap) -> DateOrder:
    places = [place for column in DATES for place in columns.places.get(column, ())]
    return date_order(line.cells[place] for line in table.rows for place in places if place < len(line.cells))


def _no_pack(line: Line, columns: ColumnMap) -> str:
    """Why the line is passed over, or nothing."""
    serial = columns.places.get(Column.ROW_NUMBER, ())
    filled = [cell for place, cell in enumerate(line.cells) if not blank(cell) and place not in serial]
    if not filled:
        return _("The line is blank.")
    if clean(str(filled[0])).strip(" :") in TOTALS:
        return _("The line holds totals and not a package.")
    return ""
