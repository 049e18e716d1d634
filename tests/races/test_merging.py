"""Merging while somebody else merges, completes or books. See test_races for how a race is held."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from clinic.models import AuditEvent, Clinic, Patient
from clinic.patients import merging
from clinic.patients.merging import BeingWritten, MergedBefore
from clinic.tenancy.context import clinic_context
from desk import checkout
from desk.merging import Merged, merge_patients
from desk.recount import recount
from packages.models import Package
from tests.factories import PatientFactory, package, visit
from visits.models import Visit

from .together import kinds, together

MANY = 12
SOMEBODY_WAITS = """
SELECT count(*) FROM pg_stat_activity
 WHERE datname = current_database() AND wait_event_type = 'Lock' AND pid <> pg_backend_pid()
"""


@pytest.fixture(autouse=True)
def _adds_up_afterwards(clinic: Clinic) -> Iterator[None]:
    yield
    with clinic_context(clinic.pk):
        assert recount() == []


@pytest.fixture
def pair(clinic: Clinic) -> tuple[Patient, Patient]:
    """Two records of one patient; the second has a pack."""
    with clinic_context(clinic.pk):
        kept, gone = PatientFactory(), PatientFactory()
        package(clinic, gone)
        return kept, gone


def merge(clinic: Clinic, kept: Patient, gone: Patient, **facts: Any) -> Merged:
    facts = {"at": timezone.now(), "by": None, "key": uuid4(), "reason": "Same phone"} | facts
    return merge_patients(kept, gone, clinic=clinic, **facts)


def complete(clinic: Clinic, seen: Visit) -> checkout.Completed:
    return checkout.complete_visit(seen, clinic=clinic, at=timezone.now(), by=None, key=uuid4())


def until_somebody_waits() -> None:
    with connection.cursor() as cursor:
        for _ in range(1500):
            cursor.execute(SOMEBODY_WAITS)
            if cursor.fetchone() != (0,):
                return
            cursor.execute("SELECT pg_sleep(0.02), pg_stat_clear_snapshot()")
    raise AssertionError("nobody came to the lock")


def while_merging(
    clinic: Clinic,
    pair: tuple[Patient, Patient],
    other: Callable[[], Any],
    monkeypatch: pytest.MonkeyPatch,
) -> list[Any]:
    """The other act begins when the merge has closed the old record, and the merge goes on when it waits for that."""
    closed, close = threading.Event(), merging.close

    def close_and_wait(gone: Patient) -> None:
        close(gone)
        closed.set()
        until_somebody_waits()

    def act(n: int) -> Any:
        if n == 0:
            return merge(clinic, *pair)
        assert closed.wait(timeout=60)
        return other()

    monkeypatch.setattr(merging, "close", close_and_wait)
    return together(2, act, clinic=clinic)


def test_many_merge_one_pair_and_it_is_merged_once(clinic: Clinic, pair: tuple[Patient, Patient]) -> None:
    """S17"""
    kept, gone = pair

    outcomes = together(
        MANY, lambda n: merge(clinic, *pair) if n % 2 else merge(clinic, gone, kept), clinic=clinic
    )

    assert kinds(outcomes) == {"done": 1, "MergedBefore": MANY - 1}
    assert all(isinstance(each, MergedBefore | Merged) for each in outcomes)
    with clinic_context(clinic.pk):
        assert Patient.objects.filter(merged_into=None).count() == 1
        assert Package.objects.get().patient.merged_into is None


def test_many_send_one_form_and_all_read_the_same_merge(
    clinic: Clinic, pair: tuple[Patient, Patient]
) -> None:
    """S02, S17"""
    key = uuid4()

    outcomes = together(MANY, lambda n: merge(clinic, *pair, key=key), clinic=clinic)

    assert kinds(outcomes) == {"done": MANY}
    with clinic_context(clinic.pk):
        assert AuditEvent.objects.filter(act="merge_patients").count() == 1


def test_a_visit_that_is_completed_while_its_patient_is_merged_is_completed(
    clinic: Clinic, pair: tuple[Patient, Patient], monkeypatch: pytest.MonkeyPatch
) -> None:
    """S17"""
    kept, gone = pair
    with clinic_context(clinic.pk):
        seen = visit(clinic, gone)

    outcomes = while_merging(clinic, pair, lambda: complete(clinic, seen), monkeypatch)

    assert kinds(outcomes) == {"done": 2}, outcomes
    with clinic_context(clinic.pk):
        row = Visit.objects.get(pk=seen.pk)
        assert (row.state, row.patient) == (Visit.State.COMPLETED, kept)
        assert Package.objects.get().sessions_left == 9
        assert set(kept.bills.values_list("visit", flat=True)) == {None, seen.pk}


def test_merging_and_completing_at_the_same_moment_both_happen(
    clinic: Clinic, pair: tuple[Patient, Patient]
) -> None:
    """S17: whoever comes first."""
    kept, gone = pair
    with clinic_context(clinic.pk):
        waiting = [visit(clinic, gone) for _ in range(6)]

    outcomes = together(
        7, lambda n: complete(clinic, waiting[n - 1]) if n else merge(clinic, *pair), clinic=clinic
    )

    assert kinds(outcomes) == {"done": 7}, outcomes
    with clinic_context(clinic.pk):
        assert Package.objects.get().sessions_left == 4
        assert not gone.visits.exists()
        assert not gone.bills.exists()
        assert kept.bills.count() == 7


def test_a_visit_booked_during_the_merge_is_the_kept_patients(
    clinic: Clinic, pair: tuple[Patient, Patient], monkeypatch: pytest.MonkeyPatch
) -> None:
    """S17"""
    kept, gone = pair

    outcomes = while_merging(clinic, pair, lambda: visit(clinic, gone), monkeypatch)

    assert kinds(outcomes) == {"done": 2}, outcomes
    with clinic_context(clinic.pk):
        assert Visit.objects.get().patient == kept


def merge_while_booking(clinic: Clinic, pair: tuple[Patient, Patient]) -> list[Any]:
    """A visit is written for the old record before the merge begins, and committed after the merge has ended."""
    booked, tried = threading.Event(), threading.Event()

    def act(n: int) -> Any:
        if n == 0:
            made = visit(clinic, pair[1])
            booked.set()
            assert tried.wait(timeout=60)
            return made
        assert booked.wait(timeout=60)
        try:
            return merge(clinic, *pair)
        finally:
            tried.set()

    return together(2, act, clinic=clinic)


def test_while_somebody_books_for_the_old_record_the_merge_is_refused_and_nothing_is_written(
    clinic: Clinic, pair: tuple[Patient, Patient]
) -> None:
    """S17"""
    kept, gone = pair

    outcomes = merge_while_booking(clinic, pair)

    assert isinstance(outcomes[1], BeingWritten)
    with clinic_context(clinic.pk):
        assert Patient.objects.filter(merged_into=None).count() == 2
        assert Package.objects.get().patient == gone
        merge(clinic, kept, gone)
        assert Visit.objects.get().patient == kept


def test_twin_that_does_not_close_the_record_leaves_the_visit_behind(
    clinic: Clinic, pair: tuple[Patient, Patient], monkeypatch: pytest.MonkeyPatch
) -> None:
    """S17"""
    _kept, gone = pair
    monkeypatch.setattr(merging, "close", lambda gone: None)

    assert kinds(merge_while_booking(clinic, pair)) == {"done": 2}

    with clinic_context(clinic.pk):
        assert Visit.objects.get().patient == gone
