"""Reads a spreadsheet from standard input; prints one JSON line [number, cells] for every line that has any.

A cell is a text, or [day] for a date. Run by `workbook.py` as a script of its own: it imports nothing of the
project. Ends with 3 for a damaged file, 4 for one with a password, 5 for one that is too large.
"""

import io
import json
import sys
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

DAMAGED, PROTECTED, TOO_LARGE = 3, 4, 5
MEMORY = 512 * 1024 * 1024
PROCESSOR_SECONDS = 50
MOST_LINES = 50_050
MOST_CELLS = 200
MOST_TEXT = 40_000_000


def limit_resources() -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limits
        return
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, PROCESSOR_SECONDS),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))


def main() -> int:
    limit_resources()
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
        return write_lines(first_lines(workbook))
    except PasswordError:
        return PROTECTED
    except (CalamineError, OSError, ValueError):
        return DAMAGED
    except MemoryError:
        return TOO_LARGE


def first_lines(workbook: Any) -> Iterator[list[Any]]:
    """The rows of the first sheet that can be seen and is not empty."""
    for index, sheet in enumerate(workbook.sheets_metadata):
        if str(sheet.visible).endswith("Visible") and str(sheet.typ).endswith("WorkSheet"):
            rows = workbook.get_sheet_by_index(index)
            if rows.height:
                yield from rows.iter_rows()
                return


def write_lines(rows: Iterator[list[Any]]) -> int:
    lines = length = 0
    for number, row in enumerate(rows, start=1):
        cells = [as_cell(value) for value in row]
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            continue
        lines += 1
        length += sum(len(cell) for cell in cells)
        if lines > MOST_LINES or len(cells) > MOST_CELLS or length > MOST_TEXT:
            return TOO_LARGE
        print(json.dumps([number, cells]))
    return 0


def as_cell(value: object) -> str | list[str]:
    """Numbers as they would be typed: a phone arrives as the float 9820012345.0."""
    match value:
        case bool():
            return "TRUE" if value else "FALSE"
        case datetime():
            return [value.date().isoformat()]
        case date():
            return [value.isoformat()]
        case time() | timedelta():
            return str(value)
        case float() | int():
            number = Decimal(repr(value))
            return f"{number.normalize():f}" if number.is_finite() and number.adjusted() < 30 else str(value)
        case _:
            return str(value)


if __name__ == "__main__":
    sys.exit(main())
