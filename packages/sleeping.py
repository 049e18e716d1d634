"""Packages that sleep: sessions are left and valid, and nobody has used one for long, or ever.

Who is booked is known above this layer. A use that was taken back is none. A package that is frozen rests on purpose.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from .models import Entry, Kind, Package
from .nudge_rules import OPEN
from .states import FrozenOn

CAME = (Kind.USED, Kind.USED_PARTLY)
BEGAN = (Kind.SOLD, Kind.OPENING, Kind.TRANSFERRED_IN)
# How many days without a use; whoever never used any is listed after the fewest.
DAYS = (30, 60, 90)
NEVER = "never"


def sleeping(on: date, days: int = DAYS[0]) -> QuerySet[Package]:
    """Packages that could be used on the clinic's local day and of which nobody has used a session, nor bought,
    brought in or been given one, on that day or the `days` before it."""
    since = on - timedelta(days=days)
    packages = Package.objects.with_sessions().valid_on(on).filter(state__in=OPEN, sold_on__lte=since)
    lately = Entry.objects.filter(package=OuterRef("pk"), happened_on__gt=since)
    awake = Exists(_uses(lately)) | Exists(lately.filter(kind__in=BEGAN))
    found: QuerySet[Package] = packages.exclude(FrozenOn(on)).exclude(awake)
    return found


def never_used(on: date) -> QuerySet[Package]:
    """Those of them of which nobody has used any session here since they were sold."""
    return sleeping(on).exclude(Exists(_uses(Entry.objects.filter(package=OuterRef("pk")))))


def last_used(packages: Collection[UUID]) -> Mapping[UUID, date]:
    """The day of the last use of each of these packages, whoever used it; those never used are missing."""
    uses = _uses(Entry.objects.filter(package__in=packages))
    return dict(uses.values_list("package_id").annotate(last=Max("happened_on")))


def _uses(entries: QuerySet[Entry]) -> QuerySet[Entry]:
    taken_back = Entry.objects.filter(
        Q(kind=Kind.REVERSED), package=OuterRef("package"), reverses=OuterRef("pk")
    )
    return entries.filter(kind__in=CAME).exclude(Exists(taken_back))
