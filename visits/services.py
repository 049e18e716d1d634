"""What happens to a visit: booked, arrived, completed, not come, cancelled, moved, reopened."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from clinic import access, audit
from clinic.acts import act
from clinic.keys import hold, part
from clinic.models import Branch, Clinic, Patient, Service, Staff
from clinic.refusals import Refused
from packages import eligibility, ledger, nudges
from packages.eligibility import Fit, Wanted
from packages.models import Entry, Kind, Package
from packages.nudge_kinds import NOT_COMING

from . import confirming, referrals, reminders
from .absences import cancel_visit, let_off, mark_no_show, restore_visit
from .models import Series, Visit
from .records import NotOpen, change, locked, undisputed, wanted_of

__all__ = [
    "AlreadyCompleted",
    "FreeNeedsReason",
    "NotCompleted",
    "NotOpen",
    "NotYet",
    "book_visit",
    "cancel_visit",
    "check_in",
    "choose_package",
    "complete_visit",
    "let_off",
    "locked",
    "mark_no_show",
    "move_visit",
    "reopen_visit",
    "restore_visit",
    "settle",
]

ZERO = Decimal(0)
State, Settlement = Visit.State, Visit.Settlement

# How a visit may be settled when it is completed; BEFORE is for what a register brings in.
WAYS = {"": Settlement.PACKAGE} | {way.value: way for way in Settlement if way != Settlement.BEFORE}


class AlreadyCompleted(Refused):
    """Somebody completed the visit before (S01)."""

    def __init__(self, visit: Visit, clinic: Clinic) -> None:
        self.visit = visit
        assert visit.completed_at is not None
        facts = {
            "name": visit.completed_by or _("the program"),
            "time": f"{clinic.local(visit.completed_at):%H:%M}",
        }
        super().__init__(_("This visit was already completed by %(name)s at %(time)s.") % facts)


class NotYet(Refused):
    """The visit's day has not come."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        super().__init__(_("This visit is on a later day. Move it to today before completing it."))


class FreeNeedsReason(Refused):
    def __init__(self) -> None:
        super().__init__(_("Write why this visit is free of charge. It stands on the visit's receipt."))


class NotCompleted(Refused):
    def __init__(self) -> None:
        super().__init__(_("Only a completed visit can be reopened."))


@act
def book_visit(
    patient: Patient,
    *,
    service: Service,
    branch: Branch,
    starts_at: datetime,
    by: Staff | None,
    key: uuid.UUID,
    therapist: Staff | None = None,
    minutes: int | None = None,
    package: Package | None = None,
    note: str = "",
    arrived_at: datetime | None = None,
    series: Series | None = None,
) -> Visit:
    """Put a visit into the diary; with `arrived_at` the patient is here already (a walk-in).

    The same key twice is the same visit. Booking takes no session: only completing does.
    """
    hold(key)
    if visit := Visit.objects.filter(key=key).first():
        return visit
    if package is not None:
        referrals.hold_place(package, service=service, starts_at=starts_at)
    visit = Visit.objects.create(
        patient=patient,
        service=service,
        branch=branch,
        therapist=therapist,
        starts_at=starts_at,
        minutes=minutes or service.minutes,
        package=package,
        note=note.strip(),
        state=State.CHECKED_IN if arrived_at else State.BOOKED,
        arrived_at=arrived_at,
        series=series,
        booked_by=by,
        key=key,
    )
    nudges.withdraw(patient.pk, NOT_COMING)
    audit.record("book_visit", visit, by=by, after={"patient": patient.number, "starts_at": starts_at})
    return visit


@act
def check_in(visit: Visit, *, at: datetime, by: Staff | None) -> Visit:
    """The patient has arrived. Doing it again changes nothing."""
    visit = locked(visit)
    if visit.state == State.CHECKED_IN:
        return visit
    if visit.state != State.BOOKED:
        raise NotOpen(visit)
    return change(visit, "check_in", by, state=State.CHECKED_IN, arrived_at=at)


@act
def move_visit(
    visit: Visit,
    *,
    starts_at: datetime,
    by: Staff | None,
    therapist: Staff | None = None,
    minutes: int | None = None,
) -> Visit:
    """Give an open visit another time, and another therapist or length where given."""
    visit = locked(visit)
    if not visit.is_open:
        raise NotOpen(visit)
    if visit.package is not None:
        referrals.hold_place(visit.package, service=visit.service, starts_at=starts_at, besides=visit)
    changes: dict[str, object] = {
        "starts_at": starts_at,
        "therapist": therapist or visit.therapist,
        "minutes": minutes or visit.minutes,
    }
    if starts_at != visit.starts_at:
        reminders.withdraw(visit)
        changes |= confirming.forgotten(visit)
    return change(visit, "move_visit", by, **changes)


@act
def choose_package(visit: Visit, *, package: Package | None, by: Staff | None) -> Visit:
    """Wish for a package; None leaves it to the rule. It is used where it covers when the visit is completed."""
    visit = locked(visit)
    if visit.package_id == (package.pk if package else None):
        return visit
    if not visit.is_open:
        raise NotOpen(visit)
    if package is not None:
        referrals.hold_place(package, service=visit.service, starts_at=visit.starts_at, besides=visit)
    return change(visit, "choose_package", by, package=package)


@act
def complete_visit(
    visit: Visit,
    *,
    clinic: Clinic,
    at: datetime,
    by: Staff | None,
    key: uuid.UUID,
    how: str = "",
    package: Package | None = None,
    sessions: Decimal | None = None,
    reason: str = "",
) -> Visit:
    """Complete a visit and settle it in the same transaction.

    `how` is package (the default: one session of the package that covers it, or of `package` where named), charge
    (paid singly) or free (with a reason). `sessions` chooses another way that the terms offer, for instance 2 for a
    visit of double length, or a part with a reason (S18, S21, S51). The bill is the caller's: the database refuses
    to commit without it. Refuses with AlreadyCompleted, NotOpen, NotYet, NotCovered or FreeNeedsReason.
    """
    return settle(
        locked(visit),
        clinic=clinic,
        at=at,
        by=by,
        key=key,
        how=how,
        package=package,
        sessions=sessions,
        reason=reason,
    )


@act
def settle(
    visit: Visit,
    *,
    clinic: Clinic,
    at: datetime,
    by: Staff | None,
    key: uuid.UUID,
    how: str = "",
    package: Package | None = None,
    sessions: Decimal | None = None,
    reason: str = "",
    in_hindsight: bool = False,
) -> Visit:
    """Complete a visit that is locked already. `in_hindsight`: the package was bought after the visit (S34)."""
    if visit.state == State.COMPLETED:
        raise AlreadyCompleted(visit, clinic)
    if not visit.is_open:
        raise NotOpen(visit)
    on = clinic.day_of(visit.starts_at)
    if on > clinic.day_of(at):
        raise NotYet(visit)
    settlement = WAYS[how]
    entry, surcharge = None, ZERO
    if settlement == Settlement.PACKAGE:
        wanted = wanted_of(visit, clinic)
        if in_hindsight and package:
            wanted = replace(wanted, on=max(wanted.on, package.sold_on))
        wish = Wish(package or visit.package, bool(package), sessions, reason.strip())
        entry, surcharge = _deduct(visit, wanted, wish, by=by, key=part(key, "deduct"))
    if settlement == Settlement.FREE and not reason.strip():
        raise FreeNeedsReason
    return change(
        visit,
        "complete_visit",
        by,
        state=State.COMPLETED,
        settlement=settlement,
        entry=entry,
        package=entry.package if entry else visit.package,
        charge=surcharge,
        reason=reason.strip(),
        completed_at=at,
        completed_by=by,
        completions=visit.completions + 1,
    )


@act
def reopen_visit(
    visit: Visit, *, at: datetime, clinic: Clinic, by: Staff | None, key: uuid.UUID, reason: str
) -> Visit:
    """Take a completion back: a reversing line gives the session back, and the visit waits to be settled again."""
    visit = undisputed(locked(visit))
    if visit.state != State.COMPLETED or visit.settlement == Settlement.BEFORE:
        raise NotCompleted
    if not reason.strip():
        raise ledger.ReasonMissing
    if visit.entry is not None:
        ledger.reverse(visit.entry, on=clinic.day_of(at), by=by, key=part(key, "reverse"), reason=reason)
    return change(
        visit,
        "reopen_visit",
        by,
        state=State.CHECKED_IN,
        settlement="",
        entry=None,
        charge=ZERO,
        reason=reason.strip(),
        completed_at=None,
        completed_by=None,
    )


@dataclass(frozen=True)
class Wish:
    """What staff asked for: a package, which they insist on or only wished for at booking, and so many sessions."""

    package: Package | None
    insists: bool
    sessions: Decimal | None = None
    reason: str = ""


def _deduct(
    visit: Visit, wanted: Wanted, wish: Wish, *, by: Staff | None, key: uuid.UUID
) -> tuple[Entry, Decimal]:
    held = eligibility.packages_for(visit.patient, lock=True)[visit.patient_id]
    is_part = _is_part(wanted, wish, by)
    if is_part and wish.sessions:
        wanted = replace(wanted, sessions=wish.sessions)
    fit = _chosen(wanted, held, wish)
    entry = ledger.use(
        fit,
        wanted,
        visit_id=visit.pk,
        by=by,
        key=key,
        kind=Kind.USED_PARTLY if is_part or fit.sessions < eligibility.ONE else Kind.USED,
        therapist=visit.therapist,
        minutes=visit.minutes,
        reason=wish.reason,
    )
    package = fit.package
    package.sessions_left, package.value_left = entry.balance_after, entry.value_after
    package.sessions_used = entry.used_after
    entry.package = fit.package
    return entry, fit.surcharge


def _is_part(wanted: Wanted, wish: Wish, by: Staff | None) -> bool:
    """Whether staff ask for less than a visit counts, as an exception with a reason: "it was only ten minutes"."""
    if wish.sessions is None or wish.sessions >= wanted.sessions or not wish.reason:
        return False
    if wish.sessions <= 0 or wish.sessions % ledger.HALF:
        raise ledger.NotHalves
    access.require(by, "use_in_part")
    return True


def _chosen(wanted: Wanted, held: list[Package], wish: Wish) -> Fit:
    """The package that staff chose, where it covers; the one chosen at booking is only a wish."""
    fits = [eligibility.fit(wanted, package) for package in held]
    if wish.sessions is not None:
        fits = [fit.chosen(wish.sessions) if _offers(fit, wish.sessions) else fit for fit in fits]
    wished = next((fit for fit in fits if wish.package and fit.package.pk == wish.package.pk), None)
    if wished and (wished.covers or wish.insists):
        return wished
    if wish.insists and wish.package:
        raise eligibility.NotCovered([eligibility.fit(wanted, wish.package)])
    return eligibility.best_of(fits)


def _offers(fit: Fit, sessions: Decimal) -> bool:
    return fit.can_choose and any(way.sessions == sessions for way in fit.ways)
