"""Closing the day: what is unsettled, what the cash should come to, and the acts that close and open a day."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic import audit
from clinic.acts import act
from clinic.keys import hold
from clinic.models import Branch, Clinic, Staff
from clinic.money import LARGEST, quantise
from clinic.refusals import Refused
from clinic.templatetags.ui import money
from clinic.ui import words

from . import day_close_items as items
from .day_book import read_book
from .day_book_days import hold_books
from .day_close_facts import BranchDay
from .day_close_items import Item
from .models import Acceptance, DayClose

# A new kind of item is a new function here: it reads the day of a branch and yields what is unsettled.
LISTS: list[Callable[[BranchDay], Iterable[Item]]] = [
    items.arrived,
    items.booked,
    items.free,
    items.singly,
    items.late,
    items.unpaid,
    items.unapplied,
    items.disputed,
]


class DayNotCome(Refused):
    def __init__(self, day: date) -> None:
        super().__init__(_("%(day)s has not come yet.") % {"day": words.day(day, "full")})


class AlreadyClosed(Refused):
    """Somebody closed the day before."""

    def __init__(self, close: DayClose, clinic: Clinic) -> None:
        self.close = close
        at = clinic.local(close.at)
        facts = {
            "day": words.day(close.day, "full"),
            "name": close.by or _("the program"),
            "time": f"{at:%H:%M}",
            "date": words.day(at.date(), "short"),
        }
        if at.date() == close.day:
            super().__init__(_("%(day)s was already closed by %(name)s at %(time)s.") % facts)
        else:
            super().__init__(_("%(day)s was already closed by %(name)s at %(time)s on %(date)s.") % facts)


class NotClosed(Refused):
    def __init__(self, day: date) -> None:
        super().__init__(_("%(day)s is not closed.") % {"day": words.day(day, "full")})


class NoSuchCount(Refused):
    """The cash that was counted is no amount of cash."""


class DifferenceNeedsReason(Refused):
    field = "difference_reason"  # of the form, where the way on is

    def __init__(self, difference: Decimal, expected: Decimal, currency: str) -> None:
        facts = {"amount": money(abs(difference), currency), "expected": money(expected, currency)}
        missing = _("%(amount)s is missing: %(expected)s was received in cash. Write a word about it.")
        over = _("There is %(amount)s too much: %(expected)s was received in cash. Write a word about it.")
        super().__init__((missing if difference < 0 else over) % facts)


class UnsettledNeedsReason(Refused):
    field = "unsettled_reason"

    def __init__(self, count: int) -> None:
        sentence = ngettext(
            "%(n)d thing of the day is not settled. Settle it, or write why the day is closed without it.",
            "%(n)d things of the day are not settled. Settle them, or write why the day is closed without them.",
            count,
        )
        super().__init__(sentence % {"n": count})


class ReopeningNeedsReason(Refused):
    def __init__(self) -> None:
        super().__init__(_("Write why the day is opened again. It stands beside the day."))


def unsettled(day: date, branch: Branch, clinic: Clinic, *, at: datetime | None = None) -> list[Item]:
    """What somebody has to look at before the branch's local day may be called done, in the order of the page.

    `at` tells what was forgotten from what is still to come; without it the day is over.
    """
    return listed(BranchDay(clinic, branch, day, at))[0]


def listed(that_day: BranchDay) -> tuple[list[Item], list[tuple[Item, Acceptance]]]:
    """The items of a day: those that are unsettled, and those that somebody left as they are."""
    left = _left_as_they_are(that_day)
    unsettled, accepted = [], []
    for item in (item for of_a_kind in LISTS for item in of_a_kind(that_day)):
        acceptance = left.get((item.kind.value, item.subject_id))
        # What became so after somebody looked is looked at again.
        if acceptance and item.may_be_left and (item.since is None or acceptance.at >= item.since):
            accepted.append((item, acceptance))
        else:
            unsettled.append(item)
    return unsettled, accepted


def last_of(day: date, branch: Branch, *, lock: bool = False) -> DayClose | None:
    """The row that says whether the day is closed. With lock=True nobody else closes or opens a day of the branch."""
    if lock:
        Branch.objects.select_for_update(no_key=True).get(pk=branch.pk)
    rows = DayClose.objects.filter(branch=branch, day=day).select_related("by")
    return rows.order_by("-number").first()


@act
def close_day(
    *,
    day: date,
    branch: Branch,
    clinic: Clinic,
    counted: Decimal,
    at: datetime,
    by: Staff | None,
    key: uuid.UUID,
    pieces: Mapping[str, int] | None = None,
    difference_reason: str = "",
    unsettled_reason: str = "",
    note: str = "",
) -> DayClose:
    """Close a branch's local day with the cash that was counted. The same key twice is the same closing.

    Refuses a day to come (DayNotCome), one that is closed (AlreadyClosed), an amount that is none (NoSuchCount), a
    difference without a word (DifferenceNeedsReason) and unsettled items without a reason (UnsettledNeedsReason).
    The day books of the branch up to that day are shut for good; it waits for money that is just being recorded, and
    refuses if that goes on for some seconds (BooksAreBusy).
    """
    hold(key)
    if before := DayClose.objects.filter(key=key).first():
        return before
    if day > clinic.day_of(at):
        raise DayNotCome(day)
    _check_amount(counted, clinic.currency)
    number = _next_number(day, branch, clinic)
    hold_books(clinic)  # after the branch, as whoever takes money for an earlier day
    that_day = BranchDay(clinic, branch, day, at)
    expected, left = that_day.expected_cash, listed(that_day)[0]
    if counted != expected and not difference_reason.strip():
        raise DifferenceNeedsReason(counted - expected, expected, clinic.currency)
    if left and not unsettled_reason.strip():
        raise UnsettledNeedsReason(len(left))
    book = read_book(clinic, [branch], day)
    return _write(
        DayClose(
            branch=branch,
            day=day,
            number=number,
            kind=DayClose.Kind.CLOSED,
            credit_left=book.credit.closing,
            owed_left=book.owed.closing,
            expected_cash=expected,
            counted_cash=counted,
            pieces=dict(pieces or {}),
            takings={method.value: str(amount) for method, amount in that_day.takings.items()},
            unsettled=Counter(item.kind.value for item in left),
            difference_reason=difference_reason.strip() if counted != expected else "",
            unsettled_reason=unsettled_reason.strip() if left else "",
            note=note.strip(),
            by=by,
            at=at,
            key=key,
        ),
        "close_day",
    )


@act
def reopen_day(
    *, day: date, branch: Branch, clinic: Clinic, at: datetime, by: Staff | None, key: uuid.UUID, reason: str
) -> DayClose:
    """Open a closed day again, with a reason: a new row, the closing stays. The same key twice is the same.

    Refuses a day that is not closed (NotClosed) and a missing reason (ReopeningNeedsReason).
    """
    hold(key)
    if before := DayClose.objects.filter(key=key).first():
        return before
    if not reason.strip():
        raise ReopeningNeedsReason
    last = last_of(day, branch, lock=True)
    if last is None or not last.is_closed:
        raise NotClosed(day)
    hold_books(clinic)
    row = DayClose(branch=branch, day=day, number=last.number + 1, kind=DayClose.Kind.REOPENED)
    row.note, row.by, row.at, row.key = reason.strip(), by, at, key
    return _write(row, "reopen_day")


def _next_number(day: date, branch: Branch, clinic: Clinic) -> int:
    last = last_of(day, branch, lock=True)
    if last and last.is_closed:
        raise AlreadyClosed(last, clinic)
    return last.number + 1 if last else 1


def _check_amount(counted: Decimal, currency: str) -> None:
    if not counted.is_finite() or abs(counted) >= LARGEST:
        raise NoSuchCount(_("That is too much to be the cash of a day."))
    if counted < 0:
        raise NoSuchCount(_("The cash that was counted cannot be less than 0."))
    if counted != quantise(counted, currency):
        raise NoSuchCount(_("There is no coin that small. Write the cash that was counted."))


def _write(row: DayClose, verb: str) -> DayClose:
    row.save(force_insert=True)
    what = {
        "branch": row.branch.name,
        "day": row.day,
        "counted": row.counted_cash,
        "expected": row.expected_cash,
        "unsettled": dict(row.unsettled),
        "note": row.note,
    }
    audit.record(verb, row, by=row.by, after=what)
    return row


def _left_as_they_are(that_day: BranchDay) -> dict[tuple[str, uuid.UUID], Acceptance]:
    """The last time somebody left each item as it is."""
    rows = Acceptance.objects.filter(branch=that_day.branch, day=that_day.on).select_related("by")
    return {(row.kind, row.subject_id): row for row in rows.order_by("at")}
