"""Visits that took no session though somebody may think they did: each cause built, and its sentence read."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

from clinic.models import Branch, Clinic, Role
from clinic.ui.words import day
from desk.explanation.causes import Cause
from packages import standing, validity
from packages.plans import Also, Line
from tests.desk.explaining import days_ago, miss, misses, named, told, when
from tests.factories import (
    PatientFactory,
    ServiceFactory,
    bring_to,
    complete,
    member,
    owner_of,
    package,
    plan,
    reopen,
    sale,
    use,
    visit,
)
from visits.services import check_in

NINETY = {"name": "Physiotherapy 90 min", "minutes": 90, "price": 1500}


def test_a_visit_that_is_still_booked_took_no_session_and_can_be_completed_with_one_press(
    asha: Clinic,
) -> None:
    """S10"""
    pack = package(asha, at=days_ago(5))
    seen = visit(asha, pack.patient, at=days_ago(1))

    found = miss(asha, pack, Cause.STILL_BOOKED)

    assert found.sentence == (
        f"The visit on {when(asha, seen.starts_at)} is still booked. It was never completed, so it took no session."
    )
    assert found.may_be_wrong
    assert (found.mends[0].act, found.mends[0].page) == ("complete_visit", "desk:completion")
    assert found.mends[0].fields == {"how": "package", "package": str(pack.pk)}


def test_a_visit_that_is_still_to_come_is_no_near_miss(asha: Clinic) -> None:
    pack = package(asha)
    visit(asha, pack.patient, at=days_ago(-2))

    assert told(asha, pack).may_be_wrong == []


def test_a_visit_for_which_the_patient_arrived_was_never_completed(asha: Clinic) -> None:
    pack = package(asha, at=days_ago(5))
    seen = visit(asha, pack.patient, at=days_ago(1))
    check_in(seen, at=days_ago(1), by=owner_of(asha))

    assert miss(asha, pack, Cause.NEVER_COMPLETED).sentence == (
        f"The patient arrived for the visit on {when(asha, seen.starts_at)}, but it was never completed, "
        "so it took no session."
    )


def test_a_visit_that_was_taken_back_waits_to_be_completed_again(asha: Clinic) -> None:
    pack = package(asha)
    (done,) = use(asha, pack)
    reopen(asha, done.visit, reason="Wrong package")

    found = miss(asha, pack, Cause.REOPENED_NOT_COMPLETED)

    assert (
        "was taken back (“Wrong package”) and not completed again, so it takes no session." in found.sentence
    )
    assert found.mends[0].fields


def test_a_visit_completed_free_of_charge_says_its_reason(asha: Clinic) -> None:
    """S14"""
    pack = package(asha, at=days_ago(5))
    complete(asha, visit(asha, pack.patient, at=days_ago(1)), how="free", reason="Trial")

    found = miss(asha, pack, Cause.FREE_OF_CHARGE)

    assert found.sentence == (
        f"The visit on {day(asha.day_of(days_ago(1)))} was completed free of charge (“Trial”), so it took no session."
    )
    assert [mend.act for mend in found.mends] == ["reopen_visit"]


def test_a_visit_paid_singly_although_the_pack_would_have_covered_it(asha: Clinic) -> None:
    pack = package(asha, at=days_ago(5))
    done = complete(asha, visit(asha, pack.patient, at=days_ago(1)), how="charge")

    found = miss(asha, pack, Cause.PAID_SINGLY)

    assert (
        f"was paid singly ({done.bill.name}), although this package would have covered it." in found.sentence
    )
    assert [mend.act for mend in found.mends] == ["apply_package", "reopen_visit"]


def test_a_visit_before_the_purchase_can_be_taken_from_the_pack_by_the_owner(asha: Clinic) -> None:
    """S34"""
    patient = PatientFactory()
    done = complete(asha, visit(asha, patient, at=days_ago(3)), how="charge")
    pack = package(asha, patient)

    found = miss(asha, pack, Cause.BEFORE_PURCHASE)

    assert found.sentence == (
        f"The visit on {day(asha.day_of(days_ago(3)))} was before the package was bought on {day(asha.today())}, "
        f"so it took no session. It was paid singly: {done.bill.name}."
    )
    assert found.mends[0].act == "apply_package"


def test_a_visit_long_before_the_purchase_is_not_asked_about(asha: Clinic) -> None:
    patient = PatientFactory()
    complete(asha, visit(asha, patient, at=days_ago(90)), how="charge")

    assert misses(asha, package(asha, patient), Cause.BEFORE_PURCHASE) == []


def test_the_first_session_on_the_day_of_the_sale_was_not_deducted(asha: Clinic) -> None:
    """S33"""
    patient = PatientFactory()
    done = complete(asha, visit(asha, patient), how="charge")
    pack = package(asha, patient)

    assert miss(asha, pack, Cause.FIRST_DAY).sentence == (
        f"The visit on {day(asha.today())}, the day the package was bought, was not taken from it: it was settled "
        f"before the sale. It was paid singly: {done.bill.name}."
    )


def test_a_visit_after_the_last_valid_day(asha: Clinic) -> None:
    """S28"""
    pack = package(asha, of=plan(validity_count=10, validity_unit="days"), at=days_ago(20))
    complete(asha, visit(asha, pack.patient, at=days_ago(2)), how="charge")

    found = miss(asha, pack, Cause.AFTER_EXPIRY)

    assert f"came after the last valid day of the package, {day(pack.valid_until)}" in found.sentence
    assert found.mends[0].page == "packages:extension"


def test_a_visit_for_another_service_names_both(asha: Clinic) -> None:
    """S18"""
    pack = package(asha, at=days_ago(5))
    massage = ServiceFactory(name="Massage", price=800)
    complete(asha, visit(asha, pack.patient, service=massage, at=days_ago(1)), how="charge")

    found = miss(asha, pack, Cause.OTHER_SERVICE)

    assert (
        "was for Massage. The package is for Physiotherapy 60 min, so it took no session." in found.sentence
    )
    assert not found.may_be_wrong


def test_a_longer_visit_that_the_pack_counts_as_two_sessions_and_nobody_chose(asha: Clinic) -> None:
    """S18"""
    ninety = ServiceFactory(**NINETY)
    usual = ServiceFactory()
    pack = package(asha, of=plan(Line(usual, Decimal(10), also=[Also(ninety, Decimal(2))])), at=days_ago(5))
    complete(asha, visit(asha, pack.patient, service=ninety, at=days_ago(1)), how="charge")

    assert (
        "was for Physiotherapy 90 min, which the package counts as 2 sessions. Nobody chose it, so it took no session."
    ) in miss(asha, pack, Cause.COUNTS_OTHERWISE).sentence


def test_a_visit_while_the_pack_was_not_paid_in_full(asha: Clinic) -> None:
    """S45"""
    pack = package(asha, paid=4000, at=days_ago(5))
    complete(asha, visit(asha, pack.patient, at=days_ago(1)), how="charge")

    assert "₹6,000.00 of the package was not paid yet, so it could not be used." in (
        miss(asha, pack, Cause.NOT_PAID_THEN).sentence
    )


def test_that_it_was_not_paid_then_is_still_said_when_it_is_paid_now(asha: Clinic) -> None:
    from billing.models import Method
    from billing.payments import Tender, owed_lines
    from desk import checkout

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


def test_a_session_that_was_given_back_and_the_visit_paid_singly_then(asha: Clinic) -> None:
    pack = package(asha, at=days_ago(5))
    done = complete(asha, visit(asha, pack.patient, at=days_ago(1)))
    reopen(asha, done.visit, reason="Wrong package")
    again = complete(asha, done.visit, how="charge")

    assert miss(asha, pack, Cause.GIVEN_BACK).sentence == (
        f"The session of the visit on {day(asha.day_of(days_ago(1)))} was given back on {day(asha.today())} "
        f"(“Wrong package”), and then it was not taken from this package. It was paid singly: {again.bill.name}."
    )


def test_of_two_packs_the_other_one_ends_first(asha: Clinic) -> None:
    """S15"""
    pack = package(asha, of=plan(validity_count=90, validity_unit="days"), at=days_ago(5))
    other = package(asha, pack.patient, of=plan(validity_count=30, validity_unit="days"), at=days_ago(4))
    complete(asha, visit(asha, pack.patient, at=days_ago(1)))

    found = miss(asha, pack, Cause.OTHER_PACK_ENDS_FIRST)

    assert found.sentence == (
        f"The visit on {day(asha.day_of(days_ago(1)))} was taken from package {other.number}, because that one ends "
        f"first, on {day(other.valid_until)}."
    )
    assert not found.may_be_wrong


def test_of_two_packs_that_end_together_the_older_one_is_used(asha: Clinic) -> None:
    """S15"""
    older = package(asha, of=plan(validity_count=None), at=days_ago(5))
    pack = package(asha, older.patient, of=plan(validity_count=None), at=days_ago(4))
    complete(asha, visit(asha, pack.patient, at=days_ago(1)))

    assert f"was taken from package {older.number}, because that one was bought first" in (
        miss(asha, pack, Cause.OTHER_PACK_IS_OLDER).sentence
    )


def test_somebody_chose_the_other_pack(asha: Clinic) -> None:
    """S15"""
    pack = package(asha, of=plan(validity_count=30, validity_unit="days"), at=days_ago(5))
    other = package(asha, pack.patient, of=plan(validity_count=90, validity_unit="days"), at=days_ago(4))
    complete(asha, visit(asha, pack.patient, at=days_ago(1)), package=other)

    found = miss(asha, pack, Cause.OTHER_PACK_WAS_CHOSEN)

    assert f"from package {other.number}, although this one comes first by the rule." in found.sentence
    assert found.may_be_wrong


def test_a_visit_that_was_on_the_pack_of_somebody_else(asha: Clinic) -> None:
    """S22"""
    mother = PatientFactory(name="Usha Mother")
    shared = package(asha, mother, of=plan(sharing="named", validity_count=10), at=days_ago(6))
    daughter = PatientFactory(name="Sita Daughter")
    named(asha, shared, daughter)
    own = package(asha, daughter, of=plan(validity_count=20), at=days_ago(5))
    complete(asha, visit(asha, daughter, at=days_ago(1)), package=shared)

    assert f"was taken from package {shared.number}, which belongs to Usha Mother." in (
        miss(asha, own, Cause.PACK_OF_ANOTHER).sentence
    )
    assert (
        "Sita Daughter used 1 session of this package on"
        in miss(asha, shared, Cause.USED_BY_ANOTHER).sentence
    )


def test_a_sale_and_a_visit_of_the_same_day_as_one_act_leave_no_question(asha: Clinic) -> None:
    """S33"""
    from desk.checkout import HereNow

    sold = sale(asha, here_now=HereNow(ServiceFactory()))

    assert told(asha, sold.package).misses == ()


def test_what_counted_is_no_near_miss(asha: Clinic) -> None:
    pack = package(asha, at=days_ago(0) - timedelta(seconds=1))
    use(asha, pack, 1)

    assert told(asha, pack).misses == ()
