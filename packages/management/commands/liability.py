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

COLUMNS = (
    "number", "patient_number", "patient", "package", "valid_until", "sessions", "received", "used", "liability",
    "owed_by_patient",
)  # fmt: skip
AMOUNTS = {"value", "receivable", "difference", "received", "used", "liability", "owed_by_patient"}


class Command(BaseCommand):
    help = "What a clinic owes in undelivered sessions, as of the end of a day."

    def add_arguments(self, parser: CommandParser) -> None:
        add_clinic(parser, required=True)
        parser.add_argument(
            "--as-of", metavar="DATE", help="YYYY-MM-DD; today on the clinic's clock if not given"
        )
        parser.add_argument("--format", choices=("table", "csv", "json"), default="table")

    def handle(self, *, clinic: str, as_of: str | None, format: str, **options: Any) -> None:
        (found,) = chosen(clinic)
        try:
            day = date.fromisoformat(as_of) if as_of else found.today()
        except ValueError:
            raise CommandError(f"--as-of must be a day such as 2026-03-31, not {as_of!r}.") from None
        with working_for(found):
            report = liability(day)
        getattr(self, f"_{format}")(report, found.currency)

    def _table(self, report: Liability, currency: str) -> None:
        totals = _plain(report.totals(), currency)
        self.stdout.write(f"Owed in care as of {totals['as_of']}, in {currency}")
        for name in ("value", "sessions", "packages", "patients", "receivable", "difference"):
            self.stdout.write(f"  {LABELS[name]:<42}{totals[name]:>16}")

    def _csv(self, report: Liability, currency: str) -> None:
        writer = csv.writer(self.stdout if self.stdout else sys.stdout, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in report.row_dicts():
            plain = _plain(row, currency)
            writer.writerow([_cell(plain[name]) for name in COLUMNS])

    def _json(self, report: Liability, currency: str) -> None:
        rows = [_plain({name: row[name] for name in COLUMNS}, currency) for row in report.row_dicts()]
        totals = _plain(report.totals(), currency)
        self.stdout.write(
            json.dumps({**totals, "currency": currency, "rows": rows}, indent=2, ensure_ascii=False)
        )


LABELS = {
    "value": "Liability (prepaid, not delivered)",
    "sessions": "Sessions owed",
    "packages": "Packages",
    "patients": "Patients",
    "receivable": "Owed by patients (never netted)",
    "difference": "Check: packages less ledger",
}


def _plain(facts: dict[str, Any], currency: str) -> dict[str, Any]:
    plain = {}
    for name, value in facts.items():
        if name in AMOUNTS:
            plain[name] = str(quantise(value, currency))
        elif name == "sessions":
            plain[name] = f"{value.normalize():f}"
        else:
            plain[name] = value.isoformat() if isinstance(value, date) else value
    return plain


def _cell(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula is quoted."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" and value[:1] else value
