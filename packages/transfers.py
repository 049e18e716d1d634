"""Sessions that move to another patient: they and their value leave one package and open another (S53)."""

from __future__ import annotations

import uuid
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from clinic import access, audit
from clinic.acts import act
from clinic.counters import next_number
from clinic.models import Patient, Relation, Staff
from clinic.refusals import Refused

from . import ledger, nudges, validity
from .announcing import announce
from .models import Entry, Kind, Package, PackageAlternative, PackageLine, RefundRule, Start, TransferRule
from .models.terms import Terms
from .refunds import UnderDispute, list_rate

HALF = Decimal("0.5")


class TransferNotAllowed(Refused):
    """The terms, or what is paid, do not let sessions move."""


class TransferUsed(Refused):
    def __init__(self) -> None:
        super().__init__(_("Sessions of the transfer were used or moved on: it cannot be undone any more."))


class NoTransfer(Refused):
    def __init__(self) -> None:
        super().__init__(_("This package did not come from a transfer."))


@act
def transfer(
    package: Package,
    *,
    sessions: Decimal,
    to: Patient,
    on: date,
    by: Staff | None,
    key: uuid.UUID,
    reason: str,
    line: PackageLine | None = None,
) -> Package:
    """Move sessions with their value to a new package of another patient, by the same terms and to the same day.

    From the line named, or the first that has enough. Both passbooks refer to each other. The same key twice is
    the same transfer. Refuses by the transfer rule, before all is paid, and more than is left.
    """
    access.require(by, "transfer_package")
    package = ledger.locked(package)
    if made := Package.objects.filter(key=key).first():
        return made
    _refuse(package, sessions, to, on, reason)
    line = _line_with(package, sessions, line)
    out = ledger.post(
        line,
        Kind.TRANSFERRED_OUT,
        -sessions,
        on=on,
        by=by,
        key=uuid.uuid5(key, "out"),
        beneficiary=to,
        reason=reason.strip(),
        clause="transfer",
    )
    made = _open(package, line, to, sessions, -out.value, on=on, by=by, key=key)
    (its_line,) = made.lines.all()
    ledger.post(
        its_line,
        Kind.TRANSFERRED_IN,
        sessions,
        on=on,
        by=by,
        key=uuid.uuid5(key, "in"),
        beneficiary=package.patient,
        reason=reason.strip(),
        clause="transfer",
    )
    nudges.withdraw_of(package)  # what they say of the number left is no longer so
    facts = {"sessions": sessions, "to": made.number, "value": -out.value, "reason": reason.strip()}
    audit.record("transfer_package", package, by=by, after=facts)
    made.refresh_from_db()
    announce("transfer_package", made)
    return made


@act
def undo_transfer(made: Package, *, on: date, by: Staff | None, key: uuid.UUID, reason: str) -> Entry:
    """Give transferred sessions back to the package they came from, while none of them was used.

    Returns the line of that package. The same key twice is the same undoing.
    """
    access.require(by, "transfer_package")
    if made.moved_from_id is None or made.membership_id is not None:
        raise NoTransfer
    # In the order of their numbers, so that two who undo and transfer at once wait for each other.
    held = Package.objects.filter(pk__in=[made.pk, made.moved_from_id]).order_by("number")
    locked = {package.pk: package for package in held.select_for_update(no_key=True)}
    if done := ledger.done_before(key):
        return done
    made, source = locked[made.pk], locked[made.moved_from_id]
    came = Entry.objects.select_related("line").get(package=made, key=uuid.uuid5(made.key, "in"))
    went = Entry.objects.select_related("line").get(package=source, key=uuid.uuid5(made.key, "out"))
    if not reason.strip():
        raise ledger.ReasonMissing
    if made.sessions_left != came.sessions:
        raise TransferUsed
    if source.state in Package.CLOSED:
        raise ledger.PackageClosed(source)
    facts = {"on": on, "by": by, "reason": reason.strip(), "clause": "transfer"}
    ledger.post(
        came.line,
        Kind.TRANSFERRED_OUT,
        -came.sessions,
        key=uuid.uuid5(key, "back"),
        reverses=came,
        beneficiary=source.patient,
        **facts,
    )
    back = ledger.post(
        went.line,
        Kind.TRANSFERRED_IN,
        came.sessions,
        key=key,
        reverses=went,
        beneficiary=made.patient,
        **facts,
    )
    audit.record("undo_transfer", source, by=by, after={"from": made.number, "sessions": came.sessions})
    announce("undo_transfer", made)
    return back


def _refuse(package: Package, sessions: Decimal, to: Patient, on: date, reason: str) -> None:
    if not reason.strip():
        raise ledger.ReasonMissing
    if sessions <= 0 or sessions % HALF:
        raise ledger.NotHalves
    if package.state != Package.State.ACTIVE:
        raise TransferNotAllowed(
            _("The package is %(state)s; nothing can be transferred from it.")
            % {"state": package.get_state_display()}
        )
    if package.set_aside:
        raise UnderDispute
    if package.has_lapsed_on(on):
        raise validity.HasLapsed(package)
    if not package.is_paid:
        raise TransferNotAllowed(
            _("The package is not paid in full: its sessions cannot be transferred yet.")
        )
    if to.pk == package.patient_id:
        raise TransferNotAllowed(_("The sessions belong to this patient already."))
    if package.transfer_rule == TransferRule.NOBODY:
        raise TransferNotAllowed(_("By its terms sessions of this package cannot be transferred."))
    if package.transfer_rule == TransferRule.NAMED and not _is_named(package, to, on):
        raise TransferNotAllowed(
            _("By its terms sessions may be transferred to people the patient has named only.")
        )


def _is_named(package: Package, to: Patient, on: date) -> bool:
    named = Relation.objects.filter(owner=package.patient_id, person=to)
    return any(relation.holds_on(on) for relation in named)


def _line_with(package: Package, sessions: Decimal, wish: PackageLine | None) -> PackageLine:
    lines = sorted(ledger.lines_with_sessions(package), key=lambda each: (each.is_bonus, each.position))
    if wish is not None:
        lines = [line for line in lines if line.pk == wish.pk]
    for line in lines:
        if line.sessions_left >= sessions:
            return line
    raise ledger.NotEnoughLeft(max((line.sessions_left for line in lines), default=Decimal(0)))


def _open(
    package: Package,
    line: PackageLine,
    to: Patient,
    sessions: Decimal,
    value: Decimal,
    *,
    on: date,
    by: Staff | None,
    key: uuid.UUID,
) -> Package:
    terms = {name: getattr(package, name) for name in Terms.term_names()}
    # Passes go with the pack they were used on; a transfer does not make new ones.
    terms |= {"price": value, "free_passes": 0, "renews_monthly": False}
    if package.refund_rule == RefundRule.LIST_RATE:  # of the sale, and not of what moved
        terms["list_rate"] = list_rate(package)
    if validity.first_use(package):  # its days are counted already
        terms["validity_start"] = Start.SALE
    made = Package.objects.create(
        number=next_number("package"),
        patient=to,
        plan=package.plan,
        branch=package.branch,
        list_price=value,
        sold_on=on,
        valid_from=on,
        valid_until=package.valid_until,
        places=package.places,
        moved_in=value,
        moved_from=package,
        sold_by=by,
        key=key,
        **terms,
    )
    its_line = PackageLine.objects.create(
        package=made, position=1, service=line.service, sessions=sessions, is_bonus=line.is_bonus
    )
    PackageAlternative.objects.bulk_create(
        PackageAlternative(
            line=its_line, service_id=other.service_id, sessions=other.sessions, surcharge=other.surcharge
        )
        for other in line.alternatives.all()
    )
    return made
