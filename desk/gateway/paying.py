"""What a patient can pay now, and how: on their own page and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from billing.gateways import accounts
from billing.models import BillLine, PaymentLink
from billing.payments import owed_lines
from clinic.models import Clinic, Patient
from clinic.refusals import Refused

from .upi_code import UpiCode, code_for

MOST_TRIES, WITHIN = 5, timedelta(hours=1)


@dataclass(frozen=True)
class Owed:
    """What is owed, its UPI code, and the link that is open for just that; whether one can be asked for."""

    lines: list[BillLine]
    code: UpiCode
    link: PaymentLink | None
    can_ask: bool

    @property
    def amount(self) -> Decimal:
        return self.code.amount


class TooManyTries(Refused):
    def __init__(self) -> None:
        super().__init__(_("This does not work at the moment. Please ask the clinic how to pay."))


def refuse_too_many(patient: Patient, at: datetime) -> None:
    """Whoever holds the link asks for a payment page, and not for one after the other."""
    asked = PaymentLink.objects.filter(patient=patient, by=None, created_at__gt=at - WITHIN)
    if asked.count() >= MOST_TRIES:
        raise TooManyTries


def owed_by(patient: Patient, *, clinic: Clinic) -> Owed:
    """As of now. A link for another amount than what is owed is not offered: it would pay too much or too little."""
    lines = owed_lines(patient)
    code = code_for(lines, clinic=clinic, else_note=_("Patient %(n)s") % {"n": patient.number})
    live = PaymentLink.objects.filter(
        patient=patient, state__in=PaymentLink.LIVE, cancel_wanted_at=None, amount=code.amount
    )
    is_on = bool(lines) and accounts.is_on()
    return Owed(lines, code, live.order_by("-created_at").first() if is_on else None, is_on)
