"""A day book as it is shown: its title, how it stands, and its tables in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from clinic.models import Branch, ClinicSettings, Staff
from clinic.ui import words

from .day_book import DayBook
from .day_book_asked import Asked
from .day_book_cash import cash_of, closings_of
from .day_book_line_tables import LineTables
from .day_book_lines import Lines, late_lines
from .day_book_tables import Table
from .models import DayClose


@dataclass(frozen=True)
class Sheet:
    """The book that was asked for; `closings` are those of its day, none where it has several days."""

    asked: Asked
    book: DayBook
    people: dict[UUID | None, str]
    closings: list[DayClose]

    @property
    def title(self) -> str:
        """The day, or the days."""
        if not self.asked.is_range:
            return words.day(self.asked.first, "full")
        ends = {"first": words.day(self.asked.first), "last": words.day(self.asked.last)}
        return _("%(first)s to %(last)s") % ends

    @property
    def place(self) -> str:
        """The branch, or that it is all of them; nothing where there is only one."""
        if len(self.asked.form.branches) == 1:
            return ""
        return self.asked.branch.name if self.asked.branch else _("All branches")

    @property
    def standing(self) -> list[str]:
        """Of a day, branch by branch: who closed it and when, or that things still come into its book."""
        if self.asked.is_range:
            return []
        return [self._standing(each) for each in self.book.days.branches]

    @property
    def is_open(self) -> bool:
        """Whether what is recorded now may still come into one of these books."""
        days = self.book.days
        return any(not days.is_shut(branch, day) for branch in days.branches for day in days.days)

    @cached_property
    def made(self) -> LineTables:
        return LineTables(self.book, self.people, self.asked.branch)

    @cached_property
    def tables(self) -> list[Table]:
        """The sums: those of the book and, of one day, those of the cash."""
        cash = [] if self.asked.is_range else self.made.cash(cash_of(self.book, self.closings))
        return [*self.made.summary, *cash]

    @property
    def every_line(self) -> Sequence[Any]:
        """What there may be many of: the days, or of one day its lines. A slice of it is what `lines` takes."""
        return self.book.days.days if self.asked.is_range else Lines(self.book)

    def lines(self, some: Sequence[Any]) -> Table:
        return self.made.by_day(some) if self.asked.is_range else self.made.lines(some)

    @cached_property
    def late(self) -> list[Table]:
        """What was recorded for a day after its book was shut; asked for only where there is any."""
        if self.asked.is_range or not self.book.late:
            return []
        tables = [self.made.late(late_lines(self.book)), self.made.late_papers()]
        return [table for table in tables if table.rows]

    @property
    def whole(self) -> list[Table]:
        """All tables with all lines, for paper and for the file."""
        every = self.lines(self.every_line[:])
        return [*self.tables, *([every] if every.rows else []), *self.late]

    def _standing(self, branch: Branch) -> str:
        last = next((each for each in reversed(self.closings) if each.branch_id == branch.pk), None)
        facts = {"branch": branch.name}
        if last and last.is_closed:
            facts |= {"name": str(last.by or _("the program")), "time": self._time(last.at)}
            return _("%(branch)s: closed by %(name)s, %(time)s.") % facts
        shut = self.book.days.shut.get((branch.pk, self.book.days.first))
        if shut:
            facts["time"] = self._time(shut)
            return _("%(branch)s: not closed; its book has what was recorded up to %(time)s.") % facts
        return _("%(branch)s: not closed; what is dated by this day still comes into its book.") % facts

    def _time(self, moment: datetime) -> str:
        local = self.asked.clinic.local(moment)
        return f"{words.day(local.date(), 'short')} {local:%H:%M}"


def sheet_of(asked: Asked) -> Sheet:
    """The book that is asked for, ready to be shown."""
    people: dict[UUID | None, str] = dict(Staff.objects.values_list("pk", "name"))
    people[None] = _("The program")
    closings = [] if asked.is_range else closings_of(asked.first, asked.branches)
    return Sheet(asked, asked.book(), people, closings)


def page_html(sheet: Sheet) -> str:
    """A page of its own with every line, which becomes the PDF."""
    settings = ClinicSettings.objects.get()
    printed_at = sheet.asked.clinic.local(timezone.now())
    context = {
        "sheet": sheet,
        "name": settings.legal_name or sheet.asked.clinic.name,
        "settings": settings,
        "language": (get_language() or "en")[:2],
        "printed_on": printed_at.date(),
        "printed_at": f"{printed_at:%H:%M}",
    }
    return render_to_string("desk/day_book_pdf.html", context)
