"""The import as the screen goes about it: receive the file, look at it, say what columns mean, enter it.

Small registers are done at once; large ones wait for the worker, and the page looks in once a second.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from clinic.keys import hold, part
from clinic.models import Clinic, RegisterImport, Staff
from clinic.refusals import Refused

from .importing import Progress, import_rows
from .preview import preview_of
from .source import columns_of, reading_of, record_of
from .stored import packed, unpacked
from .table import Table, read_table

State = RegisterImport.State
DONE_AT_ONCE = 500
# What of the preview is kept with the import: the rows that were left out, and the lines that are no packs.
LEFT_OUT = frozenset({"problems", "problem_count", "skipped"})
KEPT_FOR = timedelta(days=1)


class NoLongerKept(Refused):
    """What the file said was not entered in time and is gone."""

    def __init__(self) -> None:
        super().__init__(_("This file is no longer kept. Choose it again."))


def receive(filename: str, content: bytes, *, clinic: Clinic, by: Staff, at: datetime) -> RegisterImport:
    """Keep what the file says and look at it. Raises ReadError with a sentence where it is no register."""
    forget_old(at)
    table = read_table(content, filename)
    record = record_of(filename, content)
    record.table, record.rows, record.by = packed(table), len(table.rows), by
    record.save()
    _now_or_later(record, clinic, at)
    return record


def choose_columns(
    record: RegisterImport, meanings: Mapping[str, str], *, clinic: Clinic, at: datetime
) -> None:
    """Look again with what the desk says the columns mean."""
    record.meanings, record.state = dict(meanings), State.READING
    record.save(update_fields=["meanings", "state"])
    _now_or_later(record, clinic, at)


def enter(record: RegisterImport, *, clinic: Clinic, by: Staff, at: datetime, skip_bad_rows: bool) -> None:
    """Enter it. Refuses bad rows unless they are to be left out, and a file that is no longer kept."""
    if record.table is None:
        raise NoLongerKept
    record.state, record.skip_bad_rows, record.by = State.ENTERING, skip_bad_rows, by
    record.rows_done, record.refusal = 0, ""
    record.save(update_fields=["state", "skip_bad_rows", "by", "rows_done", "refusal"])
    _now_or_later(record, clinic, at)


def go_on(record: RegisterImport, *, clinic: Clinic, at: datetime, progress: Progress | None = None) -> None:
    """Do what the record waits for. Twice, or by two workers, it is done once."""
    hold(part(record.pk, "steps"))
    record.refresh_from_db()
    if record.state == State.READING:
        record.preview = preview_of(_table(record), record.meanings, clinic=clinic, today=clinic.day_of(at))
        record.state = State.READY
        record.save(update_fields=["preview", "state"])
    elif record.state == State.ENTERING:
        _enter_now(record, clinic, at, progress)


def forget_old(at: datetime) -> None:
    """What a file said goes a day after it was looked at and not entered."""
    waiting = RegisterImport.objects.filter(
        state__in=[State.READING, State.READY], uploaded_at__lt=at - KEPT_FOR
    )
    waiting.update(state=State.EXPIRED, table=None, preview=None)


def _now_or_later(record: RegisterImport, clinic: Clinic, at: datetime) -> None:
    """A large one stays under way: whoever asked rings for the worker."""
    if record.rows <= DONE_AT_ONCE:
        go_on(record, clinic=clinic, at=at)


def _enter_now(record: RegisterImport, clinic: Clinic, at: datetime, progress: Progress | None) -> None:
    table = _table(record)
    columns = columns_of(table, record.meanings)
    reading = reading_of(table, columns, clinic=clinic, as_of=clinic.day_of(at))
    skip = record.skip_bad_rows
    outcome = import_rows(
        reading, clinic=clinic, by=record.by, at=at, record=record, skip_bad_rows=skip, progress=progress
    )
    kept = {name: fact for name, fact in (record.preview or {}).items() if name in LEFT_OUT}
    record.state, record.outcome, record.finished_at = State.DONE, outcome.as_json(), at
    record.preview, record.table, record.rows_done = kept, None, record.rows
    record.save()


def _table(record: RegisterImport) -> Table:
    if record.table is None:
        raise NoLongerKept
    return unpacked(bytes(record.table))
