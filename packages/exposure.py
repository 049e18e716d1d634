"""What refunding everyone today would cost, by each package's own frozen rule: the clinic's exposure to refunds.

Two questions for all packages, however many; each row is what `packages.refunds.quote_refund` says of it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from clinic.listed import Listed
from clinic.tenancy.context import current_clinic_id

from .exposure_sql import FACTS, REFUNDABLE, THESE, asked
from .models import Package, Plan, RefundRule

# The dearest first.
ROWS = """
SELECT quote.id, quote.number, quote.patient_id, patient.name, quote.name, quote.refund_rule, quote.valid_until,
       quote.sessions_left, quote.bonus, quote.released, quote.amount
  FROM quote JOIN clinic_patient patient ON patient.clinic_id = %(clinic)s AND patient.id = quote.patient_id
 ORDER BY quote.amount DESC, quote.released DESC, quote.number"""
SUMS = """
SELECT grouping(refund_rule), grouping(plan_id), refund_rule, plan_id, count(*), coalesce(sum(sessions_left), 0),
       coalesce(sum(released), 0), coalesce(sum(amount), 0)
  FROM quote GROUP BY GROUPING SETS ((), (refund_rule), (plan_id))"""
OWED = "SELECT id, released FROM quote"


@dataclass(frozen=True)
class Exposed:
    """A package that could be refunded today: what would be paid back, and the value that it would release."""

    id: UUID
    number: int
    patient_id: UUID
    patient: str
    package: str
    rule: str
    valid_until: date | None
    sessions: Decimal
    bonus: Decimal
    released: Decimal
    amount: Decimal

    @property
    def difference(self) -> Decimal:
        """What is released beyond what is paid back; below 0 where a refund would cost more than is owed."""
        return self.released - self.amount

    @property
    def rule_words(self) -> str:
        return str(RefundRule(self.rule).label)


@dataclass(frozen=True)
class Sum:
    """Of some packages together."""

    label: str
    packages: int
    sessions: Decimal
    released: Decimal
    amount: Decimal

    @property
    def difference(self) -> Decimal:
        return self.released - self.amount


@dataclass(frozen=True)
class Exposure:
    """The report of a day. `disputed` packages are not in it: a session of each is decided first."""

    on: date
    whole: Sum
    by_rule: list[Sum]
    by_plan: list[Sum]
    disputed: int
    rows: Listed[Exposed]


def exposure(on: date) -> Exposure:
    """What refunding everyone would cost, by what is known now: the packages that `refund` would not refuse on the
    clinic's local day."""
    facts = _facts(day=on)
    with connection.cursor() as cursor:
        cursor.execute(asked(REFUNDABLE, SUMS), facts)
        sums = cursor.fetchall()
    whole = next(Sum("", *figures) for rule, plan, _rule, _plan, *figures in sums if rule and plan)
    rules = {key: Sum("", *figures) for rule, _plan, key, _key, *figures in sums if not rule}
    plans = {key: Sum("", *figures) for _rule, plan, _key, key, *figures in sums if not plan}
    disputed = Package.objects.exclude(state__in=Package.CLOSED).filter(set_aside__gt=0).count()
    rows = Listed(asked(REFUNDABLE, ROWS), facts, Exposed, whole.packages)
    return Exposure(on, whole, _named_rules(rules), _named_plans(plans), disputed, rows)


def owed_on(packages: Collection[UUID]) -> Mapping[UUID, Decimal]:
    """What is owed in care on each of these packages now: the value that would be released."""
    with connection.cursor() as cursor:
        cursor.execute(asked(THESE, OWED), _facts(packages=list(packages)))
        return dict(cursor.fetchall())


def _facts(**more: Any) -> dict[str, Any]:
    return {**FACTS, "clinic": current_clinic_id(), **more}


def _named_rules(sums: Mapping[str, Sum]) -> list[Sum]:
    return [replace(sums[rule], label=str(rule.label)) for rule in RefundRule if rule in sums]


def _named_plans(sums: Mapping[UUID | None, Sum]) -> list[Sum]:
    """The dearest first."""
    names = dict(Plan.objects.filter(pk__in=[key for key in sums if key]).values_list("pk", "name"))
    named = [
        replace(each, label=names[key] if key else _("Without a plan of today")) for key, each in sums.items()
    ]
    return sorted(named, key=lambda each: (-each.amount, -each.released, each.label))
