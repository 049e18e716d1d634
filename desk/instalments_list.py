"""The instalments that ask for something: overdue, due today, and those of the next two weeks."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Count, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from billing.instalment_states import standing
from billing.models import Instalment, InstalmentPlan
from billing.payments import with_owed

SOON = timedelta(days=14)
ONE_DAY = timedelta(days=1)
VIEWS = {"overdue": _("Overdue"), "today": _("Due today"), "coming": _("Next 14 days")}


def waiting(view: str, on: date) -> QuerySet[Instalment]:
    """Those of a view, the first due first, each with `left` and its plan's line, bill, patient and package."""
    rows = open_between(*_days(view, on)).select_related("plan__line__bill__patient", "plan__line__package")
    return rows.order_by("due_on", "pk")


def counts(on: date) -> dict[str, tuple[int, Decimal]]:
    """How many are in each view, and how much they come to; one statement."""
    found = {name: (0, Decimal(0)) for name in VIEWS}
    rows = open_between(None, on + SOON).values("due_on").annotate(n=Count("pk"), sum=Sum("left"))
    for due_on, n, amount in rows.values_list("due_on", "n", "sum"):
        name = "overdue" if due_on < on else "today" if due_on == on else "coming"
        found[name] = (found[name][0] + n, found[name][1] + amount)
    return found


def open_between(first: date | None, last: date) -> QuerySet[Instalment]:
    """Instalments due on these days of which something is left."""
    # Plans that are paid, nearly all of them after a year, are left out before anything is counted by instalment.
    owed = with_owed().filter(instalment_plans__isnull=False, owed__gt=0)
    plans = InstalmentPlan.objects.filter(line__in=owed.values("pk"), replaced_by__isnull=True)
    rows = standing().filter(plan__in=plans.values("pk"), due_on__lte=last, left__gt=0)
    return rows.filter(due_on__gte=first) if first else rows


def _days(view: str, on: date) -> tuple[date | None, date]:
    match view:
        case "today":
            return on, on
        case "coming":
            return on + ONE_DAY, on + SOON
    return None, on - ONE_DAY
