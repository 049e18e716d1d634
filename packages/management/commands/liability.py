from __future__ import annotations

import csv
import json
import sys
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from clinic.commands import add_clinic, chosen, working_for
from clinic.money import quantise
from packages.liability import Liability, liability
from packages.roll_forward import RollForward, Row, roll_forward

COLUMNS = (
    "number", "patient_number", "patient", "package", "valid_until", "sessions", "received", "used", "liability",
    "owed_by_patient",
)  # fmt: skip
AMOUNTS = {"value", "receivable", "difference", "received", "used", "liability", "owed_by_patient"}
COUNTS = {"sessions", "complimentary"}


class Command(BaseCommand):
    help = "What a clinic owes in undelivered sessions, as of the end of a day."

    def add_arguments(self, parser: CommandParser) -> None:
        add_clinic(parser, required=True)
        parser.add_argument(
            "--as-of", metavar="DATE", help="YYYY-MM-DD; today on the clinic's clock if not given"
        )
        parser.add_argument(
            "--from", metavar="DATE", dest="first", help="also why it changed since the beginning of this day"
        )
        parser.add_argument("--format", choices=("table", "csv", "json"), default="table")

    def handle(
        self, *, clinic: str, as_of: str | None, first: str | None, format: str, **options: Any
    ) -> None:
        (found,) = chosen(clinic)
        day = _day("--as-of", as_of) or found.today()
        since = _day("--from", first)
        with working_for(found):
            report = liability(day)
            why = roll_forward(since, day) if since else None
            getattr(self, f"_{format}")(report, why, found.currency)

    def _table(self, report: Liability, why: RollForward | None, currency: str) -> None:
        totals = _plain(report.totals(), currency)
        self.stdout.write(f"Owed in care as of {totals['as_of']}, in {currency}")
        for name in LABELS:
            self.stdout.write(f"  {LABELS[name]:<42}{totals[name]:>16}")
        if why:
            self.stdout.write(f"Why it changed, from {why.first} to {why.last}{'value':>22}{'sessions':>12}")
            for name, plain in _changes(why, currency).items():
                self.stdout.write(f"  {name:<42}{plain['value']:>16}{plain['sessions']:>12}")

    def _csv(self, report: Liability, why: RollForward | None, currency: str) -> None:
        if why:
            self._changes_csv(why, currency)
            return
        writer = csv.writer(self.stdout if self.stdout else sys.stdout, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in report.row_dicts():
            plain = _plain(row, currency)
            writer.writerow([_cell(plain[name]) for name in COLUMNS])

    def _changes_csv(self, why: RollForward, currency: str) -> None:
        writer = csv.writer(self.stdout, lineterminator="\n")
        writer.writerow(["row", "value", "sessions", "complimentary"])
        for name, plain in _changes(why, currency).items():
            writer.writerow([name, *plain.values()])

    def _json(self, report: Liability, why: RollForward | None, currency: str) -> None:
        rows = [_plain({name: row[name] for name in COLUMNS}, currency) for row in report.row_dicts()]
        totals = _plain(report.totals(), currency)
        told = {**totals, "currency": currency, "rows": rows}
        if why:
            told |= {"from": why.first.isoformat(), "changes": _changes(why, currency)}
        self.stdout.write(json.dumps(told, indent=2, ensure_ascii=False))


LABELS = {
    "value": "Liability (prepaid, not delivered)",
    "sessions": "Sessions owed",
    "complimentary": "of them complimentary, at 0",
    "packages": "Packages",
    "patients": "Patients",
    "receivable": "Owed by patients (never netted)",
    "difference": "Check: packages less ledger",
}


def _day(option: str, text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise CommandError(f"{option} must be a day such as 2026-03-31, not {text!r}.") from None


def _changes(why: RollForward, currency: str) -> dict[str, dict[str, Any]]:
    """From opening to closing, in the order of the report."""
    rows = {"opening": why.opening} | {row.value: why.changes[row] for row in Row} | {"closing": why.closing}
    return {name: _plain(figures._asdict(), currency) for name, figures in rows.items()}


def _plain(facts: dict[str, Any], currency: str) -> dict[str, Any]:
    plain = {}
    for name, value in facts.items():
        if name in AMOUNTS:
            plain[name] = str(quantise(value, currency))
        elif name in COUNTS:
            plain[name] = f"{value.normalize():f}"
        else:
            plain[name] = value.isoformat() if isinstance(value, date) else value
    return plain


def _cell(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula is quoted."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" and value[:1] else value
