"""The plans on sale as the counter sees them: what is in it, what it costs, and until when it would be valid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from clinic.calendar import describe_validity
from clinic.models import Clinic
from clinic.ui.words import day
from packages.clauses import Clause, at_price, deal_of, last_day_of, spoken
from packages.models import Plan, PlanLine, Start


@dataclass(frozen=True)
class Offer:
    """A plan, as if it were bought today."""

    plan: Plan
    lines: list[PlanLine]
    valid_until: date | None
    is_chosen: bool

    @property
    def validity(self) -> str:
        """Until when it would be valid, in a few words."""
        counts_from_visit = self.plan.validity_start == Start.FIRST_VISIT and self.plan.validity_count
        if not counts_from_visit:
            until = self.valid_until
            return _("valid to %(until)s") % {"until": day(until)} if until else _("never lapses")
        facts = {
            "validity": describe_validity(self.plan.validity_count or 0, self.plan.validity_unit),
            "until": day(self.valid_until),
        }
        if self.valid_until is None:
            return _("valid for %(validity)s from the first visit") % facts
        return _("valid for %(validity)s from the first visit, at the latest to %(until)s") % facts


def offers(clinic: Clinic, *, chosen: str | None) -> list[Offer]:
    """Every plan on sale, the cheapest first; the chosen one is marked, and so is the only one."""
    lines = Prefetch(
        "lines", PlanLine.objects.filter(is_current=True).select_related("service").order_by("position")
    )
    plans = list(Plan.objects.filter(is_active=True).prefetch_related(lines).order_by("price", "name"))
    today = clinic.today()
    return [
        Offer(
            plan, list(plan.lines.all()), last_day_of(plan, today), str(plan.pk) == chosen or len(plans) == 1
        )
        for plan in plans
    ]


def terms_at(clinic: Clinic, plan: Plan, *, price: Decimal) -> list[Clause]:
    """The terms as they would be agreed today at this price, with today's dates."""
    return spoken(at_price(deal_of(plan, clinic=clinic, bought_on=clinic.today()), price))
