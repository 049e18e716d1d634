"""The verbs of the passbook, one by one; what they do together is in the scenarios."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from clinic.calendar import day_bounds
from clinic.models import AuditEvent, Clinic
from packages import ledger, liability
from packages.eligibility import NotCovered
from packages.ledger import AlreadyReversed, PackageClosed, ReasonMissing
from packages.models import Kind, Package
from packages.plans import Line
from packages.services import PlanNotOnSale
from tests.committing import check_now
from tests.factories import (
    PatientFactory,
    ServiceFactory,
    bring_to,
    complete,
    owner_of,
    package,
    plan,
    reopen,
    use,
    visit,
)
from tests.written import everything
from visits import absences, disputes
from visits.models import Visit


@pytest.fixture(autouse=True)
def _undone(db: None) -> Iterator[None]:
    """A deduction alone is half an act, and no transaction with it can be committed: each test is undone here."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def deduct(clinic: Clinic, pack: Package, **facts: Any) -> Any:
    facts = {
        "service": ServiceFactory(),
        "beneficiary": pack.patient,
        "visit_id": visit(clinic, pack.patient).pk,
        "on": clinic.today(),
        "by": owner_of(clinic),
        "key": uuid4(),
    } | facts
    return ledger.deduct(pack, **facts)


def test_a_deduction_writes_one_line_with_all_that_an_argument_needs(asha: Clinic) -> None:
    pack = package(asha)

    entry = deduct(asha, pack, minutes=45)
    entry.refresh_from_db()

    assert (entry.number, entry.kind, entry.sessions, entry.balance_after) == (2, Kind.USED, -1, 9)
    assert (entry.value, entry.value_after, entry.turn) == (-1000, 9000, 1)
    assert (entry.beneficiary, entry.minutes, entry.by) == (pack.patient, 45, owner_of(asha))
    assert (entry.happened_on, asha.day_of(entry.recorded_at)) == (asha.today(), asha.today())


def test_the_same_key_is_the_same_deduction(asha: Clinic) -> None:
    """S02"""
    pack, key = package(asha), uuid4()
    first = deduct(asha, pack, key=key)
    written = everything()["packages_entry"]

    assert deduct(asha, pack, key=key) == first
    assert everything()["packages_entry"] == written


def test_a_pack_of_somebody_else_is_refused(asha: Clinic) -> None:
    """S23"""
    pack, stranger = package(asha), PatientFactory()
    written = everything()["packages_entry"]

    with pytest.raises(NotCovered, match="is not named on this package"):
        deduct(asha, pack, beneficiary=stranger)

    assert everything()["packages_entry"] == written


@pytest.mark.parametrize("sessions", ["0.5", "1.5", "10"])
def test_more_or_less_than_one_session_is_deducted_where_asked(asha: Clinic, sessions: str) -> None:
    """S51"""
    pack = package(asha)

    assert deduct(asha, pack, sessions=Decimal(sessions)).balance_after == 10 - Decimal(sessions)


def test_giving_back_points_at_the_line_it_answers(asha: Clinic) -> None:
    """S06"""
    pack = package(asha)
    used = deduct(asha, pack)
    facts = {"on": asha.today(), "by": owner_of(asha), "reason": " Wrong patient "}

    back = ledger.reverse(used, key=uuid4(), **facts)
    back.refresh_from_db()

    assert (back.kind, back.sessions, back.value, back.reverses) == (Kind.REVERSED, 1, 1000, used)
    assert (back.reason, back.turn, back.balance_after) == ("Wrong patient", 2, 10)
    with pytest.raises(AlreadyReversed):
        ledger.reverse(used, key=uuid4(), **facts)


def test_giving_back_twice_with_one_key_is_once(asha: Clinic) -> None:
    """S02"""
    used, key = deduct(asha, package(asha)), uuid4()
    facts = {"on": asha.today(), "by": None, "key": key, "reason": "x"}

    assert ledger.reverse(used, **facts) == ledger.reverse(used, **facts)


def test_nothing_is_given_back_without_a_reason_or_on_a_closed_pack(asha: Clinic) -> None:
    """S42"""
    used = deduct(asha, package(asha))
    facts = {"on": asha.today(), "by": None}
    written = everything()

    with pytest.raises(ReasonMissing):
        ledger.reverse(used, reason=" ", key=uuid4(), **facts)
    assert everything() == written
    bring_to(asha, used.package, Package.State.VOID)
    with pytest.raises(PackageClosed, match="is void"):
        ledger.reverse(used, reason="x", key=uuid4(), **facts)


@pytest.mark.parametrize("state", [Package.State.REFUNDED, Package.State.VOID])
def test_a_pack_in_this_state_does_not_lapse(asha: Clinic, state: Package.State) -> None:
    """S35"""
    pack = package(asha, of=plan(validity_count=1))
    bring_to(asha, pack, state)

    assert ledger.lapse(pack, on=asha.today() + timedelta(days=400)) == []


def test_both_lines_of_a_pack_lapse(asha: Clinic) -> None:
    """S44"""
    service = ServiceFactory()
    lines = Line(service, Decimal(5)), Line(service, Decimal(1), is_bonus=True)
    pack = package(asha, of=plan(*lines, price=5000, validity_count=1))
    use(asha, pack, 2)

    posted = ledger.lapse(pack, on=asha.today() + timedelta(days=400))

    assert [(entry.sessions, entry.value) for entry in posted] == [(-3, -3000), (-1, 0)]


def test_every_act_is_in_the_audit(asha: Clinic) -> None:
    pack = package(asha)
    done = complete(asha, visit(asha, pack.patient))
    reopen(asha, done.visit)

    acts = list(AuditEvent.objects.order_by("at", "id").values_list("act", flat=True))

    for act in ("open_package", "take_payment", "activate", "book_visit", "complete_visit", "reopen_visit"):
        assert acts.count(act) == 1, acts


def test_a_retired_plan_is_not_sold(asha: Clinic) -> None:
    of = plan()
    of.is_active = False
    of.save(update_fields=["is_active"])

    with pytest.raises(PlanNotOnSale):
        package(asha, of=of)


def cancelled_late_for_tomorrow(clinic: Clinic, pack: Package) -> Visit:
    """It takes a session on the visit's day, which is to come."""
    start, _end = day_bounds(clinic.today() + timedelta(days=1), clinic.zone)
    booked = visit(clinic, pack.patient, at=start)
    facts = {"at": timezone.now(), "by": owner_of(clinic), "key": uuid4()}
    return absences.cancel_visit(booked, clinic=clinic, by_clinic=False, **facts)


def test_a_late_cancellation_let_off_before_its_day_never_makes_more_than_was_sold(asha: Clinic) -> None:
    """S50: what it took is of tomorrow; so is what comes back, and today owes ten and not eleven."""
    pack = package(asha, of=plan(free_passes=0))
    missed = cancelled_late_for_tomorrow(asha, pack)

    facts = {"at": timezone.now(), "by": owner_of(asha), "key": uuid4()}
    absences.let_off(missed, clinic=asha, reason="A funeral", **facts)
    check_now()

    owed = liability.of_package(pack, asha.today())
    assert (owed.sessions, owed.used, owed.liability) == (10, 0, 10_000)


def test_a_late_cancellation_is_disputed_before_its_day(asha: Clinic) -> None:
    pack = package(asha, of=plan(free_passes=0))
    missed = cancelled_late_for_tomorrow(asha, pack)

    disputes.open_dispute(missed, clinic=asha, at=timezone.now(), by=owner_of(asha), key=uuid4())
    check_now()

    pack.refresh_from_db()
    assert (pack.sessions_left, pack.set_aside) == (9, 1)
    assert liability.of_package(pack, asha.today()).liability == 10_000
