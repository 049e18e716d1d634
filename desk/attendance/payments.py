"""Money that stands on a statement: what was received for the package, or from the patient in the days."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Sum

from billing.models import Allocation, LineKind, Method, Payment, Refund
from clinic.money import quantise
from packages.models import Package

from .scope import Scope

BEFORE, MOVED, BACK = "before", "moved", "back"


def payments_of(scope: Scope, currency: str) -> list[dict[str, Any]]:
    """One row for each payment in the order of the days, as plain values; what went back is negative."""
    found = _for_package(scope.package) if scope.package else _in_days(scope)
    rows = [
        {
            "on": on.isoformat() if on else None,
            "by": by,
            "reference": reference,
            "amount": str(quantise(amount, currency)),
        }
        for on, by, reference, amount in found
    ]
    return sorted(rows, key=lambda row: row["on"] or "")


def _for_package(package: Package) -> Iterator[tuple[Any, ...]]:
    """What stands against its lines today, and what came for it otherwise."""
    if package.paid_before:
        yield None, BEFORE, "", package.paid_before
    if package.moved_in:
        yield package.sold_on, MOVED, "", package.moved_in
    held = Allocation.objects.filter(line__package=package, line__kind=LineKind.PACKAGE)
    sums = held.values("payment").annotate(sum=Sum("amount")).filter(sum__gt=0)
    yield from sums.values_list("payment__received_on", "payment__method", "payment__reference", "sum")


def _in_days(scope: Scope) -> Iterator[tuple[Any, ...]]:
    days = (scope.first_day, scope.last_day)
    received = Payment.objects.filter(patient=scope.patient, received_on__range=days, bounces=None)
    yield from received.exclude(method=Method.CREDIT).values_list(
        "received_on", "method", "reference", "amount"
    )
    back = Refund.objects.filter(payment__patient=scope.patient, given_on__range=days)
    for on, reference, amount in back.values_list("given_on", "reference", "amount"):
        yield on, BACK, reference, -amount
