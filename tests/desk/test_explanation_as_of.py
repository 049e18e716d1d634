"""What was known at a past moment, and nothing that was written later."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.utils import timezone

from billing.models import Method
from billing.payments import Tender, owed_lines
from clinic.models import Branch, Clinic
from clinic.ui.words import day
from desk import checkout
from desk.absences import cancel_visit
from desk.explanation import explain_patient
from desk.explanation.causes import Cause
from desk.merging import merge_patients
from packages import ledger, standing, validity
from packages.models import Package
from tests.desk.explaining import days_ago, told
from tests.factories import PatientFactory, complete, owner_of, package, plan, reopen, use, visit
from visits.services import move_visit


def act(clinic: Clinic, **facts: object) -> dict[str, Any]:
    return {"on": clinic.today(), "by": owner_of(clinic), "key": uuid4(), "reason": "Goodwill"} | facts


def causes(clinic: Clinic, package: Package, as_of: datetime | None = None) -> set[str]:
    return {miss.cause.value for miss in told(clinic, package, as_of=as_of).misses}


def test_the_count_of_a_past_moment_is_the_count_that_was_known_then(asha: Clinic) -> None:
    pack = package(asha, of=plan(validity_count=None))
    use(asha, pack, 3)
    then = timezone.now()
    use(asha, pack, 2)

    assert told(asha, pack, as_of=then).sentence == "10 sold, 3 used: 7 left, it never lapses."
    assert told(asha, pack).left == 5
    assert len(told(asha, pack, as_of=then).lines) == len(told(asha, pack).lines) - 2


def test_before_the_sale_nothing_was_known(asha: Clinic) -> None:
    then = timezone.now()
    pack = package(asha)

    assert not told(asha, pack, as_of=then).was_sold
    assert told(asha, pack, as_of=then).misses == ()
    assert explain_patient(pack.patient, clinic=asha, as_of=then).counts == ()


def test_a_visit_completed_later_was_still_booked_then(asha: Clinic) -> None:
    pack = package(asha, at=days_ago(5))
    seen = visit(asha, pack.patient, at=days_ago(1))
    then = timezone.now()
    complete(asha, seen)

    assert Cause.STILL_BOOKED in causes(asha, pack, then)
    assert Cause.STILL_BOOKED not in causes(asha, pack)


def test_a_visit_paid_singly_later_and_its_reason_are_not_known_before(asha: Clinic) -> None:
    pack = package(asha, at=days_ago(5))
    seen = visit(asha, pack.patient, at=days_ago(1))
    then = timezone.now()
    complete(asha, seen, how="free", reason="A secret of tomorrow")

    explained = told(asha, pack, as_of=then)
    assert all("A secret of tomorrow" not in miss.sentence for miss in explained.misses)
    assert Cause.STILL_BOOKED in causes(asha, pack, then)


def test_a_visit_that_was_booked_later_was_not_there(asha: Clinic) -> None:
    pack = package(asha, at=days_ago(5))
    then = timezone.now()
    visit(asha, pack.patient, at=days_ago(1))

    assert Cause.STILL_BOOKED not in causes(asha, pack, then)


def test_a_visit_taken_back_later_counted_then_and_its_line_was_not_struck(asha: Clinic) -> None:
    pack = package(asha, at=days_ago(5))
    (done,) = use(asha, pack)
    then = timezone.now()
    reopen(asha, done.visit)

    explained = told(asha, pack, as_of=then)
    assert explained.left == 9
    assert not any(line.taken_back for line in explained.lines)
    assert Cause.REOPENED_NOT_COMPLETED not in causes(asha, pack, then)
    assert any(line.taken_back for line in told(asha, pack).lines)


def test_a_visit_cancelled_later_was_booked_then(asha: Clinic) -> None:
    pack = package(asha, at=days_ago(5))
    seen = visit(asha, pack.patient, at=days_ago(1))
    then = timezone.now()
    facts = {"at": timezone.now(), "by": owner_of(asha), "key": uuid4(), "by_clinic": True}
    cancel_visit(seen, clinic=asha, **facts)

    assert Cause.STILL_BOOKED in causes(asha, pack, then)
    assert Cause.CANCELLED_BY_CLINIC not in causes(asha, pack, then)


def test_a_visit_moved_later_is_told_at_its_time_of_then(asha: Clinic) -> None:
    pack = package(asha, at=days_ago(9))
    seen = visit(asha, pack.patient, at=days_ago(3))
    then = timezone.now()
    move_visit(seen, starts_at=days_ago(1), by=owner_of(asha))

    (booked,) = [m for m in told(asha, pack, as_of=then).misses if m.cause == Cause.STILL_BOOKED]
    assert booked.on == asha.day_of(days_ago(3))


def test_an_extension_made_later_does_not_shine_through(asha: Clinic) -> None:
    """S36"""
    pack = package(asha, of=plan(validity_count=10, validity_unit="days"), at=days_ago(20))
    until = pack.valid_until
    ledger.lapse(pack, on=asha.today())
    then = timezone.now()
    validity.extend(pack, until=asha.today() + timedelta(days=10), **act(asha))

    was = told(asha, pack, as_of=then)
    assert was.sentence == f"10 sold, 0 used, 10 lapsed: 0 left, it was valid to {day(until)}."
    assert was.package.valid_until == until
    assert told(asha, pack).left == 10


def test_a_freeze_and_a_suspension_are_known_from_when_they_were_written(asha: Clinic) -> None:
    pack = package(asha)
    before = timezone.now()
    validity.freeze(pack, first_day=asha.today(), last_day=asha.today(), **act(asha))
    frozen = timezone.now()
    standing.suspend(pack, **act(asha))
    suspended = timezone.now()
    standing.resume(pack, **act(asha))

    assert told(asha, pack, as_of=before).state == "active"
    assert told(asha, pack, as_of=frozen).state == "frozen"
    assert told(asha, pack, as_of=suspended).package.state == "suspended"
    assert told(asha, pack).state == "frozen"


def test_money_that_came_later_had_not_come(asha: Clinic) -> None:
    """S45"""
    pack = package(asha, paid=4000)
    then = timezone.now()
    checkout.take_payment(
        pack.patient,
        tenders=[Tender(Method.CASH, Decimal(6000))],
        lines=[line for line in owed_lines(pack.patient) if line.package_id == pack.pk],
        branch=Branch.objects.get(),
        clinic=asha,
        at=timezone.now(),
        by=owner_of(asha),
        key=uuid4(),
    )

    assert told(asha, pack, as_of=then).package.to_pay == 6000
    assert Cause.WAITS_FOR_MONEY in causes(asha, pack, then)
    assert Cause.WAITS_FOR_MONEY not in causes(asha, pack)


def test_a_merge_that_came_later_leaves_the_other_record_s_visits_out(asha: Clinic) -> None:
    """S17"""
    kept, gone = PatientFactory(name="Kamala Das"), PatientFactory(name="Kamla Dass")
    pack = package(asha, kept, at=days_ago(5))
    visit(asha, gone, at=days_ago(1))
    then = timezone.now()
    facts = {"at": timezone.now(), "by": owner_of(asha), "key": uuid4(), "reason": "Entered twice"}
    merge_patients(kept, gone, clinic=asha, **facts)

    assert Cause.STILL_BOOKED in causes(asha, pack)
    assert Cause.MERGED_RECORD in causes(asha, pack)
    assert Cause.STILL_BOOKED not in causes(asha, pack, then)
    assert Cause.MERGED_RECORD not in causes(asha, pack, then)


def test_a_package_of_a_record_that_was_merged_later_was_that_record_s(asha: Clinic) -> None:
    """S17"""
    kept, gone = PatientFactory(name="Kamala Das"), PatientFactory(name="Kamla Dass")
    pack = package(asha, gone, at=days_ago(5))
    visit(asha, gone, at=days_ago(2))
    visit(asha, kept, at=days_ago(1))
    then = timezone.now()
    facts = {"at": timezone.now(), "by": owner_of(asha), "key": uuid4(), "reason": "Entered twice"}
    merge_patients(kept, gone, clinic=asha, **facts)

    booked = [m for m in told(asha, pack, as_of=then).misses if m.cause == Cause.STILL_BOOKED]
    assert [miss.on for miss in booked] == [asha.day_of(days_ago(2))]


def test_the_bill_of_a_later_completion_is_not_named(asha: Clinic) -> None:
    pack = package(asha, at=days_ago(5))
    first = complete(asha, visit(asha, pack.patient, at=days_ago(1)), how="charge")
    then = timezone.now()
    reopen(asha, first.visit)
    again = complete(asha, first.visit, how="charge")

    (paid,) = [m for m in told(asha, pack, as_of=then).misses if m.cause == Cause.PAID_SINGLY]
    assert first.bill.name in paid.sentence
    assert again.bill.name not in paid.sentence
