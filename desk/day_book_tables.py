"""The day book as tables: the same on the screen, on paper and in the file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import BillKind, Method
from clinic.templatetags.ui import money

from .day_book import Balance, DayBook
from .day_book_cash import Cash

ZERO = Decimal(0)
Words = str | Promise

MOVED_CREDIT = {
    "received": gettext_lazy("Received and not applied"),
    "released": gettext_lazy("Set free by notes, or taken back"),
    "credit": gettext_lazy("Credit of refunds"),
    "applied": gettext_lazy("Applied to bills"),
    "handed_back": gettext_lazy("Handed back"),
    "bounced": gettext_lazy("Bounced"),
}
MOVED_OWED = {
    "billed": gettext_lazy("Billed"),
    "credited": gettext_lazy("Taken back by credit notes"),
    "paid": gettext_lazy("Paid"),
    "released": gettext_lazy("Set free by notes, or taken back"),
    "bounced": gettext_lazy("Bounced"),
}


@dataclass(frozen=True)
class Cell:
    """Words, or an amount in the clinic's currency; `label` is the name of its column."""

    words: Words = ""
    amount: Decimal | None = None
    currency: str = ""
    label: Words = ""
    url: str = ""
    head: bool = False
    number: bool = False

    @property
    def text(self) -> str:
        """As it is read; a column's figure of nothing stays empty."""
        return money(self.amount, self.currency) if self.amount is not None else str(self.words)

    @property
    def plain(self) -> str:
        """As a spreadsheet reads it."""
        return f"{self.amount:f}" if self.amount is not None else str(self.words)


@dataclass(frozen=True)
class Head:
    label: Words
    number: bool = False


@dataclass(frozen=True)
class Table:
    """A table of the book with its title; `foot` is its last line, the sum."""

    title: Words
    heads: Sequence[Head]
    rows: Sequence[Sequence[Cell]]
    foot: Sequence[Cell] = ()
    note: Words = ""
    name: str = ""


@dataclass(frozen=True)
class Tables:
    """Makes the tables of a book; `people` are the names of who did things, None being the program."""

    book: DayBook
    people: dict[UUID | None, str] = field(default_factory=dict)

    @property
    def summary(self) -> list[Table]:
        """All that is the same for one day and for several."""
        tables = [
            self.received(),
            self.by_branch(),
            self.returned(),
            self.papers(),
            self.credit(),
            self.owed(),
        ]
        return [table for table in tables if table.rows]

    def received(self) -> Table:
        """Money received, each person's by method."""
        people = self.book.by_person("received")
        named = sorted(
            ((self.people.get(who, ""), methods) for who, methods in people.items()), key=lambda e: e[0]
        )
        return self._by_method(_("Received, by person"), _("Person"), named, "received")

    def by_branch(self) -> Table:
        """Money received, each branch's by method; of one branch there is nothing to tell."""
        branches = self.book.days.branches
        taken = [(each.name, self.book.of(branch=each).by_method("received")) for each in branches]
        named = taken if len(branches) > 1 else []
        return self._by_method(_("Received, by branch"), _("Branch"), named, "received")

    def returned(self) -> Table:
        """What went back, or did not come in after all, by method."""
        rows = []
        for what, label in (("handed_back", _("Handed back")), ("bounced", _("Bounced"))):
            for method, amount in self.book.by_method(what).items():
                rows.append([Cell(label, head=True), Cell(method.label), self.sum(-amount)])
        heads = [Head(_("What")), Head(_("Method")), Head(_("Amount"), True)]
        return Table(_("Handed back and bounced"), heads, label_rows(rows, heads))

    def papers(self) -> Table:
        """The papers by kind, from which number to which; those that ask for nothing, like receipts, have no total."""
        several = len(self.book.days.branches) > 1
        names = {each.pk: each.name for each in self.book.days.branches}
        heads = [Head(_("Kind")), *([Head(_("Branch"))] if several else [])]
        heads += [Head(_("How many"), True), Head(_("From")), Head(_("To")), Head(_("Total"), True)]
        rows = [
            [
                Cell(BillKind(each.kind).label, head=True),
                *([Cell(names[each.branch_id])] if several else []),
                Cell(str(each.count), number=True),
                Cell(each.first_name),
                Cell(each.last_name),
                self.sum(each.amount) if each.amount else Cell("", number=True),
            ]
            for each in self.book.series()
        ]
        return Table(_("Papers issued"), heads, label_rows(rows, heads), name="wide")

    def credit(self) -> Table:
        note = _("What patients paid, or were given back, and what pays for nothing yet. Never netted.")
        return self._balance(_("Account credit"), self.book.credit, MOVED_CREDIT, note)

    def owed(self) -> Table:
        note = _("What patients have still to pay on their bills. Never netted against anybody's credit.")
        return self._balance(_("Still to pay"), self.book.owed, MOVED_OWED, note)

    def cash(self, counts: Iterable[Cash]) -> list[Table]:
        """The cash of each branch from the book to the count."""
        return [self._cash(each) for each in counts]

    def sum(self, amount: Decimal, **facts: Any) -> Cell:
        return Cell(amount=amount, currency=self.book.days.clinic.currency, number=True, **facts)

    def _cash(self, cash: Cash) -> Table:
        lines = [
            (_("Cash received"), cash.came, True),
            (_("Cash handed back"), -cash.went, bool(cash.went)),
            (_("Of earlier days, recorded now"), -cash.of_earlier_days, bool(cash.of_earlier_days)),
            (_("Recorded after the book was shut"), cash.counted_with_it, bool(cash.counted_with_it)),
            (_("Taken from the change in the drawer"), cash.from_the_change, bool(cash.from_the_change)),
        ]
        rows = [[Cell(label, head=True), self.sum(amount)] for label, amount, shown in lines if shown]
        rows.append([Cell(_("Expected"), head=True), self.sum(cash.expected)])
        if cash.close:
            rows.append([Cell(_("Counted"), head=True), self.sum(cash.counted or ZERO)])
        foot = [Cell(_("Difference")), self.sum(cash.difference or ZERO)] if cash.close else []
        note = cash.close.difference_reason if cash.close else ""
        title = _("Cash: %(branch)s") % {"branch": cash.branch.name}
        return _two_columns(title, rows, foot, note)

    def _balance(self, title: str, balance: Balance, labels: Mapping[str, Words], note: str) -> Table:
        rows = [[Cell(_("At the beginning"), head=True), self.sum(balance.opening)]]
        rows += [
            [Cell(labels[what], head=True), self.sum(amount)]
            for what, amount in balance.moved.items()
            if amount
        ]
        foot = [Cell(_("At the end")), self.sum(balance.closing)]
        return _two_columns(title, rows, foot, note)

    def _by_method(
        self, title: str, of: str, named: Sequence[tuple[str, dict[Method, Decimal]]], what: str
    ) -> Table:
        methods = list(self.book.by_method(what))
        heads = [Head(of), *(Head(each.label, True) for each in methods), Head(_("Together"), True)]
        rows = [
            [
                Cell(name, head=True),
                *(self.sum(done[each]) if each in done else Cell(number=True) for each in methods),
                self.sum(sum(done.values(), ZERO)),
            ]
            for name, done in named
        ]
        foot = [Cell(_("Together")), *(self.sum(self.book.sum(what, each)) for each in methods)]
        foot.append(self.sum(self.book.sum(what)))
        return Table(title, heads, label_rows(rows, heads), label_row(foot, heads), name="wide")


def _two_columns(title: str, rows: list[list[Cell]], foot: list[Cell], note: str) -> Table:
    heads = [Head(_("What")), Head(_("Amount"), True)]
    return Table(title, heads, label_rows(rows, heads), label_row(foot, heads), note, name="balance")


def label_rows(rows: Iterable[Sequence[Cell]], heads: Sequence[Head]) -> list[list[Cell]]:
    return [label_row(row, heads) for row in rows]


def label_row(row: Sequence[Cell], heads: Sequence[Head]) -> list[Cell]:
    """The cells with the names of their columns; the first names its row and needs none."""
    cells = zip(row, heads, strict=False)
    return [replace(cell, label=head.label) if n else cell for n, (cell, head) in enumerate(cells)]
