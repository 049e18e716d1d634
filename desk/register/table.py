"""A file of any usual kind as a table: headings and numbered lines of cells, within limits."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.utils.translation import gettext as _

from .columns import heading_score
from .delimited import read_delimited
from .errors import ReadError
from .workbook import read_workbook

__all__ = ["Cell", "Line", "ReadError", "Table", "read_table"]

LARGEST_FILE = 20 * 1024 * 1024
MOST_ROWS = 50_000
MOST_COLUMNS = 200
# A clinic's name and the like may stand above the headings.
HEADINGS_WITHIN = 20
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
NO_TABLE = {
    b"%PDF": "PDF",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF8": "GIF",
    b"Rar!": "RAR",
    b"\x1f\x8b": "GZIP",
    b"7z\xbc\xaf": "7z",
    b"{\\rtf": "RTF",
}

Cell = str | date


@dataclass(frozen=True)
class Line:
    """One line of the table; `number` is what the program that wrote the file shows beside it."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Table:
    headers: tuple[str, ...]
    rows: tuple[Line, ...]
    is_sheet: bool = False


def read_table(source: Path | str | bytes, filename: str = "") -> Table:
    """Open a CSV, XLSX, XLS or ODS file by what it is, whatever it is called.

    Raises `ReadError` with a sentence where it is none of these, is damaged or protected, or is larger than
    20 MB, 50,000 rows or 200 columns.
    """
    content = _content(source)
    name = filename or (Path(source).name if not isinstance(source, bytes) else _("the file"))
    is_sheet = content.startswith((ZIP, OLE))
    _refuse_other_kinds(content, name)
    lines = [Line(*line) for line in (read_workbook(content) if is_sheet else read_delimited(content))]
    return _with_headings([line for line in lines if any(line.cells)], is_sheet)


def _content(source: Path | str | bytes) -> bytes:
    """The bytes of the file; its size is looked at before it is read."""
    size = len(source) if isinstance(source, bytes) else Path(source).stat().st_size
    if size > LARGEST_FILE:
        message = _(
            "The file has %(size)d MB; at most %(largest)d MB can be read. Split it into several files."
        )
        raise ReadError(message % {"size": size // 1024**2, "largest": LARGEST_FILE // 1024**2})
    content = source if isinstance(source, bytes) else Path(source).read_bytes()
    if not content.strip(b"\x00\t\r\n \xef\xbb\xbf\xff\xfe"):
        raise ReadError(_("The file is empty."))
    return content


def _refuse_other_kinds(content: bytes, name: str) -> None:
    start = content[:512].lstrip()
    kind = next((kind for magic, kind in NO_TABLE.items() if start.startswith(magic)), "")
    if not kind and start.lower().startswith((b"<html", b"<!doctype", b"<table", b"<?xml")):
        kind = _("web page")
    if kind:
        message = _("“%(name)s” is a %(kind)s file. Save the register as XLSX or CSV and try again.")
        raise ReadError(message % {"name": name, "kind": kind})


def _with_headings(lines: list[Line], is_sheet: bool) -> Table:
    if not lines:
        raise ReadError(_("The file is empty."))
    at = max(range(min(HEADINGS_WITHIN, len(lines))), key=lambda index: (_score(lines[index].cells), -index))
    headers = tuple(str(cell) for cell in _without_blank_end(lines[at].cells))
    if at + 1 == len(lines):
        raise ReadError(_("The file has a line of headings and no rows below it."))
    # Spreadsheets that were printed repeat their headings on each page.
    rows = tuple(line for line in lines[at + 1 :] if _without_blank_end(line.cells) != headers)
    _refuse_too_large(rows)
    return Table(headers, rows, is_sheet)


def _refuse_too_large(lines: tuple[Line, ...]) -> None:
    if len(lines) > MOST_ROWS:
        message = _("The file has more than %(most)d rows. Split it into several files.")
        raise ReadError(message % {"most": MOST_ROWS})
    wide = next((line for line in lines if len(_without_blank_end(line.cells)) > MOST_COLUMNS), None)
    if wide:
        message = _("Line %(line)d has more than %(most)d columns.")
        raise ReadError(message % {"line": wide.number, "most": MOST_COLUMNS})


def _score(cells: Iterable[Cell]) -> int:
    return heading_score(str(cell) for cell in cells if cell)


def _without_blank_end(cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
    end = len(cells)
    while end and not cells[end - 1]:
        end -= 1
    return cells[:end]
