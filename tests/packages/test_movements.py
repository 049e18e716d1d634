"""The liability's own ledger: what moves on a package by day and step, and what the application may not do to it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from billing.payments import owed_lines
from clinic.access import NotAllowed
from clinic.models import Clinic, Role
from clinic.ui import words as spoken
from desk.recount import recount
from packages import ledger, months
from packages.late_records import recorded_after
from packages.liability import liability
from packages.liability_shares import By, ageing, shares
from packages.models import MonthClose, MonthEnd, Movement, Step
from packages.plans import Line
from packages.postings import behind
from packages.roll_forward import Row, roll_forward
from packages.validity import extend
from tests import acts
from tests.committing import check_now
from tests.conftest import connect_as
from tests.factories import (
    ServiceFactory,
    StaffFactory,
    complete,
    owner_of,
    package,
    plan,
    reopen,
    visit,
)
from tests.written import everything


@pytest.fixture
def owner_connection(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock():
        connect_as("owner")
    yield
    with django_db_blocker.unblock():
        connect_as("app")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Kolkata"))


def day(text: str) -> date:
    return date.fromisoformat(text)


def values(first: str, last: str) -> dict[str, Decimal]:
    """The rows of a roll-forward that are not 0, which adds up and agrees with the report of its last day."""
    why = roll_forward(day(first), day(last))
    assert why.opening.value + sum(figures.value for figures in why.changes.values()) == why.closing.value
    assert why.closing[:2] == (liability(why.last).value, liability(why.last).sessions)
    for row, figures in why.changes.items():
        assert sum((each.value for each in behind(why.first, why.last, row)[:]), Decimal(0)) == figures.value
    return {row.value: figures.value for row, figures in why.changes.items() if figures.value}


def used(clinic: Clinic, pack: Any, on: str, **facts: Any) -> Any:
    """A session of that day, which is marked an hour later unless said otherwise."""
    facts = {"at": at(f"{on}T11:00")} | facts
    return complete(clinic, visit(clinic, pack.patient, at=at(f"{on}T10:00")), **facts).visit


def test_a_sale_paid_on_its_day_is_sold_and_every_use_and_reversal_has_its_row(asha: Clinic) -> None:
    pack = package(asha, at=at("2026-03-01T10:00"))
    used(asha, pack, "2026-03-03")
    reopen(asha, used(asha, pack, "2026-03-05"), at=at("2026-04-02T10:00"))

    assert values("2026-03-01", "2026-03-31") == {"sold": 10_000, "used": -2_000}
    assert values("2026-04-01", "2026-04-30") == {"reversed": 1_000}


def test_money_on_a_later_day_is_its_own_row_and_use_before_it_makes_the_patient_owe(asha: Clinic) -> None:
    """1 of 10 used while nothing is paid; 10,000 come today: 9,000 of it is for care still to come."""
    pack = package(asha, of=plan(activation="at_once"), paid=0, at=at("2026-03-01T10:00"))
    used(asha, pack, "2026-03-03")
    assert liability(day("2026-03-05")).receivable == 1_000
    assert values("2026-03-01", "2026-03-31") == {}

    acts.pay(asha, pack.patient, 10_000, owed_lines(pack.patient))

    today = asha.today().isoformat()
    assert values("2026-03-01", today) == values(today, today) == {"received": 9_000}
    assert (liability(asha.today()).value, liability(asha.today()).receivable) == (9_000, 0)


def test_what_is_recorded_late_takes_its_place_and_what_follows_is_counted_anew(asha: Clinic) -> None:
    """The 5th is recorded before the 3rd: the steps are those of the days, and each is counted from the one before."""
    pack = package(asha, of=plan(activation="at_once"), paid=1_500, at=at("2026-03-01T10:00"))
    used(asha, pack, "2026-03-05")
    assert [each.owed for each in Movement.objects.filter(step=Step.USED)] == [-1_000]

    used(asha, pack, "2026-03-03", at=timezone.now())

    check_now()
    steps = Movement.objects.filter(step=Step.USED).order_by("posted_on")
    assert [(each.owed, each.owed_by_patient, each.sessions_after) for each in steps] == [
        (-1_000, 0, 9),
        (-500, 500, 8),
    ]
    assert steps[0].lasts_until == steps[1].posted_on
    assert recount() == []


def test_the_application_may_read_movements_and_nothing_else(asha: Clinic) -> None:
    package(asha)
    for sql in (
        "UPDATE packages_movement SET owed = 0",
        "DELETE FROM packages_movement",
        "UPDATE packages_monthsum SET owed = 0",
        "UPDATE packages_monthend SET counted_at = now()",
        "SELECT move_liability(1, gen_random_uuid(), '2026-01-01', 60, '2026-01-01', 1, 0, 0, 0, 0)",
        "INSERT INTO packages_movement SELECT * FROM packages_movement",
        "UPDATE packages_monthclose SET last_day = '2020-01-31'",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


def test_stored_month_ends_say_the_same_and_are_left_aside_once_their_month_moved(asha: Clinic) -> None:
    pack = package(asha, at=at("2026-03-01T10:00"))
    used(asha, pack, "2026-03-03")
    used(asha, pack, "2026-04-03")
    before = values("2026-03-01", "2026-04-30")

    counted = months.count_months(asha, today=day("2026-05-10"))
    assert counted == [day("2026-03-31"), day("2026-04-30")]
    assert values("2026-03-01", "2026-04-30") == before
    assert months.count_months(asha, today=day("2026-05-10")) == []

    used(asha, pack, "2026-03-09", at=timezone.now())

    assert values("2026-03-01", "2026-03-31") == {"sold": 10_000, "used": -2_000}
    assert recount() == []
    assert months.count_months(asha, today=day("2026-05-10")) == [day("2026-03-31")]
    assert MonthEnd.objects.count() == 3
    assert recount() == []


def close(clinic: Clinic, last_day: str, **facts: Any) -> Any:
    facts = {"today": clinic.today(), "by": owner_of(clinic), "key": uuid4()} | facts
    return months.close_month(day(last_day), clinic=clinic, **facts)


def test_what_is_recorded_after_its_month_was_closed_is_posted_to_the_first_open_day_and_flagged(
    asha: Clinic,
) -> None:
    pack = package(asha, at=at("2026-03-01T10:00"))
    closed = close(asha, "2026-03-31")
    assert close(asha, "2026-03-31", key=closed.key) == closed

    used(asha, pack, "2026-03-09", at=timezone.now())

    assert values("2026-03-01", "2026-03-31") == {"sold": 10_000}
    assert values("2026-04-01", "2026-04-30") == {"used": -1_000}
    (posting,) = behind(day("2026-04-01"), day("2026-04-30"), Row.USED)[:]
    assert (posting.day, posting.was_moved, posting.is_late) == (day("2026-04-01"), True, True)
    assert recount() == []


@pytest.mark.parametrize(
    ("last_day", "words"),
    [
        ("2026-03-30", "last day of a month"),
        ("2026-02-28", "closed through"),
        ("2026-03-31", "closed through"),
        ("2099-01-31", "is not over yet"),
    ],
)
def test_only_whole_months_that_are_over_are_closed_and_each_once(
    asha: Clinic, last_day: str, words: str
) -> None:
    close(asha, "2026-03-31")
    before = everything()

    with pytest.raises(months.CannotClose, match=words):
        close(asha, last_day)

    assert everything() == before


@pytest.mark.parametrize("last_day", ["2026-03-30", "2026-02-28", "2099-01-31"])
def test_nor_does_the_database_close_another(asha: Clinic, last_day: str) -> None:
    close(asha, "2026-03-31")
    with pytest.raises(DatabaseError), transaction.atomic():
        MonthClose.objects.create(last_day=last_day, key=uuid4())


def test_only_the_owner_closes_a_month(asha: Clinic) -> None:
    for role in set(Role) - {Role.OWNER}:
        with pytest.raises(NotAllowed):
            close(asha, "2026-03-31", by=StaffFactory(role=role))


def test_an_evenings_report_can_be_asked_for_again_and_what_was_recorded_since_is_listed(
    asha: Clinic,
) -> None:
    """All that a test writes is recorded today: for the evening of March nothing was known."""
    pack = package(asha, at=at("2026-03-01T10:00"))
    used(asha, pack, "2026-03-09")

    now, then = liability(day("2026-03-31")), liability(day("2026-03-31"), known_on=day("2026-03-31"))
    late_ones = recorded_after(day("2026-03-31"))
    (late,) = late_ones
    assert (len(late_ones), late_ones.change) == (1, late.change)

    assert (now.value, then.value, late.change) == (9_000, 0, 9_000)
    assert [entry.kind for entry in late.entries] == ["sold", "used"]
    assert [receipt.amount for receipt in late.receipts] == [10_000]
    known = liability(day("2026-03-31"), known_on=asha.today())
    assert (known.value, known.sessions, known.rows) == (now.value, now.sessions, now.rows)


def test_the_parts_add_up_by_whatever_they_are_cut(asha: Clinic) -> None:
    """Two lines of one package: 4,000 of 10,000 paid over 3 and 4 sessions, one of the first used at 1,428.57."""
    lines = (Line(ServiceFactory(name="Massage"), Decimal(3)), Line(ServiceFactory(), Decimal(4)))
    pack = package(asha, of=plan(*lines, activation="at_once"), paid=4_000, at=at("2026-03-01T10:00"))
    booked = visit(asha, pack.patient, service=lines[0].service, at=at("2026-03-03T10:00"))
    complete(asha, booked, at=at("2026-03-03T11:00"))
    package(asha, of=plan(price=0), at=at("2026-03-04T10:00"))

    on = day("2026-03-31")
    for by in By:
        parts = shares(on, by)
        assert sum(part.value for part in parts) == liability(on).value == Decimal("2571.43")
        assert sum(part.sessions for part in parts) == liability(on).sessions == 16
        assert sum(part.complimentary for part in parts) == liability(on).complimentary == 10
        assert shares(on, by, known_on=asha.today()) == parts
    assert {part.label: part.value for part in shares(on, By.SERVICE)} == {
        "Massage": Decimal("857.14"),
        ServiceFactory().name: Decimal("1714.29"),
    }
    assert sum(band.value for band in ageing(on)) == Decimal("2571.43")


def test_ageing_goes_by_the_last_valid_day_of_that_time(asha: Clinic) -> None:
    """Valid to 31 March, extended today: as of 20 March it lapses within 30 days, now later."""
    pack = package(asha, of=plan(validity_count=1, validity_unit="months"), at=at("2026-03-01T10:00"))
    facts = {"on": asha.today(), "by": owner_of(asha), "key": uuid4(), "reason": "Ill"}
    extend(pack, until=date(2027, 12, 31), **facts)

    def full(on: date) -> list[str]:
        return [band.label for band in ageing(on) if band.value]

    assert full(day("2026-03-20")) == ["In 8 to 30 days"]
    assert liability(day("2026-03-20")).rows[0].valid_until == day("2026-03-31")
    assert full(asha.today()) == ["Later than " + spoken.day(asha.today() + timedelta(days=180))]


@pytest.mark.parametrize(
    ("last_day", "counted_at"),
    [
        ("2026-03-10", "2026-05-01T00:00+00:00"),
        ("2026-03-31", "2999-01-01T00:00+00:00"),
        ("2026-03-31", "2026-03-31T10:00+00:00"),
    ],
)
def test_the_database_adds_up_no_month_that_is_not_over_and_none_ahead_of_time(
    asha: Clinic, last_day: str, counted_at: str
) -> None:
    with pytest.raises(DatabaseError, match="was not over"), transaction.atomic():
        MonthEnd.objects.create(last_day=last_day, counted_at=counted_at)


def test_a_visit_that_is_completed_again_takes_its_session_from_the_day_on_which_it_had_come_back(
    asha: Clinic,
) -> None:
    """S05: a pack of one, used on 3 March, given back today and used again: never less than none was left."""
    pack = package(asha, of=plan(sessions=1, price=1_000), at=at("2026-03-01T10:00"))
    seen = used(asha, pack, "2026-03-03")
    reopen(asha, seen)
    complete(asha, seen)

    standing = liability(day("2026-03-15"))
    assert (standing.sessions, standing.value, standing.receivable) == (0, 0, 0)
    today = asha.today().isoformat()
    assert values("2026-03-01", "2026-03-31") == {"sold": 1_000, "used": -1_000}
    assert values(today, today) == {}  # within a day it came back and went
    last = pack.entries.order_by("-number")[0]
    assert (last.happened_on, last.held_on) == (asha.today(), day("2026-03-03"))
    assert recount() == []


def test_a_visit_that_took_a_session_given_later_reads_less_than_none_on_its_day_and_adds_up(
    asha: Clinic,
) -> None:
    """S30: a pack of one, used on 3 March; a second is given today and takes the visit of 5 March."""
    pack = package(asha, of=plan(sessions=1, price=1_000), at=at("2026-03-01T10:00"))
    used(asha, pack, "2026-03-03")
    given = {"on": asha.today(), "by": owner_of(asha), "key": uuid4(), "reason": "Goodwill"}
    ledger.adjust(pack.lines.get(), sessions=Decimal(1), **given)

    used(asha, pack, "2026-03-05", at=timezone.now())

    assert liability(day("2026-03-31")).sessions == -1
    assert values("2026-03-01", "2026-03-31")["used"] == -1_000
    assert liability(asha.today()).sessions == 0
    assert recount() == []


def test_whoever_treated_last_is_not_whose_session_was_taken_back(asha: Clinic) -> None:
    pack = package(asha, at=at("2026-03-01T10:00"))
    anand, bina = (StaffFactory(role=Role.THERAPIST, name=name) for name in ("Anand", "Bina"))
    for on, therapist in (("2026-03-03", anand), ("2026-03-05", bina)):
        seen = visit(asha, pack.patient, at=at(f"{on}T10:00"), therapist=therapist)
        complete(asha, seen, at=at(f"{on}T11:00"))
    reopen(asha, seen, at=at("2026-03-07T10:00"))

    def named(on: str) -> list[str]:
        return [share.label for share in shares(day(on), By.THERAPIST)]

    assert (named("2026-03-06"), named("2026-03-07")) == (["Bina"], ["Anand"])


@pytest.mark.parametrize(
    ("table", "sql", "check"),
    [
        ("packages_monthsum", "UPDATE packages_monthsum SET owed = owed + 1", "month ends"),
        (
            "packages_movement",
            "UPDATE packages_movement SET sessions_after = 3",
            "what moved on each package, day and step",
        ),
        (
            "packages_movement",
            "DELETE FROM packages_movement WHERE step = 60",
            "what moved on each package, day and step",
        ),
    ],
)
def test_what_is_stored_wrong_is_found_by_the_recount(
    owner_connection: None, asha: Clinic, table: str, sql: str, check: str
) -> None:
    used(asha, package(asha, at=at("2026-03-01T10:00")), "2026-03-03")
    months.count_months(asha, today=day("2026-05-10"))
    assert recount() == []
    check_now()
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(sql)

    assert check in {difference.check for difference in recount()}
