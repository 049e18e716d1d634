"""What stands on the list of a day, and how it leaves it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import timezone

from billing.models import Method
from billing.payments import Tender
from billing.returns import bounce_payment, pay_back
from clinic.models import AuditEvent, Branch, Clinic, Role
from desk import checkout
from desk.day_close import (
    unsettled,
)
from desk.day_close_calendar import standings
from desk.day_close_items import Kind
from desk.day_close_settling import NotListed
from desk.models import Acceptance
from tests.factories import (
    PatientFactory,
    complete,
    member,
    owner_of,
    package,
    plan,
    reopen,
    sale,
    visit,
)
from tests.factories.packages import earlier_today
from tests.written import everything
from visits.disputes import open_dispute
from visits.models import Visit
from visits.services import check_in, mark_no_show

from .test_day_close import cancelled, close, items, kinds, moment, settle


def test_a_day_on_which_all_is_done_has_nothing_to_settle(asha: Clinic) -> None:
    pack = package(asha)
    complete(asha, visit(asha, pack.patient))
    mark_no_show(visit(asha, pack.patient), clinic=asha, at=timezone.now(), by=None, key=uuid4())
    cancelled(asha, visit(asha, pack.patient))

    assert items(asha) == []


def test_who_is_here_and_not_completed_is_listed_with_what_covers(asha: Clinic) -> None:
    pack = package(asha, PatientFactory(name="Usha Menon"))
    at = earlier_today(asha)
    seen = check_in(visit(asha, pack.patient), at=at, by=None)

    (item,) = items(asha)

    assert (item.kind, item.subject_id, item.patient.name) == (Kind.ARRIVED, seen.pk, "Usha Menon")
    assert item.sentence == f"Here since {asha.local(at):%H:%M}, not completed."
    assert item.can_be("complete")
    assert not item.may_be_left


def test_a_visit_that_no_pack_covers_asks_how_and_says_why(asha: Clinic) -> None:
    visit(asha, PatientFactory())

    (item,) = items(asha)

    assert item.kind == Kind.BOOKED
    assert item.sentence.endswith("This patient has no package.")
    assert not item.can_be("complete")
    assert [way.label for way in item.ways] == ["Complete…", "Did not come", "Cancel…"]


def test_a_visit_still_to_come_is_listed_too_and_neither_completed_nor_missed(asha: Clinic) -> None:
    """Who closes the day early does not forget its evening."""
    day = asha.today() + timedelta(days=1)
    visit(asha, package(asha).patient, at=moment(asha, 1, hour=19))

    (early,) = unsettled(day, Branch.objects.get(), asha, at=moment(asha, 1, hour=18))
    (after,) = unsettled(day, Branch.objects.get(), asha, at=moment(asha, 1, hour=20))

    assert early.sentence == "Still to come."
    assert [way.label for way in early.ways] == ["Move…", "Cancel…"]
    assert after.sentence == "Nobody has said what became of it."
    assert [way.label for way in after.ways] == ["Complete", "Did not come", "Cancel…"]


def test_a_completion_that_was_taken_back_waits_to_be_settled_again(asha: Clinic) -> None:
    done = complete(asha, visit(asha, package(asha).patient))
    reopen(asha, done.visit, reason="Another patient was meant")

    (item,) = items(asha)

    assert item.kind == Kind.ARRIVED
    assert item.sentence == "Taken back (Another patient was meant) and not settled again."


def test_paid_singly_is_listed_only_where_a_pack_covers(asha: Clinic) -> None:
    paid = [Tender(Method.CASH, Decimal(1000))]
    pack = package(asha, of=plan(name="Knee pack"))
    complete(asha, visit(asha, pack.patient), how="charge", tenders=paid)
    complete(asha, visit(asha, PatientFactory()), how="charge", tenders=paid)

    (item,) = items(asha)

    assert item.kind == Kind.SINGLY
    assert item.sentence == "Paid singly: ₹1,000.00. A pack would have covered this: Knee pack."
    assert [way.label for way in item.ways] == ["Use the pack", "It is meant so", "Reopen…"]


def test_the_last_session_is_not_promised_twice(asha: Clinic) -> None:
    """Who waits comes before who paid singly: one session covers one of the two."""
    pack = package(asha, of=plan(sessions=1))
    complete(asha, visit(asha, pack.patient), how="charge", tenders=[Tender(Method.UPI, Decimal(1000))])
    visit(asha, pack.patient)

    assert kinds(asha) == ["booked"]


def test_a_visit_recorded_on_a_later_day_is_listed_on_that_day(asha: Clinic) -> None:
    """S30"""
    pack = package(asha, at=moment(asha, -5))
    ravi = member(asha, Role.THERAPIST, name="Ravi Menon")
    complete(asha, visit(asha, pack.patient, at=moment(asha, -2)), by=ravi)

    (item,) = items(asha)

    held = asha.today() - timedelta(days=2)
    assert item.kind == Kind.LATE
    assert f"{held.day} " in item.sentence
    assert item.sentence.endswith("recorded 2 days late by Ravi Menon.")
    assert items(asha, -2) == []


def test_a_visit_recorded_on_its_own_day_is_not_late(asha: Clinic) -> None:
    pack = package(asha, at=moment(asha, -5))
    complete(asha, visit(asha, pack.patient, at=moment(asha, -2)), at=moment(asha, -2, hour=20))

    assert items(asha, -2) == items(asha) == []


def test_a_late_completion_that_was_taken_back_is_not_late_any_more(asha: Clinic) -> None:
    pack = package(asha, at=moment(asha, -5))
    late = complete(asha, visit(asha, pack.patient, at=moment(asha, -2)))

    reopen(asha, late.visit)

    assert items(asha) == []
    assert kinds(asha, -2) == ["arrived"]


def test_a_visit_that_was_completed_late_twice_is_listed_once(asha: Clinic) -> None:
    pack = package(asha, at=moment(asha, -5))
    late = complete(asha, visit(asha, pack.patient, at=moment(asha, -2)))
    reopen(asha, late.visit)

    complete(asha, late.visit)

    assert kinds(asha) == ["late"]


def test_a_bill_with_money_owed_says_how_much(asha: Clinic) -> None:
    sold = sale(asha, paid=4000)

    (item,) = items(asha)

    assert (item.kind, item.subject_id) == (Kind.UNPAID, sold.bill.pk)
    assert item.sentence == f"Bill {sold.bill.name}: ₹6,000.00 of ₹10,000.00 is still to be paid."


def test_money_that_pays_for_nothing_is_listed_until_it_does(asha: Clinic) -> None:
    """S47"""
    sold = sale(asha, paid=10_500)

    (item,) = items(asha)

    assert (item.kind, item.subject_id) == (Kind.UNAPPLIED, sold.payments[0].pk)
    assert item.sentence == "₹500.00 of ₹10,500.00 (Cash) pays for nothing yet."


def test_money_that_a_credit_note_sets_free_is_listed_on_the_note_s_day(asha: Clinic) -> None:
    before = moment(asha, -3)
    cash = [Tender(Method.CASH, Decimal(1000))]
    patient = PatientFactory()
    done = complete(asha, visit(asha, patient, at=before), at=before, how="charge", tenders=cash)
    assert items(asha, -3) == []

    reopen(asha, done.visit)

    (item,) = items(asha)
    assert (item.kind, item.subject_id) == (Kind.UNAPPLIED, done.payments[0].pk)


def test_money_that_was_handed_back_or_bounced_pays_for_nothing_and_is_not_listed(asha: Clinic) -> None:
    """S46, S47"""
    over = sale(asha, paid=10_500)
    hand_back(asha, over, Decimal(500))
    assert items(asha) == []

    unpaid = sale(asha)
    bounce_payment(
        unpaid.payments[0], on=asha.today(), by=owner_of(asha), key=uuid4(), reason="Cheque returned"
    )

    (item,) = items(asha)
    assert (item.kind, item.subject_id) == (Kind.UNPAID, unpaid.bill.pk)


def test_cash_that_was_handed_back_is_not_expected_in_the_drawer(asha: Clinic) -> None:
    over = sale(asha, paid=10_500)
    hand_back(asha, over, Decimal(500))

    done = close(asha, counted=Decimal(10_000))

    assert (done.expected_cash, done.takings["cash"]) == (10_000, "10500.000")
    (today,) = standings(asha, asha.today(), asha.today())[0]
    assert (today.cash, today.cash_since) == (10_000, 0)


def test_more_handed_back_than_came_in_is_taken_from_the_change(asha: Clinic) -> None:
    over = sale(asha, paid=10_500, at=moment(asha, -1))
    hand_back(asha, over, Decimal(500))

    assert close(asha).expected_cash == 0
    assert standings(asha, asha.today(), asha.today())[0][0].cash == 0


def hand_back(clinic: Clinic, sold: checkout.Sale, amount: Decimal) -> None:
    pay_back(
        sold.package.patient,
        tender=Tender(Method.CASH, amount),
        branch=sold.bill.branch,
        on=clinic.today(),
        today=clinic.today(),
        by=owner_of(clinic),
        key=uuid4(),
        reason="Paid too much",
    )


def test_a_disputed_session_is_listed_on_its_day_and_on_the_day_it_was_disputed(asha: Clinic) -> None:
    pack = package(asha, PatientFactory(name="Usha Menon"), at=moment(asha, -5))
    before = moment(asha, -3)
    done = complete(asha, visit(asha, pack.patient, at=before), at=before)

    open_dispute(done.visit, clinic=asha, at=timezone.now(), by=owner_of(asha), key=uuid4())

    assert kinds(asha) == kinds(asha, -3) == ["disputed"]
    assert kinds(asha, -2) == []
    (item,) = items(asha)
    assert item.sentence.startswith("Case 1: the session of ")
    settle(asha, item, "leave")
    assert (kinds(asha), kinds(asha, -3)) == ([], ["disputed"])


def test_an_item_that_was_left_as_it_is_stands_apart_with_a_name(asha: Clinic) -> None:
    sale(asha, paid=4000)
    (item,) = items(asha)

    said = settle(asha, item, "leave", by=member(asha, Role.FRONT_DESK, name="Sunita Patil"))

    assert said.startswith("Left as it is: ")
    assert items(asha) == []
    assert Acceptance.objects.get().by.name == "Sunita Patil"  # type: ignore[union-attr]
    assert AuditEvent.objects.filter(act="leave_as_it_is").count() == 1


def test_what_becomes_so_again_after_somebody_looked_is_listed_again(asha: Clinic) -> None:
    patient = PatientFactory()
    done = complete(asha, visit(asha, patient), how="free", reason="Camp")
    settle(asha, items(asha)[0], "leave")
    assert items(asha) == []

    reopen(asha, done.visit)
    complete(asha, done.visit, how="free", reason="Again", at=timezone.now() + timedelta(seconds=1))

    assert kinds(asha) == ["free"]


def test_the_pack_covers_and_one_press_completes(asha: Clinic) -> None:
    pack = package(asha, PatientFactory(name="Usha Menon"))
    seen = visit(asha, pack.patient)
    (item,) = items(asha)

    said = settle(asha, item, "complete")

    seen.refresh_from_db()
    pack.refresh_from_db()
    assert said.startswith("Usha Menon: completed, 9 left. Receipt R/")
    assert (seen.state, pack.sessions_left) == (Visit.State.COMPLETED, 9)
    assert items(asha) == []


@pytest.mark.parametrize("way", ["leave", "no_show", ""])
def test_a_visit_nobody_marked_is_not_left_as_it_is(asha: Clinic, way: str) -> None:
    """S10"""
    visit(asha, package(asha).patient)
    (item,) = items(asha)
    written = everything()

    with pytest.raises(NotListed):
        settle(asha, item, way)

    assert everything() == written


def test_an_item_of_another_day_or_of_nothing_is_refused(asha: Clinic) -> None:
    sale(asha, paid=4000)
    (item,) = items(asha)

    with pytest.raises(NotListed):
        settle(asha, item, "leave", days=-1)
    assert Acceptance.objects.count() == 0
