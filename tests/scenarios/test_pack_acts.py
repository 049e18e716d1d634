"""The acts on a package: SCENARIOS S21, S25, S35, S36 and S53, at the services."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from clinic.access import NotAllowed
from clinic.models import Clinic, Role
from packages import ledger, standing, transfers, validity
from packages.eligibility import NotCovered
from packages.ledger import NotEnoughLeft, NotHalves
from packages.liability import liability
from packages.models import Entry, Kind, Package
from packages.plans import Line
from packages.refunds import quote_refund, refund
from packages.standing import NothingToLift, restrictions
from packages.transfers import TransferNotAllowed, TransferUsed
from packages.validity import FreezeLimit, HasLapsed, UsedThen
from tests.committing import check_now
from tests.factories import (
    PatientFactory,
    ServiceFactory,
    complete,
    member,
    owner_of,
    package,
    plan,
    reopen,
    use,
    visit,
)
from tests.written import everything

ONE_DAY = timedelta(days=1)


def by_the_owner(clinic: Clinic, reason: str = "Because", **more: Any) -> dict[str, Any]:
    return {"on": clinic.today(), "by": owner_of(clinic), "key": uuid4(), "reason": reason} | more


def days_ago(count: int) -> datetime:
    return timezone.now() - count * ONE_DAY


def three_months(clinic: Clinic, **terms: Any) -> Package:
    return package(clinic, of=plan(**{"validity_count": 3} | terms))


@pytest.mark.parametrize("sessions", ["1", "0.5"])
def test_the_owner_gives_back_one_or_a_half_for_a_visit_that_was_too_short(
    asha: Clinic, sessions: str
) -> None:
    """S21"""
    pack = package(asha)
    junior = member(asha, Role.THERAPIST, name="Junior")
    done = complete(asha, visit(asha, pack.patient, therapist=junior, minutes=10))

    given = ledger.adjust(
        pack.lines.get(), sessions=Decimal(sessions), **by_the_owner(asha, "Ten minutes only, by a junior")
    )
    check_now()

    assert (done.entry.therapist, done.entry.minutes) == (junior, 10)
    assert (given.sessions, given.reason) == (Decimal(sessions), "Ten minutes only, by a junior")
    pack.refresh_from_db()
    assert pack.sessions_left == 9 + Decimal(sessions)


def test_the_owner_lifts_the_tie_to_a_therapist_who_left(asha: Clinic) -> None:
    """S25"""
    anand, priya = member(asha, Role.THERAPIST), member(asha, Role.THERAPIST)
    pack = package(asha, of=plan(therapist_ids=[anand.pk]))
    seen = visit(asha, pack.patient, therapist=priya)
    with pytest.raises(NotCovered):
        complete(asha, seen)

    change = standing.lift(pack, clause="therapists", **by_the_owner(asha, "Anand has left"))
    complete(asha, seen)
    check_now()

    pack.refresh_from_db()
    assert (change.clause, change.reason) == ("therapists", "Anand has left")
    assert pack.therapist_ids == [anand.pk], "the terms stay as they were printed"
    assert restrictions(pack) == []
    assert pack.sessions_left == 9


def test_or_a_refund_is_quoted_for_what_is_left(asha: Clinic) -> None:
    """S25"""
    anand = member(asha, Role.THERAPIST)
    pack = package(asha, of=plan(therapist_ids=[anand.pk]))
    for _each in range(3):
        complete(asha, visit(asha, pack.patient, therapist=anand))
    pack.refresh_from_db()

    assert quote_refund(pack).amount == 7000


@pytest.mark.parametrize("clause", ["branches", "price", ""])
def test_only_a_restriction_that_the_terms_hold_is_lifted(asha: Clinic, clause: str) -> None:
    """S25"""
    pack = package(asha, of=plan(therapist_ids=[member(asha, Role.THERAPIST).pk]))
    before = everything()

    with pytest.raises(NothingToLift):
        standing.lift(pack, clause=clause, **by_the_owner(asha))

    assert everything() == before


def test_nobody_but_the_owner_lifts_a_restriction(asha: Clinic) -> None:
    """S25"""
    pack = package(asha, of=plan(where="where_sold"))
    facts = by_the_owner(asha) | {"by": member(asha, Role.FRONT_DESK)}

    with pytest.raises(NotAllowed):
        standing.lift(pack, clause="branches", **facts)


@pytest.mark.parametrize(
    ("freezes", "moved"),
    [
        ([(0, 9)], 10),
        ([(0, 9), (5, 14)], 15),
        ([(0, 9), (0, 9)], 10),
        ([(0, 9), (2, 4)], 10),
        ([(2, 4), (0, 9)], 10),
        ([(0, 4), (5, 9)], 10),
        ([(0, 2), (10, 12), (1, 11)], 13),
    ],
)
def test_the_expiry_moves_by_the_frozen_days_and_overlaps_count_once(
    asha: Clinic, freezes: list[tuple[int, int]], moved: int
) -> None:
    """S35"""
    pack, today = three_months(asha), asha.today()
    until = pack.valid_until
    assert until

    for first, last in freezes:
        days = {"first_day": today + first * ONE_DAY, "last_day": today + last * ONE_DAY}
        validity.freeze(pack, **days, **by_the_owner(asha))
    check_now()

    pack.refresh_from_db()
    assert pack.valid_until == until + moved * ONE_DAY
    assert validity.frozen_days(pack) == moved


def test_a_visit_in_a_freeze_is_refused_until_it_is_unfrozen_today(asha: Clinic) -> None:
    """S35"""
    pack, today = three_months(asha), asha.today()
    until = pack.valid_until
    validity.freeze(pack, first_day=today, last_day=today + 9 * ONE_DAY, **by_the_owner(asha))
    seen = visit(asha, pack.patient)
    with pytest.raises(NotCovered, match="frozen"):
        complete(asha, seen)

    validity.unfreeze(pack, from_day=today, **by_the_owner(asha, "She came"))
    complete(asha, seen)
    check_now()

    pack.refresh_from_db()
    assert (pack.valid_until, pack.sessions_left) == (until, 9)


def test_days_on_which_a_session_was_used_are_not_frozen(asha: Clinic) -> None:
    """S35"""
    pack, today = three_months(asha), asha.today()
    (done,) = use(asha, pack, 1)
    with pytest.raises(UsedThen):
        validity.freeze(pack, first_day=today, last_day=today, **by_the_owner(asha))

    reopen(asha, done.visit)
    validity.freeze(pack, first_day=today, last_day=today, **by_the_owner(asha))


def test_a_freeze_stays_within_the_limit_of_the_terms(asha: Clinic) -> None:
    """S35"""
    pack, today = three_months(asha, freeze_limit=10), asha.today()
    validity.freeze(pack, first_day=today, last_day=today + 7 * ONE_DAY, **by_the_owner(asha))
    before = everything()

    with pytest.raises(FreezeLimit, match="10 days; 8 are used"):
        validity.freeze(
            pack, first_day=today + 8 * ONE_DAY, last_day=today + 10 * ONE_DAY, **by_the_owner(asha)
        )

    assert everything() == before


def test_a_lapsed_pack_is_extended_before_it_is_frozen(asha: Clinic) -> None:
    """S35"""
    pack = package(asha, of=plan(validity_count=1), at=days_ago(60))

    with pytest.raises(HasLapsed):
        validity.freeze(pack, first_day=asha.today(), last_day=asha.today(), **by_the_owner(asha))


def test_extended_after_the_expiry_was_posted_the_value_returns_today_and_no_past_day_changes(
    asha: Clinic,
) -> None:
    """S36"""
    pack = package(asha, of=plan(validity_count=1), at=days_ago(60))
    ledger.lapse(pack, on=asha.today())
    pack.refresh_from_db()
    assert pack.valid_until
    past = [pack.valid_until, pack.valid_until + ONE_DAY, asha.today() - ONE_DAY]
    owed = [liability(on).value for on in past]

    validity.extend(pack, until=asha.today() + 30 * ONE_DAY, **by_the_owner(asha))
    check_now()

    back = Entry.objects.get(package=pack, kind=Kind.REINSTATED)
    assert (back.happened_on, back.value, back.clause) == (asha.today(), 10_000, "extension")
    assert [liability(on).value for on in past] == owed == [10_000, 0, 0]
    assert liability(asha.today()).value == 10_000
    use(asha, pack, 1)


def test_extended_twice_nothing_comes_back_twice(asha: Clinic) -> None:
    """S36"""
    pack = package(asha, of=plan(validity_count=1), at=days_ago(60))
    ledger.lapse(pack, on=asha.today())

    validity.extend(pack, until=asha.today() + ONE_DAY, **by_the_owner(asha))
    validity.extend(pack, until=asha.today() + 2 * ONE_DAY, **by_the_owner(asha))
    check_now()

    pack.refresh_from_db()
    assert pack.sessions_left == 10


def test_three_of_seven_sessions_and_their_value_move_to_a_sister(asha: Clinic) -> None:
    """S53"""
    pack = package(asha, of=plan(validity_count=3))
    use(asha, pack, 3)
    sister = PatientFactory(name="Sita Rao")

    made = transfers.transfer(pack, sessions=Decimal(3), to=sister, **by_the_owner(asha, "Sisters"))
    check_now()

    pack.refresh_from_db()
    assert (pack.sessions_left, pack.value_left) == (4, 4000)
    assert (made.sessions_left, made.value_left, made.patient) == (3, 3000, sister)
    assert (made.valid_until, made.moved_from) == (pack.valid_until, pack)
    out, came = pack.entries.get(kind=Kind.TRANSFERRED_OUT), made.entries.get(kind=Kind.TRANSFERRED_IN)
    assert (out.beneficiary, came.beneficiary) == (sister, pack.patient)
    assert out.value == -came.value
    assert liability(asha.today()).value == 7000


@pytest.mark.parametrize(("price", "sessions"), [(10_000, "1"), (10_000, "2"), (9_999, "0.5"), (100, "1.5")])
def test_what_a_transfer_moves_is_not_a_coin_more_or_less(asha: Clinic, price: int, sessions: str) -> None:
    """S53"""
    pack = package(asha, of=plan(sessions=3, price=price))

    made = transfers.transfer(pack, sessions=Decimal(sessions), to=PatientFactory(), **by_the_owner(asha))
    check_now()

    pack.refresh_from_db()
    assert pack.value_left + made.value_left == price
    use(asha, made, int(Decimal(sessions)))
    assert liability(asha.today()).difference == 0


def test_a_transfer_is_undone_while_unused(asha: Clinic) -> None:
    """S53"""
    pack = package(asha)
    made = transfers.transfer(pack, sessions=Decimal(3), to=PatientFactory(), **by_the_owner(asha))

    transfers.undo_transfer(made, **by_the_owner(asha, "The wrong sister"))
    check_now()

    pack.refresh_from_db()
    made.refresh_from_db()
    assert (pack.sessions_left, pack.value_left) == (10, 10_000)
    assert (made.sessions_left, made.value_left) == (0, 0)


def test_a_transfer_of_which_something_was_used_stays(asha: Clinic) -> None:
    """S53"""
    pack = package(asha)
    made = transfers.transfer(pack, sessions=Decimal(3), to=PatientFactory(), **by_the_owner(asha))
    (done,) = use(asha, made, 1)
    before = everything()

    with pytest.raises(TransferUsed):
        transfers.undo_transfer(made, **by_the_owner(asha))

    assert everything() == before
    reopen(asha, done.visit)
    transfers.undo_transfer(made, **by_the_owner(asha))


@pytest.mark.parametrize("state", ["unpaid", "suspended", "refunded", "nobody", "own"])
def test_what_cannot_be_transferred(asha: Clinic, state: str) -> None:
    """S53"""
    rule = "nobody" if state == "nobody" else "anybody"
    pack = package(asha, of=plan(transfer_rule=rule), paid=4000 if state == "unpaid" else None)
    if state == "suspended":
        standing.suspend(pack, **by_the_owner(asha))
    if state == "refunded":
        refund(pack, **by_the_owner(asha))
    to = pack.patient if state == "own" else PatientFactory()

    with pytest.raises(TransferNotAllowed):
        transfers.transfer(pack, sessions=Decimal(1), to=to, **by_the_owner(asha))


@pytest.mark.parametrize("sessions", ["0", "-1", "0.3", "10.5", "11"])
def test_no_more_than_is_left_and_only_halves_are_transferred(asha: Clinic, sessions: str) -> None:
    """S53"""
    pack, sister = package(asha), PatientFactory()
    before = everything()

    with pytest.raises((NotEnoughLeft, NotHalves)):
        transfers.transfer(pack, sessions=Decimal(sessions), to=sister, **by_the_owner(asha))

    assert everything() == before


def test_bonus_sessions_move_without_value(asha: Clinic) -> None:
    """S53"""
    service = ServiceFactory()
    pack = package(asha, of=plan(Line(service, Decimal(5)), Line(service, Decimal(2), True)))
    free = pack.lines.get(is_bonus=True)

    made = transfers.transfer(pack, sessions=Decimal(2), to=PatientFactory(), line=free, **by_the_owner(asha))
    check_now()

    assert (made.sessions_left, made.value_left, made.lines.get().is_bonus) == (2, 0, True)


def test_the_frozen_days_of_a_pack_are_those_of_its_clinic(asha: Clinic) -> None:
    """S35"""
    pack = three_months(asha)
    day: date = asha.today()
    validity.freeze(pack, first_day=day, last_day=day, **by_the_owner(asha))

    pack.refresh_from_db()
    assert pack.is_frozen_on(day)
    assert not pack.is_frozen_on(day - ONE_DAY)
    assert not pack.is_frozen_on(day + ONE_DAY)
