"""Whether a day is one on which the clinic, or a branch of it, is closed: for the pages that show a day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import QuerySet
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _

from clinic.ui.words import day

from .models import Closure, Visit


@dataclass(frozen=True)
class ClosedDays:
    """Days of one closure; without a branch the whole clinic's."""

    first_day: date
    last_day: date
    reason: str
    branch_id: UUID | None = None
    branch: str = ""

    def __str__(self) -> str:
        facts = {"branch": self.branch, "day": day(self.last_day), "reason": self.reason}
        if self.first_day == self.last_day:
            words = _("%(branch)s is closed that day: %(reason)s") if self.branch else _("Closed: %(reason)s")
        elif self.branch:
            words = _("%(branch)s is closed to %(day)s: %(reason)s")
        else:
            words = _("Closed to %(day)s: %(reason)s")
        return words % facts

    def holds(self, visit: Visit, on: date) -> bool:
        """Whether it closes the place of a visit on that day."""
        return self.first_day <= on <= self.last_day and self.branch_id in {None, visit.branch_id}


def closed_between(first: date, last: date) -> list[ClosedDays]:
    """The closures that have a day of these."""
    return remembered(_facts(Closure.objects.filter(first_day__lte=last, last_day__gte=first)))


def closed_along(on: date) -> ArraySubquery:
    """Those of one day as a part of another query, for a page that counts its statements; read it with `remembered`."""
    return ArraySubquery(_facts(Closure.objects.filter(first_day__lte=on, last_day__gte=on)))


def remembered(found: Iterable[Mapping[str, Any]]) -> list[ClosedDays]:
    """What the database found."""
    return [
        ClosedDays(
            date.fromisoformat(facts["first_day"]),
            date.fromisoformat(facts["last_day"]),
            facts["reason"],
            UUID(facts["branch_id"]) if facts["branch_id"] else None,
            facts["branch"] or "",
        )
        for facts in found
    ]


def _facts(closures: QuerySet[Closure]) -> QuerySet[Closure, Any]:
    facts = JSONObject(
        first_day="first_day",
        last_day="last_day",
        reason="reason",
        branch_id="branch_id",
        branch="branch__name",
    )
    return closures.order_by("first_day").values_list(facts, flat=True)
