"""A bill was wrong, whole or in part: a credit note by line. The bill keeps its number and its text (S13).

No session moves by it (S43). What sold a package is taken back with the package, and a fee with the absence.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from clinic import access
from clinic.acts import act
from clinic.models import Clinic, Staff
from clinic.money import quantise
from clinic.refusals import Refused
from packages.ledger import ReasonMissing

from .credits import note_line, paid_on, record_note, release, standing
from .issuing import issue_bill
from .models import CHARGING, Bill, BillKind, BillLine, LineKind
from .payments import hold_payer

ZERO = Decimal(0)
# These go back by themselves: nothing else hangs on them.
BY_ITSELF = frozenset({LineKind.VISIT, LineKind.GOODS, LineKind.RETURNED})


class NothingToTakeBack(Refused):
    def __init__(self) -> None:
        super().__init__(_("Nothing of this bill is left to take back."))


class NotByItself(Refused):
    def __init__(self, line: BillLine) -> None:
        if line.kind == LineKind.PACKAGE:
            sentence = _(
                "%(line)s is a package: refund or void the package, and its bill is credited with it."
            )
        else:
            sentence = _("%(line)s is a fee: let it off at the visit, and its bill is credited with it.")
        super().__init__(sentence % {"line": line.text})


class MoreThanStands(Refused):
    def __init__(self, line: BillLine) -> None:
        super().__init__(_("Of %(line)s less than that is left to take back.") % {"line": line.text})


@act
def credit_lines(
    bill: Bill,
    amounts: Mapping[uuid.UUID, Decimal],
    *,
    clinic: Clinic,
    at: datetime,
    by: Staff | None,
    key: uuid.UUID,
    reason: str,
) -> Bill:
    """Take back so much of these lines of a bill; what paid for it becomes account credit, by name.

    The same key twice is the same note. Refuses to take back nothing, more than stands, a package, a fee, and without a
    reason.
    """
    access.require(by, "void_bill")
    hold_payer(*_payers(bill))
    if note := Bill.objects.filter(key=key).first():
        return note
    if not reason.strip():
        raise ReasonMissing
    wanted = [(line, amounts[line.pk]) for line in _lines(bill) if amounts.get(line.pk)]
    if not wanted or bill.kind not in CHARGING:
        raise NothingToTakeBack
    for line, amount in wanted:
        _refuse(line, amount, clinic)
        release(line, keep=standing(line) - amount, by=by)
    note = issue_bill(
        bill.patient,
        kind=BillKind.CREDIT_NOTE,
        lines=[note_line(line, amount, clinic=clinic) for line, amount in wanted],
        branch=bill.branch,
        clinic=clinic,
        at=at,
        by=by,
        key=key,
        corrects=bill,
        reason=reason.strip(),
        is_new=True,
    )
    record_note(note, bill, by=by)
    return note


@act
def void_bill(
    bill: Bill, *, clinic: Clinic, at: datetime, by: Staff | None, key: uuid.UUID, reason: str
) -> Bill:
    """Take back all that stands of a bill, with a note over the whole. Refuses as credit_lines does."""
    amounts = {line.pk: standing(line) for line in _lines(bill)}
    return credit_lines(bill, amounts, clinic=clinic, at=at, by=by, key=key, reason=reason)


def _lines(bill: Bill) -> list[BillLine]:
    return list(bill.lines.filter(credits__isnull=True).order_by("position"))


def _payers(bill: Bill) -> list[uuid.UUID]:
    paid = {payment.patient_id for line in _lines(bill) for payment, _amount in paid_on(line)}
    return sorted({bill.patient_id, *paid})


def _refuse(line: BillLine, amount: Decimal, clinic: Clinic) -> None:
    if line.kind not in BY_ITSELF:
        raise NotByItself(line)
    if not ZERO < amount <= standing(line) or amount != quantise(amount, clinic.currency):
        raise MoreThanStands(line)
