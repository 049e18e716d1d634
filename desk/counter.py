"""Several things on one bill (S48): a package, a visit that is paid singly, goods; each with its discount."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from billing import payments as money
from billing import services as billing
from billing.lines import goods_line, package_line, take_off, visit_lines
from billing.models import Bill, BillKind, BillLine, Good, LineKind, Payment
from billing.payments import Tender
from clinic.acts import act
from clinic.keys import hold, part
from clinic.models import Branch, Clinic, Patient, Staff
from clinic.money import places, quantise, split
from clinic.refusals import Refused
from packages import nudges
from packages import services as packages
from packages.models import Package, Plan
from visits import services as visits
from visits.models import Visit

from . import receipts
from .checkout import taken, taken_before

ZERO = Decimal(0)


class NothingToBill(Refused):
    def __init__(self) -> None:
        super().__init__(_("Choose what is billed: a visit, a package, or goods."))


class DiscountTooLarge(Refused):
    def __init__(self, what: str) -> None:
        super().__init__(_("The discount on %(what)s is more than it costs.") % {"what": what})


class DiscountNeedsReason(Refused):
    def __init__(self, what: str) -> None:
        super().__init__(
            _("Write why there is a discount on %(what)s. It stands on the bill.") % {"what": what}
        )


class NoSuchQuantity(Refused):
    def __init__(self, good: Good) -> None:
        super().__init__(_("Of %(good)s, a whole number from 1 to 999 can be billed.") % {"good": good})


class NotOnSale(Refused):
    def __init__(self, good: Good) -> None:
        super().__init__(_("%(good)s is no longer on sale.") % {"good": good})


@dataclass(frozen=True)
class Off:
    """A discount in the currency, and why."""

    amount: Decimal = ZERO
    reason: str = ""


NONE = Off()


@dataclass(frozen=True)
class Goods:
    """So many of something. The discount is off the whole row, as the price stands on the list."""

    good: Good
    quantity: int = 1
    off: Off = NONE


@dataclass(frozen=True)
class Wanted:
    """What is to stand on the bill. A visit is one of today's that is paid singly."""

    visit: Visit | None = None
    visit_off: Off = NONE
    plan: Plan | None = None
    plan_off: Off = NONE
    shown: str | None = None  # the fingerprint of the plan's terms that the patient saw
    goods: Sequence[Goods] = ()
    off: Off = NONE  # on the whole bill


@dataclass(frozen=True)
class Billed:
    """The bill, and what came with it."""

    bill: Bill
    package: Package | None = None
    payments: list[Payment] = field(default_factory=list)


def amounts_of(wanted: Wanted, clinic: Clinic) -> list[tuple[str, Decimal]]:
    """What each line comes to, tax included, after its own discount and before that on the whole bill.

    Refuses as bill_together does; writes nothing.
    """
    rows = list(_rows(wanted, clinic))
    if not rows:
        raise NothingToBill
    whole = _("the whole bill")
    _refuse_off(wanted.off, sum((amount for _name, amount in rows), ZERO), whole, clinic)
    return rows


@act
def bill_together(
    patient: Patient,
    wanted: Wanted,
    *,
    tenders: Sequence[Tender] = (),
    same_reference: bool = False,
    branch: Branch,
    clinic: Clinic,
    at: datetime,
    by: Staff | None,
    key: uuid.UUID,
) -> Billed:
    """One bill for all of it: the visit completed, the package opened, the goods handed over, the money taken.

    A discount on the whole bill is divided over its lines by what they cost, so that each keeps its own tax and the
    package its own price. All or nothing; the same key twice is the same bill. Refuses an empty bill, a discount
    without a reason or beyond the price, goods that are not on sale, and what its parts refuse.
    """
    hold(key)
    if bill := Bill.objects.filter(key=part(key, "bill")).first():
        return Billed(
            bill, Package.objects.filter(key=part(key, "package")).first(), taken_before(key, len(tenders))
        )
    rows = amounts_of(wanted, clinic)
    money.hold_payer(patient.pk)
    visit = visits.locked(wanted.visit) if wanted.visit else None
    if visit:
        visit = visits.settle(
            visit, clinic=clinic, at=at, by=by, key=part(key, "visit"), how=Visit.Settlement.CHARGE
        )
    parts = _parts(wanted.off, rows, clinic)
    package = _opened(patient, wanted, branch=branch, clinic=clinic, at=at, by=by, key=key)
    lines = _lines(wanted, visit, package, parts, clinic)
    payments = taken(
        patient, tenders, branch, clinic=clinic, at=at, by=by, key=key, same_reference=same_reference
    )
    bill = billing.issue_bill(
        patient,
        kind=BillKind.BILL,
        lines=lines,
        branch=branch,
        clinic=clinic,
        at=at,
        by=by,
        key=part(key, "bill"),
        visit=visit,
        package=package,
        payments=payments,
        more=_bill_discount(wanted.off, clinic),
    )
    money.allocate(payments, lines, by=by)
    receipts.queue_receipt(bill, clinic=clinic)
    if package:
        nudges.withdraw(patient.pk)
        package.refresh_from_db()
    return Billed(bill, package, payments)


def plan_price(wanted: Wanted, clinic: Clinic) -> Decimal | None:
    """What the package will cost, after its own discount and its part of the one on the whole bill; None without one.

    Refuses as bill_together does.
    """
    if wanted.plan is None:
        return None
    parts = _parts(wanted.off, amounts_of(wanted, clinic), clinic)
    return wanted.plan.price - wanted.plan_off.amount - parts[1 if wanted.visit else 0]


def _rows(wanted: Wanted, clinic: Clinic) -> Iterator[tuple[str, Decimal]]:
    digits = places(clinic.currency)
    if visit := wanted.visit:
        cost = visit.service.to_pay(digits)
        _refuse_off(wanted.visit_off, cost, visit.service.name, clinic)
        yield visit.service.name, cost - wanted.visit_off.amount
    if plan := wanted.plan:
        _refuse_off(wanted.plan_off, plan.price, plan.name, clinic)
        yield plan.name, plan.price - wanted.plan_off.amount
    for row in wanted.goods:
        if not row.good.is_active:
            raise NotOnSale(row.good)
        if not 1 <= row.quantity <= 999:
            raise NoSuchQuantity(row.good)
        _refuse_off(row.off, row.good.price * row.quantity, row.good.name, clinic)
        yield row.good.name, _goods_line(row, clinic).amount


def _refuse_off(off: Off, cost: Decimal, what: str, clinic: Clinic) -> None:
    if not 0 <= off.amount <= cost or off.amount != quantise(off.amount, clinic.currency):
        raise DiscountTooLarge(what)
    if off.amount and not off.reason.strip():
        raise DiscountNeedsReason(what)


def _parts(off: Off, rows: Sequence[tuple[str, Decimal]], clinic: Clinic) -> list[Decimal]:
    """The discount on the whole bill, divided over its lines; the parts add up to it."""
    amounts = [amount for _name, amount in rows]
    return split(off.amount, amounts, places(clinic.currency)) if off.amount else [ZERO] * len(rows)


def _opened(
    patient: Patient,
    wanted: Wanted,
    *,
    branch: Branch,
    clinic: Clinic,
    at: datetime,
    by: Staff | None,
    key: uuid.UUID,
) -> Package | None:
    if wanted.plan is None:
        return None
    return packages.open_package(
        patient,
        plan=wanted.plan,
        branch=branch,
        clinic=clinic,
        on=clinic.day_of(at),
        by=by,
        key=part(key, "package"),
        price=plan_price(wanted, clinic),
        shown=wanted.shown,
    )


def _lines(
    wanted: Wanted, visit: Visit | None, package: Package | None, parts: Sequence[Decimal], clinic: Clinic
) -> list[BillLine]:
    lines: list[BillLine] = []
    if visit:
        lines += visit_lines(visit, clinic=clinic)
        take_off(lines[0], wanted.visit_off.amount, reason=wanted.visit_off.reason, clinic=clinic)
    if package:
        lines.append(package_line(package, discount_reason=wanted.plan_off.reason))
    lines += [_goods_line(row, clinic) for row in wanted.goods]
    for line, its_part in zip(lines, parts, strict=True):
        if line.kind != LineKind.PACKAGE:  # whose price is set at its opening
            take_off(line, its_part, reason="", clinic=clinic)
    return lines


def _goods_line(row: Goods, clinic: Clinic) -> BillLine:
    return goods_line(
        row.good,
        quantity=row.quantity,
        discount=row.off.amount,
        discount_reason=row.off.reason,
        clinic=clinic,
    )


def _bill_discount(off: Off, clinic: Clinic) -> dict[str, object]:
    if not off.amount:
        return {}
    return {
        "bill_discount": {"amount": str(quantise(off.amount, clinic.currency)), "reason": off.reason.strip()}
    }
