"""Nudges that need the diary: who does not come, who will not finish, who has booked beyond the expiry."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest

from clinic.models import Clinic, MessageSettings, Relation
from packages import nudges, validity
from packages.models import Nudge, Sharing
from packages.nudge_kinds import BEYOND_EXPIRY, EXPIRING, NOT_COMING, WILL_NOT_FINISH
from tests.factories import owner_of, plan
from tests.nudging import LAST_DAY, SOLD_ON, book_on, days_with, every, patient, sold, use_on, written
from visits.pace import forecasts

LAST_SEEN = date(2026, 3, 10)
DUE = date(2026, 3, 24)  # 14 days after the last visit
ONE_DAY = timedelta(days=1)


def _rules(**rules: Any) -> None:
    MessageSettings.objects.update(rules={f"nudge.{name}": how for name, how in rules.items()})


def test_who_has_not_come_for_14_days_is_told_once(asha: Clinic) -> None:
    use_on(asha, sold(asha).patient, LAST_SEEN)

    assert days_with(NOT_COMING, asha, DUE - 3 * ONE_DAY, DUE + 8 * ONE_DAY) == [DUE]

    (message,) = written(NOT_COMING)
    assert "We have not seen you since 10 Mar 2026." in " ".join(message.body.split())
    assert "You have 9 sessions left." in message.body


def test_who_came_again_and_stays_away_again_is_told_again(asha: Clinic) -> None:
    pack = sold(asha)
    use_on(asha, pack.patient, LAST_SEEN)
    nudges.write_all(asha, on=DUE)
    use_on(asha, pack.patient, DUE + ONE_DAY)

    assert days_with(NOT_COMING, asha, DUE + 14 * ONE_DAY, DUE + 16 * ONE_DAY) == [DUE + 15 * ONE_DAY]


def test_who_never_came_is_told_without_a_day(asha: Clinic) -> None:
    sold(asha)

    assert days_with(NOT_COMING, asha, SOLD_ON, SOLD_ON + 15 * ONE_DAY) == [SOLD_ON + 14 * ONE_DAY]

    assert "not seen" not in written(NOT_COMING)[0].body


def test_a_booking_or_a_visit_that_was_paid_singly_is_no_staying_away(asha: Clinic) -> None:
    booked, paid = sold(asha), sold(asha)
    book_on(asha, booked.patient, DUE + 20 * ONE_DAY)
    use_on(asha, paid.patient, LAST_SEEN)
    visit = book_on(asha, paid.patient, DUE - ONE_DAY)[0]
    type(visit).objects.filter(pk=visit.pk).update(state="checked_in")

    assert days_with(NOT_COMING, asha, SOLD_ON, DUE + 5 * ONE_DAY) == []


def test_booking_takes_back_the_nudge_that_waits(asha: Clinic) -> None:
    pack = sold(asha)
    nudges.write_all(asha, on=SOLD_ON + 14 * ONE_DAY)
    assert len(written()) == 1

    book_on(asha, pack.patient, DUE)

    assert written() == []


def test_who_was_away_while_it_was_frozen_is_left_alone(asha: Clinic) -> None:
    """S35"""
    pack = sold(asha, of=plan(validity_count=3, validity_unit="months", freeze_limit=60))
    use_on(asha, pack.patient, LAST_SEEN)
    facts = {"on": LAST_SEEN, "by": owner_of(asha), "key": uuid4(), "reason": "Travels"}
    validity.freeze(pack, first_day=date(2026, 3, 12), last_day=date(2026, 3, 20), **facts)

    # Frozen to 20 March: 14 days after that are over on 3 April.
    assert days_with(NOT_COMING, asha, DUE, date(2026, 4, 10)) == [date(2026, 4, 3)]


def test_a_patient_with_two_packs_is_missed_once(asha: Clinic) -> None:
    owner = patient()
    first, second = sold(asha, owner), sold(asha, owner)

    assert days_with(NOT_COMING, asha, SOLD_ON, DUE) == [SOLD_ON + 14 * ONE_DAY]

    assert len(written(NOT_COMING)) == 1
    assert set(Nudge.objects.values_list("package_id", flat=True)) == {first.pk, second.pk}


def test_what_happens_to_one_pack_leaves_the_words_about_another(asha: Clinic) -> None:
    owner = patient()
    first, second = sold(asha, owner), sold(asha, owner)
    nudges.write_all(asha, on=SOLD_ON + 14 * ONE_DAY)
    (message,) = written(NOT_COMING)
    spoken, other = (first, second) if str(first.pk) in message.occasion else (second, first)

    assert nudges.withdraw_of(other) == 0
    assert nudges.withdraw_of(spoken, EXPIRING) == 0
    assert written(NOT_COMING) == [message]

    assert nudges.withdraw_of(spoken) == 1


def test_a_pack_that_somebody_else_uses_is_not_forgotten(asha: Clinic) -> None:
    """S22"""
    owner, daughter = patient(), patient(name="Meera Nair")
    sold(asha, owner, of=plan(sharing=Sharing.NAMED, named_limit=1))
    Relation.objects.create(owner=owner, person=daughter, since=SOLD_ON)
    book_on(asha, daughter, DUE)

    assert days_with(NOT_COMING, asha, SOLD_ON, DUE) == []


def test_the_clinic_says_after_how_many_days_and_whether_at_all(asha: Clinic) -> None:
    use_on(asha, sold(asha).patient, LAST_SEEN)

    _rules(not_coming={"timing": {"days": [21]}})
    assert days_with(NOT_COMING, asha, DUE, DUE + 8 * ONE_DAY) == [DUE + 7 * ONE_DAY]

    use_on(asha, sold(asha).patient, LAST_SEEN)
    _rules(not_coming={"is_on": False})
    assert days_with(NOT_COMING, asha, DUE, DUE + 8 * ONE_DAY) == []


def test_who_will_not_finish_is_told_once_what_would_be_enough(asha: Clinic) -> None:
    """Once a week from 2 March, five by 1 April, which is 60 days before the end: 5 in 30 days, 1 a week in halves.
    Of the fifteen left one is booked on 3 April; the others take 14 × 6 days, to 26 June."""
    pack = sold(asha, of=plan(sessions=20, validity_count=3, validity_unit="months"))
    use_on(asha, pack.patient, *every(7, date(2026, 3, 2), 5))
    book_on(asha, pack.patient, date(2026, 4, 3))

    assert days_with(WILL_NOT_FINISH, asha, date(2026, 3, 30), date(2026, 4, 8)) == [date(2026, 4, 1)]

    body = written(WILL_NOT_FINISH)[0].body
    assert "You have 15 sessions left, valid to 31 May 2026." in body
    assert "At 1 a week you would finish on 26 Jun 2026." in body
    assert "With 2 visits a week you use them all." in body


def test_an_extension_is_a_new_occasion_and_takes_the_old_words_back(asha: Clinic) -> None:
    pack = sold(asha, of=plan(sessions=40, validity_count=3, validity_unit="months"))
    use_on(asha, pack.patient, *every(7, date(2026, 3, 2), 5))
    nudges.write_all(asha, on=date(2026, 4, 1))
    assert len(written(WILL_NOT_FINISH)) == 1

    facts = {"on": date(2026, 4, 2), "by": owner_of(asha), "key": uuid4(), "reason": "Ill"}
    validity.extend(pack, until=date(2026, 6, 7), **facts)
    assert written() == []

    assert days_with(WILL_NOT_FINISH, asha, date(2026, 4, 2), date(2026, 4, 10)) == [date(2026, 4, 8)]


@pytest.mark.parametrize("how", ["in time", "about to end", "another pack", "never used"])
def test_nothing_is_forecast(asha: Clinic, how: str) -> None:
    pack = sold(
        asha, of=plan(sessions=8 if how == "in time" else 20, validity_count=3, validity_unit="months")
    )
    if how != "never used":
        use_on(asha, pack.patient, *every(6, date(2026, 3, 2), 6))
    if how == "another pack":
        sold(asha, pack.patient, on=date(2026, 3, 3), of=plan(validity_count=6, validity_unit="months"))
    first = LAST_DAY - 14 * ONE_DAY if how == "about to end" else date(2026, 4, 7)
    if how == "about to end":
        use_on(asha, pack.patient, first - ONE_DAY)

    assert days_with(WILL_NOT_FINISH, asha, first, first + 6 * ONE_DAY) == []


def test_the_desk_is_told_the_same(asha: Clinic) -> None:
    pack = sold(asha, of=plan(sessions=20, validity_count=3, validity_unit="months"))
    use_on(asha, pack.patient, *every(7, date(2026, 3, 2), 5))
    pack.refresh_from_db()

    found = forecasts([pack], clinic=asha, on=date(2026, 4, 1))[pack.pk]

    assert (found.a_week, found.finish_on, found.needed) == (1, date(2026, 6, 29), 2)
    assert forecasts([], clinic=asha, on=date(2026, 4, 1)) == {}


def test_visits_beyond_the_expiry_are_listed_once(asha: Clinic) -> None:
    """S37"""
    pack = sold(asha)
    book_on(asha, pack.patient, date(2026, 5, 30), *every(2, date(2026, 6, 1), 6))

    assert days_with(BEYOND_EXPIRY, asha, date(2026, 4, 1), date(2026, 4, 4)) == [date(2026, 4, 1)]

    body = written(BEYOND_EXPIRY)[0].body
    assert "Your package is valid to 31 May 2026; you have 10 sessions left." in body
    assert "1 Jun at 11:30, 3 Jun at 11:30" in body
    assert "7 Jun at 11:30, 2 more." in body
    assert "30 May" not in body


def test_a_visit_that_another_pack_covers_is_not_beyond(asha: Clinic) -> None:
    """S37"""
    pack = sold(asha)
    book_on(asha, pack.patient, date(2026, 6, 3))
    sold(asha, pack.patient, of=plan(validity_count=6, validity_unit="months"))

    assert days_with(BEYOND_EXPIRY, asha, date(2026, 4, 1), date(2026, 4, 3)) == []


def test_a_visit_for_which_nothing_would_be_left_is_not_beyond(asha: Clinic) -> None:
    """S37: the two sessions are used by the visits before."""
    pack = sold(asha, of=plan(sessions=2, validity_count=3, validity_unit="months"))
    book_on(asha, pack.patient, date(2026, 4, 10), date(2026, 4, 12), date(2026, 6, 3))

    assert days_with(BEYOND_EXPIRY, asha, date(2026, 4, 1), date(2026, 4, 3)) == []


def test_what_is_about_to_end_says_so_first(asha: Clinic) -> None:
    pack = sold(asha)
    book_on(asha, pack.patient, date(2026, 6, 3))

    nudges.write_all(asha, on=LAST_DAY - 7 * ONE_DAY)

    assert [message.kind for message in written()] == [EXPIRING]
    assert set(Nudge.objects.filter(package=pack).values_list("occasion", flat=True)) == {
        "expiring_7:2026-05-31",
        "beyond_expiry:2026-05-31",
    }
