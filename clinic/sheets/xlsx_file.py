"""Sheets as an XLSX workbook: cells of their type, totals as formulas, texts that stay texts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any

from django.utils.translation import gettext as _

from clinic.refusals import Refused

from .table import NUMBERS, Kind, Sheet, Totals, plain

LAST_ROW = 1_048_576
LONGEST_TEXT = 32_767
NARROWEST, WIDEST = 8, 48
NOT_IN_A_NAME = re.compile(r"[\[\]:*?/\\]")


class TooManyRows(Refused):
    def __init__(self) -> None:
        super().__init__(_("This is too long for a workbook. Take the CSV file, or ask for fewer days."))


def write_xlsx(file: IO[bytes], sheets: Iterable[Sheet]) -> None:
    """One worksheet for each sheet. Rows go to the disk as they come, so that long ones need no memory.

    Texts are written as texts, whatever they look like. Refuses more rows than a worksheet has (TooManyRows).
    """
    import xlsxwriter

    with xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
        names: set[str] = set()
        for sheet in sheets:
            _Page(book, sheet, _name(str(sheet.title), names)).write()


class _Page:
    """A worksheet while it is written, row by row."""

    def __init__(self, book: Any, sheet: Sheet, name: str) -> None:
        self.sheet = sheet
        self.page = book.add_worksheet(name)
        self.widths = [NARROWEST] * len(sheet.columns)
        money = "#,##0" + ("." + "0" * sheet.places if sheet.places else "")
        codes = {
            Kind.MONEY: money,
            Kind.DATE: "yyyy-mm-dd",
            Kind.MOMENT: "yyyy-mm-dd hh:mm",
            Kind.PERCENT: "0.0%",
        }
        plain_one = {kind: {"num_format": codes[kind]} if kind in codes else {} for kind in Kind}
        self.looks = {kind: book.add_format(look) for kind, look in plain_one.items()}
        self.sums = {
            kind: book.add_format({**look, "bold": True, "top": 1}) for kind, look in plain_one.items()
        }
        head = {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}
        self.heads = {False: book.add_format(head), True: book.add_format({**head, "align": "right"})}
        self.title = book.add_format({"bold": True, "font_size": 14})

    def write(self) -> None:
        above = [str(self.sheet.title), *map(str, self.sheet.notes)]
        for number, line in enumerate(above):
            self.page.write_string(number, 0, line[:LONGEST_TEXT], self.title if not number else None)
        top = len(above) + 1
        for number, column in enumerate(self.sheet.columns):
            self._text(top, number, str(column.label), self.heads[column.kind in NUMBERS])
        self.page.freeze_panes(top + 1, 0)
        self._finish(top, self._write_rows(top + 1))

    def _write_rows(self, first: int) -> int:
        """All rows and below them the totals; the number of the last row."""
        totals = Totals(self.sheet.columns)
        last = first - 1
        for last, row in enumerate(self.sheet.rows, start=first):
            if last >= LAST_ROW - 1:
                raise TooManyRows
            self._write_row(last, row, totals)
        if totals.sums:
            self._write_totals(first, last, totals)
        return last

    def _write_row(self, at: int, row: Sequence[Any], totals: Totals) -> None:
        pairs = zip(row, self.sheet.columns, strict=True)
        values = [plain(value, column.kind, self.sheet.places) for value, column in pairs]
        totals.add(values)
        for number, (value, column) in enumerate(zip(values, self.sheet.columns, strict=True)):
            self._cell(at, number, value, column.kind)

    def _write_totals(self, first: int, last: int, totals: Totals) -> None:
        from xlsxwriter.utility import xl_range

        for number, column in enumerate(self.sheet.columns):
            look = self.sums[column.kind]
            if number not in totals.sums:
                self._text(last + 1, number, str(self.sheet.total_label) if not number else "", look)
            elif last < first:
                self.page.write_number(last + 1, number, 0, look)
            else:
                formula = f"=SUM({xl_range(first, number, last, number)})"
                self.page.write_formula(last + 1, number, formula, look, float(totals.sums[number]))
                self._widen(number, len(f"{totals.sums[number]:,f}"))

    def _cell(self, at: int, number: int, value: Any, kind: Kind) -> None:
        look = self.looks[kind]
        match value:
            case None:
                return
            case Decimal():
                self._widen(number, len(f"{value:,f}"))
                self.page.write_number(
                    at, number, float(value / 100 if kind is Kind.PERCENT else value), look
                )
            case datetime():
                self._widen(number, 16)
                self.page.write_datetime(at, number, value, look)
            case date():
                self._widen(number, 11)
                self.page.write_datetime(at, number, datetime(value.year, value.month, value.day), look)  # noqa: DTZ001 - a day
            case _:
                self._text(at, number, value, look)

    def _text(self, at: int, number: int, text: str, look: Any) -> None:
        self._widen(number, len(text))
        self.page.write_string(at, number, text[:LONGEST_TEXT], look)

    def _widen(self, number: int, letters: int) -> None:
        self.widths[number] = max(self.widths[number], min(letters + 2, WIDEST))

    def _finish(self, top: int, last: int) -> None:
        """What is known at the end only: how wide the columns are, and how far the filter reaches."""
        for number, width in enumerate(self.widths):
            self.page.set_column(number, number, width)
        self.page.autofilter(top, 0, max(last, top), len(self.sheet.columns) - 1)


def _name(title: str, taken: set[str]) -> str:
    """A name for the tab, within what a workbook allows: 31 letters, some of them forbidden, no two alike."""
    plain_name = NOT_IN_A_NAME.sub(" ", title).strip().strip("'")[:31].strip() or "1"
    name, number = plain_name, 1
    while name.lower() in taken or name.lower() == "history":
        number += 1
        name = f"{plain_name[:26]} ({number})"
    taken.add(name.lower())
    return name
