"""One line of a register, cell by cell; what cannot be read is a problem, and all problems are named."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from . import cells
from .columns import Column, ColumnMap
from .counts import CountError, Counts
from .dates import DateOrder, read_date, read_dates
from .errors import CellError
from .register_row import RegisterRow, RowProblem
from .table import Cell, Line

Read = TypeVar("Read")

LONGEST_WORDS, LONGEST_NOTE, LONGEST_NUMBER = 120, 2000, 30
EARLIEST = date(2000, 1, 1)
MOST_YEARS_VALID = 20
LONGEST_QUOTE = 80


@dataclass(frozen=True)
class Context:
    """What is the same for all lines of a file."""

    columns: ColumnMap
    order: DateOrder
    country: str
    currency: str
    today: date
    is_sheet: bool


class LineReader:
    """Reads a line into a row and collects in `problems` what stands in the way."""

    def __init__(self, line: Line, context: Context) -> None:
        self.line = line
        self.context = context
        self.problems: list[RowProblem] = []

    def row(self) -> RegisterRow | None:
        """The row, or None where anything on the line is a problem."""
        name = self._read(Column.NAME, cells.read_name) or self._no_name()
        bought_on = self._read(Column.BOUGHT_ON, self._past_date)
        visits, ticks = self._visits(bought_on)
        plan = self._words(Column.PLAN)
        counts = self._counts(plan, len(visits) + ticks)
        price, paid = self._money()
        phones = self._phones()
        row = RegisterRow(
            line=self.line.number,
            name=name,
            sold=counts.sold or Decimal(0),
            used=counts.used or Decimal(0),
            left=counts.left or Decimal(0),
            phone=phones[0] if phones else "",
            other_phones=tuple(phones[1:]),
            plan=plan,
            price=price,
            paid=paid,
            bought_on=bought_on,
            valid_until=self._valid_until(bought_on),
            visits=tuple(sorted(visits)),
            **self._more(),
        )
        return None if self.problems else row

    def _more(self) -> dict[str, Any]:
        """The cells that hang on no other."""
        return {
            "email": self._read(Column.EMAIL, cells.read_email) or "",
            "patient_number": self._words(Column.PATIENT_NUMBER, LONGEST_NUMBER),
            "age": self._read(Column.AGE, cells.read_age),
            "service": self._words(Column.SERVICE),
            "therapist": self._words(Column.THERAPIST),
            "note": self._note(),
            "agreed_on": self._read(Column.AGREED_ON, self._past_date),
        }

    def _cell(self, place: int) -> Cell:
        return self.line.cells[place] if place < len(self.line.cells) else ""

    def _filled(self, column: Column) -> list[Cell]:
        """The cells of the column that are not blank; most columns are there once or not at all."""
        found = (self._cell(place) for place in self.context.columns.places.get(column, ()))
        return [cell for cell in found if not cells.blank(cell)]

    def _problem(self, column: Column | None, cell: Cell, sentence: str) -> None:
        header = self.context.columns.header(column) if column else ""
        self.problems.append(RowProblem(self.line.number, header, str(cell)[:LONGEST_QUOTE], sentence))

    def _try(self, column: Column, cell: Cell, reader: Callable[[Cell], Read]) -> Read | None:
        try:
            return reader(cell)
        except CellError as error:
            self._problem(column, cell, str(error))
            return None

    def _read(self, column: Column, reader: Callable[[Cell], Read]) -> Read | None:
        filled = self._filled(column)
        return self._try(column, filled[0], reader) if filled else None

    def _words(self, column: Column, most: int = LONGEST_WORDS) -> str:
        return self._read(column, lambda cell: cells.read_text(cell, most=most)) or ""

    def _no_name(self) -> str:
        if not self._filled(Column.NAME):
            self._problem(Column.NAME, "", _("The patient's name is missing."))
        return ""

    def _phones(self) -> list[str]:
        country = self.context.country
        read = (
            self._try(Column.PHONE, cell, lambda cell: cells.read_phones(cell, country))
            for cell in self._filled(Column.PHONE)
        )
        return list(dict.fromkeys(phone for phones in read for phone in phones or ()))

    def _note(self) -> str:
        """All remarks; in a spreadsheet also what stands beyond the headings, which in a CSV is a mistake."""
        remarks = [*self._filled(Column.NOTE)]
        beyond = [
            cell for cell in self.line.cells[len(self.context.columns.headers) :] if not cells.blank(cell)
        ]
        if beyond and not self.context.is_sheet:
            sentence = _(
                "The line has more values than there are headings; is a comma missing its quotation marks?"
            )
            self._problem(None, beyond[0], sentence)
        elif beyond:
            remarks += beyond
        note = "; ".join(cell.isoformat() if isinstance(cell, date) else cell for cell in remarks)
        if len(note) > LONGEST_NOTE:
            self._problem(
                Column.NOTE,
                note,
                _("The remark is too long: at most %(most)d letters fit.") % {"most": LONGEST_NOTE},
            )
        return note

    def _money(self) -> tuple[Decimal | None, Decimal | None]:
        """Price and payment; what is said to be due fills in for a payment that is not."""
        currency = self.context.currency
        price = self._read(Column.PRICE, lambda cell: cells.read_amount(cell, currency))
        paid = self._read(Column.PAID, lambda cell: cells.read_paid(cell, price, currency))
        due = self._read(Column.DUE, lambda cell: cells.read_amount(cell, currency))
        if price is not None and paid is None and due is not None and not self._filled(Column.PAID):
            paid = price - due
        if price is not None and paid is not None and not 0 <= paid <= price:
            self._problem(
                Column.PAID,
                str(paid),
                _("More is paid or due than the price of %(price)s.") % {"price": price},
            )
        elif price is not None and paid is not None and due is not None and paid + due != price:
            message = _("%(paid)s paid and %(due)s due do not make the price of %(price)s.")
            self._problem(Column.DUE, str(due), message % {"paid": paid, "due": due, "price": price})
        return price, paid

    def _past_date(self, cell: Cell) -> date:
        day = read_date(cell, self.context.order)
        self._refuse_outside(day, self.context.today)
        return day

    def _purchase_is_unreadable(self, bought_on: date | None) -> bool:
        """Then what is counted from the day of purchase would only be a second sentence about it."""
        return bought_on is None and bool(self._filled(Column.BOUGHT_ON))

    def _refuse_outside(self, day: date, last: date) -> None:
        if not EARLIEST <= day <= last:
            message = _("%(day)s cannot be right: it is not between %(first)s and %(last)s.")
            raise CellError(message % {"day": day, "first": EARLIEST, "last": last})

    def _valid_until(self, bought_on: date | None) -> date | None:
        def reader(cell: Cell) -> date:
            day = cells.read_duration(cell, bought_on) or read_date(cell, self.context.order)
            self._refuse_outside(
                day, self.context.today.replace(day=1, year=self.context.today.year + MOST_YEARS_VALID)
            )
            if bought_on and day < bought_on:
                raise CellError(_("It ends on %(day)s, before it was bought.") % {"day": day})
            return day

        return None if self._purchase_is_unreadable(bought_on) else self._read(Column.VALID_UNTIL, reader)

    def _visits(self, bought_on: date | None) -> tuple[list[date], int]:
        """The dates of visits that the line lists, and how many more are only ticked off or counted."""
        days: list[date] = []
        ticks = 0
        if self._purchase_is_unreadable(bought_on):
            return days, ticks
        for cell in self._filled(Column.VISITS):
            if cells.is_tick(cell):
                ticks += 1
            elif isinstance(cell, str) and cell.isdecimal() and len(cell) <= 3:
                ticks += int(cell)
            else:
                days += self._try(Column.VISITS, cell, lambda cell: self._past_dates(cell, bought_on)) or []
        return days, ticks

    def _past_dates(self, cell: Cell, bought_on: date | None) -> list[date]:
        days = read_dates(cell, self.context.order, near=bought_on)
        for day in days:
            self._refuse_outside(day, self.context.today)
            if bought_on and day < bought_on:
                raise CellError(_("A visit on %(day)s lies before the purchase.") % {"day": day})
        return days

    def _counts(self, plan: str, listed: int) -> Counts:
        """The settled numbers of sessions; nothing where they cannot be settled, which is a problem then."""
        before = len(self.problems)
        out_of = next(filter(None, map(cells.read_out_of, self._filled(Column.USED))), None)
        used, of = out_of or (self._read(Column.USED, cells.read_count), None)
        sold = self._read(Column.SOLD, cells.read_count)
        left = self._read(Column.LEFT, cells.read_count)
        visits = listed if Column.VISITS in self.context.columns.places else None
        counts = Counts(sold if sold is not None else of or cells.sessions_in_plan(plan), used, left, visits)
        if len(self.problems) > before:
            return Counts()
        try:
            if of and counts.sold != of:
                raise CountError(
                    Column.USED,
                    _("Here it says of %(of)s, elsewhere %(sold)s sold.") % {"of": of, "sold": counts.sold},
                )
            return counts.settled()
        except CountError as error:
            self._problem(error.column, "", str(error))
            return Counts()
