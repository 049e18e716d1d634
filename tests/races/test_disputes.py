"""Answers and decisions at the same moment. See test_races for how a race is held."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from clinic.models import Clinic
from clinic.tenancy.context import clinic_context
from desk import checkout
from desk import disputes as desk
from desk.recount import recount
from packages.models import Entry, Package
from tests.factories import owner_of, package, use
from visits import answers, disputes
from visits.models import Answer, Dispute, Visit

from .together import kinds, together

MANY = 8


@pytest.fixture(autouse=True)
def _adds_up_afterwards(clinic: Clinic) -> Iterator[None]:
    yield
    with clinic_context(clinic.pk):
        assert recount() == []


@pytest.fixture
def done(clinic: Clinic) -> Visit:
    with clinic_context(clinic.pk):
        return use(clinic, package(clinic))[0].visit


def answer(clinic: Clinic, visit: Visit, says: Answer.Says) -> Answer:
    facts: dict[str, Any] = {"at": timezone.now(), "by": None, "key": uuid4()}
    return answers.answer(visit, says=says, via=Answer.Via.LINK, clinic=clinic, **facts)


def dispute(clinic: Clinic, visit: Visit) -> Dispute:
    facts: dict[str, Any] = {"at": timezone.now(), "by": None, "key": uuid4()}
    return disputes.open_dispute(visit, clinic=clinic, **facts)


def test_many_say_not_right_at_once_and_one_session_is_set_aside(clinic: Clinic, done: Visit) -> None:
    outcomes = together(MANY, lambda _n: answer(clinic, done, Answer.Says.NO), clinic=clinic)

    assert kinds(outcomes) == {"done": 1, "InDispute": MANY - 1}
    with clinic_context(clinic.pk):
        assert (Answer.objects.count(), Dispute.objects.count()) == (1, 1)
        assert Package.objects.get().set_aside == 1


def test_yes_and_not_right_at_once_leave_one_story(clinic: Clinic, done: Visit) -> None:
    both = [Answer.Says.YES, Answer.Says.NO]
    outcomes = together(2, lambda n: answer(clinic, done, both[n]), clinic=clinic)

    told = kinds(outcomes)
    assert told in ({"done": 2}, {"done": 1, "InDispute": 1})
    with clinic_context(clinic.pk):
        assert Dispute.objects.get().is_open
        assert Answer.objects.count() == told["done"]


def test_many_decide_at_once_and_one_decision_is_written(clinic: Clinic, done: Visit) -> None:
    ways = list(Dispute.Decision)
    with clinic_context(clinic.pk):
        case = dispute(clinic, done)
        owner = owner_of(clinic)

    def decide(n: int) -> Dispute:
        facts: dict[str, Any] = {"at": timezone.now(), "by": owner, "key": uuid4(), "reason": f"Reason {n}"}
        return desk.decide(case, decision=ways[n % 3], clinic=clinic, **facts)

    outcomes = together(MANY, decide, clinic=clinic)

    assert kinds(outcomes) == {"done": 1, "AlreadyDecided": MANY - 1}
    with clinic_context(clinic.pk):
        decided = Dispute.objects.get()
        assert not decided.is_open
        live = Entry.objects.filter(visit_id=done.pk).order_by("turn").last()
        assert live is not None
        assert live.reason == decided.reason
        assert Package.objects.get().set_aside == 0


def test_the_same_decision_twice_at_once_is_one(clinic: Clinic, done: Visit) -> None:
    with clinic_context(clinic.pk):
        case, owner = dispute(clinic, done), owner_of(clinic)
    facts: dict[str, Any] = {"by": owner, "key": uuid4(), "reason": "Ten minutes"}

    outcomes = together(
        2,
        lambda _n: desk.decide(
            case, decision=Dispute.Decision.HALF, clinic=clinic, at=timezone.now(), **facts
        ),
        clinic=clinic,
    )

    assert kinds(outcomes) == {"done": 2}
    with clinic_context(clinic.pk):
        assert Package.objects.get().sessions_left * 2 == 19


def test_disputed_while_it_is_reopened(clinic: Clinic, done: Visit) -> None:
    """Either comes first; never are both true."""
    with clinic_context(clinic.pk):
        owner = owner_of(clinic)

    def act(n: int) -> Any:
        if n:
            return dispute(clinic, done)
        facts: dict[str, Any] = {"at": timezone.now(), "by": owner, "key": uuid4(), "reason": "By mistake"}
        return checkout.reopen_visit(done, clinic=clinic, **facts)

    outcomes = together(2, act, clinic=clinic)

    assert kinds(outcomes) in ({"done": 1, "InDispute": 1}, {"done": 1, "NothingTaken": 1})
    with clinic_context(clinic.pk):
        pack = Package.objects.get()
        assert (pack.sessions_left, pack.set_aside) in {(9, 1), (10, 0)}
        assert Dispute.objects.count() == pack.set_aside


def test_the_race_is_real(clinic: Clinic, done: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the lock all look before any writes: then the database refuses, and still one is set aside."""
    all_have_looked = threading.Barrier(3)
    look = disputes.disputable

    def unlocked(visit: Visit) -> Visit:
        return Visit.objects.select_related("entry__package", "entry__line").get(pk=visit.pk)

    def together_now(visit: Visit) -> Entry:
        found = look(visit)
        if threading.current_thread() is not threading.main_thread():
            all_have_looked.wait(timeout=60)
        return found

    monkeypatch.setattr(disputes, "locked", unlocked)
    monkeypatch.setattr(disputes, "disputable", together_now)

    outcomes = together(3, lambda _n: dispute(clinic, done), clinic=clinic)

    told = kinds(outcomes)
    assert told.pop("done") == 1
    assert set(told) <= {"AlreadyReversed", "IntegrityError"}
    with clinic_context(clinic.pk):
        assert Package.objects.get().set_aside == 1
