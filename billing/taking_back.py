"""Money that was set against the wrong bill is taken off it, and is account credit again until it is asked for."""

from __future__ import annotations

import uuid
from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import gettext as _

from clinic import access, audit
from clinic.acts import act
from clinic.models import Staff
from clinic.templatetags.ui import money
from packages import ledger
from packages.models import Activation, Package

from .models import Allocation, BillLine, LineKind, Payment
from .payment_refusals import PaymentRefused, currency_of
from .payments import hold_payer

ZERO = Decimal(0)


class CannotTakeBack(PaymentRefused):
    """More than the payment pays for there, or money that a package stands open with."""


@act
def take_back(
    payment: Payment, line: BillLine, *, amount: Decimal, by: Staff | None, key: uuid.UUID, reason: str
) -> Allocation:
    """Take money of a payment off a line: a negative allocation with a reason, and account credit by name.

    The same key twice is the same money. Refuses more than it pays there, and to take off a package in use that its
    terms lock until it is paid in full.
    """
    access.require(by, "take_back")
    hold_payer(payment.patient_id, line.bill.patient_id)
    if before := Allocation.objects.filter(key=key).first():
        return before
    if not reason.strip():
        raise ledger.ReasonMissing
    _refuse_amount(payment, line, amount)
    _refuse_open_package(line)
    taken = Allocation.objects.create(
        payment=payment, line=line, amount=-amount, by=by, key=key, reason=reason.strip()
    )
    audit.record(
        "take_back", payment, by=by, after={"line": line.pk, "amount": -amount, "reason": taken.reason}
    )
    return taken


def pays_on(payment: Payment, line: BillLine) -> Decimal:
    """What a payment pays for a line now."""
    rows = Allocation.objects.filter(payment=payment, line=line)
    return rows.aggregate(sum=Sum("amount"))["sum"] or ZERO


def _refuse_amount(payment: Payment, line: BillLine, amount: Decimal) -> None:
    if amount <= 0:
        raise CannotTakeBack(_("What is taken back must be more than 0."))
    if amount > (there_is := pays_on(payment, line)):
        facts = {"amount": money(there_is, currency_of(line)), "bill": line.bill.name}
        raise CannotTakeBack(
            _("This payment pays %(amount)s of bill %(bill)s now. Take back no more than that.") % facts
        )


def _refuse_open_package(line: BillLine) -> None:
    if line.kind != LineKind.PACKAGE or line.package is None:
        return
    package = ledger.locked(line.package)
    if package.state == Package.State.ACTIVE and package.activation == Activation.PAID_IN_FULL:
        raise CannotTakeBack(
            _(
                "Package no. %(number)s is open because it was paid in full. Suspend it first, and take the money back"
                " then; or refund the package."
            )
            % {"number": package.number}
        )
