"""What stood against a package when a visit was settled: money, days, people, places, the count itself."""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

from billing.models import Method
from billing.payments import Tender, owed_lines
from clinic.models import Branch, Clinic, Role
from clinic.ui.words import day
from desk import checkout
from desk.explanation.causes import Cause
from packages import standing, validity
from tests.desk.explaining import days_ago, miss, misses
from tests.factories import (
    PatientFactory,
    bring_to,
    complete,
    member,
    owner_of,
    package,
    plan,
    visit,
)

NINETY = {"name": "Physiotherapy 90 min", "minutes": 90, "price": 1500}


def test_a_visit_while_the_pack_was_not_paid_in_full(asha: Clinic) -> None:
    """S45"""
    pack = package(asha, paid=4000, at=days_ago(5))
    complete(asha, visit(asha, pack.patient, at=days_ago(1)), how="charge")

    assert "₹6,000.00 of the package was not paid yet, so it could not be used." in (
        miss(asha, pack, Cause.NOT_PAID_THEN).sentence
    )


def test_that_it_was_not_paid_then_is_still_said_when_it_is_paid_now(asha: Clinic) -> None:

    pack = package(asha, paid=4000, at=days_ago(5))
    complete(asha, visit(asha, pack.patient, at=days_ago(1)), how="charge")
    checkout.take_payment(
        pack.patient,
        tenders=[Tender(Method.CASH, Decimal(6000))],
        lines=[line for line in owed_lines(pack.patient) if line.package_id == pack.pk],
        branch=Branch.objects.get(),
        clinic=asha,
        at=days_ago(0),
        by=owner_of(asha),
        key=uuid4(),
    )

    assert "₹6,000.00" in miss(asha, pack, Cause.NOT_PAID_THEN).sentence
    assert misses(asha, pack, Cause.WAITS_FOR_MONEY) == []


def test_a_visit_beyond_the_sessions_that_were_paid_for(asha: Clinic) -> None:
    """S45"""
    pack = package(asha, of=plan(activation="as_paid"), paid=1000, at=days_ago(5))
    complete(asha, visit(asha, pack.patient, at=days_ago(2)))
    complete(asha, visit(asha, pack.patient, at=days_ago(1)), how="charge")

    assert "the money received had paid for 1 session, and nothing more was open." in (
        miss(asha, pack, Cause.PAID_IN_PART_THEN).sentence
    )


def test_a_visit_on_a_frozen_day(asha: Clinic) -> None:
    """S35"""
    pack = package(asha, at=days_ago(10))
    day_off = asha.day_of(days_ago(1))
    facts = {"on": asha.today(), "by": owner_of(asha), "key": uuid4(), "reason": "Away"}
    validity.freeze(pack, first_day=day_off, last_day=day_off, **facts)
    complete(asha, visit(asha, pack.patient, at=days_ago(1)), how="charge")

    found = miss(asha, pack, Cause.FROZEN_THEN)

    assert (
        f"The package was frozen on {day(day_off)}, so the visit of that day took no session."
        in found.sentence
    )
    assert found.mends[0].page == "packages:thaw"


def test_a_visit_while_the_pack_was_suspended_and_resumed_since(asha: Clinic) -> None:
    """S46"""
    pack = package(asha, at=days_ago(10))
    bring_to(asha, pack, "suspended")
    complete(asha, visit(asha, pack.patient, at=days_ago(1)), how="charge")
    standing.resume(pack, on=asha.today(), by=owner_of(asha), key=uuid4())

    assert "The package was suspended when the visit on" in miss(asha, pack, Cause.SUSPENDED_THEN).sentence


def test_a_visit_when_the_pack_was_refunded(asha: Clinic) -> None:
    pack = package(asha, at=days_ago(10))
    bring_to(asha, pack, "refunded")
    complete(asha, visit(asha, pack.patient, at=days_ago(1)), how="charge")

    assert "The package was closed when the visit on" in miss(asha, pack, Cause.CLOSED_THEN).sentence


def test_somebody_came_who_is_not_named_on_the_pack(asha: Clinic) -> None:
    """S23"""
    pack = package(asha, of=plan(sharing="named"), at=days_ago(5))
    cousin = PatientFactory(name="Ravi Cousin")
    complete(asha, visit(asha, cousin, at=days_ago(1), package=pack), how="charge")

    found = miss(asha, pack, Cause.NOT_NAMED)

    assert found.sentence.startswith(
        f"Ravi Cousin came on {day(asha.day_of(days_ago(1)))} and was not named on this"
    )
    assert found.mends[0].page == "packages:naming"


def test_a_visit_with_a_therapist_whom_the_pack_is_not_tied_to(asha: Clinic) -> None:
    """S25"""
    mine, other = member(asha, Role.THERAPIST, name="Dr Anand"), member(asha, Role.THERAPIST, name="Dr Bose")
    pack = package(asha, of=plan(therapist_ids=[mine.pk]), at=days_ago(5))
    complete(asha, visit(asha, pack.patient, at=days_ago(1), therapist=other), how="charge")

    found = miss(asha, pack, Cause.OTHER_THERAPIST)

    assert "was with Dr Bose. The package is for visits with Dr Anand." in found.sentence
    assert found.mends[0].act == "lift_restriction"


def test_a_visit_at_a_branch_where_the_pack_cannot_be_used(asha: Clinic) -> None:
    """S24"""
    pack = package(asha, of=plan(where="where_sold"), at=days_ago(5))
    elsewhere = Branch.objects.create(name="Bandra")
    seen = visit(asha, pack.patient, at=days_ago(1))
    type(seen).objects.filter(pk=seen.pk).update(branch=elsewhere)
    complete(asha, seen, how="charge")

    assert (
        "was at Bandra, where this package cannot be used." in miss(asha, pack, Cause.OTHER_BRANCH).sentence
    )


def test_an_eleventh_visit_on_a_pack_of_ten(asha: Clinic) -> None:
    """S09"""
    pack = package(asha, of=plan(sessions=1), at=days_ago(5))
    complete(asha, visit(asha, pack.patient, at=days_ago(3)))
    complete(asha, visit(asha, pack.patient, at=days_ago(1)), how="charge")

    assert "nothing was left on this package." in miss(asha, pack, Cause.NONE_LEFT_THEN).sentence


def test_a_visit_for_which_half_a_session_was_left(asha: Clinic) -> None:
    """S51"""
    pack = package(asha, of=plan(sessions=1), at=days_ago(5))
    first = visit(asha, pack.patient, at=days_ago(3))
    complete(asha, first, sessions=Decimal("0.5"), reason="Ten minutes only")
    complete(asha, visit(asha, pack.patient, at=days_ago(1)), how="charge")

    assert "only half a session was left." in miss(asha, pack, Cause.PART_LEFT_THEN).sentence
