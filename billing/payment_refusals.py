"""Why money is not taken as it was written down: each one sentence with the way out."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from clinic.money import quantise
from clinic.refusals import Refused
from clinic.templatetags.ui import money
from clinic.ui import words

from .models import BillLine


class PaymentRefused(Refused):
    """The amounts do not fit; the sentence says which."""


class PartOfACoin(PaymentRefused):
    def __init__(self, amount: Decimal) -> None:
        super().__init__(_("There is no coin that small: %(amount)s.") % {"amount": amount})


class MoreThanPaid(PaymentRefused):
    """More is set against bills than there is."""

    def __init__(self, wanted: Decimal, there_is: Decimal, currency: str) -> None:
        facts = {"wanted": money(wanted, currency), "paid": money(there_is, currency)}
        super().__init__(
            _(
                "%(wanted)s is set against bills, and there is %(paid)s. Lower an amount, or write what was received."
            )
            % facts
        )


class NoLongerOwed(PaymentRefused):
    """Less is to be paid than the form says; somebody paid or credited it meanwhile."""

    def __init__(self, line: BillLine, amount: Decimal, *, since: str = "") -> None:
        self.line = line
        facts = {
            "bill": line.bill.name,
            "text": line.text,
            "owed": money(line.owed, currency_of(line)),  # type: ignore[attr-defined]
            "amount": money(amount, currency_of(line)),
        }
        said = _("%(bill)s, %(text)s: %(owed)s is to be paid on it now, not %(amount)s.") % facts
        super().__init__(f"{said} {since}".strip())


class ReceivedBeforeBill(PaymentRefused):
    def __init__(self, line: BillLine, on: date) -> None:
        facts = {
            "bill": line.bill.name,
            "issued": words.day(line.bill.issued_on),
            "day": words.day(on),
        }
        super().__init__(
            _(
                "Bill %(bill)s is of %(issued)s, after %(day)s. Leave its amount empty: the money becomes account"
                " credit of %(day)s, and is set against the bill on the patient’s account."
            )
            % facts
        )


def refuse_parts_of_coins(*amounts: Decimal, currency: str) -> None:
    """Amounts come in whole minor units of the clinic's currency."""
    for amount in amounts:
        if amount != quantise(amount, currency):
            raise PartOfACoin(amount)


def currency_of(line: BillLine) -> str:
    """The currency that the line's bill was printed in."""
    return str(line.bill.document["currency"])
