from __future__ import annotations

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from clinic.calendar import ONE_DAY
from clinic.commands import add_clinic, chosen
from clinic.models import Clinic
from clinic.tenancy.context import clinic_context
from packages import monthly_letter


class Command(BaseCommand):
    help = "Write to the owners what was owed in care at the end of the month before: what the clock does, by hand."

    def add_arguments(self, parser: CommandParser) -> None:
        add_clinic(parser)
        parser.add_argument(
            "--on", metavar="DATE", help="YYYY-MM-DD; today on each clinic's clock if not given"
        )
        parser.add_argument("--dry-run", action="store_true", help="show the letter and write nothing")

    def handle(self, *, clinic: str | None, on: str | None, dry_run: bool, **options: Any) -> None:
        try:
            asked = date.fromisoformat(on) if on else None
        except ValueError:
            raise CommandError(f"--on must be a day such as 2026-03-31, not {on!r}.") from None
        for each in chosen(clinic):
            day = asked or each.today()
            with clinic_context(each.pk):
                (self._show if dry_run else self._write)(each, day)

    def _write(self, clinic: Clinic, day: date) -> None:
        self.stdout.write(f"{clinic.slug}: {monthly_letter.write_all(clinic, on=day)} letters")

    def _show(self, clinic: Clinic, day: date) -> None:
        month = monthly_letter.month_of(clinic, day.replace(day=1) - ONE_DAY)
        self.stdout.write(f"{clinic.slug}:\n{monthly_letter.body_of(month, '…')}")
