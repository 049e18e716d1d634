"""The instalments of a bill or a package, for any page that shows one."""

from __future__ import annotations

from django import template
from django.db.models import Q

from clinic.models import Clinic
from packages.models import Package

from ..instalment_states import Schedule, State, schedules
from ..instalment_words import summary, tone
from ..models import Bill, BillLine, LineKind
from ..payments import with_owed

register = template.Library()


@register.simple_tag
def instalments_of_bill(bill: Bill, clinic: Clinic) -> list[Schedule]:
    """How the instalments of the bill's lines stand today."""
    return schedules(Q(plan__line__bill=bill), clinic=clinic, on=clinic.today())


@register.simple_tag
def instalments_of_package(package: Package, clinic: Clinic) -> list[Schedule]:
    """How the instalments of a package's sale stand today."""
    sold = Q(plan__line__package=package, plan__line__kind=LineKind.PACKAGE)
    return schedules(sold, clinic=clinic, on=clinic.today())


@register.simple_tag
def owed_without_instalments(bill: Bill, agreed: list[Schedule]) -> list[BillLine]:
    """Lines of the bill on which something is owed, and no instalments were agreed."""
    lines = with_owed().filter(bill=bill, credits__isnull=True, owed__gt=0)
    return list(lines.exclude(pk__in=[each.plan.line_id for each in agreed]).order_by("position"))


@register.filter
def instalments_in_words(schedule: Schedule, currency: str) -> str:
    """2,000 due on 5 June; 3 of 5 paid."""
    return summary(schedule, currency)


@register.filter
def tone_of(state: State) -> str:
    """The tone of the pill that says it."""
    return tone(state)
