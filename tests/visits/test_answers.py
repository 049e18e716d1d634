"""What the patient says of a session that was taken: right, not right, or nothing at all."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from clinic.models import AuditEvent, Clinic
from packages.models import Entry, Package
from tests.committing import check_now
from tests.factories import complete, member, owner_of, package, reopen, use, visit
from visits import answers, disputes
from visits.answers import NotSigned, Standing, answers_of
from visits.models import Answer, Dispute, Visit
from visits.records import InDispute

Says, Via = Answer.Says, Answer.Via
HOURS_47, HOURS_48, HOURS_49 = (timedelta(hours=n) for n in (47, 48, 49))


def answer(clinic: Clinic, visit: Visit, says: Answer.Says = Says.YES, **facts: Any) -> Answer:
    facts = {
        "via": Via.SCREEN,
        "initials": "PN",
        "at": timezone.now(),
        "by": owner_of(clinic),
        "key": uuid4(),
    } | facts
    return answers.answer(visit, says=says, clinic=clinic, **facts)


def by_link(clinic: Clinic, visit: Visit, says: Answer.Says = Says.YES, **facts: Any) -> Answer:
    return answer(clinic, visit, says, via=Via.LINK, initials="", by=None, **facts)


def known(pack: Package, *, at: datetime | None = None) -> list[tuple[Standing, str]]:
    """How each line stands, in the order of the passbook."""
    entries = list(Entry.objects.filter(package=pack).order_by("number"))
    found = answers_of(entries, at=at or timezone.now())
    return [(each.standing, each.words) for entry in entries if (each := found.get(entry.pk))]


def test_yes_on_the_turned_screen(asha: Clinic) -> None:
    pack = package(asha)
    (done,) = use(asha, pack)

    given = answer(asha, done.visit, by=member(asha, "therapist"))

    assert (given.entry, given.initials) == (done.entry, "PN")
    ((standing, words),) = known(pack)
    assert standing == Standing.YES
    assert words.startswith("Patient: right, ")
    assert words.endswith("initials PN")
    assert AuditEvent.objects.filter(act="answer_visit", subject_id=done.visit.pk).count() == 1
    assert not Dispute.objects.exists()


def test_a_signature_is_as_good_as_initials(asha: Clinic) -> None:
    pack = package(asha)
    (done,) = use(asha, pack)

    answer(asha, done.visit, initials="", signature="M10 10L60 60")

    assert known(pack)[0][1].endswith("signed")


def test_on_the_screen_anybody_could_press(asha: Clinic) -> None:
    (done,) = use(asha, package(asha))

    for says in Says:
        with pytest.raises(NotSigned, match="initials"):
            answer(asha, done.visit, says, initials="  ")
    assert not Answer.objects.exists()


def test_the_same_key_and_the_same_answer_are_one(asha: Clinic) -> None:
    (done,) = use(asha, package(asha))
    key = uuid4()

    first = answer(asha, done.visit, key=key)

    assert answer(asha, done.visit, key=key) == answer(asha, done.visit) == by_link(asha, done.visit) == first
    assert Answer.objects.count() == 1


def test_silence_is_no_consent(asha: Clinic) -> None:
    """S60"""
    pack = package(asha)
    (done,) = use(asha, pack)
    recorded = done.entry.recorded_at

    assert known(pack, at=recorded + HOURS_47) == [(Standing.WAITING, "Not answered yet")]
    assert known(pack, at=recorded + HOURS_48) == [(Standing.SILENT, "No answer within 48 h")]
    assert not Answer.objects.exists()


def test_a_later_answer_shows_with_its_date(asha: Clinic) -> None:
    pack = package(asha)
    (done,) = use(asha, pack)
    before = timezone.now()

    given = by_link(asha, done.visit)

    later = done.entry.recorded_at + HOURS_49
    assert known(pack, at=later)[0][0] == Standing.YES
    assert f"{given.answered_at:%Y}" in known(pack, at=later)[0][1]
    assert known(pack, at=before)[0][0] == Standing.WAITING, "what was known then"


def test_not_right_opens_a_dispute(asha: Clinic) -> None:
    pack = package(asha)
    (done,) = use(asha, pack)

    given = by_link(asha, done.visit, Says.NO, words="I was in Pune that day.")

    case = Dispute.objects.get()
    assert (case.answer, case.words, case.via) == (given, "I was in Pune that day.", Dispute.Via.LINK)
    pack.refresh_from_db()
    assert (pack.sessions_left, pack.sessions_used, pack.set_aside) == (9, 0, 1)
    used, aside = known(pack)
    assert used == aside
    assert used[0] == Standing.DISPUTED
    assert used[1].startswith("Patient: not right. Case 1, to be decided by ")


def test_yes_first_and_not_right_later(asha: Clinic) -> None:
    (done,) = use(asha, package(asha))
    answer(asha, done.visit)

    by_link(asha, done.visit, Says.NO)

    assert [each.says for each in Answer.objects.order_by("answered_at")] == [Says.YES, Says.NO]
    assert Dispute.objects.get().is_open


def test_a_disputed_session_asks_nothing_more(asha: Clinic) -> None:
    (done,) = use(asha, package(asha))
    by_link(asha, done.visit, Says.NO)

    for says in Says:
        with pytest.raises(InDispute, match="case 1"):
            by_link(asha, done.visit, says)
    assert Answer.objects.count() == 1


def test_where_nothing_was_taken_nothing_is_asked(asha: Clinic) -> None:
    pack = package(asha)
    charged = complete(asha, visit(asha, pack.patient), how="charge")

    with pytest.raises(disputes.NothingTaken):
        answer(asha, charged.visit)
    assert known(pack) == []


def test_a_line_that_was_taken_back_asks_nothing(asha: Clinic) -> None:
    pack = package(asha)
    (done,) = use(asha, pack)
    reopen(asha, done.visit)
    assert known(pack) == []

    complete(asha, Visit.objects.get(pk=done.visit.pk))
    assert [standing for standing, _words in known(pack)] == [Standing.WAITING]


@pytest.mark.parametrize(("decision", "lines"), [("stands", 3), ("given_back", 2), ("half", 3)])
def test_a_decision_shows_on_its_lines(asha: Clinic, decision: str, lines: int) -> None:
    from desk.disputes import decide

    pack = package(asha)
    (done,) = use(asha, pack)
    by_link(asha, done.visit, Says.NO)
    open_still = timezone.now()
    facts = {"at": timezone.now(), "by": owner_of(asha), "key": uuid4(), "reason": "Asked the therapist"}
    decide(Dispute.objects.get(), decision=Dispute.Decision(decision), clinic=asha, **facts)
    check_now()

    assert [standing for standing, _words in known(pack)] == [Standing.DECIDED] * lines
    assert {standing for standing, _words in known(pack, at=open_still)} == {Standing.DISPUTED}
    with pytest.raises((disputes.AlreadyDecided, disputes.NothingTaken)):
        by_link(asha, done.visit)


def test_a_passbook_of_forty_lines_asks_twice(asha: Clinic, queries: Any) -> None:
    pack = package(asha)
    for done in use(asha, pack, 4):
        answer(asha, done.visit)
    entries = list(Entry.objects.filter(package=pack))

    with queries() as asked:
        found = answers_of(entries, at=timezone.now())

    assert asked.count == 2
    assert len(found) == 4
