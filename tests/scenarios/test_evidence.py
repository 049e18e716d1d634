"""What was answered, what is in dispute, and what the count says meanwhile: the evidence of S22, S57 and S60."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.utils import timezone

from billing.models import Bill, BillKind
from clinic.models import Clinic
from desk import disputes as desk
from packages import ledger
from packages.eligibility import NotCovered
from packages.liability import of_package
from packages.models import Entry, Package
from packages.passbook import lines_of
from tests.committing import check_now
from tests.factories import complete, owner_of, package, plan, use, visit
from visits import answers, disputes
from visits.answers import Standing, answers_of
from visits.models import Answer, Dispute, Visit

HOURS_48 = timedelta(hours=48)


def not_right(clinic: Clinic, visit: Visit, words: str = "I was in Pune that day.") -> Dispute:
    facts: dict[str, Any] = {"at": timezone.now(), "by": None, "key": uuid4(), "words": words}
    answers.answer(visit, says=Answer.Says.NO, via=Answer.Via.LINK, clinic=clinic, **facts)
    return Dispute.objects.select_related("entry").latest("number")


def decide(clinic: Clinic, case: Dispute, decision: str, reason: str = "We asked the therapist") -> Dispute:
    facts: dict[str, Any] = {"at": timezone.now(), "by": owner_of(clinic), "key": uuid4()}
    return desk.decide(case, decision=Dispute.Decision(decision), reason=reason, clinic=clinic, **facts)


def says(pack: Package) -> str:
    pack.refresh_from_db()
    used, left, aside = (
        f"{each.normalize():f}" for each in (pack.sessions_used, pack.sessions_left, pack.set_aside)
    )
    return f"{used} used, {left} left, {aside} set aside"


def owed(clinic: Clinic, pack: Package) -> Decimal:
    return of_package(pack, clinic.today()).liability


def test_you_say_six_i_say_five(asha: Clinic) -> None:
    """S60: every line says when, with whom, who marked it, and what the patient answered."""
    pack = package(asha)
    done = use(asha, pack, 6)
    by_hand = {"at": timezone.now(), "by": owner_of(asha), "clinic": asha}
    for each in done[:4]:
        answers.answer(
            each.visit, says=Answer.Says.YES, via=Answer.Via.SCREEN, initials="PN", key=uuid4(), **by_hand
        )
    not_right(asha, done[5].visit)

    entries = [line.entry for line in lines_of(pack, asha)]
    found = answers_of(entries, at=timezone.now() + HOURS_48)

    stands = [found[entry.pk].standing for entry in entries if entry.pk in found]
    assert stands == [Standing.YES] * 4 + [Standing.SILENT] + [Standing.DISPUTED] * 2
    assert says(pack) == "5 used, 4 left, 1 set aside"


def test_silence_is_recorded_as_silence_and_not_as_consent(asha: Clinic) -> None:
    """S60"""
    pack = package(asha)
    (done,) = use(asha, pack)
    assert done.entry is not None

    (answered,) = answers_of([done.entry], at=done.entry.recorded_at + HOURS_48).values()

    assert answered.words == "No answer within 48 h"
    assert answered.tone != "good"
    assert not Answer.objects.exists()


def test_a_disputed_session_is_neither_used_nor_free_and_still_owed(asha: Clinic) -> None:
    """S60: what the clinic owes is what it owed before the session was marked, until somebody decides."""
    pack = package(asha)
    *_earlier, last = use(asha, pack, 6)
    assert owed(asha, pack) == 4000

    not_right(asha, last.visit)

    assert says(pack) == "5 used, 4 left, 1 set aside"
    assert owed(asha, pack) == 5000, "as if it had not been marked"
    assert Entry.objects.get(package=pack, kind="set_aside").value == 0
    check_now()
    decide(asha, Dispute.objects.get(), "given_back")
    assert owed(asha, pack) == 5000


@pytest.mark.parametrize(
    ("decision", "expected", "bills"),
    [
        ("stands", "6 used, 4 left, 0 set aside", []),
        ("given_back", "5 used, 5 left, 0 set aside", [BillKind.CORRECTION, BillKind.RECEIPT]),
        ("half", "5.5 used, 4.5 left, 0 set aside", [BillKind.CORRECTION, BillKind.RECEIPT]),
    ],
)
def test_decided_it_adds_up_to_the_last_paisa(
    asha: Clinic, decision: str, expected: str, bills: list[str]
) -> None:
    """S60: whichever way it is decided, the bill is answered and the recount finds nothing."""
    pack = package(asha, of=plan(sessions=10, price=Decimal("9999.99")))
    *_earlier, last = use(asha, pack, 6)
    before = set(Bill.objects.values_list("pk", flat=True))

    decide(asha, not_right(asha, last.visit), decision, "The therapist remembers")

    assert says(pack) == expected
    new = Bill.objects.exclude(pk__in=before).order_by("issued_at", "number")
    assert sorted(bill.kind for bill in new) == sorted(bills)
    sentences = " ".join(line.sentence for line in lines_of(pack, asha))
    assert "The therapist remembers" in sentences
    check_now()
    call_command("verify_ledger", clinic=asha.slug)


def test_two_disputes_on_one_pack_are_two_clocks(asha: Clinic) -> None:
    pack = package(asha)
    first, second = use(asha, pack, 2)
    at = timezone.now()
    facts: dict[str, Any] = {"by": owner_of(asha), "clinic": asha}

    late = disputes.open_dispute(first.visit, at=at, key=uuid4(), days=3, **facts)
    not_right(asha, second.visit)

    assert says(pack) == "0 used, 8 left, 2 set aside"
    decide(asha, late, "stands")
    assert says(pack) == "1 used, 8 left, 1 set aside"
    assert Dispute.objects.get(decision="").visit == second.visit


def test_the_last_session_in_dispute_cannot_be_used_by_another_visit(asha: Clinic) -> None:
    """S09: what is set aside is not free."""
    pack = package(asha, of=plan(sessions=1))
    (done,) = use(asha, pack)
    not_right(asha, done.visit)
    waiting = visit(asha, pack.patient)

    with pytest.raises(NotCovered):
        complete(asha, waiting)

    decide(asha, Dispute.objects.get(), "given_back")
    complete(asha, waiting)
    assert says(pack) == "1 used, 0 left, 0 set aside"


def test_given_back_after_the_last_day_it_lapses_by_itself(asha: Clinic) -> None:
    """S36: a session in dispute does not lapse; one that comes back too late does, on the day it came back."""
    pack = package(asha, of=plan(validity_count=1, validity_unit="days"))
    (done,) = use(asha, pack)
    case = not_right(asha, done.visit)
    later = asha.today() + timedelta(days=3)

    ledger.lapse(pack, on=later)
    assert says(pack) == "0 used, 0 left, 1 set aside"
    assert pack.refresh_from_db() or pack.value_left == 1000

    desk.decide(
        case,
        decision=Dispute.Decision.GIVEN_BACK,
        reason="She was in Pune",
        clinic=asha,
        at=timezone.now(),
        by=owner_of(asha),
        key=uuid4(),
    )
    ledger.lapse(pack, on=later)
    assert says(pack) == "0 used, 0 left, 0 set aside"
    assert pack.value_left == 0
    check_now()
