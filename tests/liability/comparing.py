"""A history beside its recount: what is owed and why it changed on every day, shares, and what was told when."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time
from decimal import Decimal

from packages.late_records import recorded_after
from packages.liability import liability
from packages.liability_shares import By, shares
from packages.months import over_time
from packages.postings import behind
from packages.roll_forward import Figures, Row, roll_forward

from .histories import END_OF_JANUARY, KOLKATA, START, WINDOW, History
from .recount import ONE_DAY, ZERO, Recount, Standing
from .story import told_of

DAYS = [START + n * ONE_DAY for n in range(-4, WINDOW + 2)]  # from before any act to after any


def compare(history: History, some: int, first: int, last: int, *, whole: bool) -> None:
    """Every day's report, and why it changed on every day: where not on the `whole`, on days on which it did."""
    recount, day = Recount(history.closed), DAYS[some]
    span = DAYS[min(first, last)], DAYS[max(first, last)]
    moved = {posting.on for posting in recount.postings}
    for each in DAYS:
        on_the_day(recount, each)
        if whole or each in moved or each == day:
            between(recount, each, each)
    between(recount, *span)
    in_parts(recount, day, list(By) if whole else [list(By)[some % len(By)]])
    behind_it(recount, *span, list(Row) if whole else [list(Row)[first % len(Row)]])
    over_the_month(recount)
    as_it_was_told(history, recount, span if not whole else (DAYS[0], DAYS[-1]))
    what_was_late(history, recount, day)
    assert liability(day).difference == 0


def on_the_day(recount: Recount, day: date) -> None:
    told = told_of(day)
    assert told == recount.told(day), day
    assert told[0] >= 0
    assert told[2] >= 0


def between(recount: Recount, first: date, last: date) -> None:
    report = roll_forward(first, last)
    changes = {row.value: figures[:2] for row, figures in report.changes.items() if any(figures[:2])}
    assert changes == recount.changes(first, last), (first, last)
    for figures, day in ((report.opening, first - ONE_DAY), (report.closing, last)):
        standing = recount.standing(day).values()
        wanted = Figures(
            sum((each.owed for each in standing), ZERO),
            sum((each.sessions for each in standing), ZERO),
            sum((each.free for each in standing), ZERO),
        )
        assert figures == wanted, day
    for n in range(3):
        moved = sum((each[n] for each in report.changes.values()), ZERO)
        assert report.opening[n] + moved == report.closing[n], (first, last)


def in_parts(recount: Recount, day: date, bys: list[By]) -> None:
    """The parts add up to the whole, and are what the packages themselves say."""
    value, sessions, receivable, packages, _patients = recount.told(day)
    for by in bys:
        parts = shares(day, by)
        assert sum((part.value for part in parts), ZERO) == value, by
        assert sum((part.sessions for part in parts), ZERO) == sessions, by
        assert sum((part.receivable for part in parts), ZERO) == receivable, by
        assert all(part.value >= 0 and part.receivable >= 0 for part in parts), by
        if by != By.SERVICE:  # a package of two services counts in both
            assert sum(part.packages for part in parts) == packages, by
    for by, name in ((By.PLAN, "plan_id"), (By.BRANCH, "branch_id")):
        if by not in bys:
            continue
        counted = defaultdict[str, Decimal](Decimal)
        for package, each in recount.standing(day).items():
            counted[str(getattr(recount.packages[package], name))] += each.owed
        told = {part.key: part.value for part in shares(day, by) if part.value}
        assert told == {key: owed for key, owed in counted.items() if owed}, by


def behind_it(recount: Recount, first: date, last: date, rows: list[Row]) -> None:
    changes = recount.changes(first, last)
    for row in rows:
        postings = behind(first, last, row)[:]
        wanted = changes.get(row.value, (ZERO, ZERO))
        assert sum((each.value for each in postings), ZERO) == wanted[0], row
        assert len(postings) == len(behind(first, last, row)), row


def over_the_month(recount: Recount) -> None:
    told = {end.last_day: (end.value, end.sessions, end.receivable) for end in over_time(DAYS[-1])}
    for day, figures in told.items():
        assert figures == recount.told(day)[:3]
    if recount.told(END_OF_JANUARY)[1]:
        assert END_OF_JANUARY in told


def as_it_was_told(history: History, recount: Recount, span: tuple[date, date]) -> None:
    """Each day is told again as it was told when it ended, whatever was recorded since."""
    for day, told in history.answered.items():
        if not span[0] <= day <= span[1]:
            continue
        assert told_of(day, known_on=day) == told == recount.told(day, end_of(day)), day


def what_was_late(history: History, recount: Recount, day: date) -> None:
    """The lines of a day or before that were recorded after it are listed, with all that they changed."""
    late = recorded_after(day)
    listed = {line.pk for each in late for line in [*each.entries, *each.receipts]}
    lines = [(entry, entry.happened_on) for entry in recount.entries]
    lines += [(receipt, receipt.received_on) for receipt in recount.receipts]
    assert listed == {
        line.pk
        for line, on in lines
        if recount.posted_on(on, line.recorded_at) <= day and line.recorded_at >= end_of(day)
    }
    then, now = recount.standing(day, end_of(day)), recount.standing(day)
    for each in late:
        package = each.package.pk
        figures = then.get(package, Standing()).owed, now.get(package, Standing()).owed
        assert (each.before, each.after) == figures
    assert (
        sum((each.change for each in late), ZERO) == recount.told(day)[0] - recount.told(day, end_of(day))[0]
    )


def end_of(day: date) -> datetime:
    return datetime.combine(day + ONE_DAY, time(0), KOLKATA)
