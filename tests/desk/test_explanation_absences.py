"""Visits that did not take place, and visits that counted in a way that may surprise."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

from django.utils import timezone

from clinic.models import Clinic
from clinic.ui.words import day
from desk.absences import mark_no_show
from desk.explanation.causes import Cause
from packages.models import Package
from packages.plans import Also, Line
from tests.desk.explaining import days_ago, miss, misses, told, when
from tests.factories import ServiceFactory, complete, owner_of, package, plan, reopen, visit
from visits.disputes import open_dispute
from visits.models import Visit
from visits.services import cancel_visit, let_off


def cancelled(clinic: Clinic, seen: Visit, *, hours_before: int, by_clinic: bool = False) -> Visit:
    at = seen.starts_at - timedelta(hours=hours_before)
    facts = {"clinic": clinic, "at": at, "by": owner_of(clinic), "key": uuid4()}
    return cancel_visit(seen, by_clinic=by_clinic, **facts)


def missed(clinic: Clinic, seen: Visit) -> Visit:
    facts = {"clinic": clinic, "at": timezone.now(), "by": owner_of(clinic), "key": uuid4()}
    return mark_no_show(seen, **facts).visit


def strict(clinic: Clinic, **terms: object) -> Package:
    """Sold five days ago, without free passes."""
    return package(clinic, of=plan(**{"free_passes": 0} | terms), at=days_ago(5))


def test_a_visit_cancelled_in_time(asha: Clinic) -> None:
    """S12"""
    pack = package(asha, at=days_ago(5))
    seen = cancelled(asha, visit(asha, pack.patient, at=days_ago(1)), hours_before=30)

    found = miss(asha, pack, Cause.CANCELLED_IN_TIME)

    assert found.sentence == (
        f"The visit on {when(asha, seen.starts_at)} was cancelled in time, on {when(asha, seen.ended_at)}, "
        "so it took no session."
    )
    assert not found.may_be_wrong
    assert found.mends[0].page == "desk:restoration"


def test_the_first_late_cancel_used_the_free_pass(asha: Clinic) -> None:
    """S50"""
    pack = package(asha, at=days_ago(5))
    cancelled(asha, visit(asha, pack.patient, at=days_ago(1)), hours_before=2)

    found = miss(asha, pack, Cause.CANCELLED_FREE_PASS)

    assert "The free pass was used, so it took no session." in found.sentence
    assert [mend.act for mend in found.mends] == ["let_off", "mark_no_show"]


def test_the_free_pass_of_somebody_who_did_not_come(asha: Clinic) -> None:
    """S50"""
    pack = package(asha, at=days_ago(5))
    missed(asha, visit(asha, pack.patient, at=days_ago(1)))

    assert "Nobody came" in miss(asha, pack, Cause.NO_SHOW_FREE_PASS).sentence


def test_a_late_cancel_that_took_half_a_session(asha: Clinic) -> None:
    """S51"""
    pack = strict(asha, late_cancel_takes="half")
    seen = cancelled(asha, visit(asha, pack.patient, at=days_ago(1)), hours_before=2)

    assert miss(asha, pack, Cause.CANCELLED_TOOK).sentence == (
        f"The visit on {when(asha, seen.starts_at)} was cancelled late, on {when(asha, seen.ended_at)}. "
        "By the terms that took half a session."
    )
    assert told(asha, pack).sentence.startswith("10 sold, 0.5 used: 9.5 left")


def test_a_visit_that_nobody_came_to_took_a_session(asha: Clinic) -> None:
    pack = strict(asha)
    seen = missed(asha, visit(asha, pack.patient, at=days_ago(1)))

    found = miss(asha, pack, Cause.NO_SHOW_TOOK)

    assert found.sentence == (
        f"Nobody came to the visit on {when(asha, seen.starts_at)}. By the terms that took 1 session."
    )
    assert found.mends[0].page == "desk:letting_off"


def test_a_fee_instead_of_a_session(asha: Clinic) -> None:
    """S49"""
    pack = strict(asha, no_show_takes="fee", no_show_fee=Decimal(300))
    missed(asha, visit(asha, pack.patient, at=days_ago(1)))

    assert "a fee of ₹300.00 is asked for, and no session." in miss(asha, pack, Cause.FEE_INSTEAD).sentence


def test_terms_by_which_a_late_cancel_takes_nothing(asha: Clinic) -> None:
    pack = strict(asha, late_cancel_takes="nothing")
    cancelled(asha, visit(asha, pack.patient, at=days_ago(1)), hours_before=2)

    assert "By the terms that takes nothing." in miss(asha, pack, Cause.NOTHING_BY_TERMS).sentence


def test_an_absence_when_no_package_covered(asha: Clinic) -> None:
    pack = package(asha, paid=0, at=days_ago(5))
    missed(asha, visit(asha, pack.patient, at=days_ago(1)))

    assert "no package covered it then, so nothing was taken." in (
        miss(asha, pack, Cause.NO_PACKAGE_THEN).sentence
    )


def test_the_clinic_s_own_cancelling_never_counts(asha: Clinic) -> None:
    """S52"""
    pack = strict(asha)
    cancelled(asha, visit(asha, pack.patient, at=days_ago(1)), hours_before=1, by_clinic=True)

    assert miss(asha, pack, Cause.CANCELLED_BY_CLINIC).sentence == (
        f"The clinic cancelled the visit on {day(asha.day_of(days_ago(1)))}. That never takes a session."
    )


def test_an_absence_that_was_let_off(asha: Clinic) -> None:
    pack = strict(asha)
    seen = missed(asha, visit(asha, pack.patient, at=days_ago(1)))
    facts = {"at": days_ago(0), "by": owner_of(asha), "key": uuid4(), "reason": "Was in hospital"}
    let_off(seen, clinic=asha, **facts)

    assert (
        "was let off (“Was in hospital”), so nothing was taken." in miss(asha, pack, Cause.LET_OFF).sentence
    )
    assert misses(asha, pack, Cause.NO_SHOW_TOOK) == []


def test_a_visit_that_was_completed_three_times_counts_once(asha: Clinic) -> None:
    """S05"""
    pack = package(asha)
    seen = visit(asha, pack.patient)
    for _ in range(3):
        complete(asha, seen)
        reopen(asha, seen)
    complete(asha, seen)

    assert miss(asha, pack, Cause.REOPENED_OFTEN).sentence == (
        f"The visit on {day(asha.today())} was completed 4 times and taken back in between. It counts once."
    )


def test_a_longer_visit_that_took_two_sessions(asha: Clinic) -> None:
    """S18"""
    ninety = ServiceFactory(name="Physiotherapy 90 min", minutes=90, price=1500)
    pack = package(
        asha, of=plan(Line(ServiceFactory(), Decimal(10), also=[Also(ninety, Decimal(2))])), at=days_ago(5)
    )
    complete(asha, visit(asha, pack.patient, service=ninety), sessions=Decimal(2))

    assert "(Physiotherapy 90 min) took 2 sessions, as the terms say." in (
        miss(asha, pack, Cause.COUNTED_AS_SEVERAL).sentence
    )


def test_a_visit_that_took_only_half_a_session(asha: Clinic) -> None:
    """S21"""
    pack = package(asha, at=days_ago(5))
    complete(asha, visit(asha, pack.patient), sessions=Decimal("0.5"), reason="It was only ten minutes")

    assert "took only half a session (“It was only ten minutes”)." in (
        miss(asha, pack, Cause.COUNTED_IN_PART).sentence
    )


def test_a_visit_recorded_two_days_late(asha: Clinic) -> None:
    """S30"""
    pack = package(asha, at=days_ago(5))
    complete(asha, visit(asha, pack.patient, at=days_ago(2)))

    assert miss(asha, pack, Cause.RECORDED_LATE).sentence == (
        f"The visit of {day(asha.day_of(days_ago(2)))} was recorded 2 days later, on {day(asha.today())}."
    )


def test_a_session_in_dispute_is_neither_used_nor_free(asha: Clinic) -> None:
    pack = package(asha, at=days_ago(5))
    done = complete(asha, visit(asha, pack.patient))
    facts = {"at": timezone.now(), "by": owner_of(asha), "key": uuid4(), "words": "I was not there"}
    dispute = open_dispute(done.visit, clinic=asha, **facts)

    found = miss(asha, pack, Cause.IN_DISPUTE)
    assert found.mends[0].subject == {"dispute_id": dispute.pk}
    assert found.sentence == (
        f"The session of {day(asha.today())} is in dispute (“{dispute.aside.reason}”): "
        "it is set aside, neither used nor free."
    )
    assert told(asha, pack).sentence.startswith("10 sold, 0 used, 1 in dispute: 9 left")


def test_two_visits_with_a_session_each_on_one_day(asha: Clinic) -> None:
    pack = package(asha, at=days_ago(5))
    noon = asha.local(days_ago(2)).replace(hour=12, minute=0)
    first, second = (visit(asha, pack.patient, at=noon + timedelta(hours=n)) for n in (0, 3))
    complete(asha, first)
    complete(asha, second)

    found = miss(asha, pack, Cause.TWO_ON_ONE_DAY)

    assert found.sentence == (
        f"Two visits took a session each on {day(noon.date())}: those of 12:00 and 15:00. One may be entered twice."
    )
    assert [mend.act for mend in found.mends] == ["see_patient", "reopen_visit"]


def test_visits_of_two_days_completed_within_minutes(asha: Clinic) -> None:
    pack = package(asha, at=days_ago(9))
    for ago in (4, 2):
        complete(asha, visit(asha, pack.patient, at=days_ago(ago)))

    days = [day(asha.day_of(days_ago(ago))) for ago in (4, 2)]
    assert miss(asha, pack, Cause.WITHIN_MINUTES).sentence == (
        f"The visits of {days[0]} and {days[1]} were completed within 1 minute. "
        "Somebody may have pressed the wrong one."
    )
