from __future__ import annotations

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from clinic.commands import add_clinic, chosen
from clinic.models import Clinic
from clinic.tenancy.context import clinic_context
from desk import instalments_reminders
from packages import nudges


class Command(BaseCommand):
    help = (
        "Remind patients of packages that end or run out, and of instalments: what the clock does, by hand."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_clinic(parser)
        parser.add_argument(
            "--on", metavar="DATE", help="YYYY-MM-DD; today on each clinic's clock if not given"
        )
        parser.add_argument("--dry-run", action="store_true", help="list what is due and write nothing")

    def handle(self, *, clinic: str | None, on: str | None, dry_run: bool, **options: Any) -> None:
        try:
            asked = date.fromisoformat(on) if on else None
        except ValueError:
            raise CommandError(f"--on must be a day such as 2026-03-31, not {on!r}.") from None
        for each in chosen(clinic):
            (self._list if dry_run else self._write)(each, asked or each.today())

    def _write(self, clinic: Clinic, day: date) -> None:
        nudged = nudges.write_all(clinic, on=day, at=timezone.now())
        reminded = instalments_reminders.write_all(clinic, on=day)
        self.stdout.write(f"{clinic.slug}: {nudged} nudged, {reminded} reminded of instalments")

    def _list(self, clinic: Clinic, day: date) -> None:
        with clinic_context(clinic.pk):
            for due in nudges.due(clinic, on=day):
                self.stdout.write(f"{clinic.slug}: package {due.package.number}: {', '.join(due.occasions)}")
            for row, occasion in instalments_reminders.due(on=day):
                bill, name = row.plan.line.bill.name, occasion.rpartition(":")[2]
                self.stdout.write(f"{clinic.slug}: bill {bill}, instalment {row.number}: {name}")
