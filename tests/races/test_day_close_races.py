"""Two who close the day at once: one closing, the other reads who did it. The twin without the lock shows the race."""

from __future__ import annotations

import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.utils import timezone

from clinic.models import Branch, Clinic, Role, Staff
from clinic.tenancy.context import clinic_context
from desk import day_book_days, day_close
from desk.day_book import read_book
from desk.models import DayClose
from tests.acts import pay
from tests.factories import PatientFactory, member, owner_of, sale

from .together import kinds, together

MANY = 20
Closing = Callable[[int], DayClose]


@pytest.fixture
def staff(clinic: Clinic) -> list[Staff]:
    with clinic_context(clinic.pk):
        sale(clinic)
        return [member(clinic, Role.FRONT_DESK, name=f"Desk {n}") for n in range(MANY)]


def closing(
    clinic: Clinic, staff: list[Staff], key: UUID | None = None, counted: Decimal = Decimal(10_000)
) -> Closing:
    with clinic_context(clinic.pk):
        branch = Branch.objects.get()
    facts: dict[str, Any] = {
        "day": clinic.today(),
        "branch": branch,
        "clinic": clinic,
        "counted": counted,
        "unsettled_reason": "Tomorrow",
        "at": timezone.now(),
    }
    return lambda n: day_close.close_day(by=staff[n], key=key or uuid4(), **facts)


def test_many_close_one_day_at_once_and_one_does(clinic: Clinic, staff: list[Staff]) -> None:
    outcomes = together(MANY, closing(clinic, staff), clinic=clinic)

    assert kinds(outcomes) == {"done": 1, "AlreadyClosed": MANY - 1}
    with clinic_context(clinic.pk):
        done = DayClose.objects.select_related("by").get()
        assert done.by is not None
        told = f"already closed by {done.by.name} at {clinic.local(done.at):%H:%M}"
        assert all(told in str(each) for each in outcomes if isinstance(each, day_close.AlreadyClosed))


def test_twin_without_the_lock_the_database_lets_one_through(
    clinic: Clinic, staff: list[Staff], monkeypatch: pytest.MonkeyPatch
) -> None:
    read, all_have_read = day_close.last_of, threading.Barrier(10)

    def without_lock(*args: Any, lock: bool = False) -> DayClose | None:
        found = read(*args)
        all_have_read.wait(timeout=60)
        return found

    monkeypatch.setattr(day_close, "last_of", without_lock)
    monkeypatch.setattr(day_close, "hold_books", lambda clinic: None)

    outcomes = together(10, closing(clinic, staff), clinic=clinic)

    assert kinds(outcomes) == {"done": 1, "IntegrityError": 9}
    assert all("day_close_in_turn" in str(each) for each in outcomes if isinstance(each, Exception))


def test_many_send_one_form_and_the_day_is_closed_once(clinic: Clinic, staff: list[Staff]) -> None:
    """S02"""
    outcomes = together(MANY, closing(clinic, staff, key=uuid4()), clinic=clinic)

    assert kinds(outcomes) == {"done": MANY}
    assert len({each.pk for each in outcomes}) == 1


def test_many_open_a_closed_day_again_and_one_does(clinic: Clinic, staff: list[Staff]) -> None:
    with clinic_context(clinic.pk):
        close = closing(clinic, staff)
        branch, owner = close(0).branch, owner_of(clinic)
    facts: dict[str, Any] = {"day": clinic.today(), "branch": branch, "clinic": clinic, "reason": "Found"}

    def reopen(n: int) -> DayClose:
        return day_close.reopen_day(at=timezone.now(), by=owner, key=uuid4(), **facts)

    assert kinds(together(MANY, reopen, clinic=clinic)) == {"done": 1, "NotClosed": MANY - 1}
    with clinic_context(clinic.pk):
        assert list(DayClose.objects.order_by("number").values_list("number", flat=True)) == [1, 2]


def test_money_is_taken_while_the_day_is_closed_and_neither_waits_for_ever(
    clinic: Clinic, staff: list[Staff]
) -> None:
    """A payment may come after the count was read: then the day says that cash came since, and nothing is lost."""
    close = closing(clinic, staff)

    def act(n: int) -> object:
        return close(n) if n == 0 else sale(clinic)

    outcomes = together(6, act, clinic=clinic)

    assert kinds(outcomes).get("done", 0) >= 5, [str(each) for each in outcomes]
    assert set(kinds(outcomes)) <= {"done", "DifferenceNeedsReason"}


def close_while_money_is_taken(
    clinic: Clinic, close: Closing, until: Callable[[threading.Event], object]
) -> Any:
    """Somebody takes 500 and keeps the transaction open `until`; meanwhile another closes the day. What of that."""
    written, ended = threading.Event(), threading.Event()

    def act(n: int) -> object:
        if n == 0:
            written.wait(timeout=60)
            try:
                return close(0)
            finally:
                ended.set()
        pay(clinic, PatientFactory(), 500, [])
        written.set()
        return until(ended)

    return together(2, act, clinic=clinic)[0]


def somebody_waits(_ended: threading.Event) -> None:
    """Return when another transaction waits for a lock that is held."""
    with connection.cursor() as cursor:
        found = False
        while not found:
            cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
            (found,) = cursor.fetchone()


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Set when a closing found the books held."""
    event, try_books = threading.Event(), day_book_days.try_books

    def told(clinic: Clinic) -> bool:
        free = try_books(clinic)
        if not free:
            event.set()
        return free

    monkeypatch.setattr(day_book_days, "try_books", told)
    return event


def test_a_closing_waits_for_money_that_is_just_being_recorded(
    clinic: Clinic, staff: list[Staff], tried: threading.Event
) -> None:
    """What has an earlier moment than the closing was seen by it: the count expects it, and the book has it."""
    close = closing(clinic, staff, counted=Decimal(10_500))

    closed = close_while_money_is_taken(clinic, close, lambda ended: tried.wait(timeout=60))

    with clinic_context(clinic.pk):
        assert closed.expected_cash == 10_500, closed
        book = read_book(clinic, Branch.objects.all(), clinic.today())
        assert (book.received, book.late) == (10_500, [])


def test_twin_without_waiting_the_closing_does_not_see_it(
    clinic: Clinic, staff: list[Staff], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(day_close, "hold_books", lambda clinic: None)
    close = closing(clinic, staff, counted=Decimal(10_500))

    refused = close_while_money_is_taken(clinic, close, lambda ended: ended.wait(timeout=60))

    assert isinstance(refused, day_close.DifferenceNeedsReason), refused


def test_a_closing_that_cannot_get_the_books_is_refused_and_writes_nothing(
    clinic: Clinic, staff: list[Staff], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It never stands in the queue, where it would hold up others that whoever records money waits for."""
    monkeypatch.setattr(day_book_days, "PATIENCE", 0.2)
    close = closing(clinic, staff, counted=Decimal(10_500))

    refused = close_while_money_is_taken(clinic, close, lambda ended: ended.wait(timeout=60))

    assert isinstance(refused, day_book_days.BooksAreBusy), refused
    assert "Try again" in str(refused)
    with clinic_context(clinic.pk):
        assert not DayClose.objects.exists()


def test_money_for_a_day_and_its_closing_take_their_locks_in_one_order(
    clinic: Clinic, staff: list[Staff]
) -> None:
    """Money for an earlier day holds the branch and then the books; a closing of the day comes between the two."""
    close, held = closing(clinic, staff, counted=Decimal(10_500)), threading.Event()
    with clinic_context(clinic.pk):
        branch = Branch.objects.get()

    def act(n: int) -> object:
        if n == 0:
            held.wait(timeout=60)
            return close(0)
        day_close.last_of(clinic.today(), branch, lock=True)
        held.set()
        somebody_waits(held)
        return pay(clinic, PatientFactory(), 500, [])

    outcomes = together(2, act, clinic=clinic)

    assert kinds(outcomes) == {"done": 2}, outcomes
