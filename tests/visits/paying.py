"""What the stories about therapists' pay share: a rule from the first of this month on, and sessions they held."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

from clinic.models import Clinic, Role, Staff
from packages.models import Package
from tests.factories import complete, member, owner_of, visit
from visits.models import PayLine, PayRule, Visit
from visits.pay import add_pay_rule

HALF = Decimal("0.5")


def therapist(clinic: Clinic, name: str = "Dr Anand Iyer", **facts: Any) -> Staff:
    return member(clinic, Role.THERAPIST, name=name, **facts)


def pays(clinic: Clinic, staff: Staff, amount: Any = None, percent: Any = None, **facts: Any) -> PayRule:
    """So much for each session, or so many percent of its value; from the first of this month on."""
    today = clinic.today()
    facts = {"from_day": today.replace(day=1), "on": today, "by": owner_of(clinic), "key": uuid4()} | facts
    if amount is not None:
        facts |= {"kind": PayRule.Kind.PER_SESSION, "amount": Decimal(amount)}
    if percent is not None:
        facts |= {"kind": PayRule.Kind.PERCENT, "percent": Decimal(percent)}
    return add_pay_rule(staff, clinic=clinic, **facts)


def seen(clinic: Clinic, pack: Package, by: Staff, **facts: Any) -> Visit:
    """A visit of the pack's patient, held by that therapist and completed."""
    booked = visit(clinic, pack.patient, therapist=by, service=facts.pop("service", None))
    return complete(clinic, booked, **facts).visit


def lines(of: Visit | None = None) -> list[tuple[Decimal, Decimal, Decimal]]:
    """Sessions, value and amount of each line, in the order in which they were written."""
    found = PayLine.objects.order_by("recorded_at", "turn")
    if of:
        found = found.filter(visit=of)
    return [(line.sessions, line.value, line.amount) for line in found]
