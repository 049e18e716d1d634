"""The lines of a bill: for a visit, for one that did not take place, for a package, for goods; and those that take them
back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from clinic.models import Clinic
from clinic.money import included_tax, places, rounded, split
from clinic.ui import words
from packages.models import Package
from visits.models import Visit

from .models import BillLine, Good, LineKind, Payment

ZERO, HUNDRED = Decimal(0), Decimal(100)


def visit_lines(visit: Visit, *, clinic: Clinic) -> list[BillLine]:
    """What a completed visit puts on its bill: the session, and what is to be paid beside it; or a charge; or nothing
    with its reason."""
    if visit.settlement == Visit.Settlement.FREE:
        return [_nothing(visit, LineKind.FREE)]
    if visit.settlement != Visit.Settlement.PACKAGE:
        return [_charge(visit, visit.service.to_pay(places(clinic.currency)), clinic)]
    covered = _nothing(visit, LineKind.COVERED)
    covered.package = visit.package
    return [covered, _charge(visit, visit.charge, clinic)] if visit.charge else [covered]


def fee_line(visit: Visit, *, clinic: Clinic) -> BillLine:
    """The fee of a visit that did not take place (S49); it is asked for by the terms of the visit's package."""
    return BillLine(kind=LineKind.FEE, package=visit.package, **_of_visit(visit, visit.charge, clinic))


def package_line(package: Package, *, discount_reason: str = "") -> BillLine:
    """The line that sells a package: the plan's price, the discount, and what is to be paid.

    The price of a plan includes the tax of its services.
    """
    tax = _package_tax(package)
    return BillLine(
        kind=LineKind.PACKAGE,
        text=package.name,
        unit_price=package.list_price,
        discount=package.list_price - package.asked_price,
        discount_reason=discount_reason,
        amount=package.asked_price,
        tax=tax,
        tax_percent=rounded(tax * HUNDRED / (package.asked_price - tax), 2) if tax else ZERO,
        package=package,
    )


def goods_line(
    good: Good, *, quantity: int, clinic: Clinic, discount: Decimal = ZERO, discount_reason: str = ""
) -> BillLine:
    """Goods over the counter. The discount is off the price as it stands on the list, with or without its tax."""
    digits, priced = places(clinic.currency), good.price * quantity - discount
    added = rounded(priced * good.tax_percent / HUNDRED, digits)
    return BillLine(
        kind=LineKind.GOODS,
        text=good.name,
        good=good,
        quantity=Decimal(quantity),
        unit_price=good.price,
        discount=discount,
        discount_reason=discount_reason,
        tax_percent=good.tax_percent,
        tax_is_added=good.tax_is_added,
        tax=added if good.tax_is_added else included_tax(priced, good.tax_percent, digits),
        amount=priced + added if good.tax_is_added else priced,
    )


def take_off(line: BillLine, amount: Decimal, *, reason: str, clinic: Clinic) -> None:
    """Let a line cost so much less, tax included: its part of a discount on the whole bill."""
    if not amount:
        return
    left = line.amount - amount
    tax = included_tax(left, line.tax_percent, places(clinic.currency))
    # Where the tax comes on top, the discount is off the price without it.
    line.discount += amount - (line.tax - tax if line.tax_is_added else ZERO)
    line.amount, line.tax = left, tax
    line.discount_reason = "; ".join(filter(None, (line.discount_reason, reason)))


def returned_line(payment: Payment, amount: Decimal) -> BillLine:
    """What was handed back out of a payment that did not come in: the patient owes it."""
    facts = {"method": payment.get_method_display(), "day": words.day(payment.received_on)}
    text = _("Money handed back out of a payment that bounced (%(method)s, %(day)s)") % facts
    return BillLine(kind=LineKind.RETURNED, text=text, unit_price=amount, amount=amount)


def credit_line(line: BillLine, amount: Decimal, *, before: Decimal, clinic: Clinic) -> BillLine:
    """The line of a credit note that takes back so much of a line, of which `before` was taken back already.

    Its tax is the share of all that was taken back less the share of what was taken before, so the parts add up.
    """
    digits = places(clinic.currency)
    shares = [rounded(line.tax * part / line.amount, digits) for part in (before + amount, before)]
    return BillLine(
        kind=line.kind,
        text=line.text,
        unit_price=-amount,
        tax_percent=line.tax_percent,
        tax=shares[1] - shares[0],
        amount=-amount,
        package_id=line.package_id,
        visit_id=line.visit_id,
        service_id=line.service_id,
        good_id=line.good_id,
        credits=line,
    )


def _nothing(visit: Visit, kind: LineKind) -> BillLine:
    return BillLine(
        kind=kind, text=visit.service.name, visit=visit, service=visit.service, unit_price=ZERO, amount=ZERO
    )


def _charge(visit: Visit, amount: Decimal, clinic: Clinic) -> BillLine:
    return BillLine(kind=LineKind.VISIT, **_of_visit(visit, amount, clinic))


def _of_visit(visit: Visit, amount: Decimal, clinic: Clinic) -> dict[str, Any]:
    """What is charged for a visit: the amount includes the tax, however the price is written."""
    service = visit.service
    tax = included_tax(amount, service.tax_percent, places(clinic.currency))
    return {
        "text": service.name,
        "visit": visit,
        "service": service,
        "unit_price": amount - tax if service.tax_is_added else amount,
        "amount": amount,
        "tax_percent": service.tax_percent,
        "tax_is_added": service.tax_is_added,
        "tax": tax,
    }


def _package_tax(package: Package) -> Decimal:
    """The tax in a package's price: each line's part of the price, by what its sessions cost singly, at its rate."""
    lines = list(package.lines.filter(is_bonus=False).select_related("service").order_by("position"))
    if not any(line.service.tax_percent for line in lines):
        return ZERO
    weights = [line.sessions * line.service.to_pay(package.places) or line.sessions for line in lines]
    parts = zip(lines, split(package.asked_price, weights, package.places), strict=True)
    return sum((included_tax(part, line.service.tax_percent, package.places) for line, part in parts), ZERO)
