"""A package for every kind of line, and the sentence that its last line of the kind has."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.utils import timezone

from clinic.models import Clinic, Role
from clinic.ui.words import day
from packages import ledger, refunds, standing, transfers, validity
from packages.models import Kind, Package
from packages.plans import Line as PlanLine
from packages.services import Opening, open_package
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


def line(kind: Kind) -> Callable[[Build], Build]:
    """A case of a kind of line: a package whose last line of the kind has the sentence."""
    return lambda build: LINES.setdefault(build.__name__, (kind, build))[1]


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
    pack = package(case.clinic, paid=0)
    standing.void(pack, **case.facts("Wrong patient"))
    return pack, "10 sessions taken off: the package was sold by mistake. Reason: Wrong patient"
