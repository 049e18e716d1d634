from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from clinic.commands import add_clinic, chosen, working_for
from desk.recount import CHECKS, recount


class Command(BaseCommand):
    help = "Recount every balance, value, number and payment from the raw rows. Exit code 1 when anything differs."

    def add_arguments(self, parser: CommandParser) -> None:
        add_clinic(parser)

    def handle(self, *, clinic: str | None, **options: Any) -> None:
        clinics = chosen(clinic)
        wrong = 0
        for each in clinics:
            with working_for(each):
                found = recount()
            for difference in found:
                self.stderr.write(f"{each.slug}: {difference}")
            wrong += len(found)
        if wrong:
            self.stderr.write(self.style.ERROR(f"{wrong} differences."))
            sys.exit(1)
        self.stdout.write(f"{len(clinics)} clinics, {len(CHECKS)} checks each: everything adds up.")
