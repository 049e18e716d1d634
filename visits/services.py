"""What happens to a visit: booked, arrived, completed, not come, cancelled, moved, reopened."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.utils.translation import gettext as _

from clinic import audit
from clinic.acts import act
from clinic.keys import hold, part
from clinic.models import Branch, Clinic, Patient, Service, Staff
from clinic.refusals import Refused
from packages import eligibility, ledger
from packages.eligibility import Fit, Wanted
from packages.models import Entry, Package

from .models import Visit

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


class NotOpen(Refused):
    """The visit is in a state from which this cannot be done."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        super().__init__(_("This visit is %(state)s. Open it first.") % {"state": visit.get_state_display()})


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
) -> Visit:
    """Put a visit into the diary; with `arrived_at` the patient is here already (a walk-in).

    The same key twice is the same visit. Booking takes no session: only completing does.
    """
    hold(key)
    if visit := Visit.objects.filter(key=key).first():
        return visit
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
        booked_by=by,
        key=key,
    )
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
    return _change(visit, "check_in", by, state=State.CHECKED_IN, arrived_at=at)


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
    changes = {
        "starts_at": starts_at,
        "therapist": therapist or visit.therapist,
        "minutes": minutes or visit.minutes,
    }
    return _change(visit, "move_visit", by, **changes)


@act
def choose_package(visit: Visit, *, package: Package | None, by: Staff | None) -> Visit:
    """Wish for a package; None leaves it to the rule. It is used where it covers when the visit is completed."""
    visit = locked(visit)
    if visit.package_id == (package.pk if package else None):
        return visit
    if not visit.is_open:
        raise NotOpen(visit)
    return _change(visit, "choose_package", by, package=package)


@act
def mark_no_show(visit: Visit, *, by: Staff | None) -> Visit:
    """The patient did not come. Takes no session."""
    visit = locked(visit)
    if visit.state == State.NO_SHOW:
        return visit
    if not visit.is_open:
        raise NotOpen(visit)
    return _change(visit, "mark_no_show", by, state=State.NO_SHOW)


@act
def cancel_visit(visit: Visit, *, by: Staff | None, by_clinic: bool, reason: str = "") -> Visit:
    """Cancel an open visit, for the patient or for the clinic. Takes no session."""
    visit = locked(visit)
    state = State.CANCELLED_BY_CLINIC if by_clinic else State.CANCELLED_BY_PATIENT
    if visit.state == state:
        return visit
    if not visit.is_open:
        raise NotOpen(visit)
    return _change(visit, "cancel_visit", by, state=state, reason=reason.strip())


@act
def restore_visit(visit: Visit, *, by: Staff | None) -> Visit:
    """Undo a cancellation or a no-show that took no session: the visit is booked again."""
    visit = locked(visit)
    if visit.is_open:
        return visit
    if visit.state == State.COMPLETED or visit.entry_id:
        raise NotOpen(visit)
    return _change(visit, "restore_visit", by, state=State.BOOKED, reason="", arrived_at=None)


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
    reason: str = "",
) -> Visit:
    """Complete a visit and settle it in the same transaction.

    `how` is package (the default: one session of the package that covers it, or of `package` where named), charge
    (paid singly) or free (with a reason). The bill is the caller's: the database refuses to commit without it.
    Refuses with AlreadyCompleted, NotOpen, NotYet, NotCovered or FreeNeedsReason.
    """
    return settle(
        locked(visit), clinic=clinic, at=at, by=by, key=key, how=how, package=package, reason=reason
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
    reason: str = "",
) -> Visit:
    """Complete a visit that is locked already."""
    if visit.state == State.COMPLETED:
        raise AlreadyCompleted(visit, clinic)
    if not visit.is_open:
        raise NotOpen(visit)
    on = clinic.day_of(visit.starts_at)
    if on > clinic.day_of(at):
        raise NotYet(visit)
    settlement = WAYS[how]
    entry = None
    if settlement == Settlement.PACKAGE:
        wanted = Wanted(visit.patient, visit.service, on)
        entry = _deduct(
            visit, wanted, package or visit.package, bool(package), by=by, key=part(key, "deduct")
        )
    if settlement == Settlement.FREE and not reason.strip():
        raise FreeNeedsReason
    return _change(
        visit,
        "complete_visit",
        by,
        state=State.COMPLETED,
        settlement=settlement,
        entry=entry,
        package=entry.package if entry else visit.package,
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
    visit = locked(visit)
    if visit.state != State.COMPLETED or visit.settlement == Settlement.BEFORE:
        raise NotCompleted
    if not reason.strip():
        raise ledger.ReasonMissing
    if visit.entry is not None:
        ledger.reverse(visit.entry, on=clinic.day_of(at), by=by, key=part(key, "reverse"), reason=reason)
    return _change(
        visit,
        "reopen_visit",
        by,
        state=State.CHECKED_IN,
        settlement="",
        entry=None,
        reason=reason.strip(),
        completed_at=None,
        completed_by=None,
    )


def locked(visit: Visit) -> Visit:
    """The visit as it is now with what belongs to it, locked until the transaction ends."""
    whole = Visit.objects.select_related(
        "patient",
        "service",
        "therapist",
        "branch",
        "completed_by",
        "package",
        "entry__package",
        "entry__line",
    )
    visit = whole.select_for_update(of=("self",), no_key=True).get(pk=visit.pk)
    # If somebody changed it while we waited, PostgreSQL gives the new row beside the old joins: nobody beside
    # the new completed_by. It is ours now, so reading it again gives all as it is.
    joined = ("therapist", "completed_by", "package", "entry")
    if any(getattr(visit, f"{name}_id") and getattr(visit, name) is None for name in joined):
        return whole.get(pk=visit.pk)
    return visit


def _deduct(
    visit: Visit, wanted: Wanted, wish: Package | None, insists: bool, *, by: Staff | None, key: uuid.UUID
) -> Entry:
    held = eligibility.packages_for(visit.patient, lock=True)[visit.patient_id]
    fit = _chosen(wanted, held, wish, insists)
    entry = ledger.use(
        fit, wanted, visit_id=visit.pk, by=by, key=key, therapist=visit.therapist, minutes=visit.minutes
    )
    package = fit.package
    package.sessions_left, package.value_left = entry.balance_after, entry.value_after
    package.sessions_used = entry.used_after
    entry.package = fit.package
    return entry


def _chosen(wanted: Wanted, held: list[Package], wish: Package | None, insists: bool) -> Fit:
    """The package that staff chose, where it covers; the one chosen at booking is only a wish."""
    if wish is not None:
        for package in held:
            fit = eligibility.fit(wanted, package)
            if package.pk == wish.pk and (fit.covers or insists):
                return fit
        if insists:
            raise eligibility.NotCovered([eligibility.fit(wanted, wish)])
    return eligibility.best(wanted, held)


def _change(visit: Visit, verb: str, by: Staff | None, **changes: object) -> Visit:
    before = {name: getattr(visit, name) for name in changes}
    for name, value in changes.items():
        setattr(visit, name, value)
    visit.save(update_fields=list(changes))
    audit.record(verb, visit, by=by, before=_named(before), after=_named(changes))
    return visit


def _named(facts: dict[str, object]) -> dict[str, object]:
    return {name: getattr(value, "pk", value) for name, value in facts.items() if value not in (None, "")}
