"""A package was sold by mistake: the sale is taken back whole; its bill keeps its number (S54)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from billing import payments as money
from billing import services as billing
from billing.credits import release, sale_line, standing
from billing.models import Allocation, Bill, BillLine
from clinic.acts import act
from clinic.keys import part
from clinic.models import Clinic, Staff
from packages import ledger
from packages import standing as packages
from packages.models import Change, Package
from packages.standing import CannotVoid

from . import receipts
from .refunds import payers_of

ZERO = Decimal(0)


@dataclass(frozen=True)
class Voided:
    """A sale that was taken back: the note over the whole, and the money that is account credit now."""

    change: Change
    note: Bill | None
    credit: Decimal


@act
def void_sale(
    package: Package, *, clinic: Clinic, at: datetime, by: Staff | None, key: uuid.UUID, reason: str
) -> Voided:
    """Take back the sale of a package of which nothing was used. What was paid becomes account credit, by name.

    The same key twice is the same answer. Refuses as packages.standing.void does when sessions were used or moved, and
    packages that came by a transfer or with money of before go-live.
    """
    money.hold_payer(package.patient_id, *payers_of(package))
    package = ledger.locked(package)
    if change := Change.objects.filter(key=part(key, "void")).first():
        return _answer(change, key)
    _refuse_unsold(package)
    line = sale_line(package)
    if line:
        # Before the package is void, and the note last: a bill's number is locked until the transaction ends.
        release(line, keep=ZERO, by=by)
    change = packages.void(package, on=clinic.day_of(at), by=by, key=part(key, "void"), reason=reason)
    if line and (whole := standing(line)):
        note = billing.credit_sale(
            package, amount=whole, clinic=clinic, at=at, by=by, key=part(key, "note"), reason=change.reason
        )
        receipts.queue_correction(note, clinic=clinic)
    return _answer(change, key)


def _refuse_unsold(package: Package) -> None:
    if package.moved_from_id:
        raise CannotVoid(_("This package came by a transfer. Undo the transfer instead."))
    if package.paid_before:
        raise CannotVoid(
            _("Money was received for this package before it was brought in. Make a refund instead.")
        )


def _answer(change: Change, key: uuid.UUID) -> Voided:
    note = Bill.objects.filter(key=part(key, "note")).first()
    line = sale_line(change.package)
    return Voided(change, note, _set_free(line) if line else ZERO)


def _set_free(line: BillLine) -> Decimal:
    """What the note took off the line and is the patient's; money that bounced is nobody's."""
    taken = Allocation.objects.filter(line=line, amount__lt=0, reason="", payment__bounces__isnull=True)
    total: Decimal = taken.aggregate(sum=Coalesce(Sum("amount"), ZERO))["sum"]
    return -total
