"""The lines of a bill: for a visit, for one that did not take place, for a package; and those that take them back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from clinic.models import Clinic
from clinic.money import quantise
from packages.models import Package
from visits.models import Visit

from .document import included_tax
from .models import BillLine, LineKind

ZERO = Decimal(0)


def visit_lines(visit: Visit, *, clinic: Clinic) -> list[BillLine]:
    """What a completed visit puts on its bill: the session, and what is to be paid beside it; or a charge; or nothing
    with its reason."""
    if visit.settlement == Visit.Settlement.FREE:
        return [_nothing(visit, LineKind.FREE)]
    if visit.settlement != Visit.Settlement.PACKAGE:
        return [_charge(visit, visit.service.price, clinic)]
    covered = _nothing(visit, LineKind.COVERED)
    covered.package = visit.package
    return [covered, _charge(visit, visit.charge, clinic)] if visit.charge else [covered]


def fee_line(visit: Visit, *, clinic: Clinic) -> BillLine:
    """The fee of a visit that did not take place (S49); it is asked for by the terms of the visit's package."""
    return BillLine(kind=LineKind.FEE, package=visit.package, **_money(visit, visit.charge, clinic))


def package_line(package: Package) -> BillLine:
    """The line that sells a package: the plan's price, the discount, and what is to be paid."""
    return BillLine(
        kind=LineKind.PACKAGE,
        text=package.name,
        unit_price=package.list_price,
        discount=package.list_price - package.asked_price,
        amount=package.asked_price,
        package=package,
    )


def credit_line(line: BillLine, amount: Decimal, *, currency: str) -> BillLine:
    """The line of a credit note that takes back so much of a line, with its share of the tax."""
    share = amount / line.amount
    return BillLine(
        kind=line.kind,
        text=line.text,
        unit_price=-amount,
        tax_percent=line.tax_percent,
        tax=-quantise(line.tax * share, currency),
        amount=-amount,
        package_id=line.package_id,
        visit_id=line.visit_id,
        service_id=line.service_id,
        credits=line,
    )


def _nothing(visit: Visit, kind: LineKind) -> BillLine:
    return BillLine(
        kind=kind, text=visit.service.name, visit=visit, service=visit.service, unit_price=ZERO, amount=ZERO
    )


def _charge(visit: Visit, amount: Decimal, clinic: Clinic) -> BillLine:
    return BillLine(kind=LineKind.VISIT, **_money(visit, amount, clinic))


def _money(visit: Visit, amount: Decimal, clinic: Clinic) -> dict[str, Any]:
    service = visit.service
    return {
        "text": service.name,
        "visit": visit,
        "service": service,
        "unit_price": amount,
        "amount": amount,
        "tax_percent": service.tax_percent,
        "tax": included_tax(amount, service.tax_percent, clinic.currency),
    }
