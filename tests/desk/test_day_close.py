"""Closing the day, at the services: what is unsettled, what is counted, and who may say that the day is done."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from billing.models import HANDED_OVER, Method
from billing.payments import Tender
from clinic.calendar import day_bounds
from clinic.models import AuditEvent, Branch, Clinic, Role
from clinic.tenancy.context import clinic_context
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
from desk.day_close_items import Item
from desk.day_close_settling import settle_item
from desk.models import Acceptance, DayClose
from tests.factories import (
    PatientFactory,
    complete,
    found,
    member,
    owner_of,
    package,
    sale,
    visit,
)
from tests.written import everything
from visits.models import Visit
from visits.services import cancel_visit


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
    nothing = {method.value: "0" for method in HANDED_OVER}
    assert done.takings == nothing | {"cash": "300.000", "upi": "700.000"}
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


def test_another_clinic_s_day_is_not_ours(asha: Clinic, other_clinic: Clinic) -> None:
    with clinic_context(other_clinic.pk):
        visit(other_clinic, PatientFactory())
        close(other_clinic, unsettled_reason="?")

    assert items(asha) == []
    assert not DayClose.objects.exists()
    assert close(asha).number == 1
