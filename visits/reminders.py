"""Reminders of visits: so many hours before, each visit once for each of them whatever the job does.

The job may run twice, from two workers at once, or crash half-way and run again: what a message says it is about
(`fields["visits_told"]`) is told, unless it was taken back: then it is another occasion, as is a visit that was moved.
What a person dropped, or what came too late, has last words and counts as told (outbox.cancel leaves none). Whoever
books later than a reminder's hour is not reminded by it, and a job that stood still for long leaves it to the next one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from uuid import UUID, uuid5

from django.db.models import Q, QuerySet
from django.utils import timezone, translation

from clinic.calendar import day_bounds
from clinic.keys import hold
from clinic.messages import outbox
from clinic.messages.kinds import kind_named
from clinic.messages.outbox import Occasion
from clinic.messages.rules import House
from clinic.models import Branch, Clinic, Message, Patient
from clinic.tenancy.context import clinic_context

from .holds import Cover, holds_of
from .models import Visit
from .reminder_kinds import REMINDERS
from .reminder_words import fields_of

HOLD = UUID("9c1f3c3c-6f0e-4f2b-8a55-2f4c0f5b7d61")
TOLD = "visits_told"
# Longer than any reminder comes before its visit.
LOOK_BACK = timedelta(days=30)


@dataclass(frozen=True)
class Due:
    """The visits of one patient on one local day that one message tells of, the first first. The same was told and
    `taken_back` so many times before."""

    kind: str
    patient: Patient
    visits: tuple[Visit, ...]
    taken_back: int = 0

    @property
    def told(self) -> str:
        """Which visits at which times, as the message keeps it."""
        return all_as(self.visits)

    @property
    def occasion(self) -> str:
        again = f":{self.taken_back}" if self.taken_back else ""
        return f"{self.kind}:{uuid5(HOLD, self.told)}{again}"


def told_as(visit: Visit) -> str:
    return f"{visit.pk}@{visit.starts_at.timestamp():.0f}"


def all_as(visits: Iterable[Visit]) -> str:
    return " ".join(told_as(visit) for visit in visits)


def write_all(clinic: Clinic, *, at: datetime) -> int:
    """Write all reminders whose hour has come; says how many messages."""
    with clinic_context(clinic.pk), timezone.override(clinic.zone):
        hold(uuid5(HOLD, str(clinic.pk)))  # of two runs at once, the second sees what the first has written
        house = House.of(clinic, *REMINDERS)
        found = due(house, at=at)
        drafts = _drafts(found, house, at) if found else []
        outbox.put(drafts)
        return len(drafts)


def due(house: House, *, at: datetime) -> list[Due]:
    """All whose hour has come and that nobody was told of."""
    return [each for name in REMINDERS for each in _due_of(name, house, at)]


def withdraw(visit: Visit) -> int:
    """The visit is cancelled or has another time: reminders of it that have not gone out are taken back."""
    return outbox.cancel(
        patient=visit.patient_id, kind__in=REMINDERS, **{f"fields__{TOLD}__icontains": str(visit.pk)}
    )


def _due_of(name: str, house: House, at: datetime) -> list[Due]:
    rule = house.rule(kind_named(name))
    if not rule.is_on:
        return []
    before = timedelta(hours=rule.number("hours"))
    come = _booked().filter(starts_at__gt=at + before * 3 / 4, starts_at__lte=at + before)
    waiting = [visit for visit in come if visit.created_at <= visit.starts_at - before]
    if not waiting:
        return []
    told, taken_back = _told(name, {visit.patient_id for visit in waiting}, at - LOOK_BACK)
    asking = {_day(visit, house.clinic) for visit in waiting if told_as(visit) not in told}
    that_day = [
        visit
        for visit in _of_these_days(asking, house.clinic, at)
        if _day(visit, house.clinic) in asking and told_as(visit) not in told
    ]
    return [
        Due(name, visits[0].patient, visits, taken_back[all_as(visits)])
        for _key, group in groupby(that_day, key=lambda visit: _day(visit, house.clinic))
        if (visits := tuple(group))
    ]


def _booked() -> QuerySet[Visit]:
    """Open visits of patients who may be written to. Read by the index on the time."""
    rows = Visit.objects.filter(state=Visit.State.BOOKED, patient__may_message=True)
    booked: QuerySet[Visit] = rows.select_related("patient", "therapist", "branch", "service")
    return booked


def _day(visit: Visit, clinic: Clinic) -> tuple[UUID, date]:
    return visit.patient_id, clinic.day_of(visit.starts_at)


def _of_these_days(asking: set[tuple[UUID, date]], clinic: Clinic, at: datetime) -> Iterable[Visit]:
    """What these patients have booked on these days, by patient and time."""
    if not asking:
        return []
    days = sorted(day for _patient, day in asking)
    start, end = day_bounds(days[0], clinic.zone)[0], day_bounds(days[-1], clinic.zone)[1]
    rows = _booked().filter(patient__in={patient for patient, _day in asking}, starts_at__gt=at)
    return rows.filter(starts_at__gte=start, starts_at__lt=end).order_by("patient_id", "starts_at", "pk")


def _told(name: str, patients: set[UUID], since: datetime) -> tuple[set[str], Counter[str]]:
    """The visits at their times that a message of this kind told of, or is going to; and how often each message was
    taken back."""
    messages = Message.objects.filter(patient__in=patients, kind=name, created_at__gte=since)
    withdrawn = Q(state=Message.State.CANCELLED, last_words="")
    said = messages.exclude(withdrawn).values_list(f"fields__{TOLD}", flat=True)
    taken_back = messages.filter(withdrawn).values_list(f"fields__{TOLD}", flat=True)
    return {each for words in said for each in (words or "").split()}, Counter(taken_back)


def _drafts(found: list[Due], house: House, at: datetime) -> list[Message]:
    covers = _covers(house.clinic, found, at)
    several = Branch.objects.count() > 1
    drafts = [_draft(each, covers, house, at, several) for each in found]
    return [draft for draft in drafts if draft]


def _covers(clinic: Clinic, found: list[Due], at: datetime) -> dict[UUID, Cover]:
    """What each visit will take, after all that is booked before it."""
    patients = {each.patient.pk: each.patient for each in found}
    last = max(each.visits[-1].starts_at for each in found)
    start, _end = day_bounds(clinic.day_of(at), clinic.zone)
    visits = Visit.objects.open().filter(patient__in=patients, starts_at__gte=start, starts_at__lte=last)
    return holds_of(clinic, *patients.values()).take_all(visits.select_related("patient", "service"))


def _draft(each: Due, covers: dict[UUID, Cover], house: House, at: datetime, several: bool) -> Message | None:
    with translation.override(each.patient.language):
        fields = fields_of(each.visits, covers, clinic=house.clinic, at=at, with_branch=several)
    fields[TOLD] = each.told
    occasion = Occasion(each.occasion, each.kind, fields, good_until=each.visits[0].starts_at)
    return outbox.draft(each.patient, occasion, house=house, at=at)
