"""The passbook as people read it: every line and every change of a package, each in a sentence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic.models import Clinic

from .models import Change, Entry, Kind, Package
from .passbook_book import Book, Link, open_book
from .passbook_changes import said_of_change
from .passbook_clauses import clause_name
from .passbook_words import links_of, said_of_entry


@dataclass(frozen=True)
class Line:
    """A line of the passbook with its sentence."""

    entry: Entry
    at: datetime  # when it was recorded, on the clinic's clock
    sentence: str
    days_late: int
    taken_back: bool
    links: tuple[Link, ...] = ()

    is_entry = True

    @property
    def anchor(self) -> str:
        return f"line-{self.entry.number}"

    @property
    def label(self) -> str:
        return self.entry.get_kind_display()

    @property
    def minutes(self) -> int | None:
        """How long the visit was, where one took place."""
        return self.entry.minutes if self.entry.kind in {Kind.USED, Kind.USED_PARTLY} else None

    @property
    def on(self) -> date:
        return self.entry.happened_on

    @property
    def recorded_on(self) -> date | None:
        """The day of the recording where it is another than the day it happened."""
        return self.at.date() if self.at.date() != self.on else None

    @property
    def clause(self) -> str:
        return clause_name(self.entry.clause)

    @property
    def who(self) -> str:
        return self.entry.by.name if self.entry.by else _("the program")


@dataclass(frozen=True)
class ChangeLine:
    """What happened to the package beside its sessions, with its sentence."""

    change: Change
    at: datetime
    sentence: str

    is_entry = False
    taken_back = False
    links: tuple[Link, ...] = ()

    @property
    def anchor(self) -> str:
        return f"change-{self.change.pk}"

    @property
    def label(self) -> str:
        return self.change.get_kind_display()

    @property
    def on(self) -> date:
        return self.change.happened_on

    @property
    def recorded_on(self) -> date | None:
        return self.at.date() if self.at.date() != self.on else None

    @property
    def clause(self) -> str:
        return clause_name(self.change.clause)

    @property
    def who(self) -> str:
        return self.change.by.name if self.change.by else _("the program")


def lines_of(package: Package, clinic: Clinic, *, with_reasons: bool = True) -> list[Line]:
    """Every line that moved the count, in its order. Reasons are words of the desk's own, which not every reader
    gets."""
    book = open_book(package, clinic)
    return [_line(entry, book, with_reasons=with_reasons) for entry in book.entries]


def passbook_of(package: Package, clinic: Clinic) -> list[Line | ChangeLine]:
    """Lines and changes in the order in which they were recorded; reasons stand in their sentences."""
    return told(open_book(package, clinic))


def told(book: Book, *, with_reasons: bool = True) -> list[Line | ChangeLine]:
    """All that stands in an open book, in the order in which it was recorded."""
    lines: list[Line | ChangeLine] = [
        *(_line(entry, book, with_reasons=with_reasons) for entry in book.entries),
        *(_change_line(change, book, with_reasons=with_reasons) for change in book.changes),
    ]
    return sorted(lines, key=lambda line: line.at)


def _line(entry: Entry, book: Book, *, with_reasons: bool) -> Line:
    at = book.clinic.local(entry.recorded_at)
    late = (at.date() - entry.happened_on).days if entry.visit_id and entry.kind != Kind.REVERSED else 0
    sentences = [*_sentences(entry, book, late), *(_reason(entry) if with_reasons else ())]
    return Line(
        entry, at, " ".join(sentences), late, entry.pk in book.taken_back, tuple(links_of(entry, book))
    )


def _change_line(change: Change, book: Book, *, with_reasons: bool = True) -> ChangeLine:
    sentences = [said_of_change(change, book), *(_reason(change) if with_reasons else ())]
    return ChangeLine(change, book.clinic.local(change.recorded_at), " ".join(sentences))


def _sentences(entry: Entry, book: Book, late: int) -> Iterable[str]:
    yield said_of_entry(entry, book)
    who = _used_by(entry, book.package)
    if who:
        yield _("Used by %(name)s.") % {"name": who}
    if late > 0:
        yield ngettext("Recorded %(n)d day late.", "Recorded %(n)d days late.", late) % {"n": late}


def _used_by(entry: Entry, package: Package) -> str:
    """The name of whom the session was for, where that is not the owner of the package."""
    if not entry.beneficiary or not entry.visit_id:
        return ""
    if package.patient_id in (entry.beneficiary_id, entry.beneficiary.merged_into_id):
        return ""
    return (entry.beneficiary.merged_into or entry.beneficiary).name


def _reason(record: Entry | Change) -> Iterable[str]:
    if record.reason:
        yield _("Reason: %(reason)s") % {"reason": record.reason}
