"""Closing the day, at the services: what is unsettled, what is counted, and who may say that the day is done."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from billing.models import Method
from billing.payments import Tender
from billing.returns import bounce_payment, pay_back
from clinic.calendar import day_bounds
from clinic.models import AuditEvent, Branch, Clinic, Role
from clinic.tenancy.context import clinic_context
from desk import checkout
from desk.day_close import (
    AlreadyClosed,
    DayNotCome,
    DifferenceNeedsReason,
    NoSuchCount,
    NotClosed,
    ReopeningNeedsReason,
    UnsettledNeedsReason,
    close_day,
    last_of,
    reopen_day,
    unsettled,
)
from desk.day_close_calendar import first_day, forgotten, standings
from desk.day_close_items import Item, Kind
from desk.day_close_settling import NotListed, settle_item
from desk.models import Acceptance, DayClose
from tests.factories import (
    PatientFactory,
    ServiceFactory,
    complete,
    found,
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
from visits.past import PastVisit, add_past_visits
from visits.services import cancel_visit, check_in, mark_no_show


def moment(clinic: Clinic, days: int = 0, hour: int = 12) -> datetime:
    """An hour of the clinic's day so many days from today."""
    start, _end = day_bounds(clinic.today() + timedelta(days=days), clinic.zone)
    return start + timedelta(hours=hour)


def items(clinic: Clinic, days: int = 0, branch: Branch | None = None) -> list[Item]:
    return unsettled(clinic.today() + timedelta(days=days), branch or Branch.objects.get(), clinic)


def kinds(clinic: Clinic, days: int = 0) -> list[str]:
    return [item.kind.value for item in items(clinic, days)]


def close(clinic: Clinic, *, days: int = 0, **facts: Any) -> DayClose:
    given: dict[str, Any] = {
        "day": clinic.today() + timedelta(days=days),
        "branch": Branch.objects.first(),
        "counted": Decimal(0),
        "at": timezone.now(),
        "by": owner_of(clinic),
        "key": uuid4(),
    }
    return close_day(clinic=clinic, **given | facts)


def open_again(clinic: Clinic, **facts: Any) -> DayClose:
    given: dict[str, Any] = {
        "day": clinic.today(),
        "branch": Branch.objects.get(),
        "at": timezone.now(),
        "by": owner_of(clinic),
        "key": uuid4(),
        "reason": "A payment was forgotten",
    }
    return reopen_day(clinic=clinic, **given | facts)


def settle(clinic: Clinic, item: Item, way: str, *, days: int = 0, **facts: Any) -> str:
    given: dict[str, Any] = {
        "day": clinic.today() + timedelta(days=days),
        "branch": Branch.objects.get(),
        "at": timezone.now(),
        "by": owner_of(clinic),
        "key": uuid4(),
    }
    return settle_item(item.name, way=way, clinic=clinic, **given | facts)


def cancelled(clinic: Clinic, seen: Visit) -> Visit:
    return cancel_visit(seen, clinic=clinic, at=timezone.now(), by=None, by_clinic=True, key=uuid4())


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


def test_each_branch_has_its_own_day(asha: Clinic) -> None:
    first = Branch.objects.get()
    second = Branch.objects.create(name="Indiranagar")
    visit(asha, PatientFactory())
    sold = sale(asha, paid=4000)
    assert sold.bill.branch == first

    assert unsettled(asha.today(), second, asha) == []
    done = close(asha, branch=second)

    assert (done.number, done.expected_cash) == (1, 0)
    assert last_of(asha.today(), first) is None


def test_closing_counts_only_the_cash_and_keeps_all_methods(asha: Clinic) -> None:
    patient = PatientFactory()
    tenders = [Tender(Method.CASH, Decimal(300)), Tender(Method.UPI, Decimal(700))]
    complete(asha, visit(asha, patient), how="charge", tenders=tenders)

    done = close(asha, counted=Decimal(300), pieces={"100": 3})

    assert (done.expected_cash, done.counted_cash, done.difference) == (300, 300, 0)
    assert done.takings == {"cash": "300.000", "upi": "700.000", "card": "0", "bank": "0", "cheque": "0"}
    assert (done.pieces, done.unsettled, done.left_unsettled) == ({"100": 3}, {}, 0)
    assert AuditEvent.objects.get(act="close_day").subject_id == done.pk


@pytest.mark.parametrize(
    ("counted", "sentence"),
    [
        ("9800", "₹200.00 is missing: ₹10,000.00 was received in cash. Write a word about it."),
        ("10050", "There is ₹50.00 too much: ₹10,000.00 was received in cash. Write a word about it."),
    ],
)
def test_a_difference_needs_a_word(asha: Clinic, counted: str, sentence: str) -> None:
    sale(asha)
    written = everything()

    with pytest.raises(DifferenceNeedsReason) as refused:
        close(asha, counted=Decimal(counted), difference_reason="  ")

    assert str(refused.value) == sentence
    assert everything() == written
    done = close(asha, counted=Decimal(counted), difference_reason="Change was short")
    assert (done.difference, done.difference_reason) == (Decimal(counted) - 10_000, "Change was short")


def test_a_word_about_no_difference_is_not_kept(asha: Clinic) -> None:
    done = close(asha, difference_reason="Nothing", unsettled_reason="Nothing")

    assert (done.difference_reason, done.unsettled_reason) == ("", "")


def test_an_unsettled_day_is_closed_only_with_a_reason_and_says_what_was_left(asha: Clinic) -> None:
    """S10"""
    visit(asha, PatientFactory())
    visit(asha, PatientFactory())
    written = everything()

    with pytest.raises(UnsettledNeedsReason) as refused:
        close(asha)

    assert str(refused.value).startswith("2 things of the day are not settled.")
    assert everything() == written
    done = close(asha, unsettled_reason="Dr Anand has the list")
    assert (done.unsettled, done.left_unsettled) == ({"booked": 2}, 2)
    assert kinds(asha) == ["booked", "booked"]


@pytest.mark.parametrize("counted", ["-1", "0.001", "1000000000", "NaN", "Infinity"])
def test_what_is_no_amount_of_cash_is_refused(asha: Clinic, counted: str) -> None:
    with pytest.raises(NoSuchCount):
        close(asha, counted=Decimal(counted), difference_reason="?")

    assert not DayClose.objects.exists()


def test_a_currency_with_three_decimals_has_coins_that_small(db: None) -> None:
    kuwait = found("kuwait", currency="KWD", time_zone="Asia/Kuwait")
    with clinic_context(kuwait.pk):
        done = close(kuwait, counted=Decimal("0.005"), difference_reason="A coin of 5 fils")

        assert done.difference == Decimal("0.005")
        with pytest.raises(NoSuchCount):
            close(kuwait, days=-1, counted=Decimal("0.0005"), difference_reason="?")


def test_a_day_to_come_is_not_closed(asha: Clinic) -> None:
    with pytest.raises(DayNotCome):
        close(asha, days=1)

    assert not DayClose.objects.exists()


def test_the_day_that_counts_is_the_clinic_s_own(db: None) -> None:
    """Law 6: at 20:00 UTC it is tomorrow in Kolkata, and still today in Los Angeles."""
    at = datetime.fromisoformat("2026-05-31T20:00:00+00:00")
    for slug, zone, closes in (("kolkata", "Asia/Kolkata", True), ("la", "America/Los_Angeles", False)):
        clinic = found(slug, time_zone=zone)
        with clinic_context(clinic.pk):
            if closes:
                assert close(clinic, day=date(2026, 6, 1), at=at).is_closed
            else:
                with pytest.raises(DayNotCome):
                    close(clinic, day=date(2026, 6, 1), at=at)


def test_the_last_minute_of_the_day_and_the_first_of_the_next_are_two_days(asha: Clinic) -> None:
    """S27, S28, for the list of the day."""
    start, _end = day_bounds(asha.today(), asha.zone)
    visit(asha, PatientFactory(name="Late"), at=start - timedelta(minutes=1))
    visit(asha, PatientFactory(name="Early"), at=start)

    assert [item.patient.name for item in items(asha, -1)] == ["Late"]
    assert [item.patient.name for item in items(asha)] == ["Early"]


def test_the_second_to_close_reads_who_did_it_and_when(asha: Clinic) -> None:
    at = moment(asha, -1, hour=20)
    close(asha, days=-1, at=at, by=member(asha, Role.FRONT_DESK, name="Sunita Patil"))
    written = everything()

    with pytest.raises(AlreadyClosed) as refused:
        close(asha, days=-1)

    assert str(refused.value).endswith("was already closed by Sunita Patil at 20:00.")
    assert everything() == written


def test_a_day_closed_on_a_later_day_says_so(asha: Clinic) -> None:
    first = close(asha, days=-1, at=moment(asha, 0, hour=0))

    with pytest.raises(AlreadyClosed) as refused:
        close(asha, days=-1)

    assert f"at 00:00 on {asha.today().day} " in str(refused.value)
    assert first.day == asha.today() - timedelta(days=1)


def test_the_same_form_sent_again_is_the_same_closing(asha: Clinic) -> None:
    """S02"""
    key = uuid4()
    first = close(asha, key=key)
    written = everything()

    assert close(asha, key=key) == first
    assert everything() == written


def test_a_closed_day_is_opened_again_and_closed_again_and_every_line_stays(asha: Clinic) -> None:
    close(asha)

    opened = open_again(asha)
    again = close(asha)

    assert [(row.number, row.kind) for row in DayClose.objects.order_by("number")] == [
        (1, "closed"),
        (2, "reopened"),
        (3, "closed"),
    ]
    assert (opened.note, last_of(asha.today(), Branch.objects.get())) == ("A payment was forgotten", again)
    assert AuditEvent.objects.filter(act__in=["close_day", "reopen_day"]).count() == 3


def test_an_open_day_is_not_opened(asha: Clinic) -> None:
    with pytest.raises(NotClosed):
        open_again(asha)
    close(asha)
    open_again(asha)
    with pytest.raises(NotClosed):
        open_again(asha)

    assert DayClose.objects.count() == 2


def test_a_day_is_opened_again_only_with_a_reason_and_once(asha: Clinic) -> None:
    close(asha)
    key = uuid4()

    with pytest.raises(ReopeningNeedsReason):
        open_again(asha, reason=" ")

    assert open_again(asha, key=key) == open_again(asha, key=key)
    assert DayClose.objects.count() == 2


def test_a_visit_may_still_be_settled_after_the_day_was_closed(asha: Clinic) -> None:
    pack = package(asha, at=moment(asha, -3))
    seen = visit(asha, pack.patient, at=moment(asha, -1))
    close(asha, days=-1, unsettled_reason="Asking her tomorrow")

    settle(asha, items(asha, -1)[0], "complete", days=-1)

    seen.refresh_from_db()
    assert seen.state == Visit.State.COMPLETED
    assert items(asha, -1) == []
    assert DayClose.objects.get().unsettled == {"booked": 1}


OPENED: dict[str, Any] = {"kind": "reopened", "counted_cash": None, "expected_cash": None}
BAD_ROWS: dict[str, dict[str, Any]] = {
    "closing twice in a row": {"number": 2},
    "the same number twice": {"number": 1},
    "opening what was never closed": {"number": 0, "note": "x"} | OPENED,
    "no count": {"counted_cash": None},
    "less than nothing": {"counted_cash": -1, "difference_reason": "x"},
    "a difference without a word": {"counted_cash": 5},
    "unsettled without a reason": {"unsettled": {"booked": 1}},
    "opened without a reason": {"number": 2} | OPENED,
}


@pytest.mark.parametrize("what", BAD_ROWS)
def test_the_database_refuses(asha: Clinic, what: str) -> None:
    close(asha)
    row: dict[str, Any] = {
        "branch": Branch.objects.get(),
        "day": asha.today(),
        "number": 3,
        "kind": "closed",
        "expected_cash": 0,
        "counted_cash": 0,
        "at": timezone.now(),
        "key": uuid4(),
    }

    with pytest.raises(IntegrityError), transaction.atomic():
        DayClose.objects.create(**row | BAD_ROWS[what])

    assert DayClose.objects.create(**row).number == 3


@pytest.mark.parametrize("model", [DayClose, Acceptance])
def test_a_closing_is_never_changed_or_deleted(asha: Clinic, model: Any) -> None:
    """S13"""
    sale(asha, paid=4000)
    settle(asha, items(asha)[0], "leave")
    close(asha, counted=Decimal(4000))
    row = model.objects.get()

    for change in (lambda: model.objects.update(day=date(2020, 1, 1)), lambda: row.delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()

    assert model.objects.get() == row


def test_the_calendar_says_what_happened_and_what_was_counted(asha: Clinic) -> None:
    before = moment(asha, -1)
    sale(asha, at=before)
    visit(asha, PatientFactory(), at=before)
    cancelled(asha, visit(asha, PatientFactory(), at=before))
    done = close(asha, days=-1, counted=Decimal(9000), difference_reason="?", unsettled_reason="?", at=before)
    today = asha.today()

    ((now,), (then,), (nothing,)) = standings(asha, today - timedelta(days=2), today)

    assert (then.visits, then.open_visits, then.cash, then.close) == (1, 1, 10_000, done)
    assert (then.cash_since, done.difference) == (0, -1000)
    assert not now.has_something
    assert not nothing.has_something


def test_cash_recorded_after_the_closing_is_seen(asha: Clinic) -> None:
    close(asha)
    sale(asha)

    (today,) = standings(asha, asha.today(), asha.today())[0]

    assert today.cash_since == 10_000


def test_a_day_on_which_only_a_pack_was_paid_by_upi_is_a_day_to_close(asha: Clinic) -> None:
    tenders = [Tender(Method.UPI, Decimal(10_000))]
    of, patient = plan(), PatientFactory()
    facts: dict[str, Any] = {"clinic": asha, "at": timezone.now(), "by": owner_of(asha), "key": uuid4()}
    checkout.sell_package(patient, plan=of, branch=Branch.objects.get(), tenders=tenders, **facts)

    (today,) = standings(asha, asha.today(), asha.today())[0]

    assert (today.has_something, today.cash) == (True, 0)


def test_a_branch_that_closed_down_is_shown_where_something_happened_there(asha: Clinic) -> None:
    gone = Branch.objects.create(name="Old town", is_active=False)
    today = asha.today()
    assert [each.branch.name for each in standings(asha, today, today)[0]] == [Branch.objects.first().name]  # type: ignore[union-attr]

    close(asha, branch=gone)

    assert "Old town" in [each.branch.name for each in standings(asha, today, today)[0]]


def test_a_day_before_today_with_visits_that_nobody_closed_is_remembered(asha: Clinic) -> None:
    today = asha.today()
    assert forgotten(asha, today) is None
    pack = package(asha, at=moment(asha, -5))
    complete(asha, visit(asha, pack.patient, at=moment(asha, -3)), at=moment(asha, -3))
    visit(asha, pack.patient, at=moment(asha, -1))
    cancelled(asha, visit(asha, pack.patient, at=moment(asha, -2)))
    visit(asha, pack.patient)

    found_open = forgotten(asha, today)

    assert found_open is not None
    assert found_open.day == today - timedelta(days=1)
    assert found_open.branch_id == str(Branch.objects.get().pk)
    close(asha, days=-1, unsettled_reason="?")
    earlier = forgotten(asha, today)
    assert earlier is not None
    assert earlier.day == today - timedelta(days=3)
    close(asha, days=-3)
    assert forgotten(asha, today) is None


def test_days_before_go_live_are_nobody_s_to_close(asha: Clinic) -> None:
    """S58"""
    pack = package(asha)
    before = PastVisit(uuid4(), pack, ServiceFactory(), None, asha.today() - timedelta(days=3))
    add_past_visits([before], branch=Branch.objects.get(), clinic=asha, by=None)

    assert forgotten(asha, asha.today()) is None
    assert first_day(asha) is None
    assert not standings(asha, before.on, before.on)[0][0].has_something
    assert items(asha, -3) == []


def test_a_day_that_was_opened_again_is_remembered(asha: Clinic) -> None:
    visit(asha, PatientFactory(), at=moment(asha, -1))
    yesterday = asha.today() - timedelta(days=1)
    close(asha, days=-1, unsettled_reason="?")

    open_again(asha, day=yesterday)

    found_open = forgotten(asha, asha.today())
    assert found_open is not None
    assert found_open.day == yesterday


def test_another_clinic_s_day_is_not_ours(asha: Clinic, other_clinic: Clinic) -> None:
    with clinic_context(other_clinic.pk):
        visit(other_clinic, PatientFactory())
        close(other_clinic, unsettled_reason="?")

    assert items(asha) == []
    assert not DayClose.objects.exists()
    assert close(asha).number == 1
