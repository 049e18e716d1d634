"""Who works when: the weekly hours of a therapist, by which the clinic's capacity is counted."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time
from itertools import pairwise

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from clinic import access, audit
from clinic.acts import act
from clinic.keys import hold
from clinic.models import Staff
from clinic.refusals import Refused

from .models import Availability, WorkingHours


@dataclass(frozen=True, order=True)
class Stretch:
    """From one time of a weekday to another; 0 is Monday."""

    weekday: int
    starts: time
    ends: time

    def __str__(self) -> str:
        return f"{self.starts:%H:%M}–{self.ends:%H:%M}"


class HoursDoNotFit(Refused):
    """Hours that cannot be; `weekday` is the day they are of."""

    def __init__(self, weekday: int, sentence: str) -> None:
        self.weekday = weekday
        super().__init__(sentence % {"day": WEEKDAYS[weekday]})


@act
def set_hours(
    staff: Staff, *, hours: Sequence[Stretch], since: date, by: Staff, key: uuid.UUID
) -> Availability:
    """Write down somebody's weekly hours from a day on; none means that they cannot be booked from then on.

    What was in force on the days before stays. The same key twice is the same hours. Refuses hours that end before
    they begin, and hours of a day that overlap.
    """
    access.require(by, "manage_staff")
    hold(key)
    if done := Availability.objects.filter(key=key).first():
        return done
    refuse_impossible(hours)
    made = Availability.objects.create(staff=staff, since=since, by=by, key=key)
    WorkingHours.objects.bulk_create(
        WorkingHours(availability=made, weekday=each.weekday, starts=each.starts, ends=each.ends)
        for each in sorted(hours)
    )
    audit.record("set_hours", staff, by=by, after={"since": since, "hours": _plain(hours)})
    return made


def refuse_impossible(hours: Iterable[Stretch]) -> None:
    """Raise HoursDoNotFit for hours that end before they begin or overlap."""
    in_order = sorted(hours)
    for each in in_order:
        if each.ends <= each.starts:
            raise HoursDoNotFit(each.weekday, _("%(day)s: the end must be later than the beginning."))
    for one, next_one in pairwise(in_order):
        if one.weekday == next_one.weekday and next_one.starts < one.ends:
            raise HoursDoNotFit(one.weekday, _("%(day)s: these hours overlap. Write each hour once."))


def hours_of(staff: Staff, day: date) -> Availability | None:
    """The hours in force on a day, the newest of those that had begun by then."""
    begun = Availability.objects.filter(staff=staff, since__lte=day)
    return begun.prefetch_related("hours").order_by("-since", "-created_at", "-pk").first()


def _plain(hours: Iterable[Stretch]) -> list[str]:
    return [f"{each.weekday} {each.starts:%H:%M}-{each.ends:%H:%M}" for each in sorted(hours)]
