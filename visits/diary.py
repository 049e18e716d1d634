"""When a visit may be, and what a booking would run into. Warnings never stop a booking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from clinic.calendar import day_bounds
from clinic.models import Clinic
from clinic.refusals import Refused
from clinic.ui.words import day
from packages.eligibility import Why

from .closed_days import ClosedDays, closed_between
from .holds import Cover, holds_of, nearest
from .models import Visit

LONGEST_BACK = timedelta(days=366)
LONGEST_AHEAD = timedelta(days=2 * 366)
LONGEST_VISIT = timedelta(hours=10)


class NoSuchTime(Refused):
    """The clocks go forward over this time."""

    def __init__(self, on: date, at: time) -> None:
        facts = {"day": day(on), "time": f"{at:%H:%M}"}
        super().__init__(_("There is no %(time)s on %(day)s: the clocks go forward then.") % facts)


class TooFar(Refused):
    """A year that was mistyped."""

    def __init__(self) -> None:
        super().__init__(_("A visit can be at most a year back and two years ahead. Look at the year again."))


@dataclass(frozen=True)
class Outlook:
    """What a visit would take, and what to know before booking it."""

    cover: Cover
    warnings: tuple[str, ...] = ()


def moment(on: date, at: time, *, clinic: Clinic, today: date) -> datetime:
    """The moment of a local day and time. Refuses a time that the clocks skip, and a year that cannot be meant."""
    if not -LONGEST_BACK <= on - today <= LONGEST_AHEAD:
        raise TooFar
    starts_at = datetime.combine(on, at, clinic.zone).astimezone(UTC)
    if clinic.local(starts_at).replace(tzinfo=None) != datetime.combine(on, at):
        raise NoSuchTime(on, at)
    return starts_at


def outlook(visit: Visit, *, clinic: Clinic, now: datetime) -> Outlook:
    """What a visit that may not be saved yet would take, after the visits that are booked before it."""
    return outlooks([visit], clinic=clinic, now=now)[0]


def outlooks(visits: Sequence[Visit], *, clinic: Clinic, now: datetime) -> list[Outlook]:
    """The same of several visits of one patient that are booked together (S11)."""
    today = clinic.day_of(now)
    waiting = _before(visits, clinic, today)
    covers = holds_of(clinic, visits[0].patient).take_all([*waiting, *visits])
    first, last = (clinic.day_of(pick(each.starts_at for each in visits)) for pick in (min, max))
    near, closed = _near(visits, first, last, clinic), closed_between(first, last)
    return [
        Outlook(
            _by_then(covers[each.pk], clinic.day_of(each.starts_at), today),
            (*_closed(each, closed, clinic), *_clashes(each, near, clinic)),
        )
        for each in visits
    ]


def _by_then(cover: Cover, on: date, today: date) -> Cover:
    """Of a visit to come the reason says both days: until when the pack is valid, and when the visit is (S37)."""
    if cover.nearest is None:
        return cover
    package, why = cover.nearest, nearest(cover.fits).reasons[0].why
    facts = {"package": package.name, "day": day(on)}
    if why == Why.EXPIRED and package.valid_until and today <= package.valid_until:
        words = _("“%(package)s” is valid to %(until)s; this visit is on %(day)s.")
        return replace(cover, reason=words % {**facts, "until": day(package.valid_until)})
    if why == Why.FROZEN and on >= today:
        frozen = next(days for days in package.frozen if on in days)
        words = _("“%(package)s” is frozen from %(first)s to %(last)s; this visit is on %(day)s.")
        last = frozen.upper - timedelta(days=1)
        return replace(cover, reason=words % {**facts, "first": day(frozen.lower), "last": day(last)})
    return cover


def _before(visits: Sequence[Visit], clinic: Clinic, today: date) -> list[Visit]:
    """What the patient has before the last of these, from today on."""
    start, _end = day_bounds(today, clinic.zone)
    earlier = Visit.objects.open().between(start, max(each.starts_at for each in visits))
    own = earlier.filter(patient=visits[0].patient).exclude(pk__in=[each.pk for each in visits])
    return list(own.select_related("patient", "service"))


def _near(visits: Sequence[Visit], first: date, last: date, clinic: Clinic) -> list[Visit]:
    """Other open visits of the same patient or therapist around these days, by time."""
    start, end = day_bounds(first, clinic.zone)[0], day_bounds(last, clinic.zone)[1]
    same = Q(patient=visits[0].patient)
    if visits[0].therapist_id:
        same |= Q(therapist_id=visits[0].therapist_id)
    others = Visit.objects.between(start - LONGEST_VISIT, end).open().filter(same)
    others = others.exclude(pk__in=[each.pk for each in visits])
    return list(others.select_related("patient").order_by("starts_at"))


def _closed(visit: Visit, closed: list[ClosedDays], clinic: Clinic) -> list[str]:
    on = clinic.day_of(visit.starts_at)
    return [str(each) for each in closed if each.holds(visit, on)]


def _clashes(visit: Visit, near: list[Visit], clinic: Clinic) -> list[str]:
    start, end = day_bounds(clinic.day_of(visit.starts_at), clinic.zone)
    own = [each for each in near if each.patient_id == visit.patient_id and start <= each.starts_at < end]
    words = []
    if own:
        words.append(
            _("%(patient)s already has a visit that day at %(time)s.")
            % {"patient": visit.patient.name, "time": f"{clinic.local(own[0].starts_at):%H:%M}"}
        )
    if visit.therapist_id and (other := _at_once(visit, near)):
        words.append(
            _("%(therapist)s already has %(patient)s at %(time)s.")
            % {
                "therapist": visit.therapist,
                "patient": other.patient.name,
                "time": f"{clinic.local(other.starts_at):%H:%M}",
            }
        )
    return words


def _at_once(visit: Visit, near: list[Visit]) -> Visit | None:
    """Another open visit of the therapist that overlaps."""
    ends_at = visit.starts_at + timedelta(minutes=visit.minutes)
    candidates = (o for o in near if o.therapist_id == visit.therapist_id and o.starts_at < ends_at)
    return next((o for o in candidates if o.starts_at + timedelta(minutes=o.minutes) > visit.starts_at), None)
