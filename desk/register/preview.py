"""What the desk looks at before a register is entered: columns, figures, bad rows and the first good ones."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.utils.translation import get_language

from clinic.models import Clinic
from clinic.money import format_money
from clinic.phones import display_phone
from clinic.ui.words import day, session_count

from .columns import ColumnMap
from .furniture import pack_name
from .outcome import expected
from .register_row import RowProblem
from .rows import Reading
from .sorting import NewPack, sort_out
from .source import columns_of, reading_of
from .table import Table

FIRST, MOST_LISTED, LONGEST_TEXT = 10, 200, 300


def preview_of(table: Table, meanings: dict[str, str], *, clinic: Clinic, today: date) -> dict[str, Any]:
    """Plain values in the reader's language, ready for the page; nothing is written."""
    columns = columns_of(table, meanings)
    preview: dict[str, Any] = {
        "columns": _columns(table, columns),
        "ignored": list(columns.ignored),
        "column_problems": [problem.sentence for problem in columns.problems],
    }
    if columns.problems:
        return preview
    reading = reading_of(table, columns, clinic=clinic, as_of=today)
    work = sort_out(reading)
    return preview | {
        "expected": expected(work, clinic=clinic, today=today).as_json(),
        **_listed(table, reading, work.problems),
        "first": [_entered(pack, clinic) for pack in work.packs[:FIRST]],
    }


def _listed(table: Table, reading: Reading, problems: Iterable[RowProblem]) -> dict[str, Any]:
    """The bad rows with their own text, and the lines that are no packs."""
    problems = list(problems)
    wanted = {problem.line for problem in problems[:MOST_LISTED]}
    texts = {line.number: _text(line.cells) for line in table.rows if line.number in wanted}
    return {
        "problems": [vars(problem) | {"text": texts[problem.line]} for problem in problems[:MOST_LISTED]],
        "problem_count": len(problems),
        "skipped": [vars(line) for line in reading.skipped[:MOST_LISTED]],
    }


def _columns(table: Table, columns: ColumnMap) -> list[dict[str, Any]]:
    meaning = {place: str(column) for column, places in columns.places.items() for place in places}
    return [
        {
            "place": place,
            "heading": heading,
            "meaning": meaning.get(place, ""),
            "example": _example(table, place),
        }
        for place, heading in enumerate(table.headers)
    ]


def _example(table: Table, place: int) -> str:
    """The first cell below the heading that is filled."""
    cells = (line.cells[place] for line in table.rows[:50] if place < len(line.cells))
    return next((_shown(cell)[:60] for cell in cells if cell), "")


def _entered(pack: NewPack, clinic: Clinic) -> dict[str, Any]:
    row = pack.row
    return {
        "line": row.line,
        "name": row.name,
        "is_new": pack.person.is_new,
        "phone": display_phone(row.phone, clinic.country) if row.phone else "",
        "package": pack_name(row),
        "service": row.service,
        "sold": session_count(row.sold),
        "used": session_count(row.used),
        "left": session_count(row.left),
        "price": ""
        if row.price is None
        else format_money(row.price, clinic.currency, get_language() or "en-in"),
        "valid_until": day(row.valid_until),
        "visits": len(row.visits),
    }


def _text(cells: Iterable[Any]) -> str:
    return " · ".join(_shown(cell) for cell in cells if cell)[:LONGEST_TEXT]


def _shown(cell: Any) -> str:
    return day(cell) if isinstance(cell, date) else str(cell)
