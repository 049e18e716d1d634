"""What happened to a bill since it was issued. Shown beside it, never on it: the bill itself never changes (S07)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Sum

from packages.models import Package

from .listing import owed_of
from .models import Allocation, Bill, Method


@dataclass(frozen=True)
class Money:
    """A payment as far as it pays for this bill."""

    received_on: date
    method: str
    reference: str
    amount: Decimal


@dataclass(frozen=True)
class Since:
    """Notes that answer the bill, money set against it, what is owed now, and its package as it is today."""

    corrects: Bill | None
    notes: list[Bill]
    money: list[Money]
    owed: Decimal
    package: Package | None
    package_state: str


def since(bill: Bill, *, today: date) -> Since:
    """All of it as it is now; `today` is the clinic's."""
    package = package_of(bill)
    return Since(
        corrects=bill.corrects,
        notes=list(Bill.objects.filter(corrects=bill).defer("document").order_by("issued_at", "id")),
        money=_money(bill),
        owed=owed_of([bill]).get(bill.pk, Decimal(0)),
        package=package,
        package_state=_state(package, today) if package else "",
    )


def package_of(bill: Bill) -> Package | None:
    """The package that the bill's box is about, as it is today."""
    frozen = bill.document["package"]
    return Package.objects.filter(number=frozen["number"]).first() if frozen else None


def _state(package: Package, today: date) -> str:
    if package.has_lapsed_on(today) and package.state not in Package.CLOSED:
        return "expired"
    return "" if package.state == Package.State.ACTIVE else package.state


def _money(bill: Bill) -> list[Money]:
    """One row for each payment that still pays for it; what was released is 0 and left out."""
    paid = Allocation.objects.filter(line__bill=bill).values("payment").annotate(sum=Sum("amount"))
    rows = paid.filter(sum__gt=0).order_by("payment__received_on", "payment")
    facts = rows.values_list("payment__received_on", "payment__method", "payment__reference", "sum")
    return [
        Money(on, str(Method(method).label), reference, amount) for on, method, reference, amount in facts
    ]
