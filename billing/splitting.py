"""Money set against lines by name: each line gets the amount that was said, or nothing is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from clinic.templatetags.ui import money
from clinic.ui import words

from .models import Allocation, BillLine
from .payment_refusals import MoreThanPaid, NoLongerOwed, PaymentRefused, currency_of

ZERO = Decimal(0)
Split = Mapping[BillLine, Decimal]


def spread(amount: Decimal, owed: Split) -> dict[BillLine, Decimal]:
    """The amount over what is owed, in the order of the lines, each as far as it goes; what is over is left out."""
    shares = {}
    for line, still in owed.items():
        share = max(min(still, amount), ZERO)
        amount -= share
        if share:
            shares[line] = share
    return shares


def wanted(split: Split, lines: Sequence[BillLine], free: Decimal) -> dict[UUID, Decimal]:
    """How much each line gets, of a split that fits `lines` as they are now and the money that is free.

    Refuses an amount that is not positive, more than a line is owed (NoLongerOwed) and more than is free
    (MoreThanPaid).
    """
    amounts = {line.pk: amount for line, amount in split.items()}
    if any(amount <= 0 for amount in amounts.values()):
        raise PaymentRefused(_("An amount set against a bill must be more than 0."))
    for line in lines:
        if amounts[line.pk] > line.owed:  # type: ignore[attr-defined]
            raise NoLongerOwed(line, amounts[line.pk], since=_what_changed(line))
    total = sum(amounts.values(), ZERO)
    if total > free:
        raise MoreThanPaid(total, free, currency_of(lines[0]))
    return amounts


def _what_changed(line: BillLine) -> str:
    """Who paid or credited it last, and when: "1,000 was set against it by Ravi at 10:31 on 5 Nov"."""
    credit = BillLine.objects.filter(credits=line).select_related("bill__by").order_by("-bill__issued_at")
    paid = Allocation.objects.filter(line=line).select_related("by").order_by("-recorded_at").first()
    if paid:
        said = _("%(amount)s was set against it by %(name)s at %(time)s on %(day)s.")
        return said % _when(paid.recorded_at, line, paid.by, paid.amount)
    if note := credit.first():
        said = _("%(amount)s of it was credited by %(name)s at %(time)s on %(day)s.")
        return said % _when(note.bill.issued_at, line, note.bill.by, -note.amount)
    return ""


def _when(moment: datetime, line: BillLine, by: object, amount: Decimal) -> dict[str, object]:
    local = moment.astimezone(ZoneInfo(line.bill.document["time_zone"]))
    return {
        "amount": money(amount, currency_of(line)),
        "name": by or _("the program"),
        "time": f"{local:%H:%M}",
        "day": words.day(local.date(), "short"),
    }
