"""What happens to a visit: each act and what it refuses."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from clinic.models import AuditEvent, Branch, Clinic, Role
from tests.committing import check_now
from tests.factories import PatientFactory, ServiceFactory, complete, member, package, reopen, visit
from tests.written import everything
from visits import services
from visits.models import Visit
from visits.services import NotOpen

State = Visit.State


def now() -> dict[str, Any]:
    return {"clinic": Clinic.objects.get(slug="asha"), "at": timezone.now(), "by": None, "key": uuid4()}


ACTS: dict[str, Any] = {
    "arrive": lambda seen: services.check_in(seen, at=timezone.now(), by=None),
    "no_show": lambda seen: services.mark_no_show(seen, **now()),
    "cancel": lambda seen: services.cancel_visit(seen, by_clinic=False, **now()),
    "cancel_by_clinic": lambda seen: services.cancel_visit(seen, by_clinic=True, **now()),
    "move": lambda seen: services.move_visit(seen, starts_at=timezone.now() + timedelta(days=1), by=None),
    "restore": lambda seen: services.restore_visit(seen, **now()),
}


def test_booked_with_the_same_key_is_the_same_visit(asha: Clinic) -> None:
    """S02"""
    patient, service = PatientFactory(), ServiceFactory(minutes=45)
    facts = {"branch": Branch.objects.get(), "starts_at": timezone.now(), "by": None, "key": uuid4()}

    first = services.book_visit(patient, service=service, **facts)

    assert services.book_visit(patient, service=service, **facts) == first
    assert (first.state, first.minutes, Visit.objects.count()) == (State.BOOKED, 45, 1)


def test_a_walk_in_has_arrived(asha: Clinic) -> None:
    assert visit(asha, PatientFactory(), arrived_at=timezone.now()).state == State.CHECKED_IN


def test_an_arrival_noted_twice_keeps_its_first_time(asha: Clinic) -> None:
    seen = visit(asha, PatientFactory())
    first = ACTS["arrive"](seen)
    written = everything()

    assert ACTS["arrive"](seen).arrived_at == first.arrived_at
    assert everything() == written


@pytest.mark.parametrize("act", ["arrive", "no_show", "cancel", "cancel_by_clinic", "move", "restore"])
def test_a_completed_visit_stays_as_it_is(asha: Clinic, act: str) -> None:
    """S13"""
    done = complete(asha, visit(asha, package(asha).patient))
    written = everything()

    with pytest.raises(NotOpen, match="This visit is completed"):
        ACTS[act](done.visit)

    assert everything() == written


@pytest.mark.parametrize("first", ["no_show", "cancel", "cancel_by_clinic"])
@pytest.mark.parametrize("then", ["arrive", "move", "no_show", "cancel", "cancel_by_clinic"])
def test_what_did_not_happen_is_restored_before_anything_else(asha: Clinic, first: str, then: str) -> None:
    seen = visit(asha, PatientFactory())
    state = ACTS[first](seen).state
    written = everything()

    if then == first:
        assert ACTS[then](seen).state == state
    else:
        with pytest.raises(NotOpen):
            ACTS[then](seen)

    assert everything() == written
    assert ACTS["restore"](seen).state == State.BOOKED
    check_now()


def test_a_moved_visit_keeps_what_was_not_said(asha: Clinic) -> None:
    ravi, anita = member(asha, Role.THERAPIST), member(asha, Role.THERAPIST)
    seen = visit(asha, PatientFactory(), therapist=ravi, minutes=30)
    tomorrow = timezone.now() + timedelta(days=1)

    moved = services.move_visit(seen, starts_at=tomorrow, by=None)
    assert (moved.starts_at, moved.therapist, moved.minutes) == (tomorrow, ravi, 30)
    assert (
        services.move_visit(seen, starts_at=tomorrow, by=None, therapist=anita, minutes=60).therapist == anita
    )


def test_a_reopened_visit_waits_as_arrived_and_may_be_settled_in_another_way(asha: Clinic) -> None:
    """S05"""
    pack = package(asha)
    done = complete(asha, visit(asha, pack.patient))
    reopen(asha, done.visit)

    again = complete(asha, done.visit, how="free", reason="Our mistake")
    check_now()

    assert (again.visit.settlement, again.visit.completions, again.entry) == ("free", 2, None)
    pack.refresh_from_db()
    assert pack.sessions_left == 10


def test_what_changed_is_in_the_audit_before_and_after(asha: Clinic) -> None:
    seen = visit(asha, PatientFactory())
    cancelled = ACTS["cancel"](seen)

    event = AuditEvent.objects.get(act="cancel_visit")

    assert (event.subject_id, event.before, event.after) == (
        seen.pk,
        {"state": "booked"},
        {"state": "cancelled_by_patient", "consequence": "no_package", "ended_at": str(cancelled.ended_at)},
    )
