"""Why is it 4? The first sentence, whose parts add up at every moment; the copy of the past is the past."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone, translation

from clinic.models import Clinic
from clinic.ui.words import day
from desk.explanation import explain_patient
from desk.explanation.causes import Cause
from desk.explanation.sentences import SENTENCES
from desk.explanation.spoken import spoken, sums
from packages import ledger, standing, transfers, validity
from packages.models import Package
from packages.plans import Line
from tests.desk.explaining import days_ago, told
from tests.factories import (
    PatientFactory,
    ServiceFactory,
    bring_to,
    complete,
    owner_of,
    package,
    plan,
    reopen,
    use,
    visit,
)
from visits.disputes import open_dispute


def act(clinic: Clinic, **facts: object) -> dict[str, Any]:
    return {"on": clinic.today(), "by": owner_of(clinic), "key": uuid4(), "reason": "Goodwill"} | facts


def eventful(clinic: Clinic) -> Package:
    """Bonus, uses, a reopened visit, a dispute, an adjustment, a transfer, a freeze, an expiry and its undoing."""
    lines = [Line(ServiceFactory(), Decimal(10)), Line(ServiceFactory(), Decimal(2), is_bonus=True)]
    pack = package(clinic, of=plan(*lines, validity_count=60, validity_unit="days"), at=days_ago(70))
    done = [complete(clinic, visit(clinic, pack.patient, at=days_ago(ago))) for ago in (40, 38, 36)]
    reopen(clinic, done[0].visit)
    ledger.adjust(pack.lines.order_by("position")[0], sessions=Decimal(-1), **act(clinic))
    ledger.lapse(pack, on=clinic.today())
    validity.extend(pack, until=clinic.today() + timedelta(days=30), **act(clinic))
    transfers.transfer(pack, sessions=Decimal(2), to=PatientFactory(), **act(clinic))
    first = clinic.today() + timedelta(days=3)
    validity.freeze(pack, first_day=first, last_day=first + timedelta(days=4), **act(clinic))
    validity.unfreeze(pack, from_day=first + timedelta(days=2), **act(clinic))
    facts = {"at": timezone.now(), "by": owner_of(clinic), "key": uuid4(), "words": "I was not there"}
    open_dispute(done[1].visit, clinic=clinic, **facts)
    standing.suspend(pack, **act(clinic))
    return pack


def test_the_first_sentence_says_sold_used_and_left(asha: Clinic) -> None:
    pack = package(asha, of=plan(validity_count=None))
    use(asha, pack, 6)

    assert told(asha, pack).sentence == "10 sold, 6 used: 4 left, it never lapses."
    assert told(asha, pack).left == 4


def test_the_first_sentence_says_to_when_it_is_valid(asha: Clinic) -> None:
    pack = package(asha, of=plan(validity_count=3))

    assert told(asha, pack).sentence == f"10 sold, 0 used: 10 left, valid to {day(pack.valid_until)}."


def test_the_first_sentence_says_what_lapsed_and_when(asha: Clinic) -> None:
    pack = package(asha, of=plan(validity_count=10, validity_unit="days"), at=days_ago(20))
    complete(asha, visit(asha, pack.patient, at=days_ago(19)))
    ledger.lapse(pack, on=asha.today())

    assert told(asha, pack).sentence == (
        f"10 sold, 1 used, 9 lapsed: 0 left, it was valid to {day(pack.valid_until)}."
    )
    assert told(asha, pack).state == "expired"


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("suspended", "10 sold, 0 used: 10 left, suspended."),
        ("refunded", "10 sold, 0 used, 10 refunded: 0 left, refunded and closed."),
        ("void", "10 sold, 0 used, 10 taken by hand: 0 left, void, because it was sold by mistake."),
    ],
)
def test_the_first_sentence_says_what_was_decided(asha: Clinic, state: str, words: str) -> None:
    assert told(asha, bring_to(asha, package(asha), state)).sentence == words


def test_the_parts_of_the_first_sentence_add_up_at_every_moment(asha: Clinic) -> None:
    pack = eventful(asha)
    entries = told(asha, pack).history.entries

    assert len(entries) > 12
    for entry in entries:
        then = told(asha, pack, as_of=entry.recorded_at)
        assert sum(sums(then.history).values()) == then.left == entry.balance_after
        assert f"{then.left.normalize():f} left" in then.sentence


def test_the_package_as_written_is_the_row_that_the_database_keeps(asha: Clinic) -> None:
    """All that was recorded gives exactly what the triggers stored: so what is told of a past moment is right too."""
    pack = eventful(asha)
    then = told(asha, pack).package
    now = Package.objects.get(pk=pack.pk)

    names = ("state", "valid_until", "sessions_left", "sessions_used", "value_left", "paid_left", "paid")
    for name in (*names, "set_aside", "entries_count", "lifted", "received", "is_paid"):
        assert getattr(then, name) == getattr(now, name), name
    frozen = [asha.today() + timedelta(days=n) for n in range(40)]
    assert [then.is_frozen_on(on) for on in frozen] == [now.is_frozen_on(on) for on in frozen]
    assert [(line.pk, line.sessions_left) for line in then.lines.all()] == list(
        now.lines.order_by("position").values_list("pk", "sessions_left")
    )


def test_every_line_and_change_is_told_in_its_order(asha: Clinic) -> None:
    pack = eventful(asha)

    lines = told(asha, pack).lines

    assert [line.at for line in lines] == sorted(line.at for line in lines)
    assert len(lines) == len(told(asha, pack).history.entries) + len(told(asha, pack).history.changes)
    assert all(line.sentence for line in lines)


def test_every_cause_has_a_sentence_and_no_sentence_is_without_a_cause() -> None:
    assert set(SENTENCES) == set(Cause)


def test_a_patient_hears_the_sum_of_what_can_still_be_used(asha: Clinic) -> None:
    pack = package(asha, of=plan(validity_count=None))
    use(asha, pack, 3)
    bring_to(asha, package(asha, pack.patient), "refunded")

    explained = explain_patient(pack.patient, clinic=asha)

    assert explained.sentence == "7 left in all, on 1 package."
    assert [count.package.pk for count in explained.live] == [pack.pk]
    assert len(explained.closed) == 1


def test_a_visit_that_counted_on_one_package_is_no_near_miss_of_another(asha: Clinic) -> None:
    pack = package(asha, of=plan(validity_count=None), at=days_ago(5))
    package(asha, pack.patient, of=plan(validity_count=None), at=days_ago(4))
    complete(asha, visit(asha, pack.patient))

    causes = {miss.cause for miss in explain_patient(pack.patient, clinic=asha).misses}

    assert not causes & {Cause.OTHER_PACK_IS_OLDER, Cause.OTHER_PACK_ENDS_FIRST}


def test_a_visit_that_nobody_settled_is_told_of_whoever_has_no_package(asha: Clinic) -> None:
    patient = PatientFactory()
    seen = visit(asha, patient, at=days_ago(1))

    (found,) = explain_patient(patient, clinic=asha).misses

    assert (found.cause, found.visit) == (Cause.STILL_BOOKED, seen)
    assert [mend.page for mend in found.mends] == ["desk:completion", "desk:cancellation"]


def test_visits_that_were_authorised_were_not_sold(asha: Clinic) -> None:
    pack = package(asha, of=plan(price=0, validity_count=None))
    history = told(asha, pack).history
    history.package.authorised_by = "Star Health"

    assert spoken(told(asha, pack).known, history).startswith("10 authorised, 0 used: 10 left")


def test_the_sentences_follow_the_reader_s_language(asha: Clinic) -> None:
    pack = package(asha, at=days_ago(5))
    (done,) = use(asha, pack)

    with translation.override("hi"):
        hindi = told(asha, pack).lines[0].sentence

    assert hindi != told(asha, pack).lines[0].sentence
    assert done.visit.pk
