"""A month is closed while the desk writes: what is written is of the closed month or of the open one, never lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from clinic.models import Clinic, Staff
from clinic.tenancy.context import clinic_context
from desk import checkout
from desk.recount import recount
from packages import ledger, months
from packages.models import Entry, MonthClose, PackageLine
from packages.months import Busy, close_month
from packages.roll_forward import Row, roll_forward
from tests.factories import owner_of, package, visit
from visits.models import Visit

from .conftest import _owner
from .together import kinds, together

VISITS = 6


@dataclass
class Scene:
    """Packs of 10 at 10,000, sold two months ago, and of each a visit of the last day of last month that is open."""

    clinic: Clinic
    owner: Staff
    visits: list[Visit]

    def __post_init__(self) -> None:
        self.this_month = self.clinic.today().replace(day=1)
        self.last_day = self.this_month - timedelta(days=1)

    def close(self, **facts: Any) -> MonthClose:
        facts = {"today": self.clinic.today(), "by": self.owner, "key": uuid4()} | facts
        return close_month(self.last_day, clinic=self.clinic, **facts)

    def complete(self, n: int = 0) -> checkout.Completed:
        facts = {"at": timezone.now(), "by": self.owner, "key": uuid4()}
        return checkout.complete_visit(self.visits[n], clinic=self.clinic, **facts)

    def adjust(self) -> Entry:
        """Of another pack than the others use; no bill is numbered by it."""
        line = PackageLine.objects.get(package__patient=self.visits[0].patient)
        facts = {"on": self.clinic.today(), "by": self.owner, "key": uuid4(), "reason": "A gift"}
        return ledger.adjust(line, sessions=Decimal(-1), **facts)

    def used(self) -> tuple[Decimal, Decimal]:
        """What was used in the month that is closed, and in the open one."""
        last = roll_forward(self.last_day.replace(day=1), self.last_day)
        this = roll_forward(self.this_month, self.clinic.today())
        return last.changes[Row.USED].value, this.changes[Row.USED].value


@pytest.fixture
def scene(clinic: Clinic) -> Iterator[Scene]:
    with clinic_context(clinic.pk):
        last_day = clinic.today().replace(day=1) - timedelta(days=1)
        before = datetime.combine(last_day - timedelta(days=40), time(12), clinic.zone)
        then = datetime.combine(last_day, time(12), clinic.zone)
        packs = [package(clinic, at=before) for _ in range(VISITS)]
        visits = [visit(clinic, pack.patient, at=then) for pack in packs]
        scene = Scene(clinic, owner_of(clinic), visits)
    yield scene
    with clinic_context(clinic.pk):
        assert recount() == []


def somebody_waits() -> None:
    """Return when another transaction waits for a lock that is held."""
    with connection.cursor() as cursor:
        found = False
        while not found:
            cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
            (found,) = cursor.fetchone()


def in_turn(
    scene: Scene, first: Callable[[], Any], then: Callable[[], Any], until: Callable[[], Any]
) -> list[Any]:
    """The first act is done and its transaction stays open `until`; meanwhile the other one comes."""
    done = threading.Event()

    def act(n: int) -> Any:
        if n == 1:
            assert done.wait(timeout=60)
            return then()
        answer = first()
        done.set()
        until()
        return answer

    return together(2, act, clinic=scene.clinic)


def test_a_closing_waits_for_a_visit_that_is_just_being_completed_and_has_it(scene: Scene) -> None:
    outcomes = in_turn(scene, scene.complete, scene.close, somebody_waits)

    assert kinds(outcomes) == {"done": 2}, outcomes
    with clinic_context(scene.clinic.pk):
        assert scene.used() == (-1_000, 0)
        assert Entry.objects.get(kind="used").posted_on == scene.last_day


def test_twin_without_the_lock_the_closed_month_changes_afterwards(scene: Scene) -> None:
    """The closing does not wait: what it read of the month is not what the month says in the end."""
    read, closed = [], threading.Event()

    def close() -> None:
        scene.close()
        read.append(scene.used())
        closed.set()

    with without_waiting():
        outcomes = in_turn(scene, scene.complete, close, lambda: closed.wait(timeout=60))

    assert kinds(outcomes) == {"done": 2}, outcomes
    assert read == [(0, 0)]
    with clinic_context(scene.clinic.pk):
        assert scene.used() == (-1_000, 0)


def without_waiting() -> Any:
    return _Replaced("month_closes", "FOR UPDATE", "")


class _Replaced:
    """A function of the database without a part of it, for a moment."""

    def __init__(self, name: str, part: str, by: str) -> None:
        self.name, self.part, self.by = name, part, by

    def __enter__(self) -> None:
        with _owner() as owner:
            (self.source,) = owner.execute(f"SELECT pg_get_functiondef('{self.name}'::regproc)").fetchone()
            assert self.part in self.source
            owner.execute(self.source.replace(self.part, self.by))

    def __exit__(self, *error: object) -> None:
        with _owner() as owner:
            owner.execute(self.source)


def test_a_visit_that_comes_while_the_month_is_being_closed_is_posted_to_the_open_one(scene: Scene) -> None:
    outcomes = in_turn(scene, scene.close, scene.complete, somebody_waits)

    assert kinds(outcomes) == {"done": 2}, outcomes
    with clinic_context(scene.clinic.pk):
        assert scene.used() == (0, -1_000)
        entry = Entry.objects.get(kind="used")
        assert (entry.happened_on, entry.posted_on) == (scene.last_day, scene.this_month)


def test_the_desk_does_not_wait_for_a_closing_that_waits(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The owner adjusts a pack and has not finished, and the closing waits; a visit is completed meanwhile."""
    monkeypatch.setattr(months, "PATIENCE", "SET LOCAL lock_timeout = '60s'")
    begun, another = threading.Event(), threading.Event()

    def act(n: int) -> Any:
        if n == 0:
            answer = scene.adjust()
            begun.set()
            assert another.wait(timeout=30), "the desk waited for the closing"
            return answer
        assert begun.wait(timeout=60)
        if n == 1:
            return scene.close()
        somebody_waits()
        answer = scene.complete(1)
        another.set()
        return answer

    outcomes = together(3, act, clinic=scene.clinic)

    assert kinds(outcomes) == {"done": 3}, outcomes
    with clinic_context(scene.clinic.pk):
        assert scene.used() == (-1_000, 0)


def test_a_closing_that_would_wait_too_long_is_refused_and_writes_nothing(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(months, "PATIENCE", "SET LOCAL lock_timeout = '200ms'")
    ended = threading.Event()

    def close() -> None:
        try:
            scene.close()
        finally:
            ended.set()

    outcomes = in_turn(scene, scene.complete, close, lambda: ended.wait(timeout=60))

    assert isinstance(outcomes[1], Busy), outcomes
    assert "Try again" in str(outcomes[1])
    with clinic_context(scene.clinic.pk):
        assert not MonthClose.objects.exists()
        assert scene.used() == (-1_000, 0)


def test_many_visits_and_a_closing_at_once_lose_none(scene: Scene) -> None:
    outcomes = together(
        VISITS + 1, lambda n: scene.complete(n) if n < VISITS else scene.close(), clinic=scene.clinic
    )

    assert kinds(outcomes[:VISITS]) == {"done": VISITS}, outcomes
    assert kinds(outcomes[VISITS:]).keys() <= {"done", "Busy"}, outcomes
    with clinic_context(scene.clinic.pk):
        entries = list(Entry.objects.filter(kind="used"))
        assert {entry.posted_on for entry in entries} <= {scene.last_day, scene.this_month}
        assert scene.used() == tuple(
            sum((entry.value for entry in entries if entry.posted_on == day), Decimal(0))
            for day in (scene.last_day, scene.this_month)
        )
        assert sum(scene.used()) == -1_000 * VISITS


def test_many_close_the_month_at_once_and_one_does(scene: Scene) -> None:
    outcomes = together(4, lambda n: scene.close(), clinic=scene.clinic)

    assert kinds(outcomes)["done"] == 1, outcomes
    assert kinds(outcomes).keys() <= {"done", "CannotClose", "Busy"}, outcomes
    with clinic_context(scene.clinic.pk):
        assert MonthClose.objects.count() == 1


def test_many_send_one_form_and_the_month_is_closed_once(scene: Scene) -> None:
    key = uuid4()

    outcomes = together(4, lambda n: scene.close(key=key), clinic=scene.clinic)

    assert kinds(outcomes) == {"done": 4}, outcomes
    assert len({each.pk for each in outcomes}) == 1
