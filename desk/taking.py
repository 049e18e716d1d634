"""Money taken at the counter: what was received, what it pays for line by line, and the day that it came."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from billing import payments as money
from billing.models import Allocation, BillLine, Payment
from billing.payment_refusals import MoreThanPaid, PaymentRefused, ReceivedBeforeBill
from billing.payments import Tender
from billing.splitting import Split, spread
from clinic import access
from clinic.acts import act
from clinic.keys import hold, part
from clinic.models import Branch, Clinic, Patient, Staff
from clinic.ui import words

from . import checkout
from .day_close import last_of
from .models import DayClose

ZERO = Decimal(0)
LONGEST_AGO = 366  # days; an older date is a slip of the year


class DayIsClosed(PaymentRefused):
    """Money is not entered into a day whose cash was counted; the owner opens the day first."""

    def __init__(self, close: DayClose) -> None:
        self.close = close
        facts = {"day": words.day(close.day, "full"), "name": close.by or _("the program")}
        super().__init__(
            _(
                "%(day)s was closed by %(name)s. Ask the owner to open that day again, or enter the money as received"
                " today."
            )
            % facts
        )


class NothingReceived(PaymentRefused):
    def __init__(self) -> None:
        super().__init__(_("Write the amount that was received."))


@dataclass(frozen=True)
class Taken:
    """What came of it: the payments, and how much of them is account credit of who paid."""

    payments: list[Payment]
    over: Decimal

    @property
    def received(self) -> Decimal:
        return sum((payment.amount for payment in self.payments), ZERO)


@act
def take_money(
    patient: Patient,
    *,
    tenders: Sequence[Tender],
    split: Split,
    branch: Branch,
    clinic: Clinic,
    at: datetime,
    by: Staff | None,
    key: uuid.UUID,
    on: date | None = None,
    use_credit: bool = False,
    same_reference: bool = False,
) -> Taken:
    """Take what the patient pays, and set exactly `split` against lines: their own, or somebody else's.

    Account credit is used first where that is asked; what is over is account credit of who paid (S47). The same key
    twice is the same money. Refuses nothing received, more set against bills than there is, a line that is owed less
    by now, a day to come, before the bill, or closed, and a UPI reference entered before, unless it is confirmed.
    """
    access.require(by, "take_payment")
    hold(key)
    if done := _before(key, len(tenders)):
        return done
    money.hold_payer(patient.pk, *{line.bill.patient_id for line in split})
    on = on or clinic.day_of(at)
    _refuse_day(on, split, branch=branch, today=clinic.day_of(at), received=bool(tenders))
    money.refuse_parts_of_coins(*split.values(), currency=clinic.currency)
    from_credit = _from_credit(patient, split) if use_credit else {}
    _refuse_amounts(tenders, split, from_credit, clinic)
    if from_credit:
        checkout.apply_unapplied(
            patient, split=from_credit, on=clinic.day_of(at), by=by, key=part(key, "credit")
        )
    rest = {line: amount - from_credit.get(line, ZERO) for line, amount in split.items()}
    facts: dict[str, Any] = {"branch": branch, "clinic": clinic, "at": at, "by": by, "key": key, "on": on}
    facts["same_reference"] = same_reference
    still = {line: amount for line, amount in rest.items() if amount}
    return _taken(checkout.take_payment(patient, tenders=tenders, split=still, **facts))


def _before(key: uuid.UUID, tenders: int) -> Taken | None:
    """What an earlier act with this key answered."""
    payments = checkout.taken_before(key, tenders)
    used = Allocation.objects.filter(key=part(part(key, "credit"), "apply"))
    return _taken(payments) if payments or used.exists() else None


def _taken(payments: list[Payment]) -> Taken:
    left = money.with_left().filter(pk__in=[payment.pk for payment in payments])
    return Taken(payments, sum((payment.left for payment in left), ZERO))


def _from_credit(patient: Patient, split: Split) -> dict[BillLine, Decimal]:
    """How much of each line the account credit pays: it goes first, line by line."""
    credit = sum((left for _, left in money.unapplied_of(patient)), ZERO)
    return spread(credit, split)


def _refuse_amounts(tenders: Sequence[Tender], split: Split, from_credit: Split, clinic: Clinic) -> None:
    """What is received and used must reach as far as what is set against bills."""
    if not tenders and not from_credit:
        raise NothingReceived
    there_is = sum((tender.amount for tender in tenders), ZERO) + sum(from_credit.values(), ZERO)
    if (wanted := sum(split.values(), ZERO)) > there_is:
        raise MoreThanPaid(wanted, there_is, clinic.currency)


def _refuse_day(on: date, split: Split, *, branch: Branch, today: date, received: bool) -> None:
    """A day to come is refused where the payment is written (billing.payments)."""
    if not received or on >= today:
        return
    if (today - on).days > LONGEST_AGO:
        raise PaymentRefused(
            _("%(day)s is more than a year ago. Look at the year again.") % {"day": words.day(on)}
        )
    for line in split:
        if line.bill.issued_on > on:
            raise ReceivedBeforeBill(line, on)
    # Whoever closes that day meanwhile waits for us, and counts this money.
    if (last := last_of(on, branch, lock=True)) and last.is_closed:
        raise DayIsClosed(last)
