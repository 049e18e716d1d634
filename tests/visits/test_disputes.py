"""A disputed session: set aside, with a clock and a thread, and what refuses."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from clinic.access import NotAllowed
from clinic.models import AuditEvent, Clinic, Role
from desk import disputes as desk
from desk.recount import recount
from packages import ledger, refunds, standing, transfers
from packages.models import Entry, Kind, Package
from packages.refunds import UnderDispute
from tests.committing import check_now, commit
from tests.factories import PatientFactory, complete, member, owner_of, package, plan, reopen, use, visit
from visits import disputes
from visits.absences import cancel_visit, let_off, mark_no_show, restore_visit
from visits.models import Dispute, DisputeNote, Visit
from visits.records import InDispute

Decision = Dispute.Decision


@pytest.fixture(autouse=True)
def _adds_up_afterwards(asha: Clinic) -> Any:
    yield
    check_now()
    assert recount() == []


def dispute(clinic: Clinic, visit: Visit, **facts: Any) -> Dispute:
    facts = {"at": timezone.now(), "by": owner_of(clinic), "key": uuid4()} | facts
    return disputes.open_dispute(visit, clinic=clinic, **facts)


def decide(clinic: Clinic, case: Dispute, decision: Dispute.Decision, **facts: Any) -> Dispute:
    facts = {
        "at": timezone.now(),
        "by": owner_of(clinic),
        "key": uuid4(),
        "reason": "We asked the therapist",
    } | facts
    return desk.decide(case, decision=decision, clinic=clinic, **facts)


def figures(pack: Package) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    """Used, left, set aside, owed."""
    pack.refresh_from_db()
    return pack.sessions_used, pack.sessions_left, pack.set_aside, pack.value_left


def test_a_disputed_session_is_set_aside(asha: Clinic) -> None:
    pack = package(asha)
    *_earlier, last = use(asha, pack, 6)
    owed_before = pack.refresh_from_db() or pack.value_left

    case = dispute(asha, last.visit, words="I was not there.")

    assert figures(pack) == (5, 4, 1, owed_before + 1000)
    seen = Visit.objects.get(pk=last.visit.pk)
    assert (seen.state, seen.entry_id) == (Visit.State.COMPLETED, case.aside_id)
    assert case.words == "I was not there."
    assert case.due_on == asha.today() + timedelta(days=7)
    assert case.is_open
    assert AuditEvent.objects.filter(act="open_dispute", subject_id=last.visit.pk).count() == 1


def test_the_same_key_is_the_same_dispute(asha: Clinic) -> None:
    (done,) = use(asha, package(asha))
    key = uuid4()

    assert dispute(asha, done.visit, key=key) == dispute(asha, done.visit, key=key)
    assert Dispute.objects.count() == 1


def test_cases_are_numbered(asha: Clinic) -> None:
    first, second = use(asha, package(asha), 2)

    assert [dispute(asha, each.visit).number for each in (first, second)] == [1, 2]


def test_what_is_disputed_or_decided_is_not_disputed_again(asha: Clinic) -> None:
    (done,) = use(asha, package(asha))
    case = dispute(asha, done.visit)

    with pytest.raises(InDispute, match="in dispute: case 1, to be decided by"):
        dispute(asha, done.visit)

    decide(asha, case, Decision.STANDS)
    with pytest.raises(disputes.AlreadyDecided, match="Case 1 is decided: It stands"):
        dispute(asha, done.visit)
    assert Dispute.objects.count() == 1


def test_where_nothing_was_taken_there_is_nothing_to_dispute(asha: Clinic) -> None:
    paid_singly = complete(asha, visit(asha, package(asha).patient), how="charge").visit
    free_pass = mark_no_show(
        visit(asha, package(asha).patient), clinic=asha, at=timezone.now(), by=owner_of(asha), key=uuid4()
    )
    assert free_pass.consequence == Visit.Consequence.FREE_PASS

    for seen in (paid_singly, free_pass, visit(asha, package(asha).patient)):
        with pytest.raises(disputes.NothingTaken, match="took no session"):
            dispute(asha, seen)
    assert not Dispute.objects.exists()


def test_a_closed_package_has_nothing_to_set_aside(asha: Clinic) -> None:
    pack = package(asha)
    (done,) = use(asha, pack)
    refunds.refund(pack, on=asha.today(), by=owner_of(asha), key=uuid4(), reason="Moved away")

    with pytest.raises(ledger.PackageClosed, match="refunded"):
        dispute(asha, done.visit)
    assert not Dispute.objects.exists()


def test_nothing_final_happens_to_the_package_meanwhile(asha: Clinic) -> None:
    pack = package(asha)
    (done,) = use(asha, pack)
    dispute(asha, done.visit)

    with pytest.raises(UnderDispute):
        refunds.refund(pack, on=asha.today(), by=owner_of(asha), key=uuid4(), reason="Moved away")
    with pytest.raises(UnderDispute):
        transfers.transfer(
            pack,
            to=PatientFactory(),
            sessions=Decimal(2),
            on=asha.today(),
            by=owner_of(asha),
            key=uuid4(),
            reason="For the sister",
        )
    with pytest.raises(standing.CannotVoid):
        standing.void(pack, on=asha.today(), by=owner_of(asha), key=uuid4(), reason="By mistake")


def test_the_visit_is_not_reopened_meanwhile(asha: Clinic) -> None:
    (done,) = use(asha, package(asha))
    dispute(asha, done.visit)

    with pytest.raises(InDispute, match="case 1"):
        reopen(asha, done.visit)


def test_the_desk_opens_one_and_a_therapist_does_not(asha: Clinic) -> None:
    first, second = use(asha, package(asha), 2)

    with pytest.raises(NotAllowed):
        dispute(asha, first.visit, by=member(asha, Role.THERAPIST))
    assert dispute(asha, second.visit, by=member(asha, Role.FRONT_DESK)).via == Dispute.Via.DESK


@pytest.mark.parametrize(
    ("decision", "expected", "settlement"),
    [
        (Decision.STANDS, (6, 4, 0, 4000), "package"),
        (Decision.GIVEN_BACK, (5, 5, 0, 5000), "free"),
        (Decision.HALF, (Decimal("5.5"), Decimal("4.5"), 0, 4500), "package"),
    ],
)
def test_decided_each_way(
    asha: Clinic, decision: Dispute.Decision, expected: tuple[Any, ...], settlement: str
) -> None:
    pack = package(asha)
    *_earlier, last = use(asha, pack, 6)
    case = dispute(asha, last.visit)

    decided = decide(asha, case, decision)

    assert figures(pack) == expected
    seen = Visit.objects.select_related("entry").get(pk=last.visit.pk)
    assert (seen.state, seen.settlement) == (Visit.State.COMPLETED, settlement)
    assert not decided.is_open
    lines = Entry.objects.filter(visit_id=seen.pk).order_by("turn")
    assert all(line.reason == "We asked the therapist" for line in lines[3:])
    if decision == Decision.HALF:
        assert seen.entry is not None
        assert (seen.entry.kind, seen.entry.sessions) == (Kind.USED_PARTLY, Decimal("-0.5"))


def test_a_decision_is_made_once(asha: Clinic) -> None:
    (done,) = use(asha, package(asha))
    case, key = dispute(asha, done.visit), uuid4()

    assert decide(asha, case, Decision.STANDS, key=key) == decide(asha, case, Decision.STANDS, key=key)
    with pytest.raises(disputes.AlreadyDecided, match="decided: It stands"):
        decide(asha, case, Decision.GIVEN_BACK)
    assert Entry.objects.filter(visit_id=done.visit.pk).count() == 5


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_decision_has_a_reason(asha: Clinic, reason: str) -> None:
    (done,) = use(asha, package(asha))
    case = dispute(asha, done.visit)

    with pytest.raises(ledger.ReasonMissing):
        decide(asha, case, Decision.STANDS, reason=reason)
    case.refresh_from_db()
    assert case.is_open


def test_only_the_owner_decides(asha: Clinic) -> None:
    (done,) = use(asha, package(asha))
    case = dispute(asha, done.visit)

    with pytest.raises(NotAllowed):
        decide(asha, case, Decision.STANDS, by=member(asha, Role.FRONT_DESK))


def test_half_of_a_half_is_refused(asha: Clinic) -> None:
    pack = package(asha)
    done = complete(asha, visit(asha, pack.patient), sessions=Decimal("0.5"), reason="Only ten minutes")
    case = dispute(asha, done.visit)

    with pytest.raises(disputes.NoHalf):
        decide(asha, case, Decision.HALF)
    assert figures(pack)[1:3] == (Decimal("9.5"), Decimal("0.5"))


def no_show(clinic: Clinic, pack: Package) -> Visit:
    """A visit nobody came to, which took a session."""
    seen = visit(clinic, pack.patient)
    return mark_no_show(seen, clinic=clinic, at=timezone.now(), by=owner_of(clinic), key=uuid4())


def late_cancel(clinic: Clinic, pack: Package) -> Visit:
    seen = visit(clinic, pack.patient, at=timezone.now() + timedelta(hours=2))
    return cancel_visit(
        seen, clinic=clinic, at=timezone.now(), by=owner_of(clinic), by_clinic=False, key=uuid4()
    )


@pytest.mark.parametrize("absence", [no_show, late_cancel])
@pytest.mark.parametrize(
    ("decision", "left", "consequence"),
    [
        (Decision.STANDS, 9, "sessions"),
        (Decision.GIVEN_BACK, 10, "waived"),
        (Decision.HALF, Decimal("9.5"), "sessions"),
    ],
)
def test_a_session_that_an_absence_took_is_disputed_too(
    asha: Clinic, absence: Any, decision: Dispute.Decision, left: Any, consequence: str
) -> None:
    pack = package(asha, of=plan(free_passes=0))
    missed = absence(asha, pack)
    case = dispute(asha, missed, words="I had called.")
    check_now()
    assert figures(pack)[1:3] == (9, 1)

    decide(asha, case, decision)

    check_now()
    assert figures(pack)[1:3] == (left, 0)
    missed.refresh_from_db()
    assert missed.consequence == consequence
    if missed.entry:
        assert (missed.entry.kind, bool(missed.entry.clause)) == (case.entry.kind, True)


def test_a_disputed_absence_is_neither_let_off_nor_restored_meanwhile(asha: Clinic) -> None:
    missed = no_show(asha, package(asha, of=plan(free_passes=0)))
    dispute(asha, missed)
    facts = {"clinic": asha, "at": timezone.now(), "by": owner_of(asha), "key": uuid4()}

    with pytest.raises(InDispute):
        let_off(missed, reason="Goodwill", **facts)
    with pytest.raises(InDispute):
        restore_visit(missed, **facts)


def test_a_disputed_first_visit_stays_the_first(asha: Clinic) -> None:
    """S32: the validity counts from the visit and not from the decision about it."""
    terms = {"validity_count": 3, "validity_unit": "months", "validity_start": "first_visit"}
    pack = package(asha, of=plan(longest_count=6, longest_unit="months", **terms))
    (first,) = use(asha, pack)
    pack.refresh_from_db()
    until = pack.valid_until

    case = dispute(asha, first.visit)
    pack.refresh_from_db()
    assert pack.valid_until == until

    decide(asha, case, Decision.STANDS)
    pack.refresh_from_db()
    assert pack.valid_until == until


def test_given_back_and_taken_again_it_can_be_disputed_again(asha: Clinic) -> None:
    (done,) = use(asha, package(asha))
    decide(asha, dispute(asha, done.visit), Decision.GIVEN_BACK)
    reopen(asha, done.visit, reason="The patient was here after all")
    complete(asha, Visit.objects.get(pk=done.visit.pk))

    assert dispute(asha, Visit.objects.get(pk=done.visit.pk)).number == 2


def test_the_thread_grows_until_it_is_decided(asha: Clinic) -> None:
    (done,) = use(asha, package(asha))
    case, key = dispute(asha, done.visit), uuid4()

    disputes.add_note(case, words=" We will ask. ", by=owner_of(asha), key=key)
    disputes.add_note(case, words="We will ask.", by=owner_of(asha), key=key)
    disputes.add_note(case, words="I have a witness.", by=None, key=uuid4())

    notes = DisputeNote.objects.order_by("written_at")
    assert [(note.words, note.is_shown) for note in notes] == [
        ("We will ask.", False),
        ("I have a witness.", True),
    ]
    with pytest.raises(disputes.WordsMissing):
        disputes.add_note(case, words="  ", by=owner_of(asha), key=uuid4())
    decide(asha, case, Decision.STANDS)
    with pytest.raises(disputes.AlreadyDecided):
        disputes.add_note(case, words="One more thing", by=None, key=uuid4())
    assert notes.count() == 2


ATTACKS = {
    "a changed answer": ("UPDATE visits_disputenote SET words = 'x'", "permission denied"),
    "a note taken away": ("DELETE FROM visits_disputenote", "permission denied|only grows"),
    "a dispute taken away": ("DELETE FROM visits_dispute", "permission denied|only grows"),
    "other words in the patient's mouth": ("UPDATE visits_dispute SET words = 'x'", "permission denied"),
    "a later clock": ("UPDATE visits_dispute SET due_on = due_on + 30", "permission denied"),
    "decided in half": ("UPDATE visits_dispute SET decision = 'stands'", "dispute_decided_whole"),
    "decided, and the session still aside": (
        "UPDATE visits_dispute SET decision = 'stands', reason = 'x', decision_key = gen_random_uuid(),"
        " decided_by_id = (SELECT id FROM clinic_staff LIMIT 1)",
        "its decision and the ledger differ",
    ),
    "set free without a decision": (
        """INSERT INTO packages_entry (clinic_id, id, package_id, line_id, kind, sessions, happened_on, key, reason,
             clause, visit_id, reverses_id)
           SELECT clinic_id, gen_random_uuid(), package_id, line_id, 'reversed', 1, happened_on, gen_random_uuid(),
                  'x', '', visit_id, id FROM packages_entry WHERE kind = 'set_aside';
           UPDATE visits_visit SET entry_id = NULL, state = 'booked', settlement = '', completed_at = NULL,
                  completed_by_id = NULL WHERE entry_id IS NOT NULL""",
        "decision and the ledger differ|no note answers its bill",
    ),
    "a dispute of another visit's line": (
        """INSERT INTO visits_dispute (clinic_id, id, number, visit_id, entry_id, aside_id, via, words, due_on, key,
             decision, reason)
           SELECT clinic_id, gen_random_uuid(), 99, (SELECT id FROM visits_visit WHERE state = 'booked' LIMIT 1),
                  entry_id, aside_id, via, '', due_on, gen_random_uuid(), '', '' FROM visits_dispute""",
        "names a deduction of its visit",
    ),
    "an answer that nobody signed": (
        """INSERT INTO visits_answer (clinic_id, id, visit_id, entry_id, says, via, initials, signature, words, key)
           SELECT clinic_id, gen_random_uuid(), visit_id, entry_id, 'yes', 'screen', '', '', '', gen_random_uuid()
             FROM visits_dispute""",
        "answer_on_screen_is_signed",
    ),
    "an answer about another visit": (
        """INSERT INTO visits_answer (clinic_id, id, visit_id, entry_id, says, via, initials, signature, words, key)
           SELECT clinic_id, gen_random_uuid(), (SELECT id FROM visits_visit WHERE state = 'booked' LIMIT 1), entry_id,
                  'yes', 'link', '', '', '', gen_random_uuid() FROM visits_dispute""",
        "the line is of another visit",
    ),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_database_refuses(asha: Clinic, attack: str) -> None:
    sql, refusal = ATTACKS[attack]
    pack = package(asha)
    (done,) = use(asha, pack)
    visit(asha, pack.patient)
    case = dispute(asha, done.visit)
    disputes.add_note(case, words="I was not there", by=None, key=uuid4())

    with pytest.raises(DatabaseError, match=refusal), commit(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_the_database_takes_one_decision(asha: Clinic) -> None:
    (done,) = use(asha, package(asha))
    decide(asha, dispute(asha, done.visit), Decision.STANDS)

    with pytest.raises(DatabaseError, match="written once"), transaction.atomic():
        Dispute.objects.update(reason="Another one")


def test_a_refund_counts_a_disputed_session_once(asha: Clinic) -> None:
    """S39: at the list rate, what was used is what stands after the decision."""
    pack = package(asha, of=plan(refund_rule="list_rate"))
    *_earlier, last = use(asha, pack, 3)

    def quoted() -> Decimal:
        pack.refresh_from_db()
        return refunds.quote_refund(pack).amount

    before = quoted()
    case = dispute(asha, last.visit)
    assert quoted() == before + 1000
    decide(asha, case, Decision.STANDS)
    assert quoted() == before
