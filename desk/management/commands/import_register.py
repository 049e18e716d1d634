from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from clinic.commands import add_clinic, chosen, working_for
from clinic.models import Clinic, RegisterImport
from clinic.refusals import Refused
from desk.register import ReadError, Reading, RowProblem, Table, read_table
from desk.register.importing import BadRows, import_rows
from desk.register.outcome import Outcome, expected
from desk.register.sorting import sort_out
from desk.register.source import columns_of, reading_of, record_of


class Command(BaseCommand):
    help = (
        "Bring in a clinic's register (CSV, XLSX, XLS, ODS): rows become patients, packages with opening balances "
        "and past visits. Importing the same file again changes nothing. Exit code 1 and a list where rows are bad."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        add_clinic(parser, required=True)
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would be entered, and write nothing"
        )
        parser.add_argument("--skip-bad-rows", action="store_true", help="enter the good rows only")
        parser.add_argument(
            "--as-of", metavar="DATE", help="the day the register was counted; today if not given"
        )

    def handle(
        self,
        *,
        file: Path,
        clinic: str,
        dry_run: bool,
        skip_bad_rows: bool,
        as_of: str | None,
        **options: Any,
    ) -> None:
        (found,) = chosen(clinic)
        day = _day(as_of, found)
        table, record = _read(file)
        self._say_columns(table)
        with working_for(found):
            reading = reading_of(table, columns_of(table), clinic=found, as_of=day)
            if dry_run:
                self._dry_run(reading, found, day)
            else:
                self._import(reading, found, record, as_of=day, skip_bad_rows=skip_bad_rows)

    def _say_columns(self, table: Table) -> None:
        columns = columns_of(table)
        for heading in columns.ignored:
            self.stderr.write(f"Column “{heading}” is not understood and left out.")
        if columns.problems:
            raise CommandError(" ".join(problem.sentence for problem in columns.problems))

    def _dry_run(self, reading: Reading, clinic: Clinic, day: date) -> None:
        work = sort_out(reading)
        self._report(expected(work, clinic=clinic, today=day), "would be entered")
        self._skipped(reading)
        if work.problems:
            self._list(work.problems)
            sys.exit(1)

    def _import(self, reading: Reading, clinic: Clinic, record: RegisterImport, **facts: Any) -> None:
        skips = facts["skip_bad_rows"]
        try:
            outcome = import_rows(
                reading,
                clinic=clinic,
                by=None,
                at=timezone.now(),
                record=record,
                progress=self._progress,
                **facts,
            )
        except BadRows as refusal:
            self._list(refusal.problems)
            self.stderr.write(self.style.ERROR(str(refusal)))
            sys.exit(1)
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        if skips:
            self._list(sort_out(reading).problems)
        self._report(outcome, "entered")
        self._skipped(reading)

    def _progress(self, done: int, total: int) -> None:
        self.stdout.write(f"{done} of {total} packages")

    def _list(self, problems: Iterable[RowProblem]) -> None:
        for problem in problems:
            where = (
                f"row {problem.line}, column {problem.column}" if problem.column else f"row {problem.line}"
            )
            self.stderr.write(f"{where}: {problem.sentence}")

    def _skipped(self, reading: Reading) -> None:
        for line in reading.skipped:
            self.stdout.write(f"row {line.line}: {line.sentence}")

    def _report(self, outcome: Outcome, verb: str) -> None:
        self.stdout.write(
            f"{outcome.packages} packages {verb}, {outcome.known} were here already and stay as they are."
        )
        self.stdout.write(
            f"{outcome.patients} new patients, {outcome.patients_known} known ones, {outcome.visits} past visits, "
            f"{outcome.sessions_left} sessions left, worth {outcome.value}; {outcome.lapsed} packages have lapsed."
        )
        if outcome.to_pay:
            owed = f"{outcome.to_pay} packages had {outcome.to_pay_sum} still to pay"
            self.stdout.write(f"{owed}: it stands in their notes.")
        if outcome.without_price:
            self.stdout.write(
                f"{outcome.without_price} packages have no price in the register and are worth 0."
            )
        for kind in ("services", "therapists", "plans"):
            if made := getattr(outcome, kind):
                self.stdout.write(f"New {kind}: {', '.join(made)}")


def _day(as_of: str | None, clinic: Clinic) -> date:
    try:
        day = date.fromisoformat(as_of) if as_of else clinic.today()
    except ValueError:
        raise CommandError(f"--as-of must be a day such as 2026-03-31, not {as_of!r}.") from None
    if day > clinic.today():
        raise CommandError("--as-of lies in the future.")
    return day


def _read(file: Path) -> tuple[Table, RegisterImport]:
    try:
        content = file.read_bytes()
        return read_table(content, file.name), record_of(file.name, content)
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
    except ReadError as error:
        raise CommandError(str(error)) from error
