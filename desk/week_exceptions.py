"""Exceptions given in a week, and by whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from django.db.models import Count

from packages.exceptions import Asked

from .exceptions import Exceptions, Tally, exceptions
from .week_counts import Counted, Line, which_week
from .week_days import Span
from .week_figures import BY_NAME, EXCEPTIONS


def of_week(week: Span, by_id: UUID | None = None) -> Exceptions:
    """The exceptions of a week, where asked for those of one person."""
    return exceptions(Asked(week.start, week.end, by_id))


def count_exceptions(weeks: Sequence[Span]) -> tuple[Line, list[Tally]]:
    """How many in each of the weeks, and how many by whom in the last of them."""
    asked = Asked(weeks[0].start, weeks[-1].end)
    first, *others = [
        source.order_by()
        .annotate(week=which_week(lambda week: week.at("at"), weeks))
        .filter(week__isnull=False)
        .values("week", "by_id", "by_name")
        .annotate(count=Count("pk"))
        for source in exceptions(asked).sources
    ]
    by_week: Counter[int] = Counter()
    by_person: Counter[tuple[UUID | None, str]] = Counter()
    for row in first.union(*others, all=True):
        by_week[row["week"]] += row["count"]
        if row["week"] == len(weeks) - 1:
            by_person[row["by_id"], row["by_name"] or ""] += row["count"]
    counted = tuple(Counted(by_week[n]) for n in range(len(weeks)))
    tallies = [Tally(pk, name, n) for (pk, name), n in by_person.most_common()]
    return Line(BY_NAME[EXCEPTIONS], counted, counted, (True,) * len(weeks)), tallies
