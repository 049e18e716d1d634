"""The owner's week: each figure told as a story through the services."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from billing.models import Method, PaymentLink
from billing.payments import Tender
from clinic.models import Branch, Clinic
from clinic.tenancy.context import clinic_context
from desk import bouncing, checkout, disputes, refunds, renewing, voiding
from desk.week_days import asked_week, five
from packages import ledger
from packages.referrals import Letter, open_referral
from tests.factories import PatientFactory, found, owner_of, package, plan, reopen, use
from tests.online import account, wanted_link
from visits.absences import let_off
from visits.disputes import open_dispute
from visits.models import Dispute

from .booking import owners_connection, state_moment
from .weeks import (
    A_WEEK,
    MONDAY,
    ONE_DAY,
    SUNDAY,
    at,
    booked,
    came,
    cancelled,
    counted,
    facts,
    missed,
    numbers,
    rows,
    sold,
    the_week,
    told,
    used_up,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def owner_connection(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The test's connection is the database owner's: name it before the clinic's fixture."""
    with owners_connection(django_db_blocker):
        yield


def test_packages_sold_are_counted_at_their_price_from_the_first_day_to_the_last(asha: Clinic) -> None:
    sold(asha, MONDAY - ONE_DAY, hour=23)
    sold(asha, MONDAY, hour=0)
    sold(asha, SUNDAY, hour=23, price=8000)
    sold(asha, SUNDAY + ONE_DAY, hour=0)

    week = told(asha)

    assert (counted(week, "sold").n, counted(week, "sold").amount) == (2, Decimal(18_000))
    assert week.lines["sold_value"].mean == Decimal(2500)
    assert [row.amount for row in rows(week, "sold")] == [10_000, 8000]


def test_a_sale_that_was_voided_and_a_referral_are_no_packages_sold(asha: Clinic) -> None:
    mistake = package(asha, paid=0)
    voiding.void_sale(mistake, reason="Wrong patient", **facts(asha, timezone.now()))
    sent = {
        "letter": Letter("Star Health", 5, asha.today(), asha.today()),
        "service": package(asha).lines.get().service,
    }
    where = {"branch": Branch.objects.get(), "clinic": asha, "on": asha.today()}
    open_referral(PatientFactory(), by=None, key=uuid4(), **sent, **where)

    assert numbers(told(asha, asha.today(), now=timezone.now()), "sold") == [1]


def test_a_month_of_a_monthly_plan_is_sold_at_its_own_price_whatever_was_carried_into_it(
    asha: Clinic,
) -> None:
    """S36"""
    of = plan(sessions=4, price=2000, activation="at_once", renews_monthly=True, carries_over=True)
    first = sold(asha, MONDAY.replace(month=4), of=of)
    assert first.membership
    (second,) = renewing.renew(first.membership, clinic=asha, at=at(asha, MONDAY, 6))
    assert second.moved_in == 2000

    week = told(asha)

    assert (counted(week, "sold").n, counted(week, "sold").amount) == (1, Decimal(2000))
    assert [row.amount for row in rows(week, "sold")] == [2000]


def test_what_became_of_the_sessions_of_a_week(asha: Clinic) -> None:
    pack = sold(asha, MONDAY)
    single, patient = PatientFactory(), pack.patient
    came(asha, patient, at(asha, MONDAY, 10))
    came(asha, single, at(asha, MONDAY, 11), how="charge")
    missed(asha, patient, at(asha, MONDAY + DAY, 10))
    cancelled(asha, patient, at(asha, MONDAY + 2 * DAY, 10), 2 * HOUR)
    cancelled(asha, patient, at(asha, MONDAY + 3 * DAY, 10), 25 * HOUR)
    cancelled(asha, patient, at(asha, MONDAY + 4 * DAY, 10), HOUR, by_clinic=True)
    cancelled(asha, single, at(asha, MONDAY + 4 * DAY, 11), 23 * HOUR)
    cancelled(asha, single, at(asha, MONDAY + 4 * DAY, 12), 25 * HOUR)
    booked(asha, patient, at(asha, SUNDAY, 10))

    week = told(asha)

    names = ("scheduled", "delivered", "no_shows", "late_cancels")
    assert numbers(week, *names) == [6, 2, 1, 2]
    assert {counted(week, name).of for name in names[1:]} == {6}
    assert [len(rows(week, name)) for name in names] == [6, 2, 1, 2]


def test_an_absence_that_was_let_off_stays_one(asha: Clinic) -> None:
    pack = sold(asha, MONDAY, of=plan(free_passes=0))
    stayed_away = missed(asha, pack.patient, at(asha, MONDAY, 10))
    late = cancelled(asha, pack.patient, at(asha, MONDAY + DAY, 10), HOUR)
    for each in (stayed_away, late):
        let_off(each, reason="She was ill", **facts(asha, at(asha, SUNDAY, 12)))

    assert numbers(told(asha), "no_shows", "late_cancels") == [1, 1]


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "America/Los_Angeles", "Pacific/Auckland"])
def test_a_visit_late_on_sunday_is_of_the_week_that_ends_by_the_clinics_clock(db: None, zone: str) -> None:
    clinic = found("far", time_zone=zone)
    with clinic_context(clinic.pk):
        patient = PatientFactory()
        came(clinic, patient, at(clinic, SUNDAY, 23, 30), how="charge")
        came(clinic, patient, at(clinic, SUNDAY + DAY, 0, 30), how="charge")

        (row,) = rows(told(clinic), "delivered")
        assert row.when.endswith("23:30")
        assert numbers(told(clinic, SUNDAY + DAY), "delivered") == [1]


def test_where_weeks_begin_on_sunday_the_sunday_opens_the_week(db: None) -> None:
    clinic = found("hudson", country="US", time_zone="America/New_York", currency="USD")
    with clinic_context(clinic.pk):
        came(clinic, PatientFactory(), at(clinic, SUNDAY, 23, 30), how="charge")

        assert the_week(clinic, SUNDAY + 6 * DAY).first == SUNDAY
        assert numbers(told(clinic, SUNDAY + 6 * DAY), "delivered") == [1]
        assert numbers(told(clinic, MONDAY - DAY), "delivered") == [0]


def test_a_bill_is_left_unpaid_by_what_was_received_until_the_week_was_over(asha: Clinic) -> None:
    owing = sold(asha, MONDAY, paid=4000, of=plan(activation="at_once"))
    quick = sold(asha, MONDAY, paid=0, of=plan(activation="at_once"))
    for pack, amount, day in ((quick, 10_000, SUNDAY), (owing, 6000, SUNDAY + DAY)):
        tenders = [Tender(Method.CASH, Decimal(amount))]
        lines = checkout.money.owed_lines(pack.patient)
        how = facts(asha, at(asha, day, 12)) | {"tenders": tenders, "lines": lines}
        checkout.take_payment(pack.patient, branch=Branch.objects.get(), **how)

    week = told(asha)

    assert (counted(week, "unpaid").n, counted(week, "unpaid").amount) == (1, Decimal(6000))
    (row,) = rows(week, "unpaid")
    assert (row.patient, row.amount) == (owing.patient.name, Decimal(6000))


def test_a_refund_of_later_leaves_nothing_unpaid_in_the_week_of_the_sale(asha: Clinic) -> None:
    """S39"""
    pack = sold(asha, MONDAY, of=plan(refund_rule="rate_paid", activation="at_once"))
    refunds.refund_package(pack, reason="She moves away", **facts(asha, at(asha, MONDAY + 2 * A_WEEK, 12)))

    assert numbers(told(asha), "unpaid") == [0]


@pytest.mark.parametrize(("day", "unpaid"), [(SUNDAY, 0), (SUNDAY + DAY, 1)])
def test_money_that_is_set_against_a_bill_later_than_it_came_pays_on_that_day(
    owner_connection: None, asha: Clinic, day: date, unpaid: int
) -> None:
    state_moment(at(asha, MONDAY, 12))
    patient = sold(asha, MONDAY, paid=0, of=plan(activation="at_once")).patient
    came_in = {"tenders": [Tender(Method.CASH, Decimal(10_000))], "branch": Branch.objects.get(), "lines": []}
    checkout.take_payment(patient, **facts(asha, at(asha, MONDAY, 12)), **came_in)

    state_moment(at(asha, day, 12))
    said = {"on": day, "by": owner_of(asha), "key": uuid4()}
    checkout.apply_unapplied(patient, lines=checkout.money.owed_lines(patient), **said)

    assert numbers(told(asha), "unpaid") == [unpaid]


def test_a_payment_that_bounced_counts_in_the_week_in_which_it_did(asha: Clinic) -> None:
    patient = sold(asha, MONDAY - A_WEEK).patient
    (payment,) = patient.payments.all()
    bouncing.bounce_payment(payment, reason="No funds", **facts(asha, at(asha, MONDAY, 12)))

    week = told(asha)

    assert (counted(week, "bounced").n, counted(week, "bounced").amount) == (1, Decimal(10_000))
    assert [row.detail for row in rows(week, "bounced")] == ["No funds"]
    assert numbers(told(asha, MONDAY - A_WEEK), "bounced") == [0]


def test_a_payment_link_failed_when_it_could_not_be_made_or_expired_unpaid(asha: Clinic) -> None:
    account(asha)
    patient, now = package(asha, paid=0).patient, timezone.now()
    failed, open_one = (wanted_link(asha, patient) for _ in range(2))
    expired = wanted_link(asha, patient, at=now - PaymentLink.VALID)
    PaymentLink.objects.filter(pk=failed.pk).update(state="failed")
    PaymentLink.objects.filter(pk=expired.pk).update(state="expired")

    week = told(asha, asha.today(), now=now + timedelta(minutes=1))

    assert numbers(week, "links") == [2]
    assert {row.url.split("/")[-2] for row in rows(week, "links")} == {str(failed.pk), str(expired.pk)}
    assert open_one.state == "wanted"


@pytest.mark.parametrize(
    ("bought", "outcome"),
    [(-14, "won"), (0, "won"), (14, "won"), (15, "missed"), (None, "missed")],
)
def test_a_renewal_is_won_by_another_pack_within_14_days_of_the_end(
    asha: Clinic, bought: int | None, outcome: str
) -> None:
    end = MONDAY + 2 * DAY
    patient = PatientFactory()
    sold(asha, end - 20 * DAY, patient, of=plan(sessions=1, price=1000))
    if bought is not None and bought < 0:
        sold(asha, end + bought * DAY, patient)
    came(asha, patient, at(asha, end, 10))
    if bought is not None and bought >= 0:
        sold(asha, end + bought * DAY, patient, hour=18)

    week = told(asha)

    assert numbers(week, "ended", outcome) == [1, 1]
    assert len(rows(week, outcome)) == 1
    assert counted(week, outcome).of == 1


def test_a_renewal_is_open_until_14_days_have_passed_and_such_a_week_is_not_judged(asha: Clinic) -> None:
    used_up(asha, MONDAY)

    open_yet = told(asha, now=at(asha, MONDAY + 14 * DAY, 23))
    over = told(asha, now=at(asha, MONDAY + 15 * DAY, 0))
    decided = told(asha, now=at(asha, SUNDAY + 15 * DAY, 0))

    assert numbers(open_yet, "won", "missed", "open") == [0, 0, 1]
    assert numbers(over, "won", "missed", "open") == [0, 1, 0]
    assert [week.lines["missed"].verdict for week in (open_yet, over)] == ["early", "early"]
    assert decided.lines["missed"].verdict == ""  # no pack ended in the weeks before


def test_a_pack_that_lapsed_ended_on_the_day_of_its_expiry(asha: Clinic) -> None:
    pack = sold(asha, MONDAY - 5 * DAY, of=plan(validity_count=10, validity_unit="days"))
    assert pack.valid_until
    ledger.lapse(pack, on=SUNDAY + DAY)

    (row,) = rows(told(asha), "missed")
    assert "lapsed" in row.detail


def test_a_pack_whose_last_visit_was_reopened_has_not_ended(asha: Clinic) -> None:
    patient = used_up(asha, MONDAY)
    assert numbers(told(asha), "ended") == [1]

    seen = patient.visits.get()
    reopen(asha, seen, at=at(asha, MONDAY + DAY, 9))

    assert numbers(told(asha), "ended") == [0]


def test_a_monthly_plan_goes_on_by_itself_and_is_no_renewal(asha: Clinic) -> None:
    month = sold(asha, MONDAY, of=plan(sessions=1, renews_monthly=True))
    came(asha, month.patient, at(asha, MONDAY, 10))

    assert numbers(told(asha), "ended") == [0]


def test_disputes_count_when_they_are_opened_and_when_they_are_decided(asha: Clinic) -> None:
    cases = []
    for done in use(asha, package(asha), 2):
        cases.append(open_dispute(done.visit, clinic=asha, **facts_now(asha)))
    decision = {"decision": Dispute.Decision.STANDS, "reason": "She signed"}
    disputes.decide(cases[0], clinic=asha, **decision, **facts_now(asha))

    week = told(asha, asha.today(), now=soon())

    assert numbers(week, "opened", "decided") == [2, 1]
    assert [row.what for row in rows(week, "opened")] == ["case 1", "case 2"]
    assert ["She signed" in row.detail for row in rows(week, "decided")] == [True]


def test_exceptions_are_counted_by_who_gave_them(asha: Clinic) -> None:
    pack = package(asha)
    (done,) = use(asha, pack, 1)
    reopen(asha, done.visit, reason="Another patient")
    of_a_line = {"on": asha.today(), "by": None, "key": uuid4(), "reason": "Counted twice"}
    ledger.adjust(pack.lines.get(), sessions=Decimal(1), **of_a_line)

    week = told(asha, asha.today(), now=soon())

    assert numbers(week, "exceptions") == [2]
    assert [(giver.id is None, giver.count) for giver in week.givers] == [(False, 1), (True, 1)]
    by_owner = rows(week, "exceptions", by_id=week.givers[0].id)
    assert ["Another patient" in row.detail for row in by_owner] == [True]


def test_a_week_that_goes_on_is_compared_with_as_much_of_the_weeks_before(asha: Clinic) -> None:
    patient = PatientFactory()
    for weeks in (2, 1):
        for hour in (9, 15):  # of which nine o'clock is before the hour it is now
            came(asha, patient, at(asha, MONDAY + DAY - weeks * A_WEEK, hour), how="charge")
    came(asha, patient, at(asha, MONDAY + DAY, 9), how="charge")
    booked(asha, patient, at(asha, MONDAY + DAY, 16))

    line = told(asha, now=at(asha, MONDAY + DAY, 12)).lines["delivered"]

    assert [week.n for week in line.weeks] == [0, 0, 1, 1, 1]
    assert (line.now.of, line.value(line.now), line.mean) == (1, Decimal(100), Decimal(100))
    assert line.verdict == "same"


def test_what_is_known_by_its_day_is_judged_up_to_yesterday_while_the_week_goes_on(asha: Clinic) -> None:
    """A sale of this afternoon is not missed in the morning."""
    for weeks in (4, 3, 2, 1):
        for days in (0, 1):
            sold(asha, MONDAY + days * DAY - weeks * A_WEEK, hour=15)
    sold(asha, MONDAY)
    sold(asha, MONDAY + DAY, paid=0, of=plan(activation="at_once"))

    lines = told(asha, now=at(asha, MONDAY + DAY, 10)).lines

    assert [week.n for week in lines["sold"].weeks] == [2, 2, 2, 2, 2]
    assert [week.n for week in lines["sold"].judged] == [1, 1, 1, 1, 1]
    assert (lines["sold"].mean, lines["sold"].verdict) == (1, "same")
    assert (lines["unpaid"].now.n, lines["unpaid"].verdict) == (1, "same")
    assert lines["delivered"].judged == lines["delivered"].weeks


def test_on_the_first_day_of_a_week_what_is_known_by_its_day_is_too_early_to_judge(asha: Clinic) -> None:
    sold(asha, MONDAY - A_WEEK)
    sold(asha, MONDAY)

    lines = told(asha, now=at(asha, MONDAY, 10)).lines

    assert (lines["sold"].now.n, lines["sold"].mean, lines["sold"].verdict) == (1, None, "early")
    assert (lines["scheduled"].mean, lines["scheduled"].verdict) == (0, "same")
    assert told(asha).lines["sold"].verdict == "better"


def test_the_same_clock_time_is_meant_when_the_clocks_were_changed_in_between(db: None) -> None:
    clinic = found("far", time_zone="Europe/London", country="GB")
    now = at(clinic, date(2026, 4, 1), 12)  # they went forward on 29 March

    this_week, last_week = reversed(five(the_week(clinic, now.date(), now=now))[-2:])

    assert clinic.local(last_week.end) == at(clinic, date(2026, 3, 25), 12)
    assert this_week.end - last_week.end == A_WEEK - HOUR


def test_more_is_better_or_worse_by_what_is_counted(asha: Clinic) -> None:
    patient = PatientFactory()
    for day in (MONDAY - A_WEEK, MONDAY):
        came(asha, patient, at(asha, day, 9), how="charge")
    missed(asha, patient, at(asha, MONDAY + DAY, 9))

    lines = told(asha).lines

    assert [lines[name].verdict for name in ("delivered", "no_shows", "scheduled")] == [
        "worse",
        "worse",
        "better",
    ]
    assert (lines["delivered"].value(lines["delivered"].now), lines["delivered"].mean) == (50, 100)


@pytest.mark.parametrize("of", ["", "yesterday", "2026-13-01", "9999-12-31", "1066-10-14", "0001-01-01"])
def test_a_day_that_cannot_be_shows_the_present_week(asha: Clinic, of: str) -> None:
    now = at(asha, MONDAY + DAY, 12)

    assert asked_week({"of": of, "until": "soon"}, asha, now=now) == the_week(asha, MONDAY, now=now)


def test_an_address_names_how_far_the_week_had_come(asha: Clinic) -> None:
    now = at(asha, MONDAY + DAY, 12)
    week = the_week(asha, MONDAY, now=now)

    assert asked_week(week.query, asha, now=now + 3 * DAY) == week
    assert asked_week(week.earlier(2).query, asha, now=now) == week.earlier(2)


def facts_now(clinic: Clinic) -> dict[str, object]:
    made = facts(clinic, timezone.now())
    return {name: made[name] for name in ("at", "by", "key")}


def soon() -> datetime:
    return timezone.now() + timedelta(seconds=2)
