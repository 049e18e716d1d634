from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.utils import timezone

from billing.models import Method
from billing.payments import Tender
from clinic.calendar import day_bounds
from clinic.models import Branch, Clinic, Patient, Service
from desk import checkout
from packages.models import Package, Plan
from packages.plans import Line, add_plan
from visits.models import Visit
from visits.services import book_visit

from .patients import PatientFactory
from .people import owner_of
from .services import ServiceFactory

ONE_HOUR = timedelta(hours=1)


def plan(
    *lines: Line,
    sessions: int | Decimal = 10,
    price: int | Decimal = 10_000,
    service: Service | None = None,
    **terms: Any,
) -> Plan:
    """Ten sessions of the usual service at 10,000, unless said otherwise."""
    lines = lines or (Line(service or ServiceFactory(), Decimal(sessions)),)
    terms.setdefault("name", f"{sessions} sessions {uuid4().hex[:6]}")
    return add_plan(lines=lines, by=None, price=Decimal(price), **terms)


def sale(
    clinic: Clinic,
    patient: Patient | None = None,
    *,
    of: Plan | None = None,
    paid: int | Decimal | None = None,
    price: int | Decimal | None = None,
    at: datetime | None = None,
    **facts: Any,
) -> checkout.Sale:
    """A pack sold at the desk and, unless said otherwise, paid in full in cash."""
    of = of or plan()
    cost = of.price if price is None else Decimal(price)
    money = cost if paid is None else Decimal(paid)
    return checkout.sell_package(
        patient or PatientFactory(),
        plan=of,
        branch=Branch.objects.first(),
        clinic=clinic,
        at=at or timezone.now(),
        by=owner_of(clinic),
        key=uuid4(),
        price=price if price is None else Decimal(price),
        tenders=[Tender(Method.CASH, money)] if money else [],
        **facts,
    )


def package(clinic: Clinic, patient: Patient | None = None, **facts: Any) -> Package:
    """The package of a sale."""
    return sale(clinic, patient, **facts).package


def earlier_today(clinic: Clinic) -> datetime:
    """An hour ago; in the first hour of the clinic's day the moment it began: tests run at any time of day."""
    start, _end = day_bounds(clinic.today(), clinic.zone)
    return max(timezone.now() - ONE_HOUR, start)


def visit(
    clinic: Clinic,
    patient: Patient,
    *,
    service: Service | None = None,
    at: datetime | None = None,
    **facts: Any,
) -> Visit:
    """A booked visit; an hour ago unless said otherwise, but never before today began at the clinic."""
    return book_visit(
        patient,
        service=service or ServiceFactory(),
        branch=Branch.objects.first(),
        starts_at=at or earlier_today(clinic),
        by=owner_of(clinic),
        key=uuid4(),
        **facts,
    )


def complete(clinic: Clinic, visit: Visit, **facts: Any) -> checkout.Completed:
    """The visit completed at the desk."""
    facts = {"at": timezone.now(), "by": owner_of(clinic), "key": uuid4()} | facts
    return checkout.complete_visit(visit, clinic=clinic, **facts)


def use(clinic: Clinic, package: Package, times: int = 1) -> list[checkout.Completed]:
    """So many visits of the package's patient, each completed."""
    return [complete(clinic, visit(clinic, package.patient)) for _ in range(times)]


def reopen(clinic: Clinic, visit: Visit, **facts: Any) -> Any:
    facts = {
        "at": timezone.now(),
        "by": owner_of(clinic),
        "key": uuid4(),
        "reason": "Marked by mistake",
    } | facts
    return checkout.reopen_visit(visit, clinic=clinic, **facts)
