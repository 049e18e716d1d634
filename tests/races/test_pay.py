"""Therapists' pay while things happen at the same moment. See test_races for how a race is held."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest

from clinic.models import Clinic, Staff
from clinic.tenancy.context import clinic_context
from desk.recount import recount
from tests.factories import complete, package, reopen, visit
from tests.visits.paying import lines, pays, seen, therapist
from tests.written import everything
from visits.models import PayLine, Visit
from visits.pay import SessionsAreMarked

from .conftest import _owner
from .together import kinds, together

MANY = 6


@pytest.fixture(autouse=True)
def _adds_up_afterwards(clinic: Clinic) -> Iterator[None]:
    yield
    with clinic_context(clinic.pk):
        assert recount() == []


@pytest.fixture
def anand(clinic: Clinic) -> Staff:
    with clinic_context(clinic.pk):
        anand = therapist(clinic)
        pays(clinic, anand, 300)
        return anand


def booked(clinic: Clinic, anand: Staff) -> Visit:
    with clinic_context(clinic.pk):
        return visit(clinic, package(clinic).patient, therapist=anand)


def test_many_complete_at_once_and_one_is_paid(clinic: Clinic, anand: Staff) -> None:
    """S55, S01"""
    waiting = booked(clinic, anand)

    outcomes = together(MANY, lambda _n: complete(clinic, waiting, key=uuid4()), clinic=clinic)

    assert kinds(outcomes) == {"done": 1, "AlreadyCompleted": MANY - 1}
    with clinic_context(clinic.pk):
        assert lines() == [(1, 1000, 300)]


def test_many_reopen_at_once_and_it_is_taken_back_once(clinic: Clinic, anand: Staff) -> None:
    """S55, S05"""
    with clinic_context(clinic.pk):
        done = seen(clinic, package(clinic), anand)

    outcomes = together(MANY, lambda _n: reopen(clinic, done), clinic=clinic)

    assert kinds(outcomes) == {"done": 1, "NotCompleted": MANY - 1}
    with clinic_context(clinic.pk):
        assert lines() == [(1, 1000, 300), (-1, -1000, -300)]


def test_a_rule_changes_while_sessions_are_completed_and_taken_back(clinic: Clinic, anand: Staff) -> None:
    """S55"""
    waiting = [booked(clinic, anand) for _n in range(MANY)]
    with clinic_context(clinic.pk):
        done = [seen(clinic, package(clinic), anand) for _n in range(MANY)]

    def act(n: int) -> None:
        if n % 3 == 0:
            pays(clinic, anand, 100 + n)
        elif n % 3 == 1:
            complete(clinic, waiting[n])
        else:
            reopen(clinic, done[n])

    outcomes = together(MANY, act, clinic=clinic)

    assert kinds(outcomes) == {"done": MANY}
    with clinic_context(clinic.pk):
        assert len({line.amount for line in live()}) == 1  # that of the last rule


def test_a_rule_does_not_wait_for_who_marks_sessions_for_long(clinic: Clinic, anand: Staff) -> None:
    """Whoever completes a session meanwhile would wait behind it. S55"""
    with _owner() as slow, clinic_context(clinic.pk):
        slow.execute("SELECT pg_advisory_lock_shared(pay_lock(%s))", [anand.pk])
        written = everything()

        with pytest.raises(SessionsAreMarked, match="Try again in a minute"):
            pays(clinic, anand, 400)

        assert everything() == written
        seen(clinic, package(clinic), anand)

    with clinic_context(clinic.pk):
        assert lines() == [(1, 1000, 300)]


def live() -> list[PayLine]:
    taken_back = PayLine.objects.filter(reverses__isnull=False).values("reverses")
    return list(PayLine.objects.filter(reverses__isnull=True).exclude(pk__in=taken_back))
