"""The passbook: the only way a balance moves. Each verb adds lines; none is ever changed or taken away.

The database computes number, value and balances (migration 0002_ledger_guards) and refuses what must not be;
the checks here exist to refuse first, with a sentence.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from clinic import access, audit
from clinic.acts import act
from clinic.models import Branch, Patient, Service, Staff
from clinic.refusals import Refused
from clinic.ui.words import day

from . import eligibility, limits, memberships, refunds, validity
from .announcing import announce
from .eligibility import Fit, NotCovered, Wanted
from .models import Change, ChangeKind, Entry, Kind, Package, PackageLine
from .models.entries import ABSENCES

ONE, HALF = Decimal(1), Decimal("0.5")


class PackageClosed(Refused):
    """The package is void or refunded: nothing moves on it any more."""

    def __init__(self, package: Package) -> None:
        self.package = package
        super().__init__(
            _("Package %(number)s is %(state)s. No session can come or go.")
            % {"number": package.number, "state": package.get_state_display()}
        )


class AlreadyReversed(Refused):
    """The deduction was given back before."""

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        super().__init__(_("This session was given back before."))


class NotEnoughLeft(Refused):
    """More would be taken than is left."""

    def __init__(self, left: Decimal) -> None:
        self.left = left
        super().__init__(
            _("Only %(left)s left on this line of the package.") % {"left": f"{left.normalize():f}"}
        )


class NotHalves(Refused):
    """Sessions are counted in whole and half ones."""

    def __init__(self) -> None:
        super().__init__(_("Sessions are counted in halves: write 1, 0.5 or −1."))


class ReasonMissing(Refused):
    """An act that must be explained was not."""

    def __init__(self) -> None:
        super().__init__(_("Write the reason. It is printed beside the line and stays there."))


@act
def deduct(
    package: Package,
    *,
    service: Service,
    beneficiary: Patient,
    visit_id: uuid.UUID,
    on: date,
    by: Staff | None,
    key: uuid.UUID,
    sessions: Decimal = ONE,
    therapist: Staff | None = None,
    branch: Branch | None = None,
    minutes: int | None = None,
    reason: str = "",
) -> Entry:
    """Use up sessions for a visit held on the local day `on`. The same key twice is the same deduction.

    Less than one is "used in part". Refuses with NotCovered (all reasons as data) when the package does not cover
    the visit.
    """
    held = eligibility.packages_for(beneficiary, lock=True)[beneficiary.pk]
    if entry := done_before(key):
        return entry
    where = branch.pk if branch else package.branch_id
    wanted = Wanted(beneficiary, service, on, sessions, therapist.pk if therapist else None, where)
    chosen = next((each for each in held if each.pk == package.pk), None)
    if chosen is None:
        raise NotCovered([eligibility.fit(wanted, package)])
    return use(
        eligibility.fit(wanted, chosen),
        wanted,
        visit_id=visit_id,
        by=by,
        key=key,
        kind=Kind.USED if sessions >= ONE else Kind.USED_PARTLY,
        therapist=therapist,
        minutes=minutes,
        reason=reason.strip(),
    )


@act
def deduct_partly(package: Package, *, reason: str, sessions: Decimal = HALF, **facts: Any) -> Entry:
    """Use up less than a visit counts, for a reason that is written down. Otherwise as `deduct`."""
    if not reason.strip():
        raise ReasonMissing
    return deduct(package, sessions=sessions, reason=reason, **facts)


@act
def use(
    fit: Fit,
    wanted: Wanted,
    *,
    visit_id: uuid.UUID,
    by: Staff | None,
    key: uuid.UUID,
    kind: Kind = Kind.USED,
    **attendance: Any,
) -> Entry:
    """Deduct by a fit whose package is locked already. Refuses a fit that does not cover.

    `kind` is used, used_partly, or no_show or late_cancel with their `clause`; the pack's validity may begin with it.
    """
    if not fit.covers or fit.line is None:
        raise NotCovered([fit])
    # A pack that was bought later is applied to an earlier visit (S34): it is used from the day it was there.
    on = max(wanted.on, fit.package.sold_on) if fit.package.sold_on > wanted.on else wanted.on
    _reinstate(fit.line, fit.sessions, wanted.on, by=by, key=key)
    entry = post(
        fit.line,
        kind,
        -fit.sessions,
        on=on,
        by=by,
        key=key,
        visit_id=visit_id,
        beneficiary=wanted.patient,
        branch_id=wanted.branch_id,
        held_on=wanted.on,
        **attendance,
    )
    if kind not in ABSENCES:
        validity.start(fit.package, by=by, key=key)
    return entry


def _reinstate(line: PackageLine, sessions: Decimal, on: date, *, by: Staff | None, key: uuid.UUID) -> None:
    """A visit of a valid day that is recorded after the expiry was posted: so much of it is taken back (S30)."""
    short = sessions - line.sessions_left
    if short <= 0:
        return
    expired = Entry.objects.filter(line=line, kind=Kind.EXPIRED).order_by("-number")[0]
    post(
        line,
        Kind.REINSTATED,
        short,
        on=max(on, expired.happened_on),
        by=by,
        key=uuid.uuid5(key, "reinstate"),
        reverses=expired,
        reason=_("The visit of %(day)s was recorded after the package had lapsed.") % {"day": day(on)},
        clause="validity",
    )


@act
def reverse(entry: Entry, *, on: date, by: Staff | None, key: uuid.UUID, reason: str) -> Entry:
    """Give back a deduction: a new line that points at the old one. The same key twice is the same reversal."""
    package = locked(entry.package)
    if done := done_before(key):
        return done
    reversal = _reverse(entry, package, on=on, by=by, key=key, reason=reason)
    if package.state == Package.State.REFUNDED:
        if reversal.sessions:  # a free pass that is taken back moves nothing
            _stays_refunded(reversal)
    elif entry.kind not in ABSENCES:
        validity.start(package, by=by, key=key)
    return reversal


def _reverse(
    entry: Entry, package: Package, *, on: date, by: Staff | None, key: uuid.UUID, reason: str
) -> Entry:
    if not reason.strip():
        raise ReasonMissing
    if package.state == Package.State.VOID:
        raise PackageClosed(package)
    if Entry.objects.filter(reverses=entry).exists():
        raise AlreadyReversed(entry)
    return post(
        entry.line,
        Kind.REVERSED,
        -entry.sessions,
        # What a late cancellation took is of the visit's day, which may be to come: nothing is back before it went.
        on=max(on, entry.happened_on),
        by=by,
        key=key,
        reverses=entry,
        reason=reason.strip(),
        **_attendance(entry),
    )


@act
def set_aside(entry: Entry, *, on: date, by: Staff | None, key: uuid.UUID, reason: str) -> Entry:
    """The patient disputes a deduction: until it is decided the session is neither used nor free, and still owed.

    The same key twice is the same line. `reverse` the new line to give the session back, `uphold` it to use it after
    all.
    """
    package = locked(entry.package)
    if done := done_before(key):
        return done
    if package.state in Package.CLOSED:
        raise PackageClosed(package)
    # Not `reverse`: a disputed first visit stays the first visit, and the validity is not counted anew (S32).
    back = _reverse(entry, package, on=on, by=by, key=uuid.uuid5(key, "reverse"), reason=reason)
    return post(
        entry.line,
        Kind.SET_ASIDE,
        entry.sessions,
        on=back.happened_on,
        by=by,
        key=key,
        reason=reason.strip(),
        clause=entry.clause,
        **_attendance(entry),
    )


@act
def uphold(
    aside: Entry,
    *,
    kind: Kind,
    on: date,
    by: Staff | None,
    key: uuid.UUID,
    reason: str,
    sessions: Decimal | None = None,
) -> Entry:
    """A disputed session was used after all: it is taken again as the `kind` it had, or so many `sessions` of it.

    The same key twice is the same line.
    """
    package = locked(aside.package)
    if done := done_before(key):
        return done
    if package.state in Package.CLOSED:
        raise PackageClosed(package)
    back = _reverse(aside, package, on=on, by=by, key=uuid.uuid5(key, "reverse"), reason=reason)
    return post(
        aside.line,
        kind,
        aside.sessions if sessions is None else -sessions,
        on=back.happened_on,
        by=by,
        key=key,
        reason=reason.strip(),
        clause=aside.clause,
        **_attendance(aside),
    )


def _attendance(entry: Entry) -> dict[str, Any]:
    names = ("visit_id", "beneficiary_id", "therapist_id", "branch_id", "minutes", "held_on")
    return {name: getattr(entry, name) for name in names}


def key_of_short(reversal: Entry) -> uuid.UUID:
    """The key of the Change that says what a refund was short of."""
    return uuid.uuid5(reversal.key, "refund short")


def _stays_refunded(reversal: Entry) -> None:
    """No session comes back to life on a refunded pack; what the refund was short of is written down (S42)."""
    facts: dict[str, Any] = {"happened_on": reversal.happened_on, "by": reversal.by}
    gone = Entry.objects.create(
        package_id=reversal.package_id,
        line_id=reversal.line_id,
        kind=Kind.REFUNDED,
        sessions=-reversal.sessions,
        reason=_("The package was refunded before; that refund was short of this session."),
        clause="refund",
        reverses=reversal,
        key=uuid.uuid5(reversal.key, "stays refunded"),
        **facts,
    )
    Change.objects.create(
        package_id=reversal.package_id,
        kind=ChangeKind.REFUND_SHORT,
        amount=refunds.worth_by_rule(reversal.package, gone),
        reason=gone.reason,
        clause="refund",
        key=key_of_short(reversal),
        **facts,
    )


@act
def lapse(package: Package, *, on: date) -> list[Entry]:
    """Post the expiry of what is left, dated the day after the last valid day. Doing it again does nothing."""
    package = locked(package)
    if package.valid_until is None or package.valid_until >= on or package.state not in Package.LAPSING:
        return []
    if memberships.is_carried(package):  # what is left moves along with the next month
        return []
    # What came back after the last day lapses on the day it came back, or the days between would be short.
    latest = Entry.objects.filter(package=package).aggregate(day=Max("happened_on"))["day"]
    gone = [
        Entry.objects.create(
            package_id=package.pk,
            line=line,
            kind=Kind.EXPIRED,
            sessions=-line.sessions_left,
            **expiry(
                line, valid_until=package.valid_until, entries_count=package.entries_count, not_before=latest
            ),
        )
        for line in lines_with_sessions(package)
    ]
    if gone:
        audit.record("lapse", package, by=None, after={"sessions": sum(entry.taken for entry in gone)})
        announce("lapse", gone)
    return gone


def expiry(
    line: PackageLine, *, valid_until: date, entries_count: int, not_before: date | None = None
) -> dict[str, Any]:
    """What an expiry says: its day, its clause, and the key by which it is posted once after so many entries."""
    return {
        "happened_on": max(valid_until + timedelta(days=1), not_before or date.min),
        "by": None,
        "key": uuid.uuid5(line.pk, f"lapse {entries_count}"),
        "clause": "validity",
    }


@act
def adjust(
    line: PackageLine, *, sessions: Decimal, on: date, by: Staff, key: uuid.UUID, reason: str
) -> Entry:
    """Add or take sessions by the owner's decision. Refuses without a reason, and more than is left."""
    access.require(by, "adjust_package")
    package = locked(line.package)
    if done := done_before(key):
        return done
    if not reason.strip():
        raise ReasonMissing
    if sessions == 0 or sessions % HALF:
        raise NotHalves
    limits.may_adjust(by, sessions)
    if package.state in Package.CLOSED:
        raise PackageClosed(package)
    line.refresh_from_db(fields=["sessions_left"])
    if line.sessions_left + sessions < 0:
        raise NotEnoughLeft(line.sessions_left)
    entry = post(line, Kind.ADJUSTED, sessions, on=on, by=by, key=key, reason=reason.strip())
    audit.record(
        "adjust_package",
        package,
        by=by,
        before={"sessions_left": package.sessions_left},
        after={"sessions_left": entry.balance_after, "reason": entry.reason},
    )
    announce("adjust_package", entry)
    return entry


@act
def open_with(
    lines: Iterable[tuple[PackageLine, Kind, Decimal]],
    *,
    on: date,
    by: Staff | None,
    key: uuid.UUID,
    reason: str = "",
) -> list[Entry]:
    """The first entries of a new package: sold and bonus sessions, or an opening balance."""
    return [
        post(line, kind, sessions, on=on, by=by, key=uuid.uuid5(key, f"line {line.position}"), reason=reason)
        for line, kind, sessions in lines
    ]


def locked(package: Package) -> Package:
    """The package as it is now, locked until the transaction ends. FOR NO KEY UPDATE: plain FOR UPDATE would
    deadlock with the foreign keys' own locks."""
    return Package.objects.select_for_update(no_key=True).get(pk=package.pk)


def post(line: PackageLine, kind: Kind, sessions: Decimal, **facts: Any) -> Entry:
    """Write a line of the passbook. For the verbs of this layer: the package is locked, what must be refused was."""
    facts["happened_on"] = facts.pop("on")
    return Entry.objects.create(package_id=line.package_id, line=line, kind=kind, sessions=sessions, **facts)


def done_before(key: uuid.UUID) -> Entry | None:
    """The line that an earlier act with this key wrote."""
    # Asked with the package locked: whoever came first with the same key has finished by then.
    return Entry.objects.filter(key=key).select_related("package", "line").first()


def lines_with_sessions(package: Package) -> list[PackageLine]:
    """The lines of the terms that have something left, in their order."""
    return list(PackageLine.objects.filter(package=package, sessions_left__gt=0).order_by("position"))
