"""Visits that do not take place: cancelled in time or late, not come, let off, booked again.

What each comes to is the rule of the package it would have used, as frozen at its sale; staff decide nothing and the
screen says what happened (law 2). A fee is billed by the layer above.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from clinic import access
from clinic.acts import act
from clinic.keys import part
from clinic.models import Clinic, Staff
from clinic.refusals import Refused
from packages import absences, eligibility, ledger
from packages.models import Kind, Package

from . import confirming, referrals, reminders
from .models import Visit
from .records import NotOpen, change, locked, undisputed, wanted_of

ZERO = Decimal(0)
State, Consequence = Visit.State, Visit.Consequence


class NotStarted(Refused):
    """Nobody can have stayed away from a visit that has not begun."""

    def __init__(self) -> None:
        super().__init__(_("This visit has not begun yet. Cancel it, or wait until its time."))


class NothingToLetOff(Refused):
    def __init__(self) -> None:
        super().__init__(_("This visit took neither a session nor a free pass, and no fee was charged."))


class StillCharged(Refused):
    """The fee was billed; the bill is answered first."""

    def __init__(self) -> None:
        super().__init__(_("A fee was charged for this visit. Let it off first; that takes the bill back."))


@act
def mark_no_show(visit: Visit, *, clinic: Clinic, at: datetime, by: Staff | None, key: uuid.UUID) -> Visit:
    """The patient did not come: the no-show rule of the package applies. Doing it again changes nothing.

    Refuses before the visit's time.
    """
    visit = locked(visit)
    if visit.state == State.NO_SHOW:
        return visit
    if not visit.is_open:
        raise NotOpen(visit)
    if at < visit.starts_at:
        raise NotStarted
    facts = _by_the_rule(visit, Kind.NO_SHOW, clinic=clinic, at=at, by=by, key=key)
    return change(visit, "mark_no_show", by, state=State.NO_SHOW, ended_at=at, **facts)


@act
def cancel_visit(
    visit: Visit,
    *,
    clinic: Clinic,
    at: datetime,
    by: Staff | None,
    by_clinic: bool,
    key: uuid.UUID,
    reason: str = "",
) -> Visit:
    """Cancel an open visit. By the clinic it never counts; by the patient too late, the package's rule applies."""
    visit = locked(visit)
    state = State.CANCELLED_BY_CLINIC if by_clinic else State.CANCELLED_BY_PATIENT
    if visit.state == state:
        return visit
    if not visit.is_open:
        raise NotOpen(visit)
    facts: dict[str, object] = {"consequence": Consequence.BY_CLINIC}
    if not by_clinic:
        facts = _by_the_rule(visit, Kind.LATE_CANCEL, clinic=clinic, at=at, by=by, key=key)
    reminders.withdraw(visit)
    return change(visit, "cancel_visit", by, state=state, ended_at=at, reason=reason.strip(), **facts)


@act
def let_off(visit: Visit, *, clinic: Clinic, at: datetime, by: Staff, key: uuid.UUID, reason: str) -> Visit:
    """Give back what an absence took, by the owner's decision: the session or the pass returns. It stays an absence.

    The bill of a fee is the caller's to answer. Doing it again changes nothing.
    """
    access.require(by, "let_off")
    visit = undisputed(locked(visit))
    if visit.consequence == Consequence.WAIVED:
        return visit
    if visit.consequence not in {Consequence.SESSIONS, Consequence.FREE_PASS, Consequence.FEE}:
        raise NothingToLetOff
    if not reason.strip():
        raise ledger.ReasonMissing
    _give_back(visit, on=clinic.day_of(at), by=by, key=key, reason=reason)
    facts = {"consequence": Consequence.WAIVED, "entry": None, "charge": ZERO, "reason": reason.strip()}
    return change(visit, "let_off", by, **facts)


@act
def restore_visit(
    visit: Visit,
    *,
    clinic: Clinic,
    at: datetime,
    by: Staff | None,
    key: uuid.UUID,
    fee_answered: bool = False,
) -> Visit:
    """Undo a cancellation or a no-show: what it took comes back, and the visit is booked again.

    Refuses while a fee stands, unless the caller has taken its bill back.
    """
    visit = undisputed(locked(visit))
    if visit.is_open:
        return visit
    if visit.state == State.COMPLETED:
        raise NotOpen(visit)
    if visit.charge and not fee_answered:
        raise StillCharged
    if visit.package is not None:
        referrals.hold_place(visit.package, service=visit.service, starts_at=visit.starts_at, besides=visit)
    reason = _("The visit was booked again.")
    _give_back(visit, on=clinic.day_of(at), by=by, key=key, reason=reason)
    return change(
        visit,
        "restore_visit",
        by,
        state=State.BOOKED,
        consequence="",
        charge=ZERO,
        entry=None,
        ended_at=None,
        reason="",
        arrived_at=None,
        **confirming.forgotten(visit),
    )


def foreseen(
    visit: Visit, packages: list[Package], kind: Kind, *, clinic: Clinic, at: datetime
) -> tuple[str, absences.Due | None]:
    """What an absence would come to if it were marked now, for the page that asks. Nothing is written."""
    fit = absences.covering(wanted_of(visit, clinic), packages, visit.package_id)
    if fit is None:
        return Consequence.NO_PACKAGE, None
    if kind == Kind.LATE_CANCEL and not absences.is_late(fit.package, starts_at=visit.starts_at, at=at):
        return Consequence.IN_TIME, None
    owed = absences.due(fit.package, kind)
    return _consequence(owed), owed


def _by_the_rule(
    visit: Visit, kind: Kind, *, clinic: Clinic, at: datetime, by: Staff | None, key: uuid.UUID
) -> dict[str, object]:
    held = eligibility.packages_for(visit.patient, lock=True)[visit.patient_id]
    consequence, owed = foreseen(visit, held, kind, clinic=clinic, at=at)
    if owed is None:
        return {"consequence": consequence}
    wanted = wanted_of(visit, clinic)
    fit = absences.covering(wanted, held, visit.package_id)
    assert fit is not None
    entry = absences.take(
        fit,
        wanted,
        owed,
        visit_id=visit.pk,
        by=by,
        key=part(key, "deduct"),
        therapist=visit.therapist,
        minutes=visit.minutes,
    )
    return {"consequence": consequence, "entry": entry, "charge": owed.fee, "package": owed.package}


def _consequence(owed: absences.Due) -> Visit.Consequence:
    if owed.free_pass:
        return Consequence.FREE_PASS
    if owed.sessions:
        return Consequence.SESSIONS
    return Consequence.FEE if owed.fee else Consequence.NOTHING


def _give_back(visit: Visit, *, on: date, by: Staff | None, key: uuid.UUID, reason: str) -> None:
    if visit.entry is not None:
        ledger.reverse(visit.entry, on=on, by=by, key=part(key, "reverse"), reason=reason)
