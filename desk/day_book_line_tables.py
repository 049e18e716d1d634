"""The lines of a day book as a table, and its days as a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from billing.models import BillKind, Method
from clinic.models import Branch
from clinic.ui import words

from .day_book import DayBook
from .day_book_lines import Line
from .day_book_tables import ZERO, Cell, Head, Table, Tables, label_row, label_rows


@dataclass(frozen=True)
class LineTables(Tables):
    """Tables of single lines and of days; each links to where it is read further."""

    branch: Branch | None = None

    def lines(self, lines: Iterable[Line]) -> Table:
        """Every movement of money, in the order of its record."""
        return self._lines(_("Every line"), lines, is_late=False)

    def late(self, lines: Iterable[Line]) -> Table:
        """What was recorded for the day after its book was shut, and the book that it stands in."""
        note = _("It stands in the book of the day that is named, and in no sum above.")
        return self._lines(_("Recorded after the closing"), lines, is_late=True, note=note)

    def late_papers(self) -> Table:
        """Papers that were issued on the day after the closing: how many, and what they come to."""
        heads = [Head(_("Kind")), Head(_("How many"), True), Head(_("Total"), True)]
        rows = [
            [
                Cell(BillKind(each.method).label, head=True),
                Cell(str(each.count), number=True),
                self.sum(each.amount),
            ]
            for each in self.book.late
            if each.what == "paper"
        ]
        return Table(_("Papers issued after the closing"), heads, label_rows(rows, heads))

    def by_day(self, days: Sequence[date]) -> Table:
        """A line for each of these days with its totals, which opens its book; and the sum of all days of the book."""
        heads = [Head(_("Day"))]
        heads += [Head(label, True) for label in self._columns()]
        rows = [
            [Cell(_weekday(day), head=True, url=self._url(day)), *self._figures(self.book.of(day))]
            for day in days
        ]
        foot = [Cell(_("Together")), *self._figures(self.book)]
        return Table(_("Day by day"), heads, label_rows(rows, heads), label_row(foot, heads), name="wide")

    def _columns(self) -> list[str]:
        return [
            _("Billed"),
            _("Taken back"),
            _("Received"),
            pgettext("of what was received", "In cash"),
            _("Handed back"),
            _("Bounced"),
            _("Credit at the end"),
            _("To pay at the end"),
        ]

    def _figures(self, book: DayBook) -> list[Cell]:
        moved = book.owed.moved
        figures = [
            moved["billed"],
            moved["credited"],
            book.received,
            book.sum("received", Method.CASH),
            -book.sum("handed_back"),
            -book.sum("bounced"),
        ]
        balances = [book.credit.closing, book.owed.closing]
        return [self.sum(each) if each else Cell(number=True) for each in figures] + [
            self.sum(each) for each in balances
        ]

    def _lines(self, title: str, lines: Iterable[Line], *, is_late: bool, note: str = "") -> Table:
        several = len(self.book.days.branches) > 1
        heads = [Head(_("Time")), Head(_("Patient")), Head(_("What")), Head(_("Reference"))]
        heads += [Head(_("Book")) if is_late else Head(_("For")), Head(_("By"))]
        heads += [Head(_("Branch"))] if several else []
        heads.append(Head(_("Amount"), True))
        rows = []
        for line in lines:
            row = [
                Cell(self._when(line), head=True),
                self._patient(line),
                Cell(_what(line)),
                Cell(line.reference),
            ]
            row.append(self._book(line) if is_late else self._pays(line))
            row.append(Cell(self.people.get(line.by_id, "")))
            row += [Cell(self._branches[line.branch_id])] if several else []
            rows.append([*row, self.sum(line.signed)])
        return Table(title, heads, label_rows(rows, heads), note=note, name="wide lines")

    @property
    def _branches(self) -> dict[UUID, str]:
        return {each.pk: each.name for each in self.book.days.branches}

    def _when(self, line: Line) -> str:
        at = self.book.days.clinic.local(line.recorded_at)
        time = (
            f"{at:%H:%M}"
            if at.date() == self.book.days.first
            else f"{words.day(at.date(), 'short')} {at:%H:%M}"
        )
        if line.stated_on in (at.date(), self.book.days.first):
            return time
        return _("%(time)s, of %(day)s") % {"time": time, "day": words.day(line.stated_on, "short")}

    def _patient(self, line: Line) -> Cell:
        url = reverse("desk:patient_file", args=[self.book.days.clinic.slug, line.patient_id])
        return Cell(line.patient, url=url)

    def _pays(self, line: Line) -> Cell:
        """The bills that it paid for, and what of it is credit; of money that went back, the reason."""
        if line.reason:
            return Cell(line.reason)
        parts = [bill["name"] for bill in line.bills]
        if line.unapplied > ZERO:
            credit = self.sum(line.unapplied).text
            parts.append(_("%(amount)s account credit") % {"amount": credit})
        url = ""
        if len(line.bills) == 1:
            url = reverse("billing:bill_detail", args=[self.book.days.clinic.slug, line.bills[0]["id"]])
        return Cell(", ".join(parts), url=url)

    def _book(self, line: Line) -> Cell:
        return Cell(words.day(line.book_on), url=self._url(line.book_on))

    def _url(self, day: object) -> str:
        page = reverse("desk:day_book", args=[self.book.days.clinic.slug, day])
        return f"{page}?{urlencode({'branch': self.branch.pk})}" if self.branch else page


def _weekday(day: date) -> str:
    return f"{date_format(day, 'D')} {words.day(day, 'short')}"


def _what(line: Line) -> str:
    method = Method(line.method).label
    match line.what:
        case "handed_back":
            return _("Handed back: %(method)s") % {"method": method}
        case "bounced":
            return _("Bounced: %(method)s") % {"method": method}
        case "credit":
            return _("Credit of a refund")
        case _:
            return str(method)
