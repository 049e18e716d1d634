"""What lapses in the weeks to come if nobody comes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from clinic.models import Clinic
from clinic.tenancy.context import clinic_context
from packages import ledger, memberships
from packages.expected_expiry import by_week, lapsing
from packages.models import Package
from packages.validity import extend
from tests.factories import owner_of, package, plan, use

ONE_DAY = timedelta(days=1)


def ends_in(clinic: Clinic, days: int, **facts: Any) -> Package:
    """A pack whose last day is so many days from today."""
    of = plan(validity_count=days + 1, validity_unit="days", **facts.pop("terms", {}))
    return package(clinic, of=of, **facts)


def test_the_first_and_the_last_of_ninety_days_are_in_and_the_day_after_is_not(asha: Clinic) -> None:
    today = asha.today()
    first, last, _after = (ends_in(asha, days) for days in (0, 89, 90))
    package(asha)  # never lapses

    assert {each.pk for each in lapsing(today)} == {first.pk, last.pk}
    assert {each.pk for each in lapsing(today + ONE_DAY)} >= {last.pk}
    assert first.pk not in {each.pk for each in lapsing(today + ONE_DAY)}


def test_each_week_adds_up_its_packs_and_what_is_owed_on_them(asha: Clinic) -> None:
    """Of one paid in part only what came in and was not used is owed."""
    today = asha.today()
    pack, some = ends_in(asha, 1), ends_in(asha, 1, terms={"activation": "at_once"}, paid=4_000)
    later = ends_in(asha, 30)
    use(asha, pack, 2)
    use(asha, some, 1)

    weeks = by_week(today)

    assert [week.first.weekday() for week in weeks] == [0] * len(weeks)
    assert weeks[0].first <= today <= weeks[0].last
    filled = [week for week in weeks if week.packages]
    assert [[each.package for each in week.packages] for week in filled] == [[pack.pk, some.pk], [later.pk]]
    assert [(week.sessions, week.value) for week in filled] == [(17, 8_000 + 3_000), (10, 10_000)]


def test_what_nobody_uses_lapses_as_it_was_expected(asha: Clinic) -> None:
    today = asha.today()
    pack = ends_in(asha, 3)
    use(asha, pack, 4)
    (week,) = [week for week in by_week(today) if week.packages]

    gone = ledger.lapse(pack, on=today + 4 * ONE_DAY)

    assert (week.sessions, week.value) == (
        sum(each.taken for each in gone),
        -sum(each.value for each in gone),
    )


def test_a_pack_that_is_extended_or_used_up_is_not_expected_to_lapse(asha: Clinic) -> None:
    today = asha.today()
    longer, done = ends_in(asha, 3), ends_in(asha, 3, terms={"sessions": 2, "price": 200})
    facts: dict[str, Any] = {"on": today, "by": owner_of(asha), "key": uuid4(), "reason": "Was ill"}
    extend(longer, until=today + timedelta(days=200), **facts)
    use(asha, done, 2)

    assert not lapsing(today)


@pytest.mark.parametrize("carries_over", [True, False])
def test_a_month_that_carries_over_does_not_lapse(asha: Clinic, carries_over: bool) -> None:
    """S38: until the membership ends."""
    today = asha.today()
    month = package(asha, of=plan(renews_monthly=True, carries_over=carries_over))

    assert lapsing(today).exists() is not carries_over
    assert memberships.is_carried(month) is carries_over

    assert month.membership
    memberships.end(month.membership, on=today, by=owner_of(asha), reason="Moves away")

    assert lapsing(today).exists()


def test_another_clinics_packs_are_not_in_it(asha: Clinic, other_clinic: Clinic) -> None:
    with clinic_context(other_clinic.pk):
        ends_in(other_clinic, 3)

    assert all(not week.packages for week in by_week(asha.today()))


def test_the_weeks_are_two_questions_however_many_packs_there_are(
    asha: Clinic, queries: Callable[[], Any]
) -> None:
    counts = []
    for _ in range(2):
        ends_in(asha, 5)
        with queries() as asked:
            by_week(asha.today())
        counts.append(asked.count)

    assert counts == [2, 2]
