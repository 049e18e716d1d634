"""Many bills as one file: asked for on the page of bills, made by the worker in parts, kept for a day.

A run is cut into parts when it is asked for. A worker claims a part for LEASE, prints it and keeps its file; whoever
keeps the last one puts the whole together. A worker that is killed loses the part under way and nothing else, and two
workers share a run.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from clinic import access, audit
from clinic.acts import act
from clinic.keys import hold
from clinic.models import Staff
from clinic.refusals import Refused as RefusedAct

from . import pdf
from .models import Bill, PrintPart, PrintRun
from .stitching import stitch

State = PrintRun.State
MOST_BILLS = 1000
# Two to four seconds of work, and a few dozen pages in memory at once.
BILLS_IN_A_PART = 25
LEASE = timedelta(minutes=2)
MOST_ATTEMPTS = 3
KEPT_FOR = timedelta(days=1)

CANNOT_PRINT = gettext_noop(
    "This server cannot make PDF files. Print each bill from the browser; the operator can install Pango."
)
BROKE = gettext_noop("A bill could not be printed. Try again; if it fails again, tell the operator.")
KILLED = gettext_noop("The worker was stopped several times while it printed. Print fewer bills at once.")


class Refused(RefusedAct):
    """Base of what print runs refuse."""


class NothingToPrint(Refused):
    """No bill fits what was asked."""

    def __init__(self) -> None:
        super().__init__(_("No bill matches, so there is nothing to print."))


class TooMany(Refused):
    """More bills than one file may hold."""

    def __init__(self) -> None:
        words = _(
            "These are more than %(most)d bills. Narrow them by days or kind, and print them in several files."
        )
        super().__init__(words % {"most": MOST_BILLS})


class CannotPrint(Refused):
    """Pango is missing on this machine."""

    def __init__(self) -> None:
        super().__init__(_(CANNOT_PRINT))


class NotUnderWay(Refused):
    """Only what is being made can be cancelled, and only what stopped can go on."""

    def __init__(self, run: PrintRun) -> None:
        super().__init__(_("This print is %(state)s.") % {"state": run.get_state_display()})


@act
def print_bills(
    bills: QuerySet[Bill],
    *,
    asked: Mapping[str, str],
    language: str,
    paper: str,
    at: datetime,
    by: Staff | None,
    key: UUID,
) -> PrintRun:
    """Ask for these bills as one file, the oldest first; an empty language is each patient's own.

    The same key twice is the same run. Refuses no bills, more than MOST_BILLS, and a machine that makes no PDF.
    """
    access.require(by, "print_bills")
    hold(key)
    if run := PrintRun.objects.filter(key=key).first():
        return run
    ids = [str(pk) for pk in bills.order_by("issued_at", "pk").values_list("pk", flat=True)[: MOST_BILLS + 1]]
    _refuse_impossible(len(ids))
    facts = {"asked": dict(asked), "language": language, "paper": paper, "total": len(ids)}
    run = PrintRun.objects.create(**facts, asked_at=at, by=by, key=key)
    starts = range(0, len(ids), BILLS_IN_A_PART)
    PrintPart.objects.bulk_create(
        PrintPart(run=run, position=position, bills=ids[start : start + BILLS_IN_A_PART])
        for position, start in enumerate(starts)
    )
    audit.record("print_bills", run, by=by, after=facts)
    return run


def count_for_one_file(bills: QuerySet[Bill]) -> int:
    """How many they are; one more than MOST_BILLS stands for any larger number."""
    return bills.order_by()[: MOST_BILLS + 1].count()


@act
def cancel_run(run: PrintRun, *, at: datetime, by: Staff | None) -> PrintRun:
    """Stop a run; what was printed is kept, so that it can go on. Twice is once. Refuses a run that has ended."""
    access.require(by, "print_bills")
    run = _locked(run)
    if run.state == State.CANCELLED:
        return run
    if not run.is_under_way:
        raise NotUnderWay(run)
    return _change(run, State.CANCELLED, act="cancel_print", by=by, finished_at=at)


@act
def resume_run(run: PrintRun, *, by: Staff | None) -> PrintRun:
    """Go on where a run was cancelled or failed. Twice is once. Refuses one that is ready or no longer kept."""
    access.require(by, "print_bills")
    run = _locked(run)
    if run.is_under_way:
        return run
    if not run.is_stopped:
        raise NotUnderWay(run)
    run.parts.filter(printed_at__isnull=True).update(attempts=0, claimed_until=None)
    return _change(run, State.QUEUED, act="resume_print", by=by, finished_at=None, last_words="")


@act
def claim(at: datetime) -> PrintPart | None:
    """Take the next part that waits, for LEASE. A run whose part was taken too often fails. None when none waits."""
    free = Q(claimed_until__isnull=True) | Q(claimed_until__lt=at)
    waiting = PrintPart.objects.filter(free, printed_at__isnull=True, run__state__in=PrintRun.UNDER_WAY)
    locked = waiting.select_for_update(skip_locked=True, of=["self"], no_key=True).select_related("run")
    while part := locked.defer("file", "run__file").order_by("run__asked_at", "position").first():
        if part.attempts < MOST_ATTEMPTS:
            part.claimed_until, part.attempts = at + LEASE, part.attempts + 1
            part.save(update_fields=["claimed_until", "attempts"])
            PrintRun.objects.filter(pk=part.run_id, state=State.QUEUED).update(state=State.WORKING)
            return part
        fail(part.run, KILLED, at=at)
    return None


def bills_of(part: PrintPart) -> list[Bill]:
    """Its bills in the order of the file."""
    found = Bill.objects.in_bulk([UUID(pk) for pk in part.bills])
    return [found[UUID(pk)] for pk in part.bills]


@act
def keep(part: PrintPart, file: bytes, *, at: datetime) -> None:
    """Keep what was printed, and put the whole together after the last part. What somebody else kept first stays."""
    run = _locked(part.run)
    mine = PrintPart.objects.filter(pk=part.pk, printed_at__isnull=True)
    if run.state == State.EXPIRED or not mine.update(file=file, printed_at=at):
        return
    run.done += len(part.bills)
    run.save(update_fields=["done"])
    if run.is_under_way and run.done == run.total:
        _finish(run, at)


@act
def finish_complete(at: datetime) -> None:
    """Put together the runs that went on with nothing left to print: cancelled while the last part was made."""
    for run in PrintRun.objects.filter(state__in=PrintRun.UNDER_WAY, done=F("total")):
        run = _locked(run)
        if run.is_under_way:
            _finish(run, at)


@act
def fail(run: PrintRun, words: str, *, at: datetime) -> None:
    """Stop a run that cannot go on; `words` is one of the sentences above."""
    PrintRun.objects.filter(pk=run.pk, state__in=PrintRun.UNDER_WAY).update(
        state=State.FAILED, last_words=words, finished_at=at
    )


@act
def forget_old(at: datetime) -> int:
    """Drop the files of a day ago; says of how many runs. The rows stay."""
    ended = PrintRun.objects.filter(finished_at__lt=at - KEPT_FOR).exclude(state=State.EXPIRED)
    old = list(ended.values_list("pk", flat=True))
    if old:
        PrintPart.objects.filter(run__in=old, file__isnull=False).update(file=None)
        ended.filter(pk__in=old).update(state=State.EXPIRED, file=None)
    return len(old)


def _refuse_impossible(count: int) -> None:
    if not count:
        raise NothingToPrint
    if count > MOST_BILLS:
        raise TooMany
    if not pdf.can_print():
        raise CannotPrint


def _finish(run: PrintRun, at: datetime) -> None:
    files = run.parts.order_by("position").values_list("file", flat=True)
    title = ngettext("%(count)d bill", "%(count)d bills", run.total) % {"count": run.total}
    run.file = stitch((bytes(file or b"") for file in files), title=title)
    run.state, run.finished_at = State.READY, at
    run.save(update_fields=["file", "state", "finished_at"])
    run.parts.update(file=None)


def _locked(run: PrintRun) -> PrintRun:
    return PrintRun.objects.select_for_update(no_key=True).defer("file").get(pk=run.pk)


def _change(run: PrintRun, state: str, *, act: str, by: Staff | None, **facts: object) -> PrintRun:
    before = {"state": run.state}
    for name, value in {"state": state, **facts}.items():
        setattr(run, name, value)
    run.save(update_fields=["state", *facts])
    audit.record(act, run, by=by, before=before, after={"state": state, "done": run.done})
    return run
