"""Dates as people write them in registers: 3/4/26, 03-04-2026, 3 Mar 2026, Excel's own numbers, Hindi months.

Whether 3/4 is 3 April or 4 March is decided once for the file, from the dates that can be only one of them.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from clinic.spelling import clean

from .errors import CellError
from .text import latin_digits

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january जनवरी",
            "feb february फरवरी फ़रवरी",
            "mar march मार्च",
            "apr april अप्रैल",
            "may मई",
            "jun june जून",
            "jul july जुलाई",
            "aug august अगस्त",
            "sep sept september सितंबर सितम्बर",
            "oct october अक्टूबर अक्तूबर",
            "nov november नवंबर नवम्बर",
            "dec december दिसंबर दिसम्बर",
        ),
        start=1,
    )
    for name in map(clean, names.split())
}
MONTH = "(?:" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\.?(?![^\W\d_])"
# A date of any notation; what stands between two of them is matched by GAP.
WRITTEN = re.compile(
    rf"""
      (?P<iso_year>\d{{4}})[-/.](?P<iso_month>\d{{1,2}})[-/.](?P<iso_day>\d{{1,2}})(?!\d)
    | (?P<first>\d{{1,2}})\s?[-/.]\s?(?P<second>\d{{1,2}})\s?[-/.]\s?(?P<year>\d{{4}}|\d{{2}})(?!\d)
    | (?P<day>\d{{1,2}})(?:st|nd|rd|th)?[\s\-/.]*(?P<month>{MONTH})(?:[\s\-/.,']*(?P<named_year>\d{{4}})(?!\d)
        |[\s\-/.']*(?P<short_year>\d{{2}})(?!\d|\s*[\-/.]?\s*{MONTH}|[/.\-]\d|st|nd|rd|th))?
    | (?P<us_month>{MONTH})\s*(?P<us_day>\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s*(?P<us_year>\d{{4}}))?(?!\d)
    | (?P<part_first>\d{{1,2}})[-/](?P<part_second>\d{{1,2}})(?![\d/.\-])
    """,
    re.VERBOSE,
)
TIME = re.compile(
    r"(?:t|\s+)(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?(?:\s?[ap]\.?m\.?)?(?:z|[+-]00:?00)?"
)
GAP = re.compile(r"(?:[\s,;|&+]|and|और|व)*")
EXCEL_BEGINS = date(1899, 12, 30)
# Excel's numbers of days from 2000 to 2079; smaller ones are rather counts.
EXCEL_DAYS = range(36_526, 65_746)
TWO_DIGITS_FROM = 2000


@dataclass(frozen=True)
class DateOrder:
    """What the dates of a file show: some can only be day/month, some only month/day."""

    day_first_seen: bool = False
    month_first_seen: bool = False

    @property
    def is_contradictory(self) -> bool:
        return self.day_first_seen and self.month_first_seen

    @property
    def month_first(self) -> bool:
        return self.month_first_seen and not self.day_first_seen


def date_order(cells: Iterable[str | date]) -> DateOrder:
    """Look through all cells with dates for those that leave no choice; no evidence means day first."""
    day_first = month_first = False
    for cell in cells:
        if isinstance(cell, str):
            for found in WRITTEN.finditer(_plain(cell)):
                first, second = (
                    int(found["first"] or found["part_first"] or 0),
                    int(found["second"] or found["part_second"] or 0),
                )
                day_first |= first > 12 >= second > 0
                month_first |= second > 12 >= first > 0
    return DateOrder(day_first, month_first)


def read_date(cell: str | date, order: DateOrder) -> date:
    """The one date in a cell. Raises `CellError` where there is none or two ways to read it."""
    if isinstance(cell, date):
        return cell
    dates = read_dates(cell, order)
    if len(dates) != 1:
        raise CellError(_("“%(text)s” is more than one date.") % {"text": cell})
    return dates[0]


def read_dates(cell: str | date, order: DateOrder, *, near: date | None = None) -> list[date]:
    """All dates in a cell, in their order; days without a year are the first such days from `near` on."""
    if isinstance(cell, date):
        return [cell]
    plain = _plain(cell)
    if plain.isdecimal() and int(plain) in EXCEL_DAYS:
        return [EXCEL_BEGINS + timedelta(days=int(plain))]
    found = list(WRITTEN.finditer(plain))
    ends, begins = [0, *(one.end() for one in found)], [*(one.start() for one in found), len(plain)]
    between = [plain[end:begin] for end, begin in zip(ends, begins, strict=True)]
    if not found or not all(GAP.fullmatch(gap) for gap in between):
        raise CellError(
            _("“%(text)s” is not a date. Write it like 31/05/2026 or 31 May 2026.") % {"text": cell}
        )
    return [_date(one, order, near) for one in found]


def _plain(cell: str) -> str:
    return TIME.sub(" ", latin_digits(clean(cell))).strip()


def _date(found: re.Match[str], order: DateOrder, near: date | None) -> date:
    """The day that one match means. Raises `CellError` for 31 February and for what may be two days."""
    text = found.group()
    parts = {name: value for name, value in found.groupdict().items() if value}
    if "iso_year" in parts:
        return _day(parts["iso_year"], int(parts["iso_month"]), int(parts["iso_day"]), text)
    year = next(
        (parts[kind] for kind in ("year", "named_year", "short_year", "us_year") if kind in parts), ""
    )
    name = parts.get("month") or parts.get("us_month")
    if name:
        month, day = MONTHS[name.rstrip(".")], int(parts.get("day") or parts["us_day"])
    else:
        first = int(parts.get("first") or parts["part_first"])
        second = int(parts.get("second") or parts["part_second"])
        day, month = _day_and_month(first, second, order, text)
    return _day(year, month, day, text) if year else _without_year(month, day, near, text)


def _day_and_month(first: int, second: int, order: DateOrder, text: str) -> tuple[int, int]:
    if first == second or first > 12:
        return first, second
    if second > 12:
        return second, first
    if order.is_contradictory:
        message = _("“%(text)s” may be day/month or month/day, and the file has dates of both kinds.")
        raise CellError(message % {"text": text})
    return (second, first) if order.month_first else (first, second)


def _day(year: str, month: int, day: int, text: str) -> date:
    try:
        return date(int(year) + (TWO_DIGITS_FROM if len(year) == 2 else 0), month, day)
    except ValueError as error:
        raise CellError(_("“%(text)s” is a day that does not exist.") % {"text": text}) from error


def _without_year(month: int, day: int, near: date | None, text: str) -> date:
    if near is None:
        raise CellError(_("“%(text)s” has no year.") % {"text": text})
    for year in range(near.year, near.year + 5):
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if found >= near:
            return found
    raise CellError(_("“%(text)s” is a day that does not exist.") % {"text": text})
