"""A table kept in the database between looking at it and entering it."""

from __future__ import annotations

import json
import zlib
from datetime import date
from typing import Any

from .table import Cell, Line, Table


def packed(table: Table) -> bytes:
    rows = [[line.number, [_plain(cell) for cell in line.cells]] for line in table.rows]
    facts = {"headers": table.headers, "is_sheet": table.is_sheet, "rows": rows}
    return zlib.compress(json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode())


def unpacked(content: bytes) -> Table:
    facts = json.loads(zlib.decompress(content))
    rows = tuple(Line(number, tuple(map(_cell, cells))) for number, cells in facts["rows"])
    return Table(tuple(facts["headers"]), rows, facts["is_sheet"])


def _plain(cell: Cell) -> str | list[str]:
    """A date is told from a text that looks like one by being a list."""
    return [cell.isoformat()] if isinstance(cell, date) else cell


def _cell(plain: Any) -> Cell:
    return date.fromisoformat(plain[0]) if isinstance(plain, list) else str(plain)
