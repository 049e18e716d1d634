"""Which packages a list shows."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from .models import Package
from .states import FrozenOn

SOON = timedelta(days=14)
FEW = 2

VIEWS = {
    "in_use": _("In use"),
    "few_left": _("2 or fewer left"),
    "expiring": _("Lapse within 14 days"),
    "resting": _("Frozen or suspended"),
    "unpaid": _("Not paid in full"),
    "memberships": _("Memberships"),
    "lapsed": _("Lapsed or used up"),
    "all": _("All"),
}


def listed(view: str, today: date) -> QuerySet[Package]:
    """The packages of a view, the most urgent first."""
    packages: Any = Package.objects.select_related("patient")
    live = packages.exclude(state__in=Package.CLOSED)
    usable = live.with_sessions().valid_on(today)
    match view:
        case "few_left":
            return usable.filter(sessions_left__lte=FEW).order_by("sessions_left", "number")
        case "expiring":
            return usable.filter(valid_until__lte=today + SOON).order_by("valid_until", "number")
        case "resting":
            frozen = Q(FrozenOn(today), state=Package.State.ACTIVE)
            return live.filter(frozen | Q(state=Package.State.SUSPENDED)).order_by("number")
        case "unpaid":
            received = F("paid") + F("paid_before") + F("moved_in")
            return live.filter(price__gt=received).order_by("number")
        case "memberships":
            return live.filter(membership__isnull=False).valid_on(today).order_by("valid_until", "number")
        case "lapsed":
            return packages.exclude(pk__in=usable.values("pk")).order_by("-number")
        case "all":
            return packages.order_by("-number")
    return usable.order_by(F("valid_until").asc(nulls_last=True), "number")
