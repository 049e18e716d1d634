"""The plans on sale as the counter sees them: what is in it, what it costs, and until when it would be valid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Prefetch

from clinic.models import Clinic
from packages.clauses import Clause, at_price, deal_of, spoken
from packages.models import Plan, PlanLine
from packages.services import lasts_until


@dataclass(frozen=True)
class Offer:
    """A plan, as if it were bought today."""

    plan: Plan
    lines: list[PlanLine]
    valid_until: date | None
    is_chosen: bool


def offers(clinic: Clinic, *, chosen: str | None) -> list[Offer]:
    """Every plan on sale, the cheapest first; the chosen one is marked, and so is the only one."""
    lines = Prefetch(
        "lines", PlanLine.objects.filter(is_current=True).select_related("service").order_by("position")
    )
    plans = list(Plan.objects.filter(is_active=True).prefetch_related(lines).order_by("price", "name"))
    today = clinic.today()
    return [
        Offer(
            plan, list(plan.lines.all()), lasts_until(plan, today), str(plan.pk) == chosen or len(plans) == 1
        )
        for plan in plans
    ]


def terms_at(clinic: Clinic, plan: Plan, *, price: Decimal) -> list[Clause]:
    """The terms as they would be agreed today at this price, with today's dates."""
    return spoken(at_price(deal_of(plan, clinic=clinic, bought_on=clinic.today()), price))
