"""Every kind of line and of change has its own sentence; a new kind fails here until it is given one and a case."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from billing.models import Method
from billing.payments import Tender
from clinic.models import Clinic, Role
from clinic.ui.words import day
from desk import checkout
from packages import ledger, passbook_changes, passbook_words, refunds, standing, transfers, validity
from packages.models import ChangeKind, Kind, Package
from packages.passbook import ChangeLine, Line, lines_of, passbook_of
from packages.passbook_clauses import CLAUSES, clause_name
from packages.plans import Line as PlanLine
from packages.services import Opening, activate, open_package
from tests.factories import (
    PatientFactory,
    ServiceFactory,
    complete,
    member,
    owner_of,
    package,
    plan,
    reopen,
    sale,
    use,
    visit,
)
from visits.absences import cancel_visit, let_off, mark_no_show
from visits.models import Visit

ONE_DAY = timedelta(days=1)
PHYSIO = "Physiotherapy 60 min"


class Case:
    """A clinic to build a package in, and what every act asks for."""

    def __init__(self, clinic: Clinic) -> None:
        self.clinic, self.today = clinic, clinic.today()

    def facts(self, reason: str = "Because", **more: Any) -> dict[str, Any]:
        return {"on": self.today, "by": owner_of(self.clinic), "key": uuid4(), "reason": reason} | more

    def pack(self, **terms: Any) -> Package:
        return package(self.clinic, PatientFactory(name="Gita Rao"), of=plan(**{"validity_count": 3} | terms))

    def absent(self, pack: Package, act: Callable[..., Visit], **more: Any) -> Visit:
        when: dict[str, Any] = {"clinic": self.clinic, "at": timezone.now(), "by": owner_of(self.clinic)}
        return act(visit(self.clinic, pack.patient), key=uuid4(), **when, **more)

    def lapsed(self, at: datetime | None = None) -> Package:
        long_ago = at or timezone.now() - 100 * ONE_DAY
        pack = package(self.clinic, of=plan(validity_count=1), at=long_ago)
        ledger.lapse(pack, on=self.today)
        pack.refresh_from_db()
        return pack


Build = Callable[[Case], tuple[Package, str]]
LINES: dict[str, tuple[Kind, Build]] = {}
CHANGES: dict[str, tuple[ChangeKind, Build]] = {}


def line(kind: Kind) -> Callable[[Build], Build]:
    """A case of a kind of line: a package whose last line of the kind has the sentence."""
    return lambda build: LINES.setdefault(build.__name__, (kind, build))[1]


def change(kind: ChangeKind) -> Callable[[Build], Build]:
    """A case of a kind of change."""
    return lambda build: CHANGES.setdefault(build.__name__, (kind, build))[1]


@pytest.fixture
def case(asha: Clinic) -> Any:
    """What is built is undone before the clinic's own checks: lines are posted here beside the visits' own ways."""
    with transaction.atomic():
        yield Case(asha)
        transaction.set_rollback(True)


@line(Kind.SOLD)
def sold(case: Case) -> tuple[Package, str]:
    return case.pack(), f"10 sessions of {PHYSIO} sold."


@line(Kind.BONUS)
def bonus(case: Case) -> tuple[Package, str]:
    service = ServiceFactory()
    of = plan(PlanLine(service, Decimal(5)), PlanLine(service, Decimal(1), True))
    return package(case.clinic, of=of), f"1 session of {PHYSIO} added free, to be used last."


@line(Kind.OPENING)
def opening(case: Case) -> tuple[Package, str]:
    facts = case.facts()
    del facts["reason"]
    agreed = Opening(Decimal(3), agreed_on=case.today)
    branch = case.pack().branch
    pack = open_package(
        PatientFactory(), plan=plan(), branch=branch, clinic=case.clinic, opening=agreed, **facts
    )
    sentence = "Opening balance: 10 sold, 7 used before go-live, 3 left."
    return pack, f"{sentence} Agreed by the patient on {day(case.today)}."


@line(Kind.USED)
def used(case: Case) -> tuple[Package, str]:
    pack = case.pack()
    anand = member(case.clinic, Role.THERAPIST, name="Anand")
    complete(case.clinic, visit(case.clinic, pack.patient, therapist=anand))
    return pack, f"Session 1 of 10: {PHYSIO} with Anand."


@line(Kind.USED_PARTLY)
def used_partly(case: Case) -> tuple[Package, str]:
    pack = case.pack()
    seen = visit(case.clinic, pack.patient)
    who = {"service": seen.service, "beneficiary": pack.patient, "visit_id": seen.pk}
    ledger.deduct_partly(pack, **who, **case.facts("Only ten minutes"))
    return pack, f"Only 0.5 sessions used: {PHYSIO}. Reason: Only ten minutes"


@line(Kind.NO_SHOW)
def no_show_on_a_free_pass(case: Case) -> tuple[Package, str]:
    pack = case.pack()
    case.absent(pack, mark_no_show)
    return pack, f"Did not come on {day(case.today)}: the free pass was used, nothing taken."


@line(Kind.NO_SHOW)
def no_show(case: Case) -> tuple[Package, str]:
    pack = case.pack(free_passes=0)
    case.absent(pack, mark_no_show)
    return pack, f"Did not come on {day(case.today)}: 1 session taken."


@line(Kind.LATE_CANCEL)
def late_on_a_free_pass(case: Case) -> tuple[Package, str]:
    pack = case.pack()
    case.absent(pack, cancel_visit, by_clinic=False)
    sentence = f"Late cancellation of the visit on {day(case.today)}"
    return pack, f"{sentence}: the free pass was used, nothing taken."


@line(Kind.LATE_CANCEL)
def late_for_half(case: Case) -> tuple[Package, str]:
    pack = case.pack(free_passes=0, late_cancel_takes="half")
    case.absent(pack, cancel_visit, by_clinic=False)
    return pack, f"Late cancellation of the visit on {day(case.today)}: 0.5 sessions taken."


@line(Kind.SET_ASIDE)
def set_aside(case: Case) -> tuple[Package, str]:
    pack = case.pack()
    (done,) = use(case.clinic, pack, 1)
    ledger.set_aside(done.entry, **case.facts("I was away"))
    sentence = "1 session in dispute: neither used nor free until it is decided."
    return pack, f"{sentence} Reason: I was away"


@line(Kind.REVERSED)
def reopened(case: Case) -> tuple[Package, str]:
    pack = case.pack()
    (done,) = use(case.clinic, pack, 1)
    reopen(case.clinic, done.visit)
    return pack, "Line 2 taken back: the visit was reopened. Reason: Marked by mistake"


@line(Kind.REVERSED)
def let_off_with_the_session(case: Case) -> tuple[Package, str]:
    pack = case.pack(free_passes=0)
    missed = case.absent(pack, mark_no_show)
    facts = {"clinic": case.clinic, "at": timezone.now(), "by": owner_of(case.clinic), "key": uuid4()}
    let_off(missed, reason="She was ill", **facts)
    return pack, "Line 2 taken back: 1 session given back. Reason: She was ill"


@line(Kind.REVERSED)
def let_off_with_the_pass(case: Case) -> tuple[Package, str]:
    pack = case.pack()
    missed = case.absent(pack, mark_no_show)
    facts = {"clinic": case.clinic, "at": timezone.now(), "by": owner_of(case.clinic), "key": uuid4()}
    let_off(missed, reason="She was ill", **facts)
    return pack, "Line 2 taken back: the free pass can be used again. Reason: She was ill"


@line(Kind.REVERSED)
def disputed(case: Case) -> tuple[Package, str]:
    pack = set_aside(case)[0]
    return pack, "Line 2 taken back for now: the patient says it is not right. Reason: I was away"


@line(Kind.REVERSED)
def dispute_won(case: Case) -> tuple[Package, str]:
    pack = set_aside(case)[0]
    ledger.reverse(pack.entries.get(kind=Kind.SET_ASIDE), **case.facts("She was away"))
    return pack, "The dispute of line 4 was decided: 1 session given back. Reason: She was away"


@line(Kind.REVERSED)
def dispute_lost(case: Case) -> tuple[Package, str]:
    pack = set_aside(case)[0]
    ledger.uphold(pack.entries.get(kind=Kind.SET_ASIDE), kind=Kind.USED, **case.facts("He signed"))
    return pack, "The dispute of line 4 was decided: the session counts. Reason: He signed"


@line(Kind.EXPIRED)
def expired(case: Case) -> tuple[Package, str]:
    pack = case.lapsed()
    return pack, f"10 sessions lapsed: the package was valid to {day(pack.valid_until)}."


@line(Kind.EXPIRED)
def expired_and_extended_since(case: Case) -> tuple[Package, str]:
    pack, sentence = expired(case)
    validity.extend(pack, until=case.today + ONE_DAY, **case.facts())
    pack.refresh_from_db()
    return pack, sentence


@line(Kind.REINSTATED)
def reinstated_by_an_extension(case: Case) -> tuple[Package, str]:
    pack = case.lapsed()
    validity.extend(pack, until=case.today + ONE_DAY, **case.facts())
    sentence = "10 sessions that had lapsed brought back: the package is valid for longer."
    return pack, f"{sentence} Reason: Because"


@line(Kind.REINSTATED)
def reinstated_for_a_late_record(case: Case) -> tuple[Package, str]:
    long_ago = timezone.now() - 100 * ONE_DAY
    pack = case.lapsed(long_ago)
    complete(case.clinic, visit(case.clinic, pack.patient, at=long_ago + ONE_DAY))
    sentence = "1 session that had lapsed brought back for a visit held while it was valid."
    held = day(case.clinic.day_of(long_ago + ONE_DAY))
    return pack, f"{sentence} Reason: The visit of {held} was recorded after the package had lapsed."


@line(Kind.REFUNDED)
def refunded(case: Case) -> tuple[Package, str]:
    pack = case.pack()
    use(case.clinic, pack, 3)
    refunds.refund(pack, **case.facts())
    return pack, "7 sessions gone with the refund. Reason: Because"


@line(Kind.REFUNDED)
def refunded_bonus(case: Case) -> tuple[Package, str]:
    """S44"""
    pack = bonus(case)[0]
    refunds.refund(pack, **case.facts())
    return pack, "1 session that had been added free gone with the refund. Reason: Because"


@line(Kind.REFUNDED)
def came_back_after_the_refund(case: Case) -> tuple[Package, str]:
    """S42"""
    pack = case.pack()
    (done,) = use(case.clinic, pack, 1)
    refunds.refund(pack, **case.facts())
    ledger.reverse(done.entry, **case.facts())
    reason = "The package was refunded before; that refund was short of this session."
    return pack, f"1 session not free again: the package was refunded before. Reason: {reason}"


@line(Kind.TRANSFERRED_OUT)
def transferred_out(case: Case) -> tuple[Package, str]:
    pack = case.pack()
    made = transfers.transfer(
        pack, sessions=Decimal(3), to=PatientFactory(name="Sita Rao"), **case.facts("Sisters")
    )
    return pack, f"3 sessions moved to package {made.number} of Sita Rao. Reason: Sisters"


@line(Kind.TRANSFERRED_OUT)
def transferred_back(case: Case) -> tuple[Package, str]:
    pack = case.pack()
    made = transfers.transfer(pack, sessions=Decimal(3), to=PatientFactory(), **case.facts())
    transfers.undo_transfer(made, **case.facts("The wrong sister"))
    return made, f"3 sessions moved back to package {pack.number} of Gita Rao. Reason: The wrong sister"


@line(Kind.TRANSFERRED_IN)
def transferred_in(case: Case) -> tuple[Package, str]:
    pack = case.pack()
    made = transfers.transfer(pack, sessions=Decimal("0.5"), to=PatientFactory(), **case.facts("Sisters"))
    return made, f"0.5 sessions came from package {pack.number} of Gita Rao. Reason: Sisters"


@line(Kind.TRANSFERRED_IN)
def came_back(case: Case) -> tuple[Package, str]:
    pack = case.pack()
    to = PatientFactory(name="Sita Rao")
    made = transfers.transfer(pack, sessions=Decimal(3), to=to, **case.facts())
    transfers.undo_transfer(made, **case.facts("The wrong sister"))
    return pack, f"3 sessions came back from package {made.number} of Sita Rao. Reason: The wrong sister"


@line(Kind.ADJUSTED)
def given(case: Case) -> tuple[Package, str]:
    pack = case.pack()
    ledger.adjust(pack.lines.get(), sessions=Decimal(1), **case.facts("Goodwill"))
    return pack, "1 session given. Reason: Goodwill"


@line(Kind.ADJUSTED)
def taken(case: Case) -> tuple[Package, str]:
    pack = case.pack()
    ledger.adjust(pack.lines.get(), sessions=Decimal(-2), **case.facts("Miscounted"))
    return pack, "2 sessions taken. Reason: Miscounted"


@line(Kind.ADJUSTED)
def taken_off_by_a_void(case: Case) -> tuple[Package, str]:
    pack = voided(case)[0]
    return pack, "10 sessions taken off: the package was sold by mistake. Reason: Wrong patient"


@change(ChangeKind.ACTIVATED)
def activated(case: Case) -> tuple[Package, str]:
    sold = sale(case.clinic, paid=0)
    checkout.take_payment(
        sold.package.patient,
        tenders=[Tender(Method.CASH, sold.package.price)],
        lines=list(sold.bill.lines.all()),
        branch=sold.package.branch,
        clinic=case.clinic,
        at=timezone.now(),
        by=owner_of(case.clinic),
        key=uuid4(),
    )
    activate(sold.package, on=case.today, by=None)
    return sold.package, "Paid: from now on the package can be used."


@change(ChangeKind.SUSPENDED)
def suspended(case: Case) -> tuple[Package, str]:
    pack = case.pack()
    standing.suspend(pack, **case.facts("The cheque came back"))
    return pack, "Nothing can be used until the package is resumed. Reason: The cheque came back"


@change(ChangeKind.RESUMED)
def resumed(case: Case) -> tuple[Package, str]:
    pack = suspended(case)[0]
    standing.resume(pack, **case.facts(""))
    return pack, "The package can be used again."


@change(ChangeKind.RESUMED)
def resumed_unpaid(case: Case) -> tuple[Package, str]:
    pack = package(case.clinic, paid=0)
    standing.suspend(pack, **case.facts())
    standing.resume(pack, **case.facts(""))
    return pack, "No longer suspended: it waits for its payment."


@change(ChangeKind.VOIDED)
def voided(case: Case) -> tuple[Package, str]:
    pack = package(case.clinic, paid=0)
    standing.void(pack, **case.facts("Wrong patient"))
    return pack, "Sold by mistake: the package is void. Its number stays. Reason: Wrong patient"


@change(ChangeKind.REFUNDED)
def closed_by_a_refund(case: Case) -> tuple[Package, str]:
    return refunded(case)[0], "The package is closed: ₹7,000.00 to be paid back. Reason: Because"


@change(ChangeKind.REFUND_SHORT)
def refund_short(case: Case) -> tuple[Package, str]:
    pack = came_back_after_the_refund(case)[0]
    reason = "The package was refunded before; that refund was short of this session."
    return pack, f"A session came back after the refund: it was ₹1,000.00 short. Reason: {reason}"


@change(ChangeKind.STARTED)
def started(case: Case) -> tuple[Package, str]:
    """S32"""
    at = timezone.now() - 19 * ONE_DAY
    of = plan(validity_count=3, validity_start="first_visit", longest_count=6)
    pack = package(case.clinic, of=of, at=at)
    before = pack.valid_until
    complete(case.clinic, visit(case.clinic, pack.patient))
    pack.refresh_from_db()
    sentence = f"First visit on {day(case.today)}: valid to {day(pack.valid_until)}"
    return pack, f"{sentence} instead of {day(before)}."


@change(ChangeKind.FROZEN)
def frozen(case: Case) -> tuple[Package, str]:
    pack = case.pack()
    before = pack.valid_until
    last = case.today + 9 * ONE_DAY
    validity.freeze(pack, first_day=case.today, last_day=last, **case.facts("Abroad"))
    pack.refresh_from_db()
    days = f"Frozen from {day(case.today)} to {day(last)}"
    valid = f"valid to {day(pack.valid_until)} instead of {day(before)}."
    return pack, f"{days}: {valid} Reason: Abroad"


@change(ChangeKind.FROZEN)
def frozen_again(case: Case) -> tuple[Package, str]:
    pack = frozen(case)[0]
    until = pack.valid_until
    validity.freeze(pack, first_day=case.today, last_day=case.today, **case.facts("Again"))
    once = "1 of these days was frozen before and counts once."
    return pack, f"Frozen on {day(case.today)}: valid to {day(until)} as before. {once} Reason: Again"


@change(ChangeKind.FROZEN)
def frozen_without_an_end(case: Case) -> tuple[Package, str]:
    pack = case.pack(validity_count=None)
    validity.freeze(pack, first_day=case.today, last_day=case.today, **case.facts("Abroad"))
    return pack, f"Frozen on {day(case.today)}. Reason: Abroad"


@change(ChangeKind.UNFROZEN)
def unfrozen(case: Case) -> tuple[Package, str]:
    pack = frozen(case)[0]
    before = pack.valid_until
    assert before
    validity.unfreeze(pack, from_day=case.today + 2 * ONE_DAY, **case.facts("Back"))
    first = f"Not frozen any more from {day(case.today + 2 * ONE_DAY)} on"
    return pack, f"{first}: valid to {day(before - 8 * ONE_DAY)} instead of {day(before)}. Reason: Back"


@change(ChangeKind.EXTENDED)
def extended(case: Case) -> tuple[Package, str]:
    pack = case.pack()
    before = pack.valid_until
    assert before
    validity.extend(pack, until=before + ONE_DAY, **case.facts("Rain"))
    return (
        pack,
        f"Made valid for longer: valid to {day(before + ONE_DAY)} instead of {day(before)}. Reason: Rain",
    )


@change(ChangeKind.CLOSURE)
def closure(case: Case) -> tuple[Package, str]:
    """S52"""
    pack = case.pack()
    before = pack.valid_until
    assert before
    last = case.today + ONE_DAY
    validity.add_closed_days(pack, first_day=case.today, last_day=last, **case.facts("Holi"))
    closed = f"The clinic was closed from {day(case.today)} to {day(last)}"
    return pack, f"{closed}: valid to {day(before + 2 * ONE_DAY)} instead of {day(before)}. Reason: Holi"


@change(ChangeKind.LIFTED)
def lifted(case: Case) -> tuple[Package, str]:
    pack = case.pack(therapist_ids=[member(case.clinic, Role.THERAPIST).pk])
    standing.lift(pack, clause="therapists", **case.facts("Anand has left"))
    return pack, "From now on it may be used with every therapist. Reason: Anand has left"


@change(ChangeKind.LIFTED)
def branch_lifted(case: Case) -> tuple[Package, str]:
    pack = case.pack(where="where_sold")
    standing.lift(pack, clause="branches", **case.facts("Moved"))
    return pack, "From now on it may be used at every branch. Reason: Moved"


@pytest.mark.parametrize("name", LINES)
def test_the_sentence_of_a_line(name: str, case: Case) -> None:
    kind, build = LINES[name]

    pack, sentence = build(case)

    pack.refresh_from_db()
    (*_before, last) = [each for each in lines_of(pack, case.clinic) if each.entry.kind == kind]
    assert last.sentence == sentence
    assert not last.clause or last.clause == clause_name(last.entry.clause)


@pytest.mark.parametrize("name", CHANGES)
def test_the_sentence_of_a_change(name: str, case: Case) -> None:
    kind, build = CHANGES[name]

    pack, sentence = build(case)

    pack.refresh_from_db()
    told = passbook_of(pack, case.clinic)
    (*_before, last) = [each for each in told if isinstance(each, ChangeLine) and each.change.kind == kind]
    assert last.sentence == sentence


def test_every_kind_has_a_sentence_and_a_case() -> None:
    assert set(passbook_words.SENTENCES) == set(Kind) == {kind for kind, _build in LINES.values()}
    assert set(passbook_changes.SENTENCES) == set(ChangeKind) == {kind for kind, _build in CHANGES.values()}


@pytest.mark.parametrize("name", [*LINES, *CHANGES])
def test_every_clause_that_is_named_has_a_name(name: str, case: Case) -> None:
    pack, _sentence = (LINES | CHANGES)[name][1](case)  # type: ignore[operator]

    named = {entry.clause for entry in pack.entries.all()} | {each.clause for each in pack.changes.all()}
    assert named - {""} <= set(CLAUSES)


def test_lines_that_refer_to_each_other_lead_to_each_other(case: Case) -> None:
    pack = transferred_out(case)[0]
    made = Package.objects.get(moved_from=pack)
    out, back = lines_of(pack, case.clinic)[-1], lines_of(made, case.clinic)[-1]
    won = dispute_won(case)[0]

    assert [link.package_id for link in out.links] == [made.pk]
    assert [link.package_id for link in back.links] == [pack.pk]
    last: Line = lines_of(won, case.clinic)[-1]
    assert [(link.package_id, link.line) for link in last.links] == [(won.pk, 4)]


def test_a_reason_is_for_the_desk_only(case: Case) -> None:
    pack = given(case)[0]

    assert lines_of(pack, case.clinic, with_reasons=False)[-1].sentence == "1 session given."


def test_what_is_recorded_on_another_day_says_so(case: Case) -> None:
    pack = package(case.clinic, at=timezone.now() - 3 * ONE_DAY)

    (sold_line,) = (each for each in passbook_of(pack, case.clinic) if each.is_entry)

    assert isinstance(sold_line, Line)
    assert sold_line.on == case.today - 3 * ONE_DAY
    assert sold_line.recorded_on == case.today
