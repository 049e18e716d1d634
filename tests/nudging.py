"""What tests of nudges tell: a pack sold then, used and booked on these days, and what the job writes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import time_machine

from clinic.models import Clinic, Message, Patient
from packages import nudges
from packages.models import Package
from tests.factories import PatientFactory, complete, package, plan, visit
from visits.models import Visit

SOLD_ON = date(2026, 3, 1)
LAST_DAY = date(2026, 5, 31)  # three months from 1 March


def patient(**facts: Any) -> Patient:
    known = {"name": "Priya Nair", "email": "priya@example.test", "may_message": True}
    return PatientFactory(**known | facts)


def noon(on: date) -> datetime:
    """Half past eleven in Kolkata."""
    return datetime.combine(on, time(6), tzinfo=UTC)


def sold(clinic: Clinic, owner: Patient | None = None, *, on: date = SOLD_ON, **facts: Any) -> Package:
    """A pack of ten sessions for three months."""
    facts.setdefault("of", plan(validity_count=3, validity_unit="months"))
    with time_machine.travel(noon(on), tick=False):
        return package(clinic, owner or patient(), at=noon(on), **facts)


def use_on(clinic: Clinic, owner: Patient, *days: date) -> None:
    """A visit completed on each of the days."""
    for each in days:
        with time_machine.travel(noon(each), tick=False):
            complete(clinic, visit(clinic, owner, at=noon(each)), at=noon(each))


def book_on(clinic: Clinic, owner: Patient, *days: date) -> list[Visit]:
    return [visit(clinic, owner, at=noon(each)) for each in days]


def every(days: int, first: date, count: int) -> list[date]:
    return [first + timedelta(days=days * n) for n in range(count)]


def written(kind: str = "nudge") -> list[Message]:
    """The nudges of a kind that stand in the outbox, the first first."""
    messages = Message.objects.filter(kind__startswith=kind).exclude(state=Message.State.CANCELLED)
    return list(messages.order_by("created_at", "pk"))


def days_with(kind: str, clinic: Clinic, first: date, last: date) -> list[date]:
    """Run the job twice a day over the days; says on which it wrote a nudge of the kind."""
    found = []
    for n in range((last - first).days + 1):
        before = Message.objects.filter(kind=kind).count()
        for _ in range(2):
            nudges.write_all(clinic, on=first + timedelta(days=n))
        if Message.objects.filter(kind=kind).count() > before:
            found.append(first + timedelta(days=n))
    return found
