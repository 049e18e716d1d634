"""Visits that took no session though somebody may think they did: each cause built, and its sentence read."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from clinic.models import Clinic
from clinic.ui.words import day
from desk.checkout import HereNow
from desk.explanation.causes import Cause
from packages.plans import Also, Line
from tests.desk.explaining import days_ago, miss, misses, told, when
from tests.factories import (
    PatientFactory,
    ServiceFactory,
    complete,
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


def test_a_session_that_was_given_back_and_the_visit_paid_singly_then(asha: Clinic) -> None:
    pack = package(asha, at=days_ago(5))
    done = complete(asha, visit(asha, pack.patient, at=days_ago(1)))
    reopen(asha, done.visit, reason="Wrong package")
    again = complete(asha, done.visit, how="charge")

    assert miss(asha, pack, Cause.GIVEN_BACK).sentence == (
        f"The session of the visit on {day(asha.day_of(days_ago(1)))} was given back on {day(asha.today())} "
        f"(“Wrong package”), and then it was not taken from this package. It was paid singly: {again.bill.name}."
    )


def test_a_sale_and_a_visit_of_the_same_day_as_one_act_leave_no_question(asha: Clinic) -> None:
    """S33"""

    sold = sale(asha, here_now=HereNow(ServiceFactory()))

    assert told(asha, sold.package).misses == ()


def test_what_counted_is_no_near_miss(asha: Clinic) -> None:
    pack = package(asha, at=days_ago(0) - timedelta(seconds=1))
    use(asha, pack, 1)

    assert told(asha, pack).misses == ()
