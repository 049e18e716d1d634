"""The liability report as sheets for a spreadsheet: the figures of the pages, all rows of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from typing import Any

from django.utils.translation import gettext as _

from clinic.models import Clinic
from clinic.sheets import Column, Kind, Sheet
from clinic.ui.words import day as in_words

from .liability import Liability, liability
from .liability_rows import each_row
from .liability_shares import By, ageing, shares
from .liability_tables import days_of
from .months import over_time
from .roll_forward import roll_forward

PACKAGE = ("number", "package", "patient_number", "patient", "valid_until", "sessions", "free")
FIGURES_OF = attrgetter(*PACKAGE, "received", "used", "liability", "owed_by_patient")


@dataclass(frozen=True)
class LiabilitySheets:
    """The report at the end of `day`, its roll-forward from `first`; each sheet is read when it is written."""

    clinic: Clinic
    first: date
    day: date

    def __iter__(self) -> Iterator[Sheet]:
        report = liability(self.day)
        yield self._summary(report)
        yield self._changes()
        yield self._over_time()
        yield self._ageing()
        for by in By:
            yield self._shares(by)
        yield self._packages(report)

    def _summary(self, report: Liability) -> Sheet:
        columns = [Column(_("What")), Column(_("Value"), Kind.MONEY), Column(_("Count"), Kind.SESSIONS)]
        rows: list[tuple[Any, ...]] = [
            (_("Liability"), report.value, None),
            (_("Sessions owed"), None, report.sessions),
            (_("of them free, worth 0"), None, report.complimentary),
            (_("Packages"), None, report.packages),
            (_("Patients"), None, report.patients),
            (_("Owed by patients, never netted"), report.receivable, None),
            (_("Check: packages less ledger, 0 when all is well"), report.difference, None),
        ]
        return self._sheet(_("Liability"), columns, rows, total=False)

    def _changes(self) -> Sheet:
        why = roll_forward(self.first, self.day)
        figures = [
            (_("Opening"), why.opening),
            *((str(row.label), each) for row, each in why.changes.items()),
        ]
        columns = [Column(_("What changed")), Column(_("Value"), Kind.MONEY, adds_up=True)]
        columns += [
            Column(words, Kind.SESSIONS, adds_up=True) for words in (_("Sessions"), _("of them free"))
        ]
        ends = {"first": in_words(self.first), "last": in_words(self.day)}
        return Sheet(
            _("What changed it"),
            columns,
            [(words, each.value, each.sessions, each.complimentary) for words, each in figures],
            self.clinic.currency,
            notes=[_("From %(first)s to %(last)s") % ends],
            total_label=_("Closing"),
        )

    def _over_time(self) -> Sheet:
        columns = [Column(_("Day"), Kind.DATE), Column(_("Liability"), Kind.MONEY)]
        columns += [Column(_("Sessions"), Kind.SESSIONS), Column(_("Owed by patients"), Kind.MONEY)]
        points = over_time(self.day)
        rows = [(point.last_day, point.value, point.sessions, point.receivable) for point in points]
        return self._sheet(_("Over time"), columns, rows, total=False)

    def _ageing(self) -> Sheet:
        columns = [Column(_("Last valid day")), Column(_("Days"))]
        columns += [Column(words, Kind.SESSIONS, adds_up=True) for words in (_("Packages"), _("Sessions"))]
        columns += [Column(_("Liability"), Kind.MONEY, adds_up=True)]
        bands = ageing(self.day)
        rows = [(band.label, days_of(band), band.packages, band.sessions, band.value) for band in bands]
        return self._sheet(_("When it lapses"), columns, rows)

    def _shares(self, by: By) -> Sheet:
        columns = [
            Column(by.label),
            Column(_("Packages"), Kind.SESSIONS),
            Column(_("Patients"), Kind.SESSIONS),
        ]
        columns += [
            Column(words, Kind.SESSIONS, adds_up=True) for words in (_("Sessions"), _("of them free"))
        ]
        columns += [
            Column(words, Kind.MONEY, adds_up=True) for words in (_("Liability"), _("Owed by patients"))
        ]
        rows = [
            (
                each.label,
                each.packages,
                each.patients,
                each.sessions,
                each.complimentary,
                each.value,
                each.receivable,
            )
            for each in shares(self.day, by)
        ]
        return self._sheet(str(by.label), columns, rows)

    def _packages(self, report: Liability) -> Sheet:
        columns = [
            Column(_("Package"), Kind.SESSIONS),
            Column(_("Name")),
            Column(_("Patient number"), Kind.SESSIONS),
        ]
        columns += [Column(_("Patient")), Column(_("Valid to"), Kind.DATE)]
        columns += [
            Column(words, Kind.SESSIONS, adds_up=True) for words in (_("Sessions"), _("of them free"))
        ]
        amounts = (_("Received"), _("Used"), _("Liability"), _("Owed by patient"))
        columns += [Column(words, Kind.MONEY, adds_up=True) for words in amounts]
        return self._sheet(_("By package"), columns, map(FIGURES_OF, each_row(report)))

    def _sheet(self, title: str, columns: list[Column], rows: Iterable[Any], *, total: bool = True) -> Sheet:
        note = _("At the end of %(day)s") % {"day": in_words(self.day)}
        label = _("Together") if total else ""
        return Sheet(title, columns, rows, self.clinic.currency, notes=[note], total_label=label)
